"""Documents as they were known at a past moment: what was asked then is asked again, and answers the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import psycopg
import pytest

from fisc.documents import findings
from fisc.documents.installation import declared_by
from fisc.documents.listing import page
from fisc.kernel.errors import NotKnown
from fisc.kernel.findings import Finding
from fisc.kernel.knowledge import known_at, moment_of
from fisc.registry.rows import Table
from fisc.settings import INSTALLED_APPS
from fisc.treasury import services as treasury
from fisc.treasury.kinds import PAYMENT
from tests.conftest import _copy_of
from tests.past import as_of, now, told_again
from tests.treasury.paying import CITY, DAY, application, applied, furnish, paid, receipt, sent

Conn = psycopg.Connection[Any]
DECLARED = declared_by(INSTALLED_APPS)
TABLES: dict[str, Table] = {
    one.table: one
    for one in (*DECLARED.kinds, *DECLARED.registers, *(x for kind in DECLARED.kinds for x in kind.lines))
}


@pytest.fixture(scope="module")
def _desk(server_dsn: str) -> Iterator[Conn]:
    from tests.conftest import _furnished

    with (
        _copy_of(server_dsn, _furnished(server_dsn, "fisc_paying", furnish)) as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        yield conn


@pytest.fixture
def paying(_desk: Conn) -> Iterator[Conn]:
    """A connection to a city that can pay, inside a transaction that is rolled back."""
    with _desk.transaction(force_rollback=True):
        yield _desk


def _columns(conn: Conn, schema: str, table: str) -> list[tuple[str, str]]:
    return conn.execute(
        "select a.attname, format_type(a.atttypid, null) from pg_attribute a "
        "where a.attrelid = format('%%I.%%I', %s::text, %s::text)::regclass and a.attnum > 0 "
        "and not a.attisdropped and a.attgenerated = '' and a.attname <> 'known_at' order by 1",
        [schema, table],
    ).fetchall()


@pytest.mark.parametrize("table", TABLES)
def test_every_declared_table_has_its_past_under_the_same_name(paying: Conn, table: str) -> None:
    assert _columns(paying, "past", table) == _columns(paying, "public", table)


def test_every_view_over_documents_has_its_past(paying: Conn) -> None:
    views = paying.execute("select viewname from pg_views where schemaname = 'public'").fetchall()
    assert ("rosters_state",) in views
    for (name,) in views:
        assert _columns(paying, "past", name) == _columns(paying, "public", name)
        definition = paying.execute("select pg_get_viewdef(to_regclass(%s))", [f"past.{name}"]).fetchone()
        assert definition is not None and "past." in definition[0]


def _told(conn: Conn, number: str = "A1") -> tuple[Any, ...]:
    """All that is said of a payment: itself, its steps, what came back, its entries, its place in lists."""
    entries = [e.natural_key for e in treasury_detail(conn, number)]
    listed = [
        d.doc_key for d in page(conn, PAYMENT, {"state": treasury.payment(conn, number)["state"]}).documents
    ]
    return treasury.payment(conn, number), entries, listed


def treasury_detail(conn: Conn, number: str) -> list[Any]:
    from fisc.documents.detail import detail

    return list(detail(conn, PAYMENT, number, DECLARED.kinds).entries.values())


def test_each_step_is_known_from_the_moment_it_was_taken(paying: Conn) -> None:
    before = now(paying)
    applied(paying, application("A1"))
    seen: list[tuple[datetime, Any]] = []
    cert: list[str] = []
    for step in (
        lambda: treasury.review(paying, ["A1"], by="unit2", on=DAY),
        lambda: treasury.approve(paying, ["A1"], by="reviewer", on=DAY),
        lambda: cert.extend(treasury.certify(paying, ["A1"], by="signer", on=DAY)),
        lambda: treasury.send(paying, cert, by="teller", on=DAY, message_id="M1"),
        lambda: treasury.confirm_paid(paying, [receipt(cert[0])], by="teller", on=DAY),
    ):
        seen.append((now(paying), _told(paying)))
        step()
    for moment, said in seen:
        assert as_of(paying, moment, lambda: _told(paying)) == said
    assert [said[0]["state"] for _, said in seen] == [
        "draft",
        "unit_reviewed",
        "approved",
        "certified",
        "sent",
    ]
    assert _told(paying)[0]["state"] == "paid"
    assert as_of(paying, before, lambda: page(paying, PAYMENT).documents) == []


def test_what_is_set_again_as_it_stands_is_known_since_it_was_set(paying: Conn) -> None:
    planned = treasury.Setting(CITY, 2022, plan_required=True)

    def asked() -> bool:
        return treasury.settings_of(paying, [(CITY, 2022)])[CITY, 2022].plan_required

    treasury.set_settings(paying, [planned], by="clerk", on=DAY)
    moment = now(paying)
    treasury.set_settings(paying, [planned, planned], by="clerk", on=DAY)
    assert as_of(paying, moment, asked) is True
    treasury.set_settings(paying, [replace(planned, plan_required=False), planned], by="clerk", on=DAY)
    assert as_of(paying, moment, asked) is True
    treasury.set_settings(paying, [replace(planned, plan_required=False)], by="clerk", on=DAY)
    assert asked() is False
    with pytest.raises(NotKnown, match="国库参数"):
        as_of(paying, moment, asked)


def test_what_came_back_is_known_with_the_step_that_noted_it(paying: Conn) -> None:
    [cert] = sent(paying, application("A1"))
    told = treasury.BankReturn(cert, "R01", "账号不符", DAY)
    told_again(
        paying, lambda: _told(paying),
        lambda: treasury.record_returns(paying, [told], by="teller", on=DAY),
    )  # fmt: skip
    [cert] = paid(paying, application("A2"))
    back = treasury.Refund("R1", "A2", 60, DAY)
    told_again(
        paying, lambda: _told(paying, "A2"), lambda: treasury.refund(paying, [back], by="teller", on=DAY)
    )


def test_what_was_overwritten_since_is_not_told(paying: Conn) -> None:
    """The payee of before the correction is lost; the payment's state and money are not."""
    [cert] = sent(paying, application("A1"))
    treasury.record_returns(paying, [treasury.BankReturn(cert, "R01", "账号不符", DAY)], by="teller", on=DAY)
    moment = now(paying)
    treasury.correct_payee(
        paying, [treasury.PayeeCorrection("A1", "鄂尔多斯甲公司", "6200002", "")], by="unit", on=DAY
    )
    with pytest.raises(NotKnown, match=r"支付申请的收款人.*没有留下记录.*A1"), known_at(paying, moment):
        treasury.payment(paying, "A1")
    states = "select state, amount_fen from treasury_payment where doc_key = 'A1'"
    assert as_of(paying, moment, lambda: paying.execute(states).fetchall()) == [("returned", 10_000)]
    assert treasury.payment(paying, "A1")["payee_acct_no"] == "6200002"


def test_a_register_without_history_refuses(paying: Conn) -> None:
    with pytest.raises(NotKnown, match=r"银行.*没有留下记录") as refusal, known_at(paying, now(paying)):
        paying.execute("select count(*) from banking_line")
    assert "--as-of" in refusal.value.hint


def test_steps_of_the_first_version_are_known_from_the_end_of_their_day(paying: Conn) -> None:
    applied(paying, application("A1"))
    paying.execute("set local session_replication_role = replica")
    paying.execute("update treasury_payment set known_at = '{}'")
    paying.execute("set local session_replication_role = origin")
    count = lambda: paying.execute("select count(*) from treasury_payment").fetchone()  # noqa: E731
    late = datetime.fromisoformat(f"{DAY}T23:59:59+08:00")
    assert as_of(paying, late, count) == (0,)
    assert as_of(paying, datetime.fromisoformat("2022-03-02T00:00:00+08:00"), count) == (1,)
    treasury.review(paying, ["A1"], by="unit2", on=DAY)
    [state] = as_of(
        paying, now(paying), lambda: paying.execute("select state from treasury_payment").fetchall()
    )
    assert state == ("unit_reviewed",)


def test_findings_are_listed_as_they_stood(paying: Conn) -> None:
    found = Finding("R", "规则", "有误", mof_div_code=CITY, fiscal_year=2022, document="A1")
    findings.record(paying, [found], on=DAY)
    told_again(
        paying, lambda: findings.recorded(paying, states=()),
        lambda: findings.lapse(paying, [found.key], on=date(2022, 3, 2), note="已消除"),
    )  # fmt: skip


def test_nothing_is_written_and_nothing_remains_of_a_look_into_the_past(paying: Conn) -> None:
    applied(paying, application("A1"))
    moment = now(paying)
    with pytest.raises(psycopg.Error), known_at(paying, moment):
        treasury.review(paying, ["A1"], by="unit2", on=DAY)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), known_at(paying, moment):
        paying.execute("update public.treasury_payment set state = 'paid'")
    with known_at(paying, moment):
        assert moment_of(paying) == moment
        with pytest.raises(ValueError, match="一次只问一个时刻"), known_at(paying, moment):
            pass
    assert moment_of(paying) is None
    assert paying.execute("show search_path").fetchone() == ('"$user", public',)
    assert len(applied(paying, application("A2"))) == 1
