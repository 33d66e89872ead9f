"""Debt identities: what is owed grows by what is borrowed, falls by what is repaid, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fisc.budget import services as budget
from fisc.catalogue import CATALOGUE
from fisc.documents import Leg, RuleBroken, voucher
from fisc.kernel import Coding, post
from fisc.reading.service import FigureService
from tests.debt.world import CITY, LENT, OWED, YUAN, Conn, block, day, event, pay, record
from tests.papers import a_document

INTEREST: dict[str, Any] = {"part": "interest"}


def standing(conn: Conn, account: str, part: str = "") -> int:
    """What stands on an account of the city, as principal or as interest, in yuan, on its own side."""
    rows = conn.execute(
        "select sum((m.debit_fen - m.credit_fen) * a.normal_side)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where a.book = 'treasury_2015' and a.code = %s and c.mof_div_code = %s and c.debt_move_code = %s",
        [account, CITY, part],
    ).fetchone()
    return (rows[0] or 0) // YUAN if rows else 0


def refinanced(conn: Conn, yuan: int) -> None:
    """Refinancing bonds arrive (192-T16)."""
    came = Coding(2022, CITY, "112", is_debt="1", rev_func_code="1101101", sup_bgt_doc_no="债2号")
    paper = a_document(conn, CITY, 2022)
    legs = [Leg("debt_onlent_in", yuan * YUAN, came)]
    post(conn, [voucher("refinanced", CITY, day(), legs, document_id=paper, summary="再融资债券")])


def test_principal_repaid_with_refinancing_bonds_leaves_what_is_owed(city: Conn) -> None:
    refinanced(city, 300)
    assert standing(city, "2026") == standing(city, "3082") == OWED + 300
    pay(city, "还", "F", 300)
    assert standing(city, "2026") == standing(city, "3082") == OWED
    assert (standing(city, "4042"), standing(city, "5041")) == (OWED + 300, 300)


@pytest.mark.parametrize("code", [CITY, "150600"])
def test_the_debt_on_the_books_is_principal_and_counts_nothing_lent_on_twice(city: Conn, code: str) -> None:
    """The city owes the one above what it lent on to the banner, who owes it: its own is the rest."""
    record(city, event("计", "interest_payable_accrued", 80, **INTEREST))
    figures = FigureService(city, CATALOGUE)
    told = [figures.get(f"debt.booked{kind}", code, 2022).value for kind in ("", ".general", ".special")]
    own = (OWED - LENT) * YUAN
    both = own + OWED * YUAN
    assert told == [own, own, None] if code == CITY else [both, both, None]


def test_interest_moves_no_principal_and_leaves_nothing_owed_once_it_is_paid(city: Conn) -> None:
    record(city, event("计", "interest_payable_accrued", 80, **INTEREST))
    assert (standing(city, "2026"), standing(city, "2026", "interest")) == (OWED, 80)
    pay(city, "息", "I")
    record(city, event("冲", "interest_paid", 80, **INTEREST, pay_app_no="息"))
    assert (standing(city, "2026"), standing(city, "2026", "interest")) == (OWED, 0)
    assert (standing(city, "3082"), standing(city, "3082", "interest")) == (OWED, 0)


def test_interest_is_budget_money_and_no_bond_pays_it(city: Conn) -> None:
    refinanced(city, 100)
    of_bond = replace(block("I", CITY, 2022), fund_type_code="112")
    line = budget.QuotaLine("B", 100, of_bond)
    with pytest.raises(RuleBroken, match=r"债务资金不得安排经常性支出.*第三十五条"):
        budget.enter(
            city, [budget.QuotaDocument("债券付息", CITY, 2022, day(), "付息", (line,))],
            by="b-maker", reviewed_by="b-office", approved_by="b-head", on=day(),
        )  # fmt: skip
