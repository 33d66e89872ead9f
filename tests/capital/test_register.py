"""Injections in whole, dividends one by one, duties as they stand, savings loan by loan and year by year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.capital import services as capital
from fisc.capital.checks import one_sided_injections
from fisc.capital.rules import UseLine, saving_by_year, saving_days, saving_fen
from fisc.capital.services import Dividend, DividendReceipt, FunderReturn, InjectionRefund, PostedEntry
from fisc.capital.terms import funder_terms, overdue
from fisc.treasury import services as treasury
from tests.capital import world
from tests.capital.world import CITY, WATER, WIND, YUAN, Conn
from tests.past import told_again

DAY = date(2022, 7, 20)
SIGNED: dict[str, Any] = {"by": "k-maker", "reviewed_by": "k-head"}


# ---- injections


def test_an_injection_is_told_from_its_basis_to_its_equity(city: Conn) -> None:
    world.invested(city, world.injection())
    world.prepaid(city, world.prepayment("H1", 400))
    (found,) = capital.injection_register(city, CITY, 2022)
    assert (found.basis_name, found.basis_doc_no) == ("政府常务会议纪要", "鄂府纪〔2022〕12号")
    assert (found.coding.cor_bgt_doc_no, found.coding.gov_bgt_eco_code) == ("2022-9", "50801")
    assert (found.payment_state, found.paid_on, found.refunded_fen) == ("paid", world.DAY, 0)
    assert [(e.natural_key, e.spent_fen, e.equity_fen) for e in found.entries] == [
        ("injection:ZZ1:invested", 0, 1_000 * YUAN), ("pay_app:P-ZZ1:paid", 1_000 * YUAN, 0),
    ]  # fmt: skip
    assert found.spent_fen == found.equity_fen == found.amount_fen
    assert [(u.line.kind, u.prepaid_fen, u.left_fen) for u in found.uses] == [
        ("loan", 400 * YUAN, 200 * YUAN), ("project", 0, 300 * YUAN), ("project", 0, 100 * YUAN),
    ]  # fmt: skip


def test_what_came_back_is_taken_off_both_sides(city: Conn) -> None:
    world.invested(city, world.injection())
    on = date(2022, 7, 1)
    treasury.refund(city, [treasury.Refund("T1", "P-ZZ1", 50 * YUAN, on)], by="teller", on=on)
    (before,) = capital.injection_register(city, CITY, 2022)
    assert (before.spent_fen, before.equity_fen) == (950 * YUAN, 1_000 * YUAN)
    capital.record_refunds(city, [InjectionRefund("T1", "ZZ1", 2)], **SIGNED, on=on)
    (after,) = capital.injection_register(city, CITY, 2022)
    assert (after.spent_fen, after.equity_fen, after.refunded_fen) == (950 * YUAN, 950 * YUAN, 50 * YUAN)
    assert [u.refunded_fen for u in after.uses] == [0, 50 * YUAN, 0]


def test_one_under_way_is_told_without_payment_and_a_discarded_one_is_not(city: Conn) -> None:
    world.approved(city, world.injection(), world.injection("ZZ2", uses=(WIND,)))
    capital.discard_injections(city, ["ZZ2"], by="k-maker", on=world.DAY)
    (found,) = capital.injection_register(city, CITY, 2022)
    assert (found.state, found.payment_state, found.paid_on, found.entries) == ("approved", "", None, ())
    assert capital.injection_register(city, CITY, 2021) == []


def test_since_2023_the_spending_is_what_the_equity_took_over(city: Conn) -> None:
    world.invested(city, world.injection())
    (found,) = capital.injection_register(city, CITY, 2022)
    on = date(2023, 3, 1)
    entries = (PostedEntry("pay_app:P:paid", on, 100, 0), PostedEntry("injection:Z:invested", on, -100, 100))
    later = replace(found, entries=entries)
    assert (later.spent_fen, later.equity_fen) == (100, 100)


# ---- savings


def _line(rate_bp: int, new_rate_bp: int, due_on: date) -> UseLine:
    return UseLine(1, "loan", 1, rate_bp=rate_bp, new_rate_bp=new_rate_bp, due_on=due_on.isoformat())


def test_a_saving_is_told_by_calendar_year_until_the_loan_would_have_fallen_due() -> None:
    line = _line(500, 300, date(2024, 3, 1))
    found = saving_by_year(line, 36_500 * YUAN, date(2022, 7, 1))  # two yuan a day
    assert found == {2022: 184 * 2 * YUAN, 2023: 365 * 2 * YUAN, 2024: 60 * 2 * YUAN}
    assert saving_by_year(line, 36_500 * YUAN, date(2024, 3, 1)) == {}


@given(
    st.integers(1, 10**13), st.integers(0, 2_000), st.integers(0, 2_000),
    st.dates(date(2021, 1, 1), date(2030, 1, 1)), st.integers(0, 4_000),
)  # fmt: skip
def test_the_years_add_up_to_the_whole(fen: int, rate: int, new: int, on: date, days: int) -> None:
    line = _line(rate, new, on + timedelta(days))
    years = saving_by_year(line, fen, on)
    exact = fen * (rate - new) * days / (10_000 * 365)
    assert abs(sum(years.values()) - exact) <= max(1, abs(exact) * 1e-9)
    assert all(on.year <= year <= (on + timedelta(days)).year for year in years)
    if days <= 365:
        assert sum(years.values()) == saving_fen(line, fen, on)
        assert saving_days(on, on + timedelta(days)) == days


def test_each_loan_tells_what_its_saving_is_made_of(city: Conn) -> None:
    world.invested(city, world.injection())
    world.prepaid(city, world.prepayment("H1", 400))
    (found,) = capital.loan_savings(city, CITY, 2022)
    assert (found.rate_bp, found.new_rate_bp, found.days, found.evidence_no) == (525, 325, 365, "R-H1")
    assert found.saving_fen == 400 * YUAN * 200 * 365 // (10_000 * 365)
    assert found.by_year[2023] == found.saving_fen and min(found.by_year) == 2022 < max(found.by_year) == 2027


# ---- dividends

DECLARED = Dividend("D1", CITY, "E1", 50 * YUAN, "决议1号", date(2022, 6, 1), date(2022, 6, 30))


def _received(number: str, yuan: int, on: date) -> DividendReceipt:
    return DividendReceipt(number, "D1", CITY, "E1", yuan * YUAN, f"缴款{number}", on, "1030601")


def test_a_dividend_is_told_with_what_came_in_of_it(city: Conn) -> None:
    items: list[Dividend | DividendReceipt]
    items = [DECLARED, _received("R1", 20, date(2022, 7, 1)), _received("R2", 30, date(2022, 7, 15))]
    capital.record_income(city, items, **SIGNED, on=DAY)
    (half,) = capital.dividends(city, CITY, date(2022, 7, 10))
    (whole,) = capital.dividends(city, CITY, DAY)
    assert (half.declared_fen, half.received_fen, half.due_on) == (50 * YUAN, 20 * YUAN, date(2022, 6, 30))
    assert [r[:3] for r in whole.receipts] == [
        ("R1", date(2022, 7, 1), 20 * YUAN), ("R2", date(2022, 7, 15), 30 * YUAN),
    ]  # fmt: skip
    assert capital.dividends(city, CITY, date(2022, 5, 31)) == []
    stakes = {s.enterprise_code: s for s in capital.stakes(city, CITY, date(2022, 7, 10))}
    assert (stakes["E1"].receivable_fen, stakes["E1"].received_fen) == (30 * YUAN, 20 * YUAN)
    assert stakes["E2"].received_fen == 0


# ---- duties


def test_duties_are_told_as_they_stood_on_a_day(city: Conn) -> None:
    world.invested(city, world.injection())
    capital.record_income(city, [DECLARED, _received("R1", 50, date(2022, 7, 15))], **SIGNED, on=DAY)
    world.prepaid(city, world.prepayment())
    filed = FunderReturn(CITY, "E1", "title_registration", 2022, "登记证1号", date(2022, 6, 20), "ZZ1")
    capital.file_returns(city, [filed], **SIGNED, on=DAY)
    states = {s.code: s for s in funder_terms(city, CITY, DAY)}
    told = {code: (s.done_on, s.days_late, s.evidence) for code, s in states.items()}
    assert told == {
        "title_registration": (date(2022, 6, 20), 11, "登记证1号"),
        "dividend": (date(2022, 7, 15), 15, "缴款R1"),
        "loan_prepayment": (date(2022, 6, 1), 0, "R-H1"),
    }  # fmt: skip
    assert overdue(city, CITY, DAY) == []
    earlier = date(2022, 7, 10)
    assert [(a.code, a.open_fen) for a in overdue(city, CITY, earlier)] == [("dividend", 50 * YUAN)]
    assert funder_terms(city, CITY, date(2022, 5, 9)) == []


def test_a_duty_done_in_part_is_open_for_the_rest(city: Conn) -> None:
    world.invested(city, world.injection())
    world.prepaid(city, world.prepayment("H1", 250))
    on = date(2022, 7, 31)
    loan = next(s for s in funder_terms(city, CITY, on) if s.code == "loan_prepayment")
    assert (loan.done_on, loan.open_fen, loan.days_late) == (None, 350 * YUAN, 22)


@pytest.mark.parametrize("kind", ["general", "financial"])
def test_only_financial_enterprises_owe_the_return_of_financial_capital(city: Conn, kind: str) -> None:
    world.register(city, world.enterprise("E3", "担保公司", kind=kind))
    codes = {s.code for s in funder_terms(city, CITY, date(2023, 1, 2)) if s.about == "E3"}
    assert codes == {"annual_return"} | ({"financial_capital_return"} if kind == "financial" else set())


def test_uses_that_do_not_add_up_are_refused_before_anything_is_told(city: Conn) -> None:
    with pytest.raises(Exception, match="用途合计"):
        world.approved(city, replace(world.injection(uses=(WIND, WATER)), amount_fen=1))
    assert capital.injection_register(city, CITY, 2022) == []


def test_the_register_is_told_as_it_was_known(city: Conn) -> None:
    """What came later, though of an earlier day: injections, loans, stakes, duties as before."""

    def ask() -> object:
        return (
            capital.injection_register(city, CITY, 2022), capital.loan_savings(city, CITY, 2022),
            capital.stakes(city, CITY, DAY), capital.dividends(city, CITY, DAY),
            funder_terms(city, CITY, DAY), one_sided_injections(city, CITY, 2022),
        )  # fmt: skip

    told_again(city, ask, lambda: world.paid(city, world.injection()))
    told_again(city, ask, lambda: capital.recognise_equity(city, ["ZZ1"], by="k-head", on=DAY))
    told_again(city, ask, lambda: world.prepaid(city, world.prepayment()))
