"""The cash forecast of a region: what is known, what the profile says, and how sure that is.

What is known goes before what is foretold: expected flows take the place of their stream's
profile in their month; payments applied for leave within days; plans of use set a month's level;
and the year's payments cannot exceed what is left of the year's quotas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import psycopg

from fisc.budget.services.quota_store import facts
from fisc.cash.services.expected import Expected, waiting
from fisc.cash.services.flows import daily_flows, streams
from fisc.cash.services.forecast.backtest import BackTest, back_test, size_of_day
from fisc.cash.services.forecast.profile import Floats, History, foretell, is_working
from fisc.cash.services.forecast.shortage import find_shortage, first_below
from fisc.cash.services.outlook import Day, FlowItem, Shortage, Week
from fisc.cash.services.position import CashPosition, pending_payments, position
from fisc.kernel.money import format_fen
from fisc.treasury.services import planned_after

DAYS = 90
#: How far back the profile is learnt: two years and the month they begin in.
_HISTORY = timedelta(days=761)
#: Working days within which payments applied for leave.
_SETTLING = 3
_PAID_FROM_QUOTAS = ("payroll", "payments")


@dataclass(frozen=True, slots=True)
class CashForecast:
    """A forecast with its grounds. `items`: foretold flows by day, those known by name apart.

    `low_first_day` is the first day on which the lower bound of the interval is below the floor.
    """

    region: str
    on: date
    floor_fen: int
    position: CashPosition = field(repr=False)
    days: tuple[Day, ...] = field(repr=False)
    items: tuple[FlowItem, ...] = field(repr=False)
    back_test: BackTest
    shortage: Shortage | None
    low_first_day: date | None
    notes: tuple[str, ...]

    @property
    def is_groundless(self) -> bool:
        """Whether it rests on nothing: no money, no history, nothing that is expected."""
        moved = any(day.inflow_fen or day.outflow_fen or day.balance_fen for day in self.days)
        return not (moved or self.position.accounts)

    def weeks(self) -> list[Week]:
        """The days by ISO week."""
        found = []
        for _, group in groupby(self.days, key=lambda day: day.on.isocalendar()[:2]):
            days = list(group)
            last = days[-1]
            found.append(Week(
                days[0].on, last.on, sum(d.inflow_fen for d in days), sum(d.outflow_fen for d in days),
                last.balance_fen, min(d.balance_fen for d in days), last.low_fen, last.high_fen,
            ))  # fmt: skip
        return found


def forecast(
    conn: psycopg.Connection[Any], region: str, on: date, *, days: int = DAYS, floor_fen: int = 0
) -> CashForecast:
    """Foretell the treasury account of `region` for `days` days after `on`; reads only.

    Deterministic: the same ledger gives the same fen. With little history the notes say so and there
    are no intervals.
    """
    at = position(conn, region, on)
    history = _history(conn, region, on)
    notes: list[str] = []
    said = foretell(history, days) if history else {s.code: np.zeros(days) for s in streams()}
    tested = back_test(history, days) if history else BackTest(0, None, None, None, None, None)
    expected = waiting(conn, region, on, on + timedelta(days))
    _follow_plans(conn, region, on, said, notes)
    _settle_committed(on, said, at.committed_fen, notes)
    _keep_to_quotas(on, said, at.quota_left_fen + at.committed_fen, notes)
    items = _items(on, _with_expected(on, said, expected), expected)
    made = _days(at, days, items, tested, size_of_day(history) if history else 1.0)
    _note_history(history, tested, notes)
    balances = [(day.on, day.balance_fen) for day in made]
    lows = [(day.on, day.low_fen) for day in made if day.low_fen is not None]
    pending = pending_payments(conn, region)
    shortage = find_shortage(
        balances, floor_fen, items, pending, _protected_quotas(conn, [p.bgt_id for p in pending])
    )
    return CashForecast(
        region, on, floor_fen, at, tuple(made), tuple(items), tested, shortage,
        first_below(lows, floor_fen), tuple(notes),
    )  # fmt: skip


def _history(conn: psycopg.Connection[Any], region: str, on: date) -> History | None:
    """Daily flows from the first one within two years; None where there was none."""
    flows = daily_flows(conn, region, on - _HISTORY, on)
    first = min((day for series in flows.values() for day in series), default=None)
    if first is None:
        return None
    length = (on - first).days + 1
    dense = {name: np.zeros(length) for name in flows}
    for name, series in flows.items():
        for day, fen in series.items():
            dense[name][(day - first).days] = fen
    return History(first, dense)


def _month_places(on: date, length: int) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place in range(length):
        day = on + timedelta(place + 1)
        found[day.year, day.month].append(place)
    return found


def _follow_plans(
    conn: psycopg.Connection[Any], region: str, on: date, said: dict[str, Floats], notes: list[str]
) -> None:
    """Where a whole month to come has plans of use, they are what its payments amount to."""
    length = len(said["payments"])
    planned = _months_planned(conn, region, on)
    for (year, month), places in _month_places(on, length).items():
        fen = planned.get((year, month), 0)
        told = -said["payments"][places].sum() - said["payroll"][places].sum()
        is_whole = (on + timedelta(places[0] + 1)).day == 1
        if fen and told > 0 and is_whole:
            for name in _PAID_FROM_QUOTAS:
                said[name][places] *= fen / told
            notes.append(f"{year}年{month}月支付按用款计划 {format_fen(fen, '万元')} 万元")


def _settle_committed(on: date, said: dict[str, Floats], committed_fen: int, notes: list[str]) -> None:
    """Payments applied for leave within a few working days, whatever the profile says of them."""
    if committed_fen <= 0:
        return
    length = len(said["payments"])
    places = [n for n in range(length) if is_working(on + timedelta(n + 1))][:_SETTLING]
    told = -sum(said[name][places].sum() for name in _PAID_FROM_QUOTAS)
    if places and told < committed_fen:
        said["payments"][places] -= (committed_fen - told) / len(places)
    notes.append(f"已申请未支付 {format_fen(committed_fen, '万元')} 万元按 {_SETTLING} 个工作日内付出")


def _keep_to_quotas(on: date, said: dict[str, Floats], left_fen: int, notes: list[str]) -> None:
    """No payment without a quota: this year's payments do not exceed what is left of it."""
    length = len(said["payments"])
    this_year = np.array([(on + timedelta(n + 1)).year == on.year for n in range(length)])
    told = -sum(said[name][this_year].sum() for name in _PAID_FROM_QUOTAS)
    if told > left_fen:
        for name in _PAID_FROM_QUOTAS:
            said[name][this_year] *= max(left_fen, 0) / told
        notes.append(f"本年支付以剩余指标 {format_fen(left_fen, '万元')} 万元为限")


def _with_expected(on: date, said: dict[str, Floats], expected: Sequence[Expected]) -> dict[str, Floats]:
    """The profile without what is expected by name: the listed flow takes its place in its month."""
    listed: dict[tuple[str, int, int], float] = defaultdict(float)
    for item in expected:
        listed[item.stream, item.expected_on.year, item.expected_on.month] += item.amount_fen
    for name, series in said.items():
        for (year, month), places in _month_places(on, len(series)).items():
            known, told = listed.get((name, year, month), 0.0), series[places].sum()
            if known and told and (known > 0) == (told > 0):
                series[places] *= max(0.0, 1 - known / told)
    return said


def _items(on: date, said: dict[str, Floats], expected: Sequence[Expected]) -> list[FlowItem]:
    kinds = {stream.code: stream for stream in streams()}
    foretold = [
        FlowItem(on + timedelta(n + 1), code, f"{kinds[code].name}（预测）", fen, "", kinds[code].is_movable)
        for code, series in said.items()
        for n, fen in enumerate(np.rint(series).astype(np.int64).tolist())
        if fen
    ]
    known = [
        FlowItem(i.expected_on, i.stream, i.title, i.amount_fen, i.flow_key, i.is_movable) for i in expected
    ]
    return sorted([*foretold, *known], key=lambda item: (item.on, item.stream, item.key))


def _days(
    at: CashPosition, length: int, items: Sequence[FlowItem], tested: BackTest, size: float
) -> list[Day]:
    by_day: dict[date, list[FlowItem]] = defaultdict(list)
    for item in items:
        by_day[item.on].append(item)
    found = []
    balance = at.treasury_fen
    for place in range(length):
        day = at.on + timedelta(place + 1)
        amounts = [item.amount_fen for item in by_day[day]]
        balance += sum(amounts)
        low, high = (
            None if bound is None else balance + int(np.rint(bound[place] * size))
            for bound in (tested.low, tested.high)
        )
        found.append(Day(
            day, sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0), balance, low, high,
            _by_stream(by_day[day]),
        ))  # fmt: skip
    return found


def _by_stream(items: Sequence[FlowItem]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for item in items:
        found[item.stream] += item.amount_fen
    return dict(found)


def _note_history(history: History | None, tested: BackTest, notes: list[str]) -> None:
    if history is None:
        notes.append("没有历史收支，只列已知的预计收支和已申请的支付")
    elif not history.has_whole_month:
        notes.append(
            f"历史 {history.length} 天，没有一个整月，收支的水平无从推断，只列已知的预计收支和已申请的支付"
        )
    elif tested.wape is None or tested.baseline_wape is None or tested.low is None:
        is_idle = tested.origins and tested.wape is None
        why = "回测的各周没有收支，误差无从计算" if is_idle else "不足以回测"
        notes.append(f"历史 {history.length} 天，{why}，不给区间")
    else:
        held = "" if tested.coverage is None else f"，80% 区间实际覆盖 {tested.coverage:.0%}"
        naive = f"季节性朴素法 {tested.baseline_wape:.0%}"
        notes.append(f"回测 {tested.origins} 次：每周净流量误差 {tested.wape:.0%}（{naive}）{held}")


#: Tags of 三保: 003001 保工资, 003002 保运转, 003003 保基本民生.
_PROTECTED = "003"


def _months_planned(conn: psycopg.Connection[Any], region: str, on: date) -> dict[tuple[int, int], int]:
    """(year, month) -> fen of the approved plans of use, for the months of the year after the day's own."""
    planned = planned_after(conn, region, on.year, on.month)
    return {(on.year, month): fen for month, fen in planned.items()}


def _protected_quotas(conn: psycopg.Connection[Any], bgt_ids: Collection[str]) -> frozenset[str]:
    """Those of the quotas that are tagged 三保: their payments come first."""
    found = facts(conn, sorted(set(bgt_ids)))
    return frozenset(
        bgt for bgt, fact in found.items() if any(tag.startswith(_PROTECTED) for tag in fact.tags)
    )
