"""What is short when: the first day below the floor, what pushes it there, and what may wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from fisc.cash.services.flows import streams
from fisc.cash.services.outlook import FlowItem, Shortage

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

#: Causes and movable payments that are named; the rest is counted.
NAMED = 20

#: Until a payment certificate is sent its money can still wait.
_CAN_WAIT = ("draft", "unit_reviewed", "approved", "certified", "corrected")


def first_below(days: Sequence[tuple[date, int]], floor_fen: int) -> date | None:
    """The first day whose balance is below the floor."""
    return next((on for on, fen in days if fen < floor_fen), None)


def find_shortage(
    days: Sequence[tuple[date, int]],
    floor_fen: int,
    items: Sequence[FlowItem],
    pending: Sequence[Payment],
    protected: frozenset[str] = frozenset(),
) -> Shortage | None:
    """The shortage in balances by day, or None. `items` are the foretold payments and receipts.

    `protected` are quotas (bgt_id) of 三保 (保基本民生、保工资、保运转), which come first and do not wait.
    """
    first = first_below(days, floor_fen)
    if first is None:
        return None
    balance = dict(days)
    worst_day, worst = min(days, key=lambda day: (day[1], day[0]))
    after = [on for on, fen in days if fen < floor_fen]
    recovers = next((on for on, _ in days if on > after[-1]), None)
    deficit = floor_fen - balance[first]
    movable = _movable(deficit, first, items, pending, protected)
    return Shortage(
        first, floor_fen, balance[first], deficit, worst_day, floor_fen - worst, recovers,
        _causes(first, items), movable, sum(-item.amount_fen for item in movable),
    )  # fmt: skip


def _causes(first: date, items: Sequence[FlowItem]) -> tuple[FlowItem, ...]:
    paid = [item for item in items if item.amount_fen < 0 and item.on <= first]
    ordered = sorted(paid, key=lambda item: (item.on != first, item.amount_fen, item.on, item.title))
    return tuple(ordered[:NAMED])


def _movable(
    deficit: int,
    first: date,
    items: Sequence[FlowItem],
    pending: Sequence[Payment],
    protected: frozenset[str],
) -> tuple[FlowItem, ...]:
    """What may wait until the deficit is covered: unsent payments, then expected ones; largest first."""
    names = {stream.code: stream.name for stream in streams()}
    waiting = [
        FlowItem(first, "payments", f"{p.payee_name}：{p.purpose}", -p.amount_fen, p.pay_app_no, True)
        for p in pending
        if p.state in _CAN_WAIT and p.pay_type != "payroll" and p.bgt_id not in protected
    ]
    due = [item for item in items if item.is_movable and item.amount_fen < 0 and item.on <= first]
    found: list[FlowItem] = []
    covered = 0
    for item in [*_largest(waiting), *_largest(item for item in due if item.key)]:
        if covered >= deficit or len(found) == NAMED:
            break
        found.append(item)
        covered -= item.amount_fen
    if covered < deficit:
        rest = _largest(item for item in due if not item.key)
        found += [
            FlowItem(i.on, i.stream, f"{names[i.stream]}（预测）", i.amount_fen, "", True)
            for i in rest[: NAMED - len(found)]
        ]
    return tuple(found)


def _largest(items: Iterable[FlowItem]) -> list[FlowItem]:
    return sorted(items, key=lambda item: (item.amount_fen, item.on, item.key))
