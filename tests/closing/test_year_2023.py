"""A year under 财库〔2022〕41号: opened by the conversion, settled, closed, carried on in its own books."""

from __future__ import annotations

from datetime import date

from fisc.closing import services as closing
from fisc.closing import statements as st
from fisc.kernel import open_year
from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from tests.closing.world import (
    BANNER,
    CITY,
    OTHER,
    YEAR,
    Conn,
    a_year,
    account_sums,
    booked,
    post,
    seals,
    tills,
)
from tests.transfers.world import issued, own_budget

NEXT = YEAR + 1
FINANCIAL, BUDGET = "treasury_2022_financial", "treasury_2022_budget"
GRANTED, LATE = date(NEXT, 12, 20), date(NEXT + 1, 1, 15)


def _turned(city: Conn) -> None:
    """Two governments whose 2022 is closed and carried into the new books."""
    a_year(city)
    post(city, [booked("opening_balance", 500, BANNER, month=0)])
    for region in (CITY, BANNER, OTHER):
        closing.close_year(city, [region], YEAR, **seals(region))
        closing.open_next_year(city, [region], YEAR, **seals(region))
        open_year(city, region, NEXT + 1)


def _a_new_year(city: Conn) -> None:
    """Taxes, spending, results and a dividend of a stake, a refund that waits, a grant not paid."""
    stake = {"equity_part_code": "损益调整", "enterprise_code": "E1"}
    post(city, [
        booked("tax_received", 900, year=NEXT, rev_func_code="1010101"),
        booked("expenditure_paid", 300, year=NEXT, exp_func_code="2050202", gov_bgt_eco_code="50201"),
        booked("equity_gain_recognised", 50, fund="13", year=NEXT, **stake),
        booked("dividend_received", 20, fund="13", year=NEXT, rev_func_code="1030602"),
        booked("unidentified_receipt", 7, year=NEXT, is_last_year="1"),
    ])  # fmt: skip
    own_budget(city, 80, year=NEXT)
    document = issued([(BANNER, 80)], sup="", code="2300202", fiscal_year=NEXT, dated_on=GRANTED)
    tr.issue(city, [document], by=f"zm-{CITY}", reviewed_by=f"zr-{CITY}", on=GRANTED)


def test_a_year_of_the_new_rule_set_is_settled_closed_and_carried_on(city: Conn) -> None:
    _turned(city)
    _a_new_year(city)
    assert [affair.rule_id for affair in closing.open_affairs(city, [CITY], NEXT)] == [
        "year_end.transfers_unbooked",
        *["year_end.owing_open"] * 3,  # dividends, what was advanced, debt lent on from above
        "year_end.held_open",
    ]  # fmt: skip
    (number,) = closing.settle_year(city, CITY, NEXT, **tills(), on=LATE)
    assert closing.compare(city, CITY, NEXT) == []
    assert account_sums(city, CITY, NEXT * 100 + 12, NEXT * 100 + 12, BUDGET) == {"7011": 80, "804105": -80}
    assert account_sums(city, BANNER, NEXT * 100 + 12, NEXT * 100 + 12, FINANCIAL) == {
        "2012": 80,
        "4004": -80,
    }

    signed = {**tills(), "on": LATE}
    assert closing.close_year(city, [CITY], NEXT, **signed)[0].is_new
    closing.close_year(city, [BANNER], NEXT, **{**tills(BANNER), "on": LATE})
    for book, nominal in ((FINANCIAL, "45"), (BUDGET, "67")):
        left = account_sums(city, CITY, NEXT * 100, NEXT * 100 + 13, book)
        assert left and not [code for code in left if code[0] in nominal]
        assert sum(left.values()) == 0
    stood = account_sums(city, CITY, NEXT * 100, NEXT * 100 + 13, FINANCIAL)
    assert (stood["2013"], stood["1032"], stood["1061"]) == (-7, -80, 70 + 50)
    sheet = st.balance_sheet(city, CITY, NEXT)
    assert sheet.fen("资产合计", 1) == sheet.fen("负债和净资产总计", 1)
    assert st.tie_outs(sheet) == []
    post(city, [booked("tax_received", 4, year=NEXT, month=12, rev_func_code="1010101")])
    assert st.tie_outs(st.balance_sheet(city, CITY, NEXT)) == []  # not closed yet: a row of its own
    closing.close_year(city, [CITY], NEXT, **signed)
    stood = account_sums(city, CITY, NEXT * 100, NEXT * 100 + 13, FINANCIAL)

    closing.open_next_year(city, [CITY], NEXT, **signed)
    closing.open_next_year(city, [BANNER], NEXT, **{**tills(BANNER), "on": LATE})
    assert account_sums(city, CITY, (NEXT + 1) * 100, (NEXT + 1) * 100, FINANCIAL) == stood
    tr.pay_accrued(city, [tr.SettleCash("付1", number, 80)], **tills(), on=LATE)
    after = account_sums(city, CITY, (NEXT + 1) * 100, (NEXT + 1) * 100 + 1, BUDGET)
    assert "804105" not in after
    assert verify_within(city).ok
