"""The rows of a balance table (收支平衡表): both sides of one budget, part by part, each with its total.

The rows are the very parts that the totals add up, so a table foots whatever stands in the books. None is
listed that nobody posted or planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fisc.closing.balance_figures import Shown, shown_parts
from fisc.report.marks import Marked
from fisc.report.ports import BreakdownRow
from fisc.report.views import View, merged


@dataclass(frozen=True, slots=True)
class Item:
    """A row: its words, and the figures that its execution and its plan are read by ('' for none)."""

    words: str
    id: str
    budget_id: str
    where: dict[str, str] = field(default_factory=dict)
    is_total: bool = False

    def actual(self, view: View) -> Marked | str:
        """What it came to in the view's year."""
        return _cell(view, self.id, self.where)

    def budget(self, view: View) -> Marked | str:
        """What the first budget of the view's year planned."""
        return _cell(view, self.budget_id, self.where)

    def is_held(self, views: tuple[View, ...]) -> bool:
        """Whether one of the years or plans has a number for it."""
        ids = [key for key in (self.id, self.budget_id) if key]
        return any(view.value(key, **self.where) for view in views for key in ids)


def _cell(view: View, figure_id: str, where: dict[str, str]) -> Marked | str:
    """A number, or a dash where the books hold none: the total beside it says whether they are known."""
    if not figure_id or view.value(figure_id, **where) is None:
        return "—"
    return view.fig(figure_id, "", None, **where)


def items(key: str, *views: View) -> list[Item]:
    """The rows of budget `key` (general, fund, state_capital, insurance): income, its total, outlay, its
    total; `views` are the years that the table shows, first the one that it is about."""
    found = (
        _insurance() if key == "insurance" else [*_side(key, "income", views), *_side(key, "outlay", views)]
    )
    return [item for item in found if item.is_total or item.is_held(views)]


def is_alike(key: str, these: Sequence[View], others: Sequence[View]) -> bool:
    """Whether the balance tables of two places, each over the same years, show the same amounts."""
    shown = [
        [(item.words, *_values(item, view)) for item in items(key, *views) for view in views]
        for views in (these, others)
    ]
    return shown[0] == shown[1]


def _values(item: Item, view: View) -> list[object]:
    return [view.value(key, **item.where) for key in (item.id, item.budget_id) if key]


def _insurance() -> list[Item]:
    return [
        Item("本年收入", "insurance.income", "insurance.income.budget"),
        Item("上年滚存结余", "insurance.opening", "insurance.opening.budget"),
        _total("收入总计", "balance.insurance.income"),
        Item("本年支出", "insurance.outlay", "insurance.outlay.budget"),
        Item("年末滚存结余", "insurance.accumulated", "insurance.accumulated.budget"),
        _total("支出总计", "balance.insurance.outlay"),
    ]


def _side(key: str, side: str, views: tuple[View, ...]) -> Iterator[Item]:
    total = f"balance.{key}.{side}"
    for part in shown_parts(side):
        actual = f"{total}.{part.key}" if part.has_actual else ""
        planned = f"{total}.{part.key}.budget" if part.has_budget else ""
        if side == "income" and part.key == "brought":
            actual = f"carryover.{key}.opening"
        yield from _part(part, actual, planned, views)
    if side == "outlay":
        yield Item("补充预算周转金", f"{total}.set_apart", "")
        yield from _left(key, views)
    yield _total("收入总计" if side == "income" else "支出总计", total)


def _left(key: str, views: tuple[View, ...]) -> Iterator[Item]:
    """What is left at the end: what goes on apart from what nobody needs, where every year shown knows it."""
    left, shown = f"carryover.{key}", [view for view in views if view.year <= views[0].year]
    if not all(is_split(key, view) for view in shown if view.value(left) is not None):
        yield Item("年终结转结余", left, f"{left}.budget")
        return
    yield Item("结转下年支出", f"{left}.carried", "")
    if key == "general":
        yield Item("超收收入冲减赤字（结转下年还本）", f"{left}.reduced", "")
    yield Item("净结余", f"{left}.net", f"{left}.budget")


def is_split(key: str, view: View) -> bool:
    """Whether a year's end is done: it is known what of budget `key`'s balance went on (结转)."""
    left = f"carryover.{key}"
    return None not in (view.value(left), view.value(f"{left}.net")) and view.is_zero(f"{left}.unclosed")


def _part(part: Shown, actual: str, planned: str, views: tuple[View, ...]) -> Iterator[Item]:
    """A part in one row, or a row for each of its codes where these tell it wholly."""
    codes = _codes(views, actual, planned) if part.element else []
    if not codes or not _are_apart(codes):
        yield Item(part.words, actual, planned)
        return
    for code in codes:
        yield Item(code.label, actual, planned, {part.element: code.code})


def _codes(views: tuple[View, ...], *figure_ids: str) -> list[BreakdownRow]:
    """The codes that a part is broken down into, in any of the years."""
    return merged(*(view.parts(key) for view in views for key in figure_ids if key))


def _are_apart(codes: list[BreakdownRow]) -> bool:
    """Whether every code is one, and none begins with another: rows are read by the beginnings of codes."""
    found = [part.code for part in codes]
    return all(found) and not any(b != a and b.startswith(a) for a in found for b in found)


def _total(words: str, key: str) -> Item:
    return Item(words, key, f"{key}.budget", is_total=True)
