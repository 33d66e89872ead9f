"""The same payee, amount, purpose, quota and day twice: asked about at every door, never paid silently."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken
from fisc.registry import elements
from fisc.sheets.text import plain_words, says_something
from fisc.treasury import services as treasury
from fisc.treasury.services.imports import import_payments
from tests.treasury import desk
from tests.treasury.paying import DAY, NAMESAKES, application, applied, left, state, to_namesake
from tests.use_cases.desk import under_way

Conn = psycopg.Connection[Any]
A1 = application("A1", purpose="教学设备款")
A2 = replace(A1, pay_app_no="A2")
DOUBLE = "A2 与 A1 的收款人、金额、用途、指标和日期都相同"


def test_within_a_set_the_later_one_is_asked_about(paying: Conn) -> None:
    with pytest.raises(RuleBroken, match=DOUBLE) as asked:
        applied(paying, A1, A2)
    assert "重复支付" in asked.value.rule and "repeat_reason" in asked.value.hint
    one, other = treasury.apply(paying, [A1, A2], by="unit", on=DAY, each=True)
    assert one.is_new and one.refusal is None
    assert other.refusal is not None and DOUBLE in str(other.refusal)
    assert left(paying) == {"executable": 900, "applied": 100}


@pytest.mark.parametrize(
    "same",
    [
        A2,
        replace(A2, purpose="教学 设备款　"),
        replace(A2, purpose="教学设备款。"),
        replace(A2, purpose="教·学—设_备(款)！"),
        replace(A2, purpose="教學設備款"),
        replace(A2, payee_acct_no="6200002", payee_bank_no=""),  # another account of the same payee
        replace(A2, contract_no="另一合同"),
    ],
    ids=[
        "all the same",
        "spaced otherwise",
        "ended",
        "signs between",
        "traditional",
        "another account",
        "another contract",
    ],
)
def test_what_says_the_same_as_one_that_stands_is_asked_about(
    paying: Conn, same: treasury.PaymentApplication
) -> None:
    applied(paying, A1)
    with pytest.raises(RuleBroken, match=DOUBLE):
        applied(paying, same)
    assert applied(paying, A1) == ["A1"]  # itself again is no double


def test_what_differs_is_another_payment(paying: Conn) -> None:
    applied(paying, A1, replace(A2, amount_fen=A1.amount_fen + 1), replace(A1, pay_app_no="A3", bgt_id="Q2"))
    applied(paying, replace(A1, pay_app_no="A4", purpose="另一批设备"))
    applied(paying, replace(A1, pay_app_no="A5"), on=DAY.replace(day=2))


def test_one_that_was_withdrawn_is_no_double(paying: Conn) -> None:
    applied(paying, A1)
    treasury.withdraw(paying, ["A1"], by="unit", on=DAY, note="金额填错重报")
    applied(paying, A2)
    assert state(paying, "A2") == "draft"


def test_a_reason_lets_it_through_and_stays_on_the_document(paying: Conn) -> None:
    told = replace(A2, repeat_reason="分两次到货，合同第五条")
    applied(paying, A1, told)
    assert treasury.payment(paying, "A2")["repeat_reason"] == "分两次到货，合同第五条"
    with pytest.raises(RuleBroken, match="A3 与 A1"):
        applied(paying, replace(A1, pay_app_no="A3"))
    assert [o.is_new for o in treasury.apply(paying, [told], by="unit", on=DAY)] == [False]


@pytest.mark.parametrize(
    "said", ["x", "。。。。", "是是是是是", "分两次", "same again, yes", "1234", "是·是·是·是"]
)
def test_what_says_nothing_is_no_reason(paying: Conn, said: str) -> None:
    applied(paying, A1)
    with pytest.raises(RuleBroken, match=DOUBLE) as refused:
        applied(paying, replace(A2, repeat_reason=said))
    assert said in refused.value.message and "四个汉字" in refused.value.hint


def test_the_database_has_the_form_of_the_program(paying: Conn) -> None:
    """Every sign that can be written, alone between others, and what is a reason."""
    signs = [
        chr(at) for at in range(1, 0x32000)
        if not 0xD800 <= at < 0xE000 and unicodedata.category(chr(at)) != "Cn"
    ]  # fmt: skip
    said = [*(f"甲{sign}乙" for sign in signs), "購·物·卡 ＡＢc１２。", "是是是是", "分两次到", "", "x"]
    rows = paying.execute(
        "select said, registry_plain_words(said), registry_is_reason(said) from unnest(%s::text[]) said",
        [said],
    ).fetchall()
    assert [row for row in rows if row[1:] != (plain_words(row[0]), says_something(row[0]))] == []
    assert plain_words("購·物·卡 ＡＢc１２。") == "购物卡abc12"


def test_the_database_takes_no_empty_reason(desks: Conn, paying_db: str) -> None:
    def first(conn: Conn) -> None:
        treasury.apply(conn, [A1], by="unit", on=DAY)

    with under_way(paying_db, first), pytest.raises(RuleBroken, match="收款人、金额、用途"):
        treasury.apply(desks, [replace(A2, purpose="教学设备款。", repeat_reason="x")], by="unit", on=DAY)


def test_a_revision_makes_no_double(paying: Conn) -> None:
    applied(paying, A1, replace(A2, purpose="另一批设备"))
    with pytest.raises(RuleBroken, match=DOUBLE):
        treasury.revise(
            paying, [treasury.PaymentRevision("A2", purpose=A1.purpose)], by="unit", on=DAY.replace(day=5)
        )


@pytest.fixture
def desks(paying_db: str) -> Iterator[Conn]:
    with psycopg.connect(paying_db, autocommit=True) as conn:
        yield conn


def test_of_two_at_once_the_database_lets_one_through(desks: Conn, paying_db: str) -> None:
    def first(conn: Conn) -> None:
        treasury.apply(conn, [A1], by="unit", on=DAY)

    with under_way(paying_db, first), pytest.raises(RuleBroken, match="收款人、金额、用途"):
        treasury.apply(desks, [A2], by="unit", on=DAY)
    assert left(desks) == {"executable": 900, "applied": 100}


def test_a_file_asks_in_its_row_and_takes_the_reason_there(_desk_with: Conn, tmp_path: Path) -> None:
    conn = _desk_with
    rows = [desk.paid("A1", use="货款"), desk.paid("A2", use="货款")]
    report = import_payments(
        conn, desk.workbook(tmp_path / "a.xlsx", rows), region=desk.CITY, by="unit", on=desk.DAY
    )
    assert report.count("imported") == 0
    [problem] = report.problems()
    assert problem["row"] == 3 and "疑为重复支付" in problem["message"]
    head = [*desk.HEADER, "确认重复的理由"]
    told = [[*rows[0], ""], [*rows[1], "分两次到货"]]
    report = import_payments(
        conn, desk.workbook(tmp_path / "b.xlsx", told, head), region=desk.CITY, by="unit", on=desk.DAY
    )
    assert report.count("imported") == 2


@pytest.fixture
def _desk_with(server_dsn: str) -> Iterator[Conn]:
    from tests.conftest import _world

    with _world(server_dsn, "fisc_desk", desk.furnish) as conn:
        yield conn


def test_what_bears_one_name_is_one_payee_whatever_its_code(paying: Conn) -> None:
    elements.define_payees(paying, NAMESAKES, by="registrar", on=DAY)
    applied(paying, replace(A1, **to_namesake(0)))
    with pytest.raises(RuleBroken, match=DOUBLE):
        applied(paying, replace(A2, **to_namesake(1)))
    applied(paying, replace(A2, **to_namesake(1), repeat_reason="同名的另一位收款人，证件号不同"))


TO_ACCOUNT: dict[str, str] = {"payee_acct_no": "6200002", "payee_bank_no": ""}


@pytest.mark.parametrize(
    ("one", "other"),
    [({}, TO_ACCOUNT), (to_namesake(0), to_namesake(1))],
    ids=["another account", "another code"],
)
@pytest.mark.parametrize("reason", ["", "分两次到货，合同第五条"], ids=["none before", "a reason before"])
@pytest.mark.parametrize("is_set", [False, True], ids=["alone", "in a set"])
def test_at_once_is_asked_what_is_asked_one_after_the_other(
    desks: Conn, paying_db: str, one: dict[str, str], other: dict[str, str], reason: str, is_set: bool
) -> None:
    elements.define_payees(desks, NAMESAKES, by="registrar", on=DAY)

    def first(conn: Conn) -> None:
        treasury.apply(conn, [replace(A1, **one, repeat_reason=reason)], by="unit", on=DAY)

    beside = [application("A3", yuan=7)] if is_set else []
    with under_way(paying_db, first), pytest.raises(RuleBroken, match="收款人、金额、用途"):
        treasury.apply(desks, [replace(A2, **other), *beside], by="unit", on=DAY)
    assert left(desks) == {"executable": 900, "applied": 100}


@pytest.mark.parametrize("numbers", [("A1", "A2"), ("A2", "A1")])
def test_a_reason_counts_for_what_comes_after(paying: Conn, numbers: tuple[str, str]) -> None:
    told = replace(A1, pay_app_no=numbers[1], repeat_reason="分两次到货，合同第五条")
    one, other = treasury.apply(
        paying, [replace(A1, pay_app_no=numbers[0]), told], by="unit", on=DAY, each=True
    )
    assert one.is_new and other.is_new
    three = treasury.apply(paying, [replace(told, pay_app_no="A3"), A2], by="unit", on=DAY, each=True)
    assert three[0].is_new


def test_a_reason_that_is_taken_back_is_asked_for_again(paying: Conn) -> None:
    applied(paying, A1, replace(A2, repeat_reason="分两次到货，合同第五条"))
    with pytest.raises(RuleBroken, match=DOUBLE):
        treasury.revise(paying, [treasury.PaymentRevision("A2", repeat_reason="")], by="unit", on=DAY)


def test_what_stood_as_two_before_it_was_asked_keeps_standing(paying: Conn) -> None:
    applied(paying, A1, replace(A2, purpose="另一批设备"))
    paying.execute("alter table treasury_payment disable trigger user")
    paying.execute("update treasury_payment set purpose = '教学设备款。' where doc_key = 'A2'")
    paying.execute("alter table treasury_payment enable trigger user")
    paying.execute(import_module("fisc.treasury.migrations.0016_payees_by_their_names").ANEW.encode())
    paying.execute((files("fisc.treasury") / "sql" / "guards.sql").read_text("utf8").encode())
    treasury.review(paying, ["A1", "A2"], by="unit2", on=DAY)
    with pytest.raises(RuleBroken, match="A4 与 A1"):
        applied(paying, replace(A1, pay_app_no="A4", purpose="教学、设备款"))


@pytest.mark.parametrize("first", ["payroll", "direct"])
def test_beside_a_payroll_the_purpose_does_not_tell(paying: Conn, first: str) -> None:
    """Pay of a month and the same sum of the day in other words are asked about, whichever came first."""
    other = {"payroll": "direct", "direct": "payroll"}[first]
    applied(paying, replace(A1, pay_type=first, purpose="2022-03 工资（2 人）"))
    twin = replace(A2, pay_type=other, purpose="2022年3月工资")
    with pytest.raises(RuleBroken, match="工资统发"):
        applied(paying, twin)
    applied(paying, replace(twin, repeat_reason="补发上月差额工资"))
