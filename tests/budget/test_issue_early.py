"""Before the congress approves: only what 预算法第五十四条 lets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget.services.advances import Advance, advance
from fisc.budget.services.early import (
    EarlyRequest,
    PriorLevel,
    early_spending_allowed,
    record_early_spending,
    record_prior_levels,
)
from fisc.catalogue import CATALOGUE
from fisc.documents import MissingDuty, RuleBroken, voucher
from fisc.documents.voucher import Leg
from fisc.kernel import Coding, DuplicateConflict, post
from fisc.reading.service import FigureService
from tests.budget.region import ADOPTED, CITY, WAN, YEAR
from tests.papers import a_document, with_cash

JANUARY, FEBRUARY = date(2022, 1, 20), date(2022, 2, 10)
LEVELS = [
    PriorLevel(CITY, YEAR - 1, month, "department", "111", fen, "2021 年执行月报")
    for month, fen in ((1, 100 * WAN), (2, 180 * WAN), (12, 1_500 * WAN))
]


def _request(number: int = 1, kind: str = "department", amount_fen: int = WAN, **more: str) -> EarlyRequest:
    return EarlyRequest(f"预拨〔2022〕{number}号", CITY, YEAR, kind, "111", amount_fen, **more)


def _record(conn: psycopg.Connection, *requests: EarlyRequest, on: date = JANUARY) -> list[bool]:
    return record_early_spending(conn, requests, by="approver", on=on)


def test_departments_spend_up_to_the_same_months_of_last_year(settled: psycopg.Connection) -> None:
    record_prior_levels(settled, LEVELS, by="maker")
    record_prior_levels(settled, LEVELS, by="maker")
    assert _record(settled, _request(1, amount_fen=100 * WAN)) == [True]
    [refused] = early_spending_allowed(settled, [_request(2)], on=JANUARY)
    assert refused is not None and "第五十四条" in refused.rule and "尚可安排 0.00 元" in refused.message
    assert early_spending_allowed(settled, [_request(2, amount_fen=80 * WAN)], on=FEBRUARY) == [None]


def test_requests_of_one_call_share_the_room(settled: psycopg.Connection) -> None:
    record_prior_levels(settled, LEVELS, by="maker")
    asked = [_request(n, amount_fen=60 * WAN) for n in (1, 2)]
    first, second = early_spending_allowed(settled, asked, on=JANUARY)
    assert first is None and second is not None
    with pytest.raises(RuleBroken, match="预拨〔2022〕2号"):
        _record(settled, *asked)
    assert settled.execute("select count(*) from budget_early_spending").fetchone() == (0,)


def test_what_was_recorded_is_recorded_once(settled: psycopg.Connection) -> None:
    record_prior_levels(settled, LEVELS, by="maker")
    asked = _request(1, amount_fen=100 * WAN)
    assert _record(settled, asked) == [True]
    assert _record(settled, asked) == [False]
    with pytest.raises(DuplicateConflict):
        _record(settled, replace(asked, amount_fen=WAN))


def test_carried_money_needs_no_level(settled: psycopg.Connection) -> None:
    assert _record(settled, _request(kind="carried", amount_fen=10**12)) == [True]


@pytest.mark.parametrize("kind", ["legal_duty", "emergency"])
def test_duties_and_emergencies_name_what_they_rest_on(settled: psycopg.Connection, kind: str) -> None:
    [refused] = early_spending_allowed(settled, [_request(kind=kind)], on=JANUARY)
    assert refused is not None and "没有写明依据" in refused.message
    assert early_spending_allowed(settled, [_request(kind=kind, basis="市政府令第3号")], on=JANUARY) == [None]


def test_nothing_else_is_spent_early(settled: psycopg.Connection) -> None:
    for kind in ("transfer", "department", "new_project"):
        [refused] = early_spending_allowed(settled, [_request(kind=kind)], on=JANUARY)
        assert refused is not None, kind


def test_after_approval_the_budget_itself_is_the_control(approved: psycopg.Connection) -> None:
    assert early_spending_allowed(approved, [_request(amount_fen=10**12)], on=ADOPTED) == [None]
    [refused] = early_spending_allowed(approved, [_request(amount_fen=10**12)], on=JANUARY)
    assert refused is not None  # on that day it was not yet approved


def test_last_years_payments_in_the_ledger_are_the_level(settled: psycopg.Connection) -> None:
    """What the ledger holds goes before what people stated."""
    from fisc.kernel import open_year

    open_year(settled, CITY, YEAR - 1)
    record_prior_levels(settled, LEVELS, by="maker")
    pool = Coding(YEAR - 1, CITY, "111")
    classes = {"exp_func_code": "2050202", "gov_bgt_eco_code": "50201", "dep_bgt_eco_code": "30201"}
    quota = replace(pool, **classes)
    own = {"source": "own", "use": "own"}
    paper = a_document(settled, CITY, YEAR - 1)
    for month, fen in ((1, 7 * WAN), (3, 50 * WAN)):
        legs = [
            Leg("budget_source_approved", fen, quota, pool, choices=own),
            Leg("budget_spending_approved", fen, pool, quota, choices=own),
            Leg("quota_distributed", fen, quota),
            Leg("quota_allotted", fen, quota),
            Leg("payment_applied", fen, quota, choices={"stage": "executable"}),
            Leg("payment_confirmed", fen, quota),
        ]
        post(settled, [voucher(f"last year {month}", CITY, date(YEAR - 1, month, 5), legs,
                               document_id=paper, summary="上年")])  # fmt: skip
    asked = [_request(1, amount_fen=7 * WAN), _request(2, amount_fen=1)]
    first, second = early_spending_allowed(settled, asked, on=JANUARY)
    assert first is None and second is not None


def test_only_who_approves_may_arrange(settled: psycopg.Connection) -> None:
    with pytest.raises(MissingDuty):
        record_early_spending(settled, [_request(kind="carried")], by="maker", on=JANUARY)


def _advance(number: int, amount_fen: int) -> Advance:
    doc_no, basis = f"预拨〔2022〕{number}号", "鄂府发〔2022〕2号"
    return Advance(doc_no, CITY, YEAR, "101001", "111", "2050202", amount_fen, "开学", basis)


def test_advances_before_approval_stay_within_last_years_level(settled: psycopg.Connection) -> None:
    with_cash(settled, CITY, funds=["111"])
    record_prior_levels(settled, LEVELS, by="maker")
    signed = {"by": "maker", "reviewed_by": "office", "approved_by": "approver", "on": JANUARY}
    assert advance(settled, [_advance(1, 100 * WAN)], **signed) == [True]  # type: ignore[arg-type]
    assert advance(settled, [_advance(1, 100 * WAN)], **signed) == [False]  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match="预拨〔2022〕2号"):
        advance(settled, [_advance(2, 1)], **signed)  # type: ignore[arg-type]
    entries = "select count(*) from ledger.entry where rule_code <> 'cash'"
    assert settled.execute(entries).fetchone() == (1,)
    rescue = [_advance(3, WAN)]
    assert advance(settled, rescue, early_kind="emergency", **signed) == [True]  # type: ignore[arg-type]


def test_advances_after_approval_are_not_early(approved: psycopg.Connection) -> None:
    with_cash(approved, CITY, funds=["111"])
    signed = {"by": "maker", "reviewed_by": "office", "approved_by": "approver", "on": ADOPTED}
    assert advance(approved, [_advance(1, 100 * WAN)], **signed) == [True]  # type: ignore[arg-type]
    assert approved.execute("select count(*) from budget_early_spending").fetchone() == (0,)


def test_the_report_reads_it_paper_by_paper(settled: psycopg.Connection) -> None:
    record_prior_levels(settled, LEVELS, by="maker")
    _record(
        settled, _request(1, amount_fen=3 * WAN), _request(2, "emergency", 2 * WAN, basis="应急〔2022〕1号")
    )
    service = FigureService(settled, CATALOGUE)
    found = service.get("early_spending", CITY, YEAR)
    assert found.value == 5 * WAN
    [paper] = service.get("early_spending.emergency", CITY, YEAR).breakdown
    assert paper.label == "预拨〔2022〕2号（依据：应急〔2022〕1号）" and paper.value == 2 * WAN
    assert service.get("early_spending", CITY, YEAR + 1).value is None
