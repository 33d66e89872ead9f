"""The rows of a balance table (收支平衡表): both sides of one budget, item by item, each with its total.

The items are those that the books hold for the year, the year before or the plan; none is listed that
nobody posted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fisc.report.marks import Marked
from fisc.report.ports import BreakdownRow
from fisc.report.views import View, merged

#: A class of the classification has a code of three signs.
_CLASS = 3
#: Own income stands in one row; what was left of last year in a row of its own.
_OWN_INCOME, _OPENING = ("101", "102", "103"), "11008"
_PRINCIPAL, _WORKING_FUND = "231", "23016"


@dataclass(frozen=True, slots=True)
class Item:
    """A row: its words, and the figure and conditions that its execution and its plan are read by."""

    words: str
    id: str
    budget_id: str
    where: dict[str, str] = field(default_factory=dict)
    budget_where: dict[str, str] = field(default_factory=dict)
    is_total: bool = False

    def actual(self, view: View) -> Marked:
        """What it came to in the view's year."""
        return view.fig(self.id, "", None, **self.where)

    def budget(self, view: View) -> Marked:
        """What the first budget of the view's year planned."""
        return view.fig(self.budget_id, "", None, **self.budget_where)

    def is_held(self, views: tuple[View, ...]) -> bool:
        """Whether one of the years or plans has a number for it."""
        return any(
            view.value(self.id, **self.where) or view.value(self.budget_id, **self.budget_where)
            for view in views
        )


def items(key: str, *views: View) -> list[Item]:
    """The rows of budget `key` (general, fund, state_capital, insurance): income, its total, outlay, its
    total; `views` are the years that the table shows."""
    found = _insurance() if key == "insurance" else [*_income(key, views), *_outlay(key, views)]
    return [item for item in found if item.is_total or item.is_held(views)]


def _insurance() -> list[Item]:
    return [
        Item("本年收入", "insurance.income", "insurance.income.budget"),
        Item("上年滚存结余", "insurance.opening", "insurance.opening.budget"),
        _total("收入总计", "balance.insurance.income"),
        Item("本年支出", "insurance.outlay", "insurance.outlay.budget"),
        Item("年末滚存结余", "insurance.accumulated", "insurance.accumulated.budget"),
        _total("支出总计", "balance.insurance.outlay"),
    ]


def _income(key: str, views: tuple[View, ...]) -> Iterator[Item]:
    total = f"balance.{key}.income"
    yield Item("本级收入", f"revenue.{key}", f"revenue.{key}.budget")
    actual = [f"{total}.{part}" for part in ("own", "above", "below")]
    planned = [f"{total}.{part}.budget" for part in ("own", "above")]
    for part in _codes(views, actual, planned):
        if part.code and part.code != _OPENING and not part.code.startswith(_OWN_INCOME):
            # a whole class is a prefix of last year's balance too, which stands with what is the level's own
            yield _coded(part, f"{total}.{'above' if len(part.code) == _CLASS else 'items'}", "rev_func_code")
    yield Item("上年结余收入", f"carryover.{key}.opening", f"{total}.own.budget",
               budget_where={"rev_func_code": _OPENING})  # fmt: skip
    yield _total("收入总计", total)


def _outlay(key: str, views: tuple[View, ...]) -> Iterator[Item]:
    total = f"balance.{key}.outlay"
    yield Item("本级支出", f"expenditure.{key}", f"expenditure.{key}.budget")
    actual = [f"{total}.{part}" for part in ("own", "up", "down")]
    planned = [f"{total}.{part}.budget" for part in ("up", "down", "other")]
    for part in _codes(views, actual, planned):
        if part.code and part.code != _WORKING_FUND:
            yield _coded(part, f"{total}.items", "tp_func_code")
    principal = {"exp_func_code": _PRINCIPAL}
    yield Item("债务还本支出", f"{total}.own", f"{total}.other.budget", principal, principal)
    yield Item("补充预算周转金", f"{total}.set_apart", f"{total}.items.budget",
               budget_where={"tp_func_code": _WORKING_FUND})  # fmt: skip
    yield Item("年终结转结余", f"carryover.{key}", f"carryover.{key}.budget")
    yield _total("支出总计", total)


def _total(words: str, key: str) -> Item:
    return Item(words, key, f"{key}.budget", is_total=True)


def _coded(part: BreakdownRow, key: str, element: str) -> Item:
    where = {element: part.code}
    return Item(part.label, key, f"{key}.budget", where, where)


def _codes(views: tuple[View, ...], actual: list[str], planned: list[str]) -> list[BreakdownRow]:
    """The codes that the parts of a side are broken down into, in any of the years."""
    return merged(*(view.parts(key) for view in views for key in (*actual, *planned)))
