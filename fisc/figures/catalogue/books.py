"""What figures share: accounts by rule set, and the figures every budget line has.

The treasury book follows 财库〔2015〕192号 up to 2022 and 财库〔2022〕41号 from 2023; a
selection names the accounts of both. The quota book holds the budget. What a quota account
passes on to the next (待分, 可执行, 已申请, 已支付) stays in the sum of all of them, so the
spending budget is that sum whatever stage it has reached.

A budget year begins on the first of January, whenever the congress meets: the budget as first
approved is entered in month 1, and every change of it later. A cut takes the quota back from
the coding block that holds it, so the month, not the source, tells the first budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fisc.figures.algebra import (
    CREDIT,
    DEBIT,
    Accounts,
    By,
    Figure,
    Flow,
    Growth,
    Of,
    Scope,
    Selection,
    Share,
    Span,
    Unit,
)

LAST_YEAR_OF_192 = 2022
BUDGET_LAW = "《中华人民共和国预算法》（2018 年修正）"
BOOKS_LAW = "财库〔2015〕192号（2022 年及以前）、财库〔2022〕41号（2023 年起）"
QUOTA_LAW = "财办〔2022〕36号"

GENERAL, FUND, STATE_CAPITAL, INSURANCE = "111", "121", "13", "14"
#: General bonds belong to the general budget, special bonds to the funds'.
GENERAL_FUNDS = ("111", "112", "113", "114")
FUND_FUNDS = ("121", "122")

_SPENDING_QUOTAS = ("9201", "9301", "9302", "9303", "9304", "9401", "9402", "9501", "9502")


def treasury(until_2022: tuple[str, ...], since_2023: tuple[str, ...], side: int, by: By) -> Selection:
    """Treasury postings: account codes of both rule sets."""
    old = Accounts("treasury_2015", until_2022, last_year=LAST_YEAR_OF_192)
    new = Accounts("treasury_2022_budget", since_2023, first_year=LAST_YEAR_OF_192 + 1)
    return Selection((old, new), side, (), by)


def quota_sources(by: By, *codes: str) -> Selection:
    """Budgeted sources: 9101 own revenue, 9102 transfers, 9103 debt, 9104 carried over."""
    return Selection((Accounts("quota", codes),), DEBIT, (), by)


def quota_spending(by: By) -> Selection:
    """Budgeted spending of the government's own level, at whatever stage its quota is."""
    return Selection((Accounts("quota", _SPENDING_QUOTAS),), CREDIT, (), by)


def quota_transfers(by: By) -> Selection:
    """Budgeted transfers, uploads, on-lending and repayment."""
    return Selection((Accounts("quota", ("9202", "9305")),), CREDIT, (), by)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a budget: its execution and its budget, from which its family of figures follows."""

    id: str
    name: str
    definition: str
    actual: Selection
    budget: Selection
    scope: Scope = "whole"
    law: str = BUDGET_LAW

    def narrowed(self, key: str, name: str, definition: str, element: str, *codes: str) -> Line:
        """A part of this line: the same selections, only these codes of `element`."""
        return replace(
            self,
            id=key,
            name=name,
            definition=definition,
            actual=self.actual.where(element, *codes),
            budget=self.budget.where(element, *codes),
        )


def growth(of: str, name: str, law: str, scope: Scope = "whole") -> Figure:
    """Growth of a figure over the same figure and cut-off a year before."""
    return Figure(
        f"{of}.yoy",
        f"{name}增长率",
        f"（本期{name} − 上年同期{name}）÷ 上年同期{name}；上年同期为零或负数时不计算",
        law,
        Growth(Of(of)),
        Unit.RATIO,
        scope,
    )


def execution(line: Line) -> Iterator[Figure]:
    """The execution of a line and its growth."""
    yield Figure(
        line.id, line.name, line.definition, f"{line.law}；{BOOKS_LAW}", Flow(line.actual), scope=line.scope
    )
    yield growth(line.id, line.name, line.law, line.scope)


def budget(line: Line) -> Iterator[Figure]:
    """The initial and the adjusted budget of a line, completion of both, growth of the budget."""
    law, name, key, scope = f"{line.law}；{QUOTA_LAW}", line.name, line.id, line.scope
    initial = line.budget.where("source_type_code", "1")
    yield Figure(
        f"{key}.budget",
        f"{name}年初预算",
        f"人大批准的{name}预算数（预算来源为年初预算）",
        law,
        Flow(initial, Span.FIRST),
        scope=scope,
    )
    yield Figure(
        f"{key}.adjusted",
        f"{name}调整预算",
        f"{name}年初预算加全年调整、调剂",
        law,
        Flow(line.budget, Span.PLAN),
        scope=scope,
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
            scope,
        )
    yield Figure(
        f"{key}.budget.growth",
        f"{name}预算比上年执行数增长率",
        "（本年年初预算 − 上年执行数）÷ 上年执行数",
        law,
        Growth(Of(f"{key}.budget"), Of(key, -1)),
        Unit.RATIO,
        scope,
    )
    yield Figure(
        f"{key}.budget.yoy",
        f"{name}预算比上年预算增长率",
        "（本年年初预算 − 上年年初预算）÷ 上年年初预算",
        law,
        Growth(Of(f"{key}.budget")),
        Unit.RATIO,
        scope,
    )


def line_figures(*lines: Line) -> Iterator[Figure]:
    """Every figure of the lines: execution, growth, budgets, completion."""
    for line in lines:
        yield from execution(line)
        yield from budget(line)
