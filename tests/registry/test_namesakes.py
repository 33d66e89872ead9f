"""One payee of a name has one code in a year; persons alone may share a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from fisc.documents import define_officers
from fisc.kernel.errors import translate
from fisc.registry import elements
from fisc.registry.errors import BadElement, SameName
from fisc.sheets.faults import RowsRefused
from tests.registry.element_makers import (
    BY,
    CITY,
    ON,
    REGISTRAR,
    Connection,
    agency,
    codes,
    define,
    disable,
    payee,
)  # fmt: skip
from tests.use_cases.desk import under_way

FIRM = payee("S1", "6222020001", name="鄂尔多斯甲（集团）公司")
#: The same firm under another code, as it may be written.
WRITTEN = ["鄂尔多斯甲（集团）公司", "鄂尔多斯甲(集团)公司", "鄂爾多斯甲 集团 公司"]
TWICE = (
    "insert into registry_payee (fiscal_year, payee_code, name, kind, recorded_by, recorded_on) "
    "select fiscal_year, 'S2', name, kind, recorded_by, recorded_on from registry_payee"
)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("kind", ["enterprise", "other", "person"])
def test_a_second_code_of_one_name_is_refused(ready_conn: Connection, name: str, kind: str) -> None:
    twin = payee("S2", "6222020002", name=name, kind=kind)
    with pytest.raises(SameName, match=r"S2 .*与收款人 S1 同名") as refused:
        define(ready_conn, FIRM, twin)
    assert "重复、拆分支付" in refused.value.rule and "全称" in refused.value.hint
    define(ready_conn, FIRM)
    with pytest.raises(SameName, match=r"S2 .*与收款人 S1 同名"):
        define(ready_conn, twin)
    assert codes(ready_conn, "payees", 2021) == {"S1"}


def test_another_account_comes_under_the_code_there_is(ready_conn: Connection) -> None:
    define(ready_conn, FIRM)
    assert define(ready_conn, FIRM) == [False]
    assert define(ready_conn, payee("S1", "6222020002", name=FIRM.name)) == [True]


def test_persons_may_share_a_name_and_another_year_is_another_matter(ready_conn: Connection) -> None:
    define(ready_conn, payee("R1", name="王建国", kind="person"), payee("R2", name="王建国", kind="person"))
    with pytest.raises(SameName, match="与收款人 R1 同名"):
        define(ready_conn, payee("S1", name="王建国"))
    define(ready_conn, payee("S1", name="王建国", year=2022))


def test_a_name_is_not_taken_by_revising_or_enabling(ready_conn: Connection) -> None:
    define(ready_conn, FIRM, payee("S2", name="乙公司"))
    how = {"by": BY, "on": ON, "reason": "单位已经更名"}
    with pytest.raises(SameName, match=r"S2 .*与收款人 S1 同名"):
        elements.revise(ready_conn, "payees", [payee("S2", name=FIRM.name)], **how)  # type: ignore[arg-type]
    disable(ready_conn, "payees", "S1")
    elements.revise(ready_conn, "payees", [payee("S2", name=FIRM.name)], **how)  # type: ignore[arg-type]
    with pytest.raises(SameName, match=r"S1 .*与收款人 S2 同名"):
        elements.enable(ready_conn, "payees", [elements.Key(2021, "S1")], **how)  # type: ignore[arg-type]


def test_the_database_asks_whoever_writes(ready_conn: Connection) -> None:
    define(ready_conn, FIRM)
    with pytest.raises(psycopg.Error, match="S2 与收款人 S1 同名") as refused, ready_conn.transaction():
        ready_conn.execute(TWICE)
    assert isinstance(translate(refused.value), SameName)


def test_what_stood_twice_is_carried_on(ready_conn: Connection) -> None:
    define(ready_conn, FIRM)
    ready_conn.execute("alter table registry_payee disable trigger user")
    ready_conn.execute(TWICE)
    ready_conn.execute("alter table registry_payee enable trigger user")
    define(ready_conn, agency())
    elements.roll_over(ready_conn, CITY, 2021, 2022, by=BY, on=ON)
    assert codes(ready_conn, "payees", 2022) == {"S1", "S2"}


# ---- credit codes

#: Two codes whose last sign checks the others.
ONE, OTHER = "91110000600037341L", "91350100M000100Y43"


@pytest.mark.parametrize(
    ("code", "why"),
    [("91110000600037342L", "校验码不符"), ("9111000060003734IL", "没有 I、O、S、V、Z"),
     (ONE[:-1], "应为 18 位"), (ONE.lower(), "大写字母"), ("91110000600037314L", "校验码不符")],
)  # fmt: skip
def test_a_credit_code_is_checked_where_it_is_given(ready_conn: Connection, code: str, why: str) -> None:
    with pytest.raises(BadElement, match=why):
        define(ready_conn, replace(FIRM, credit_code=code))
    define(ready_conn, replace(FIRM, credit_code=ONE))


def test_two_payees_of_one_credit_code_are_one_whatever_their_names(ready_conn: Connection) -> None:
    first, second = replace(FIRM, credit_code=ONE), payee("S2", "6222020002", name="乙公司")
    same = replace(second, credit_code=ONE)
    with pytest.raises(SameName, match=rf"S2 .*与收款人 S1 是同一统一社会信用代码（{ONE}）"):
        define(ready_conn, first, same)
    define(ready_conn, first, second)
    with pytest.raises(SameName, match=r"S2 .*与收款人 S1 是同一统一社会信用代码"):
        elements.revise(ready_conn, "payees", [same], by=BY, on=ON, reason="补登代码")
    with (
        pytest.raises(psycopg.Error, match="S2 与收款人 S1 是同一统一社会信用代码"),
        ready_conn.transaction(),
    ):
        ready_conn.execute("update registry_payee set credit_code = %s where payee_code = 'S2'", [ONE])


def test_two_of_one_name_are_two_where_both_say_their_codes(ready_conn: Connection) -> None:
    first, second = replace(FIRM, credit_code=ONE), payee("S2", "6222020002", name=FIRM.name)
    for twins in ((first, second), (second, first)):
        with pytest.raises(SameName, match="同名"):
            define(ready_conn, *twins)
    define(ready_conn, first, replace(second, credit_code=OTHER))
    with pytest.raises(SameName, match="同名"):
        define(ready_conn, payee("S3", "6222020003", name=FIRM.name))
    define(ready_conn, agency())
    elements.roll_over(ready_conn, CITY, 2021, 2022, by=BY, on=ON)
    kept = ready_conn.execute("select credit_code from registry_payee where fiscal_year = 2022 order by 1")
    assert kept.fetchall() == [(ONE,), (OTHER,)]


def test_a_file_has_the_credit_code_and_gives_it_back(ready_conn: Connection, tmp_path: Path) -> None:
    path, back = tmp_path / "收款人.csv", tmp_path / "回.csv"
    path.write_text(
        "预算年度,收款人编码,收款人名称,收款人类别,统一社会信用代码,收款账号\n"
        f"2021,S1,甲公司,enterprise,{ONE},6222020001\n2021,S1,甲公司,enterprise,{ONE},6222020002\n"
        "2021,S2,乙公司,enterprise,,6222020003\n", "utf-8-sig",
    )  # fmt: skip
    elements.import_file(ready_conn, path, "payees", by=BY, on=ON)
    elements.export_file(ready_conn, back, "payees", 2021)
    assert back.read_text("utf-8-sig").count(ONE) == 2
    assert elements.import_file(ready_conn, back, "payees", by=BY, on=ON).new == 0


def test_a_file_is_told_in_its_row(ready_conn: Connection, tmp_path: Path) -> None:
    path = tmp_path / "收款人.csv"
    path.write_text(
        "预算年度,收款人编码,收款人名称,收款人类别,收款账号\n"
        "2021,S1,甲公司,enterprise,6222020001\n2021,S1,甲公司,enterprise,6222020002\n"
        "2021,S2,甲 公司,enterprise,6222020003\n", "utf-8-sig",
    )  # fmt: skip
    with pytest.raises(RowsRefused, match="同名") as refused:
        elements.import_file(ready_conn, path, "payees", by=BY, on=ON)
    assert "4" in str(refused.value)


@pytest.fixture
def desks(ready_db: str) -> Iterator[Connection]:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        define_officers(conn, [REGISTRAR])
        yield conn


def test_of_two_at_once_one_is_let_through(desks: Connection, ready_db: str) -> None:
    with (
        under_way(ready_db, lambda conn: define(conn, FIRM)),
        pytest.raises(SameName, match=r"S2 .*与收款人 S1 同名"),
    ):
        define(desks, payee("S2", "6222020002", name=FIRM.name))
    assert codes(desks, "payees", 2021) == {"S1"}
