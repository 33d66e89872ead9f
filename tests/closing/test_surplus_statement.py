"""收入费用表 of a year under 41号: it proves, foots, and net assets follow from it, closed or not."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.closing import services as closing
from fisc.closing import statements as st
from tests.closing.world import CITY, YEAR, Conn, a_year, booked, post, seals, tills

NEXT = YEAR + 1


@pytest.fixture
def turned(city: Conn) -> Conn:
    """Books of 2023 that were converted, with income, expense, reserves and interest of several budgets."""
    a_year(city)
    closing.close_year(city, [CITY], YEAR, **seals())
    closing.open_next_year(city, [CITY], YEAR, **seals())
    post(city, [
        booked("tax_received", 900, year=NEXT, rev_func_code="1010101"),
        booked("nontax_received", 80, fund="121", year=NEXT, rev_func_code="1030148"),
        booked("expenditure_paid", 300, year=NEXT, exp_func_code="2050202", gov_bgt_eco_code="50201"),
        booked("interest_payable_accrued", 40, fund="121", year=NEXT, is_debt="1", debt_move_code="interest"),
        booked("stabilisation_set_aside", 25, year=NEXT, exp_func_code="23015"),
        booked("fund_transfer_out", 10, fund="121", year=NEXT, exp_func_code="2300802"),
        booked("fund_transfer_in", 10, year=NEXT, rev_func_code="110090102"),
    ])  # fmt: skip
    return city


def test_income_less_expense_is_the_surplus_of_each_budget(turned: Conn) -> None:
    made = st.surplus_statement(turned, CITY, NEXT)
    assert made.columns[:3] == ("合计", "一般公共预算", "政府性基金预算")
    figures = {row.name: [cell.fen for cell in row.cells[:3]] for row in made.rows}
    assert figures["收入合计"] == [980, 900, 80]
    assert figures["税收收入"] == [900, 900, 0]
    assert figures["财务费用"] == [40, 0, 40]
    assert figures["费用合计"] == [340, 300, 40]
    assert figures[st.SURPLUS] == [640, 600, 40]
    assert figures["净资产直接增减（登记股权、储备之间结转等）"] == [0, 10, -10]
    assert figures["净资产变动"] == [640, 610, 30]
    assert st.prove(turned, made) == []
    assert made.notes


def test_net_assets_follow_from_it_before_and_after_the_closing(turned: Conn) -> None:
    before = st.surplus_statement(turned, CITY, NEXT)
    assert st.tie_outs(st.balance_sheet(turned, CITY, NEXT), before) == []
    closing.close_year(turned, [CITY], NEXT, **{**tills(), "on": date(NEXT + 1, 1, 15)})
    after = st.surplus_statement(turned, CITY, NEXT)
    figures = [[(r.name, [c.fen for c in r.cells]) for r in s.rows] for s in (before, after)]
    assert figures[0] == figures[1]
    assert st.tie_outs(st.balance_sheet(turned, CITY, NEXT), after) == []


def test_what_budgets_leave_over_stands_beneath_and_its_parts_are_not_known_without_quotas(
    turned: Conn,
) -> None:
    left, carried, net = st.surplus_statement(turned, CITY, NEXT).rows[-3:]
    fen = [cell.amount for cell in left.cells]
    before = [cell.fen for cell in st.income_statement(turned, CITY, YEAR).row("年末结转结余").cells[:4]]
    grew = [after - (opened or 0) for after, opened in zip(fen[1:], before, strict=True)]
    assert grew[:2] == [900 - 300 - 25 + 10, 80 - 10] and fen[0] == sum(fen[1:])
    assert (carried.name, net.name) == ("其中：结转", "其中：净结余")
    assert {cell.fen for cell in (*carried.cells, *net.cells)} == {None}


def test_a_sheet_that_does_not_follow_is_named(turned: Conn) -> None:
    made = st.surplus_statement(turned, CITY, NEXT)
    post(turned, [booked("tax_received", 1, year=NEXT, rev_func_code="1010101")])
    assert st.tie_outs(st.balance_sheet(turned, CITY, NEXT), made) == ["净资产变动与资产负债表不符"]


def test_it_is_bound_with_the_statements_of_its_year_alone(turned: Conn) -> None:
    titles = {year: [s.title for s in st.year_statements(turned, CITY, year)] for year in (YEAR, NEXT)}
    assert "收入费用表" in titles[NEXT] and "收入支出表" not in titles[NEXT]
    assert "收入支出表" in titles[YEAR] and "收入费用表" not in titles[YEAR]
    assert closing.statements_of_year(turned, CITY, NEXT).differences == ()
    with pytest.raises(ValueError, match="自 2023 年起"):
        st.surplus_statement(turned, CITY, YEAR)


def test_interest_payable_stays_apart_over_the_conversion(city: Conn) -> None:
    a_year(city)
    post(city, [
        booked("debt_onlent_in", 300, fund="112", is_debt="1", rev_func_code="1101101"),
        booked("interest_payable_accrued", 7, fund="112", is_debt="1", debt_move_code="interest"),
    ])  # fmt: skip
    closing.close_year(city, [CITY], YEAR, **seals())
    closing.open_next_year(city, [CITY], YEAR, **seals())
    opened = dict(city.execute(
        "select c.debt_move_code, sum(m.credit_fen - m.debit_fen)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where a.book = 'treasury_2022_financial' and a.code = '2031' and m.period = %s group by 1",
        [NEXT * 100],
    ).fetchall())  # fmt: skip
    assert opened["interest"] == 7
    made = closing.reconciliation(city, CITY)
    assert made.is_sound
    told = {line.new_account: line.explanation for line in made.lines if line.old_account.endswith(":2026")}
    assert "利息" in told["treasury_2022_financial:2031"]
