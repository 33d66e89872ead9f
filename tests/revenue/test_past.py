"""Revenue as it was known before something came late: progress, levels, days, targets, checks, places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken
from fisc.kernel import close_periods
from fisc.revenue import services as revenue
from fisc.revenue.checks import revenue_quality
from fisc.revenue.services import DailyReceipt, GrossReceipt, Source, StatisticEntry, TaxRefund
from tests.past import as_of, now, told_again
from tests.revenue.conftest import BANNER, CITY
from tests.revenue.test_levels import DAY, _daily, _refunded, _shared, city
from tests.revenue.test_outlook import _budget

__all__ = ["city"]
Conn = psycopg.Connection[Any]


def _asked(conn: Conn) -> dict[str, Callable[[], Any]]:
    return {
        "progress": lambda: revenue.progress(conn, CITY, 2022, 3),
        "by region": lambda: revenue.progress_by_region(conn, BANNER, 2022, 3),
        "levels": lambda: (revenue.divided(conn, CITY, 2022, 3), revenue.books(conn, CITY, 2022, 3)),
        "rules": lambda: revenue.rules_by_section(conn, CITY, 2022, 3),
        "day": lambda: revenue.day_receipts(conn, CITY, DAY),
        "checks": lambda: revenue_quality(conn, CITY, 2022, 3),
    }


@pytest.mark.parametrize(
    ("late", "moved"),
    [
        (lambda c: _shared(c, GrossReceipt("F9", CITY, DAY, "1010433", "111", 90)),
         {"progress", "levels", "day"}),
        (lambda c: _refunded(c, TaxRefund("T9", CITY, DAY, "101010136", 30, Source("收入退还书"))),
         {"progress", "levels", "day", "rules", "checks"}),
        (lambda c: _daily(c, DailyReceipt(CITY, date(2022, 3, 10), "1011119", "111", 5)),
         {"progress", "levels", "rules", "checks"}),
        (lambda c: _budget(c, "10104", 700), {"progress"}),
    ],
    ids=["receipt", "refund", "report", "budget"],
)  # fmt: skip
def test_what_came_late_was_not_known(city: Conn, late: Callable[[Conn], None], moved: set[str]) -> None:
    moment, first = now(city), {name: ask() for name, ask in _asked(city).items()}
    late(city)
    assert {name: as_of(city, moment, ask) for name, ask in _asked(city).items()} == first
    assert {name for name, ask in _asked(city).items() if ask() != first[name]} == moved


def test_a_receipt_recorded_and_not_confirmed_was_in_no_books(city: Conn) -> None:
    revenue.record_receipts(city, [GrossReceipt("F9", CITY, DAY, "1010433", "111", 90)], by="r", on=DAY)
    told_again(
        city, lambda: [ask() for ask in _asked(city).values()],
        lambda: revenue.confirm_receipts(city, ["F9"], by="t", on=DAY),
    )  # fmt: skip


def test_a_later_revision_of_a_statistic_was_not_known(city: Conn) -> None:
    def published(value: str, revision: int) -> None:
        entry = StatisticEntry(
            "revenue_target", CITY, 2022, value, "元", DAY, Source("目标文件"), revision=revision
        )
        keys = list(revenue.record_statistics(city, [entry], by="r", on=DAY))
        revenue.confirm_statistics(city, keys, by="t", on=DAY)

    published("100", 1)
    told_again(city, lambda: revenue.stated_targets(city, CITY, 2022), lambda: published("120", 2))


def test_a_month_that_was_closed_later_was_open(city: Conn) -> None:
    told_again(
        city, lambda: revenue.closed_months(city, CITY, 2022), lambda: close_periods(city, [CITY], [202201])
    )


def test_before_anything_was_known_there_was_nothing(books: Conn) -> None:
    moment = now(books)
    _daily(books, DailyReceipt(CITY, date(2022, 1, 5), "1011119", "111", 5))
    assert revenue.last_month(books, CITY, 2022) == 1
    with pytest.raises(RuleBroken, match="账上没有收入"):
        as_of(books, moment, lambda: revenue.last_month(books, CITY, 2022))
