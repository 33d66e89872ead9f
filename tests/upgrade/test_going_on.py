"""What was under way in 0.1.0 goes on after the upgrade: documents in every state take their next steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.banking import services as banking
from fisc.documents import RuleBroken
from fisc.kernel import DuplicateConflict, seal, verify
from fisc.kernel.verify import verify_within
from fisc.revenue import services as revenue
from fisc.transfers import services as transfers
from fisc.transfers.checks import source_gaps
from fisc.treasury import services as treasury
from tests.upgrade.conftest import Restored

#: The day on which 0.1.0 stopped half-way.
DAY = date(2022, 7, 29)


@pytest.fixture(scope="module")
def city(forward: Restored) -> Iterator[psycopg.Connection[Any]]:
    """The simulated city of 0.1.0, brought forward."""
    with forward("city_0_1_0") as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        yield conn


def in_state(conn: psycopg.Connection[Any], state: str) -> list[str]:
    rows = conn.execute(
        "select doc_key from treasury_payment where state = %s order by 1", [state]
    ).fetchall()
    return [row[0] for row in rows]


def officer(conn: psycopg.Connection[Any], move: str) -> str:
    """Who took this step of a payment before."""
    row = conn.execute(
        "select e ->> 2 from treasury_payment t, jsonb_array_elements(t.trail) e where e ->> 0 = %s limit 1",
        [move],
    ).fetchone()
    assert row is not None
    return str(row[0])


def test_every_entry_names_the_document_it_belongs_to(city: psycopg.Connection[Any]) -> None:
    wrong = city.execute(
        "select e.natural_key, d.natural_key from ledger.entry e "
        "join ledger.document d on d.id = e.document_id "
        "where d.kind in ('pay_app', 'quota_document', 'receipt') "
        "and left(e.natural_key, length(d.natural_key) + 1) <> d.natural_key || ':'"
    ).fetchall()
    assert wrong == []
    assert city.execute("select count(*) from ledger.entry where document_id is null").fetchone() == (0,)


def test_a_document_s_id_is_its_id_in_the_ledger(city: psycopg.Connection[Any]) -> None:
    for table, prefix in (("treasury_payment", "pay_app"), ("revenue_refund", "tax_refund"),
                          ("budget_quota_document", "quota_document")):  # fmt: skip
        row = city.execute(
            f"select count(*) from {table} t left join ledger.document d on d.id = t.id "
            f"where d.natural_key is distinct from '{prefix}:' || t.doc_key".encode()
        ).fetchone()
        assert row == (0,), table


def test_money_from_above_goes_on_by_its_number(city: psycopg.Connection[Any]) -> None:
    """What own budgets held of documents was noted in the year that goes on: all that came stands."""
    regions = [region for (region,) in city.execute(
        "select distinct rec_div_code from transfers_line where fiscal_year = %s order by 1", [DAY.year]
    )]  # fmt: skip
    assert len(regions) > 1 and source_gaps(city, regions, DAY.year * 100 + 12) == []
    held = [one for region in regions for one in transfers.list_sources(city, region, DAY.year)]
    assert any(one.budgeted_fen > 0 for one in held) and all(one.quota_fen >= 0 for one in held)


def test_drafts_are_certified_and_certificates_sent(city: psycopg.Connection[Any]) -> None:
    drafts, certified = in_state(city, "draft"), in_state(city, "certified")
    assert (len(drafts), len(certified)) == (20, 10)
    pay = [key for (key,) in city.execute(
        "select doc_key from treasury_payment where state = 'draft' and pay_type = 'payroll' order by 1"
    )]  # fmt: skip
    with pytest.raises(
        RuleBroken, match="没有逐人名册"
    ):  # nobody knows whose pay it is: it is asked for anew
        treasury.review(city, pay, by=officer(city, "review"), on=DAY)
    assert all(treasury.withdraw(city, pay, by=officer(city, "make"), on=DAY))
    drafts = [key for key in drafts if key not in pay]
    treasury.review(city, drafts, by=officer(city, "review"), on=DAY)
    treasury.approve(city, drafts, by=officer(city, "approve"), on=DAY)
    treasury.certify(city, drafts, by=officer(city, "certify"), on=DAY)
    assert set(in_state(city, "certified")) == {*drafts, *certified}
    of_city = [f"PZ{key}" for key in certified if key[6:12] == "150600"]
    banking.payment_file(city, of_city, by=officer(city, "send"), on=DAY)
    assert len(in_state(city, "sent")) == 12 + len(of_city)


def test_a_returned_payment_is_withdrawn_and_a_recorded_day_posted(city: psycopg.Connection[Any]) -> None:
    (returned,) = in_state(city, "returned")
    treasury.withdraw(city, [returned], by=officer(city, "make"), on=DAY, note="不再支付")
    keys = ["150621000-20220730"]
    assert (
        sum(revenue.confirm_daily_reports(city, keys, by=officer(city, "approve"), on=date(2022, 7, 30))) == 1
    )
    seal(city)
    report = verify(city)
    assert report.ok and report.unsealed_entries == 0


def test_what_was_said_before_is_known_again(city: psycopg.Connection[Any]) -> None:
    row = city.execute(
        "select l ->> 0, l ->> 1, (l ->> 2)::bigint, mof_div_code, received_on from revenue_daily_report, "
        "jsonb_array_elements(lines) l where jsonb_array_length(lines) = 1 and state = 'posted' limit 1"
    ).fetchone()
    assert row is not None
    code, fund, fen, region, day = row
    clerk = city.execute("select trail -> 0 ->> 2 from revenue_daily_report limit 1").fetchone()
    assert clerk is not None
    again = revenue.DailyReceipt(region, day, code, fund, fen)
    revenue.record_daily_reports(city, [again], by=clerk[0], on=day)
    with pytest.raises(DuplicateConflict):
        other = revenue.DailyReceipt(region, day, code, fund, fen + 1)
        revenue.record_daily_reports(city, [other], by=clerk[0], on=day)


@pytest.mark.parametrize(
    ("tampered", "found"),
    [
        ("update ledger.entry set document_id = 1 where id = %s", "单据"),
        ("update ledger.adopted set document_id = 1 where id = %s", "单据"),
        ("update ledger.adopted set sealed_document_id = 1 where id = %s", "被改动"),
        ("delete from ledger.adopted where id = %s", "被改动"),
    ],
)
def test_what_was_given_and_what_was_sealed_both_prove(
    city: psycopg.Connection[Any], tampered: str, found: str
) -> None:
    with city.transaction(force_rollback=True):
        for table in ("entry", "adopted"):
            city.execute(f"alter table ledger.{table} disable trigger user".encode())
        row = city.execute(
            "select id from ledger.adopted where sealed_document_id is null limit 1"
        ).fetchone()
        assert row is not None and city.execute(tampered.encode(), row).rowcount == 1
        wrong = [check.difference for check in verify_within(city).checks if not check.ok]
    assert any(found in words for words in wrong), wrong
