"""What moved a figure between two moments or two cut-offs: the vouchers in between, with their documents.

The books only grow, so what moved a figure is what was posted after the first moment and known by
the second; a correction shows as its red and its new voucher. Between two months it is what belongs
to the months after the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fisc.reading.algebra import selection_of
from fisc.reading.bind import FigureError
from fisc.reading.engines.base import Row
from fisc.reading.service import Ask, FigureResult, FigureService
from fisc.reading.trace import TracedEntry, entries_of, entry_json, plain, result_json


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after and the vouchers between; a combination opens into its operands."""

    before: FigureResult
    after: FigureResult
    entries: tuple[TracedEntry, ...]
    operands: tuple[Change, ...] = ()

    @property
    def moved_fen(self) -> int:
        """What the vouchers between the moments add up to, in the figure's own sense."""
        return sum(entry.amount_fen for entry in self.entries)


def changes(service: FigureService, ask: Ask, since: datetime, until: datetime) -> Change:
    """The figure at `since` and at `until`, and the vouchers that moved it.

    Raises FigureError where `until` is not later than `since`.
    """
    if until <= since:
        raise FigureError(
            f"时刻 {until.isoformat(' ', 'seconds')} 不晚于 {since.isoformat(' ', 'seconds')}",
            hint="--to 要晚于 --from",
        )
    before, after = service.get_many([replace(ask, as_of=since), replace(ask, as_of=until)])
    return _compare(service, before, after, lambda moved: service.rows_since(moved, since))


def changes_between_months(service: FigureService, ask: Ask, since: int, until: int) -> Change:
    """The figure cut off at month `since` and at `until` of its year, and the vouchers of the months between.

    Raises FigureError where `until` is not a later month than `since`.
    """
    if until <= since:
        raise FigureError(f"截止月份 {until} 月不晚于 {since} 月", hint="--to-month 要晚于 --from-month")
    before, after = service.get_many([replace(ask, cutoff_month=month) for month in (since, until)])
    return _compare(service, before, after, lambda moved: service.rows_after(moved, since))


#: The postings that moved the figure of an ask.
Moved = Callable[[Ask], list[Row]]


def _compare(service: FigureService, before: FigureResult, after: FigureResult, moved: Moved) -> Change:
    if after.operands:
        earlier = {_place(operand): operand for operand in before.operands}
        pairs = [(earlier.get(_place(operand)), operand) for operand in after.operands]
        parts = tuple(_compare(service, then, now, moved) for then, now in pairs if then is not None)
        return Change(before, after, (), parts)
    return Change(before, after, _entries(service, after, moved))


def _place(result: FigureResult) -> tuple[str, str, int]:
    return (result.id, result.ask.region, result.ask.fiscal_year)


def _entries(service: FigureService, after: FigureResult, moved: Moved) -> tuple[TracedEntry, ...]:
    selection = selection_of(service.figure(after.id).formula)
    if selection is None or not after.row_count:
        return ()
    rows = moved(after.ask)
    codes = service.codes(rows, after.by.element if after.by else selection.by.element)
    return entries_of(rows, selection.side, codes)


def as_json(change: Change) -> dict[str, Any]:
    """The change as plain data; amounts in fen, ratios as text."""
    before, after = change.before.value, change.after.value
    known = None not in (before, after)
    return {
        "figure": change.after.id,
        "before": result_json(change.before),
        "after": result_json(change.after),
        "change": plain((after or 0) - (before or 0)) if known or not change.operands else None,
        "moved_fen": change.moved_fen,
        "entries": [entry_json(entry) for entry in change.entries],
        "operands": [as_json(operand) for operand in change.operands],
    }
