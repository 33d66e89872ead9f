"""Whoever posts principal lessens the debt of its region and budget by it, and never beyond what is owed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fisc.documents import Leg, RuleBroken, voucher
from fisc.kernel import Entry, credit, debit, post
from tests.debt.world import CITY, OWED, YUAN, Conn, block, day, event, pay, quota, record
from tests.papers import a_document


def principal(conn: Conn, yuan: int, fund: str = "111", year: int = 2022, number: str = "P") -> Entry:
    """What a stranger posts by the rule of principal, past every service."""
    own = replace(block("R", CITY, year), fund_type_code=fund)
    return voucher(number, CITY, day(year), [Leg("principal_repaid", yuan * YUAN, own)],
                   document_id=a_document(conn, CITY, year), summary="还本")  # fmt: skip


def test_what_is_owed_is_paid_and_no_fen_more(city: Conn) -> None:
    post(city, [principal(city, OWED)])
    with (
        city.transaction(force_rollback=True),
        pytest.raises(RuleBroken, match=r"还本超过账上的债务.*多 0\.01 元"),
    ):
        one = principal(city, 1, number="Q")
        post(
            city, [replace(one, lines=tuple(replace(x, amount_fen=x.amount_fen // YUAN) for x in one.lines))]
        )


def test_another_budget_pays_another_debt(city: Conn) -> None:
    with pytest.raises(RuleBroken, match=r"资金 121"):
        post(city, [principal(city, 1, fund="121")])


def test_the_books_of_2023_go_on_with_the_debt_of_2022(city: Conn) -> None:
    post(city, [principal(city, 1, year=2023)])
    with pytest.raises(RuleBroken, match="还本超过账上的债务"):
        post(city, [principal(city, OWED, year=2023, number="Q")])


def test_principal_alone_lessens_no_debt_and_is_refused(city: Conn) -> None:
    own = block("R", CITY, 2022)
    lines = (debit("treasury_2015:5041", own, YUAN), credit("treasury_2015:1001", own, YUAN))
    with pytest.raises(RuleBroken, match=r"同一凭证只冲减 0\.00 元"):
        post(city, [Entry("P", CITY, day(), lines, document_id=a_document(city, CITY))])


def test_interest_that_fell_due_is_no_principal(city: Conn) -> None:
    record(city, event("利", "interest_payable_accrued", part="interest"))
    with pytest.raises(RuleBroken, match="还本超过账上的债务"):
        post(city, [principal(city, OWED + 1)])


def test_payments_and_what_was_withheld_are_charged_as_before(city: Conn) -> None:
    pay(city, "A", "R", 100)
    record(city, event("扣", "debt_withheld_by_upper"))
    record(city, event("列", "debt_withheld_charged", settles_no="扣", bgt_id=quota("R")))
    post(city, [principal(city, OWED - 200)])
    with pytest.raises(RuleBroken, match="还本超过账上的债务"):
        post(city, [principal(city, 1, number="Q")])


def test_what_was_repaid_comes_back_in_red(city: Conn) -> None:
    post(city, [principal(city, OWED)])
    post(city, [principal(city, -10, number="红")])
    post(city, [principal(city, 10, number="再")])
