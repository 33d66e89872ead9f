"""Funds advanced that come back: by a paper of two officers, no more than is outstanding of the advance."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.budget.kinds import ADVANCE_RETURN, ADVANCE_REVERSAL, REVERSIBLE
from fisc.budget.services import Advance, AdvanceReturned, QuotaChange, advances
from fisc.documents import FourEyes
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.documents.store import make
from fisc.kernel import FiscError
from tests.budget.quota_world import CITY, SIGNED, YUAN, entered, journal, line, operation
from tests.papers import with_cash

Conn = psycopg.Connection[Any]
ON = SIGNED["on"]
PAPER = Advance("预1", CITY, 2022, "101001", "111", "2050202", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
KEY = PAPER.doc_key


@pytest.fixture
def advanced(city: Conn) -> Conn:
    """A city that has advanced a hundred yuan and charged sixty."""
    with_cash(city, CITY, funds=["111"])
    early: dict[str, Any] = {**SIGNED, "on": date(2022, 1, 5)}
    advances.advance(city, [PAPER], **early)
    entered(city, line("Q1", 300))
    advances.settle_advance(city, [operation("癸", QuotaChange("Q1", 60 * YUAN, advance=KEY))], **SIGNED)
    return city


def returned(number: str, yuan: int, **given: Any) -> AdvanceReturned:
    told = {"mof_div_code": CITY, "advance": KEY, "happened_on": ON, "reason": "用款由上级专款解决", **given}
    return AdvanceReturned(number, amount_fen=yuan * YUAN, **told)


def said(conn: Conn, number: str, yuan: int, **given: Any) -> None:
    budget.make_advance_returns(conn, [returned(number, yuan, **given)], by=SIGNED["by"], on=ON)


def take_back(conn: Conn, number: str, yuan: int) -> None:
    said(conn, number, yuan)
    budget.post_advance_returns(conn, [number], by=SIGNED["approved_by"], on=ON)


def test_what_was_not_charged_comes_back_in_cash(advanced: Conn) -> None:
    take_back(advanced, "收1", 40)
    assert journal(advanced, "收1:posted") == [
        "202203 借 treasury_2015:1001 40.00 111",
        "202203 贷 treasury_2015:1011 40.00 111 2050202",
    ]
    assert advances.list_open_advances(advanced, CITY, 2022) == []


def test_no_more_comes_back_than_is_outstanding_drafts_and_charges_together(advanced: Conn) -> None:
    said(advanced, "收1", 30)
    with pytest.raises(FiscError, match=r"核销超过预拨（连同收回的）共 1\.00 元"), advanced.transaction():
        said(advanced, "收2", 11)
    charge = operation("壬", QuotaChange("Q1", 11 * YUAN, advance=KEY))
    with pytest.raises(FiscError, match="核销超过预拨"), advanced.transaction():
        advances.settle_advance(advanced, [charge], **SIGNED)
    budget.discard_advance_returns(advanced, ["收1"], by=SIGNED["by"], on=ON)
    advances.settle_advance(advanced, [charge], **SIGNED)
    assert budget.outstanding_advances(advanced, [KEY]) == {KEY: 29 * YUAN}


@pytest.mark.parametrize(
    ("given", "word"),
    [({"yuan": 0}, "不是正数"), ({"happened_on": date(2022, 12, 1)}, "晚于今天"),
     ({"mof_div_code": "150602000"}, "不是 150602000 的"),
     ({"happened_on": date(2022, 1, 4)}, "早于所依据的预拨单")],
)  # fmt: skip
def test_what_does_not_fit_is_refused(advanced: Conn, given: dict[str, Any], word: str) -> None:
    with pytest.raises(FiscError, match=word):
        said(advanced, "收1", **{"yuan": 1, **given})


def test_the_database_takes_none_of_another_fund_or_beyond_the_advance(advanced: Conn) -> None:
    row = {"doc_key": "收9", "mof_div_code": CITY, "fiscal_year": 2022, "advance": KEY, "happened_on": ON,
           "reason": "由上级专款解决", "amount_fen": 1, "fund_type_code": "121"}  # fmt: skip
    for bad in ({}, {"fund_type_code": "111", "amount_fen": 41 * YUAN}):
        with pytest.raises(FiscError), advanced.transaction():
            make(advanced, ADVANCE_RETURN, [row | bad], by=SIGNED["by"], on=ON)


def test_two_officers_post_and_reverse_it(advanced: Conn) -> None:
    said(advanced, "收1", 40)
    with pytest.raises((FourEyes, FiscError)), advanced.transaction():
        budget.post_advance_returns(advanced, ["收1"], by=SIGNED["by"], on=ON)
    budget.post_advance_returns(advanced, ["收1"], by=SIGNED["approved_by"], on=ON)
    given = [("冲1", ADVANCE_RETURN.prefix, "收1", "收的不是这一笔")]
    draft_reversals(advanced, ADVANCE_REVERSAL, REVERSIBLE, given, by=SIGNED["by"], on=ON)
    confirm_reversals(advanced, ADVANCE_REVERSAL, REVERSIBLE, ["冲1"], by=SIGNED["approved_by"], on=ON)
    assert budget.outstanding_advances(advanced, [KEY]) == {KEY: 40 * YUAN}
    take_back(advanced, "收1", 40)


def test_what_was_not_advanced_does_not_come_back(advanced: Conn) -> None:
    with pytest.raises(FiscError, match="没有已预拨的预拨单"):
        said(advanced, "收1", 1, advance="预9")
