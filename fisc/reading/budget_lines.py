"""The line of a budget and the figures that follow from it: execution, budgets, completion, growth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fisc.reading.algebra import Difference, Figure, Flow, Growth, Of, Selection, Share, Span, Unit, Where
from fisc.reading.books import BOOKS_LAW, BUDGET_LAW, QUOTA_LAW
from fisc.registry.quota_rules import CARRIED


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a budget: its execution and its budget, from which its family of figures follows."""

    id: str
    name: str
    definition: str
    actual: Selection
    budget: Selection
    law: str = BUDGET_LAW

    def narrowed(self, key: str, name: str, definition: str, element: str, *codes: str) -> Line:
        """A part of this line: the same selections, only these codes of `element`."""
        return self.narrowed_to(key, name, definition, Where(element, codes))

    def narrowed_to(self, key: str, name: str, definition: str, where: Where) -> Line:
        """A part of this line: the same selections under one more condition."""
        actual, budget = (replace(s, conditions=(*s.conditions, where)) for s in (self.actual, self.budget))
        return replace(self, id=key, name=name, definition=definition, actual=actual, budget=budget)


def growth(of: str, name: str, law: str) -> Figure:
    """Growth of a figure over the same figure and cut-off a year before."""
    return Figure(
        f"{of}.yoy",
        f"{name}增长率",
        f"（本期{name} − 上年同期{name}）÷ 上年同期{name}；上年同期为零或负数时不计算",
        law,
        Growth(Of(of)),
        Unit.RATIO,
    )


def increase(line: Line) -> Figure:
    """By how much the execution of a line is above the year before; its parts say where it comes from."""
    return Figure(
        f"{line.id}.increase",
        f"{line.name}增加额",
        f"本期{line.name} − 上年同期{line.name}",
        f"{line.law}；{BOOKS_LAW}",
        Difference(Of(line.id), Of(line.id, -1)),
    )


def execution(line: Line) -> Iterator[Figure]:
    """The execution of a line and its growth."""
    yield Figure(line.id, line.name, line.definition, f"{line.law}；{BOOKS_LAW}", Flow(line.actual))
    yield growth(line.id, line.name, line.law)


def first_approved(budget: Selection) -> Selection:
    """What of a budget the congress approved for the year: what was carried over came beside it."""
    return budget.where("source_type_code", "1").without("bgt_type_code", CARRIED)


def difference_planned(key: str, name: str, law: str) -> Figure:
    """By how much both sides of a first budget differ: nothing, where it was made whole."""
    sides = [Of(f"balance.{key}.{side}.budget") for side in ("income", "outlay")]
    said = f"年初预算的{name}收入总计 − 支出总计"
    return Figure(
        f"balance.{key}.difference.budget", f"{name}年初预算收支之差", said, law, Difference(*sides)
    )


def budget(line: Line) -> Iterator[Figure]:
    """The initial and the adjusted budget of a line, completion of both, growth of the budget."""
    law, name, key = f"{line.law}；{QUOTA_LAW}", line.name, line.id
    initial = first_approved(line.budget)
    yield Figure(
        f"{key}.budget",
        f"{name}年初预算",
        f"人大批准的{name}预算数（预算来源为年初预算，不含上年结转的指标）",
        law,
        Flow(initial, Span.FIRST),
    )
    yield Figure(
        f"{key}.adjusted",
        f"{name}调整预算",
        f"{name}年初预算加全年调整、调剂",
        law,
        Flow(line.budget, Span.PLAN),
    )
    for suffix, said in (("budget", "年初预算"), ("adjusted", "调整预算")):
        done = "completion" if suffix == "budget" else "completion_adjusted"
        yield Figure(
            f"{key}.{done}",
            f"{name}完成{said}比例",
            f"{name}执行数 ÷ {said}数；预算为零时不计算",
            law,
            Share(Of(key), Of(f"{key}.{suffix}")),
            Unit.RATIO,
        )
    yield Figure(
        f"{key}.budget.growth",
        f"{name}预算比上年执行数增长率",
        "（本年年初预算 − 上年执行数）÷ 上年执行数",
        law,
        Growth(Of(f"{key}.budget"), Of(key, -1)),
        Unit.RATIO,
    )
    yield Figure(
        f"{key}.budget.yoy",
        f"{name}预算比上年预算增长率",
        "（本年年初预算 − 上年年初预算）÷ 上年年初预算",
        law,
        Growth(Of(f"{key}.budget")),
        Unit.RATIO,
    )


def line_figures(*lines: Line) -> Iterator[Figure]:
    """Every figure of the lines: execution, growth, budgets, completion."""
    for line in lines:
        yield from execution(line)
        yield from budget(line)
