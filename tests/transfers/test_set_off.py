"""What was withheld of a lower government's debt is cleared with what it is granted, and with no more."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from fisc.closing import services as closing
from fisc.debt import services as debt
from fisc.debt.kinds import REVERSAL, REVERSIBLE
from fisc.documents import Leg, Officer, RuleBroken, define_officers, voucher
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.kernel import Coding, post
from fisc.kernel.verify import verify_within
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.ledger import EVER, Turnover, turnover
from fisc.transfers import services as tr
from fisc.transfers.checks import city_equals_banners
from tests.papers import a_document
from tests.transfers.world import BANNER, CITY, DAY, OTHER, YEAR, Conn, entries, line, passed_on, tills

APRIL = date(YEAR, 4, 2)


def withheld(conn: Conn, fen: int, region: str = BANNER, fund: str = "111") -> None:
    """The city withholds so much principal of a banner's (192-T25, T24): it stands on 1031 and 2012."""
    hands = [Officer("dm", "债务经办", "", frozenset({"treasury_make"})),
             Officer("dr", "债务审核", "", frozenset({"treasury_review"}))]  # fmt: skip
    define_officers(conn, hands)
    came = {"is_debt": "1", "rev_func_code": "1101101", "sup_bgt_doc_no": "债1号"}
    owed = [Leg("debt_onlent_in", fen, Coding(YEAR, region, "112", **came))]
    lent = Coding(
        YEAR, CITY, "112", is_debt="1", rec_div_code=region, cor_bgt_doc_no="债1号", tp_func_code="2301101"
    )
    claim = [Leg("debt_onlent_in", fen, Coding(YEAR, CITY, "112", **came)), Leg("debt_onlent_out", fen, lent)]
    for place, legs in ((region, owed), (CITY, claim)):
        key, paper = f"owed:{place}:{region}", a_document(conn, place)
        post(conn, [voucher(key, place, DAY, legs, document_id=paper, summary="转贷")])
    event = debt.DebtItem(
        f"扣-{region}",
        "debt_withheld_from_lower",
        CITY,
        "principal",
        fund,
        fen,
        APRIL,
        lower_div_code=region,
    )
    debt.record_events(conn, [event], by="dm", reviewed_by="dr", on=APRIL)


def between(conn: Conn, region: str = BANNER) -> tuple[int, int]:
    """Fen on the city's account with a banner, and on the banner's with the city."""
    sums = []
    for account, place, side in (("1031", CITY, DEBIT), ("2012", region, CREDIT)):
        found = turnover(conn, Turnover((f"treasury_2015:{account}",), (place,), EVER, side), "mof_div_code")
        sums.append(found.get((place,), 0))
    return sums[0], sums[1]


def owed_of_withheld(conn: Conn) -> list[int]:
    """What the settlement between levels says is owed of what was withheld, by claim."""
    claims = closing.owed(conn, CITY, YEAR).claims
    return [claim.amount_fen for claim in claims if claim.kind == "withheld"]


def test_what_is_left_of_what_was_withheld_is_owed_still_in_the_next_year(city: Conn) -> None:
    passed_on(city, [(BANNER, 500)])
    withheld(city, 300)
    tr.set_off(city, [tr.LineCash("抵-1", line(), 200)], **tills(), on=APRIL)
    assert owed_of_withheld(city) == [100]
    next_year = closing.owed(city, CITY, YEAR + 1).claims
    assert [claim.amount_fen for claim in next_year if claim.kind == "withheld"] == [100]


def test_a_line_is_paid_with_what_was_withheld(city: Conn) -> None:
    passed_on(city, [(BANNER, 500)])
    withheld(city, 300)
    assert between(city) == (300, 300)
    assert tr.set_off(city, [tr.LineCash("抵-1", line(), 300)], **tills(), on=APRIL) == [True]
    assert [
        [(side, account, fen) for side, account, fen, _ in one.lines] for one in entries(city, "抵-1")
    ] == [
        [("借", "treasury_2015:2012", 300), ("贷", "treasury_2015:4011", 300)],
        [("借", "treasury_2015:5011", 300), ("贷", "treasury_2015:1031", 300)],
    ]
    assert between(city) == (0, 0)
    assert owed_of_withheld(city) == []
    [left] = [one for one in tr.between(city, CITY, YEAR) if one.creditor == BANNER]
    assert left.amount_fen == 200
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 200)], **tills(), on=APRIL)
    assert city_equals_banners(city, CITY, 202204) == [] and verify_within(city).ok


@pytest.mark.parametrize("others", ["", "advance", "accrue"])
def test_no_more_is_set_off_than_stands_beside_what_has_a_number(city: Conn, others: str) -> None:
    """An advance is charged by its own number, and an accrual is paid by its own: neither is set off."""
    passed_on(city, [(BANNER, 900), (OTHER, 100)])
    withheld(city, 300)
    if others == "advance":
        tr.advance(city, [tr.AdvanceCash("调-1", CITY, BANNER, YEAR, "111", 70)], **tills(), on=APRIL)
    if others == "accrue":
        tr.accrue(city, [tr.LineCash("挂-1", line(), 400)], **tills(), on=date(YEAR, 12, 31))
    for fen, key in ((301, line()), (1, line(number=2))):
        with pytest.raises(RuleBroken, match="抵拨超过"):
            tr.set_off(city, [tr.LineCash("抵-1", key, fen)], **tills(), on=APRIL)
    assert tr.set_off(city, [tr.LineCash("抵-2", line(), 300)], **tills(), on=APRIL) == [True]
    with pytest.raises(RuleBroken, match="抵拨超过"):
        tr.set_off(city, [tr.LineCash("抵-3", line(), 1)], **tills(), on=APRIL)


def test_a_grant_of_one_fund_clears_nothing_that_stands_in_another(city: Conn) -> None:
    """The account between levels is kept by fund: the one would stay and the other turn round."""
    passed_on(city, [(BANNER, 500)])
    withheld(city, 300, fund="112")
    with pytest.raises(RuleBroken, match=r"抵拨超过.*（资金 111）") as refused:
        tr.set_off(city, [tr.LineCash("抵-1", line(), 300)], **tills(), on=APRIL)
    assert "同一资金性质" in refused.value.hint
    assert between(city) == (300, 300) and owed_of_withheld(city) == [300]


def test_a_line_grants_what_is_set_off(city: Conn) -> None:
    passed_on(city, [(BANNER, 200)])
    withheld(city, 300)
    with pytest.raises(RuleBroken):
        tr.set_off(city, [tr.LineCash("抵-1", line(), 201)], **tills(), on=APRIL)
    assert between(city) == (300, 300)


def reverse(conn: Conn, number: str, event: str = f"扣-{BANNER}") -> None:
    """Two officers reverse what was withheld."""
    draft_reversals(
        conn, REVERSAL, REVERSIBLE, [(number, "debt_event", event, "金额记错一位")], by="dm", on=APRIL
    )
    confirm_reversals(conn, REVERSAL, REVERSIBLE, [number], by="dr", on=APRIL)
    conn.execute("set constraints all immediate")
    conn.execute("set constraints all deferred")


@pytest.mark.parametrize("cleared", [300, 100])
def test_what_was_set_off_is_undone_before_what_was_withheld(city: Conn, cleared: int) -> None:
    passed_on(city, [(BANNER, 500)])
    withheld(city, 300)
    tr.set_off(city, [tr.LineCash("抵-1", line(), cleared)], **tills(), on=APRIL)
    said = f"已用补助抵拨 {cleared / 100:.2f} 元"
    with pytest.raises(psycopg.Error, match=said) as refused, city.transaction():
        reverse(city, "冲-1")
    assert "make-set-off-recoveries" in str(refused.value)
    assert between(city) == (300 - cleared, 300 - cleared)
    tr.undo_set_off(city, [tr.LineCash("回-1", line(), cleared)], **tills(), on=APRIL)
    assert between(city) == (300, 300) and owed_of_withheld(city) == [300]
    reverse(city, "冲-2")
    assert between(city) == (0, 0) and owed_of_withheld(city) == []
    [left] = [one for one in tr.between(city, CITY, YEAR) if one.creditor == BANNER]
    assert left.amount_fen == 500  # all of the grant is to be paid
    assert city_equals_banners(city, CITY, 202204) == [] and verify_within(city).ok


def test_what_is_withheld_beside_what_was_set_off_may_be_reversed(city: Conn) -> None:
    passed_on(city, [(BANNER, 500)])
    withheld(city, 300)
    withheld(city, 100, OTHER)
    tr.set_off(city, [tr.LineCash("抵-1", line(), 300)], **tills(), on=APRIL)
    reverse(city, "冲-1", f"扣-{OTHER}")
    assert between(city, OTHER) == (0, 0)


def test_no_more_is_undone_than_was_set_off_on_the_line(city: Conn) -> None:
    passed_on(city, [(BANNER, 500), (OTHER, 100)])
    withheld(city, 300)
    tr.set_off(city, [tr.LineCash("抵-1", line(), 200)], **tills(), on=APRIL)
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 300), tr.LineCash("拨-2", line(number=2), 100)],
               **tills(), on=APRIL)  # fmt: skip
    for key, fen, lacks in ((line(), 201, "0.01"), (line(number=2), 100, "1.00")):
        with pytest.raises(RuleBroken, match=f"不够冲回，少 {lacks} 元"):
            tr.undo_set_off(city, [tr.LineCash("回-1", key, fen)], **tills(), on=APRIL)
    assert between(city) == (100, 100)


def test_an_accrual_moved_no_cash_and_none_comes_back(city: Conn) -> None:
    passed_on(city, [(BANNER, 500)])
    december = date(YEAR, 12, 31)
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 100)], **tills(), on=APRIL)
    tr.accrue(city, [tr.LineCash("挂-1", line(), 400)], **tills(), on=december)
    with pytest.raises(RuleBroken, match=r"收回超过这一明细实际拨付的，多 0\.01 元") as refused:
        tr.recover_cash(city, [tr.LineCash("收-1", line(), 101)], **tills(), on=december)
    assert "make-accrual-payments" in refused.value.hint
    tr.recover_cash(city, [tr.LineCash("收-2", line(), 100)], **tills(), on=december)
    tr.pay_accrued(city, [tr.SettleCash("拨-2", "挂-1", 400)], **tills(), on=date(YEAR + 1, 2, 1))
    assert not [one for one in tr.between(city, CITY, YEAR + 1) if one.kind == "accrued"]
