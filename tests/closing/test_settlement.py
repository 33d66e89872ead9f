"""Settlement between levels: what is owed by document, booked on both sides, paid in the next year."""

from __future__ import annotations

from datetime import date

import pytest

from fisc import kernel
from fisc.closing import services as closing
from fisc.closing.services.settlement import ACCRUED, ADVANCED, GRANTED
from fisc.documents import RuleBroken
from fisc.kernel.errors import FiscError
from fisc.transfers import services as tr
from tests.closing.world import (
    BANNER,
    CITY,
    OTHER,
    YEAR,
    Conn,
    account_sums,
    booked,
    entries,
    post,
    seals,
    tills,
)
from tests.transfers.world import DOWN, ED, UP, line, passed_on

JUNE, YEAR_END, JANUARY = date(YEAR, 6, 1), date(YEAR, 12, 31), date(YEAR + 1, 1, 25)


def _half_paid(city: Conn) -> str:
    """Banner granted 900 of which 500 are paid, the other 300 of which none; returns the receipt's line."""
    passed_on(city, [(BANNER, 900), (OTHER, 300)])
    tr.pay_out(city, [tr.LineCash("拨1", line(), 500)], **tills(), on=JUNE)
    row = city.execute("select line_key from transfers_line where not is_issue").fetchone()
    assert row is not None
    tr.receive_cash(city, [tr.LineCash("收1", row[0], 1200)], **tills(), on=JUNE)
    return str(row[0])


def test_what_is_owed_is_listed_by_document(city: Conn) -> None:
    _half_paid(city)
    tr.advance(city, [tr.AdvanceCash("调1", CITY, OTHER, YEAR, "111", 70)], **tills(), on=JUNE)
    found = closing.owed(city, CITY, YEAR)
    assert [(c.kind, c.doc_no, c.debtor, c.creditor, c.amount_fen) for c in found.claims] == [
        (GRANTED, DOWN, CITY, BANNER, 400),
        (GRANTED, DOWN, CITY, OTHER, 300),
        (ADVANCED, "", OTHER, CITY, 70),
    ]
    assert {other: found.net(other) for other in found.others} == {BANNER: 400, OTHER: 230}
    assert closing.owed(city, OTHER, YEAR).net(CITY) == -230


def test_t09_and_t06_are_booked_once_on_both_sides_row_by_row(city: Conn) -> None:
    _half_paid(city)
    numbers = closing.settle_year(city, CITY, YEAR, **tills(), on=YEAR_END)
    assert closing.settle_year(city, CITY, YEAR, **tills(), on=YEAR_END) == []
    lower, upper = entries(city, f"transfer_cash:{numbers[0]}")
    sent = (
        f"cor_bgt_doc_no={DOWN} fund_type_code=111 rec_div_code={BANNER} source_type_code=2 "
        f"sup_bgt_doc_no={UP} tp_func_code={ED}"
    )
    assert (upper.rule, upper.period) == ("192-T09", YEAR * 100 + 12)
    assert upper.lines == (
        ("借", "treasury_2015:5011", 400, sent),
        ("贷", "treasury_2015:1031", 400, f"fund_type_code=111 rec_div_code={BANNER}"),
    )
    assert (lower.rule, [row[:3] for row in lower.lines]) == (
        "192-T06", [("借", "treasury_2015:2012", 400), ("贷", "treasury_2015:4011", 400)],
    )  # fmt: skip
    assert closing.compare(city, CITY, YEAR) == []
    assert [(c.kind, c.amount_fen) for c in closing.owed(city, CITY, YEAR).claims] == [
        (ACCRUED, 400), (ACCRUED, 300),
    ]  # fmt: skip


def test_accounts_between_levels_go_on_and_are_paid_in_the_next_year(city: Conn) -> None:
    _half_paid(city)
    post(city, [booked("opening_balance", 2000, region, month=0) for region in (CITY, BANNER, OTHER)])
    numbers = closing.settle_year(city, CITY, YEAR, **tills(), on=YEAR_END)
    for region in (CITY, BANNER, OTHER):
        closing.close_year(city, [region], YEAR, **seals(region))
        closing.open_next_year(city, [region], YEAR, **seals(region))
        assert closing.reconciliation(city, region).differences == []
    opened = account_sums(city, CITY, (YEAR + 1) * 100, (YEAR + 1) * 100, "treasury_2022_financial")
    below = account_sums(city, BANNER, (YEAR + 1) * 100, (YEAR + 1) * 100, "treasury_2022_financial")
    assert (opened["1032"], below["2012"]) == (-700, 400)
    tr.pay_accrued(city, [tr.SettleCash("付1", numbers[0], 400)], **tills(), on=JANUARY)
    after = account_sums(city, CITY, (YEAR + 1) * 100, (YEAR + 1) * 100 + 1, "treasury_2022_financial")
    assert after["1032"] == -300
    blocks = city.execute(
        "select c.rec_div_code, sum(m.debit_fen - m.credit_fen)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where a.book = 'treasury_2022_financial' and a.code = '1032' and c.mof_div_code = %s group by 1",
        [CITY],
    ).fetchall()
    assert dict(blocks) == {BANNER: 0, OTHER: -300}


def test_books_that_disagree_stop_the_settlement(city: Conn) -> None:
    _half_paid(city)
    post(city, [booked("treasury_advance_to_lower", 5, rec_div_code=BANNER)])
    with pytest.raises(RuleBroken, match="上下级结算不一致"):
        closing.settle_year(city, CITY, YEAR, **tills(), on=YEAR_END)
    assert not entries(city, "年结-")


def _closed_months(conn: Conn, *regions: str) -> None:
    kernel.close_periods(conn, regions, [YEAR * 100 + month for month in range(1, 13)])


@pytest.mark.parametrize("early", [(CITY, BANNER, OTHER), (CITY,), (BANNER,)])
def test_what_levels_owe_each_other_is_settled_before_december_is_closed(
    city: Conn, early: tuple[str, ...]
) -> None:
    """The year's figures are those of its months: nothing comes in or goes out in the period after them."""
    _half_paid(city)
    _closed_months(city, *early)
    with pytest.raises(FiscError, match=f"{YEAR * 100 + 12}.*已结账"):
        closing.settle_year(city, CITY, YEAR, **tills(), on=JANUARY)
    with pytest.raises(FiscError, match=f"{YEAR * 100 + 12}.*已结账"):
        tr.pay_out(city, [tr.LineCash("拨2", line(), 400)], **tills(), on=YEAR_END)
    with pytest.raises(RuleBroken, match="不能记入上年"):
        tr.pay_out(city, [tr.LineCash("拨3", line(number=2), 300)], **tills(), on=JANUARY)
    assert not entries(city, "年结-") and not entries(city, "transfer_cash:拨2")
