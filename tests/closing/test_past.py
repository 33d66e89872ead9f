"""A year's end as it was known before something came late: statements, tables, settlement, open affairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fisc.closing import final_accounts, statements
from fisc.closing import services as closing
from fisc.transfers import checks as transfers_checks
from fisc.transfers import services as tr
from tests.closing.test_settlement import JANUARY, JUNE, YEAR_END, _half_paid
from tests.closing.world import BANNER, CITY, OTHER, YEAR, Conn, a_year, booked, post, seals, tills
from tests.past import as_of, now, told_again
from tests.transfers.world import hands, line


def _end(city: Conn) -> None:
    closing.close_year(city, [CITY], YEAR, **seals())
    closing.open_next_year(city, [CITY], YEAR, **seals())


def _late(city: Conn) -> None:
    """Spending of June, known only now."""
    post(city, [booked("expenditure_paid", 11, month=6, exp_func_code="2050201")])


def _asked(city: Conn) -> dict[str, Callable[[], Any]]:
    return {
        "statements": lambda: statements.year_statements(city, CITY, YEAR),
        "tables": lambda: final_accounts.tables(city, [CITY], YEAR),
        "balances": lambda: closing.quota_left(city, CITY, YEAR),
        "conversion": lambda: closing.reconciliation(city, CITY),
        "states": lambda: closing.year_end_states(city, [CITY], YEAR),
        "affairs": lambda: closing.open_affairs(city, [CITY, BANNER], YEAR),
        "settlement": lambda: (closing.owed(city, CITY, YEAR), closing.compare(city, CITY, YEAR)),
    }


def test_statements_and_tables_of_a_year_are_told_as_before_a_late_voucher(city: Conn) -> None:
    a_year(city)
    told_again(city, _asked(city)["statements"], lambda: _late(city))
    moment, first = now(city), {name: ask() for name, ask in _asked(city).items()}
    _end(city)
    _late_round(city)
    then = {name: as_of(city, moment, ask) for name, ask in _asked(city).items()}
    assert then == first
    later = {name: ask() for name, ask in _asked(city).items()}
    assert {name for name in first if later[name] != first[name]} == {
        "statements", "tables", "conversion", "states", "affairs",
    }  # fmt: skip
    assert {one.rule_id for one in first["affairs"]} == {"year_end.owing_open"}
    assert later["affairs"] == []  # what is owed stands in the books of the next year


def _late_round(city: Conn) -> None:
    """A voucher comes after the year was closed, and another round of its end takes it up."""
    post(city, [booked("tax_received", 23, month=12, rev_func_code="1010102")])
    _end(city)


def test_what_governments_owe_is_told_as_before_it_was_settled(city: Conn) -> None:
    _half_paid(city)
    tr.advance(city, [tr.AdvanceCash("调1", CITY, OTHER, YEAR, "111", 70)], **tills(), on=JUNE)
    post(city, [booked("opening_balance", 2000, region, month=0) for region in (CITY, BANNER, OTHER)])
    owed = _asked(city)["settlement"]
    told_again(
        city, owed, lambda: tr.recover_cash(city, [tr.LineCash("退1", line(), 50)], **tills(), on=JUNE)
    )
    affairs = _asked(city)["affairs"]
    moment, first = now(city), (owed(), affairs())
    settled = closing.settle_year(city, CITY, YEAR, **tills(), on=YEAR_END)
    told_again(
        city, owed,
        lambda: tr.pay_accrued(city, [tr.SettleCash("补1", settled[0], 450)], **tills(), on=JANUARY),
    )  # fmt: skip
    assert as_of(city, moment, lambda: (owed(), affairs())) == first


def test_what_was_taken_back_later_was_granted_then(city: Conn) -> None:
    _half_paid(city)
    granted = lambda: tr.issued_by(city, CITY, YEAR)  # noqa: E731
    told_again(
        city, lambda: [(g.net_fen, g.cash_fen, g.effective_on) for g in granted()],
        lambda: tr.take_back(city, [tr.TakeBackItem("收回1", line(number=2), 100)], **hands(), on=JUNE),
    )  # fmt: skip
    assert transfers_checks.city_equals_banners(city, CITY, YEAR * 100 + 6) == []
