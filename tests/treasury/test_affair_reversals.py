"""Affairs that should not stand: reversed by a paper of two officers, with what they used given back."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken, read
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.kernel import FiscError, read_entries_of
from fisc.treasury import services as treasury
from fisc.treasury.kinds import AFFAIR, AFFAIR_REVERSAL, REVERSIBLE
from tests.treasury.paying import CITY, DAY, YUAN, quota_id
from tests.treasury.test_affairs import affair, cash_of_fund, record

Conn = psycopg.Connection[Any]
LATER = date(DAY.year, 12, 30)


def reverse(conn: Conn, number: str, on: date = LATER, by: str = "reviewer") -> None:
    given = [(f"冲{number}", "affair", number, "金额记错一位")]
    draft_reversals(conn, AFFAIR_REVERSAL, REVERSIBLE, given, by="clerk", on=on)
    confirm_reversals(conn, AFFAIR_REVERSAL, REVERSIBLE, [f"冲{number}"], by=by, on=on)


def test_an_affair_is_posted_again_in_red_on_the_same_blocks(paying: Conn) -> None:
    record(paying, affair("A", "money_lent"))
    reverse(paying, "A")
    [told] = read(paying, AFFAIR, ["A"])
    [paper] = read(paying, AFFAIR_REVERSAL, ["冲A"])
    [own] = read_entries_of(paying, [told.id]).values()
    [red] = read_entries_of(paying, [paper.id]).values()
    assert (told.state, red.business_date) == ("reversed", LATER)
    said = [(line.account, line.side, line.amount_fen, line.coding) for line in own.lines]
    assert [(line.account, line.side, -line.amount_fen, line.coding) for line in red.lines] == said
    assert treasury.open_affairs(paying, CITY, LATER) == []


def test_a_quota_is_free_again_when_what_was_charged_to_it_is_reversed(paying: Conn) -> None:
    quota = quota_id("Q1", CITY, DAY.year)
    record(paying, affair("L", "temporary_payment"))
    charge = affair("C", "temporary_payment_charged", settles_no="L", bgt_id=quota)
    record(paying, charge)
    reverse(paying, "C")
    anew = affair("D", "temporary_payment_charged", settles_no="L", bgt_id=quota)
    assert record(paying, anew) == [True]


def test_what_was_settled_is_reversed_after_its_settlement(paying: Conn) -> None:
    record(paying, affair("L", "money_lent"))
    record(paying, affair("B", "money_lent_repaid", settles_no="L"))
    with pytest.raises(RuleBroken, match="为依据，不能冲销"):
        reverse(paying, "L")
    reverse(paying, "B")
    [open_] = treasury.open_affairs(paying, CITY, LATER)
    assert (open_["affair_no"], open_["left_fen"]) == ("L", 100 * YUAN)
    assert record(paying, affair("B2", "money_lent_repaid", settles_no="L")) == [True]


def test_who_drafts_a_reversal_does_not_confirm_it(paying: Conn) -> None:
    record(paying, affair("A", "money_lent"))
    with pytest.raises(FiscError):
        reverse(paying, "A", by="clerk")
    assert read(paying, AFFAIR, ["A"])[0].state == "posted"


@pytest.mark.parametrize(
    ("on", "words"),
    [(date(DAY.year + 2, 1, 5), "不能冲销"), (date(DAY.year, 1, 1), "早于")],
)
def test_a_reversal_has_its_season(paying: Conn, on: date, words: str) -> None:
    record(paying, affair("A", "money_lent"))
    with pytest.raises(FiscError, match=words):
        reverse(paying, "A", on=on)


def test_money_that_is_gone_is_not_reversed_out_of_the_treasury(paying: Conn) -> None:
    record(paying, affair("R", "unidentified_receipt", 100))
    record(paying, affair("G", "money_lent", cash_of_fund(paying)))
    with pytest.raises(psycopg.Error, match=r"资金性质 111 的国库存款不够付，缺 100\.00 元"):
        reverse(paying, "R")
        paying.execute("set constraints all immediate")
