"""What does not fit in the lines of a budget and of its adjustments: sources by income, spending by class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from fisc.budget.rules.quota_sources import income_misfits
from fisc.kernel import Coding
from fisc.registry.fit_types import State
from fisc.registry.fitting import Known, Misfit, misfits

#: A line in words, and what does not fit in it.
Found = tuple[str, Misfit]


class Sourced(Protocol):
    """A source: its fund, what it came as, and the kind of source that is stated."""

    @property
    def fund_type_code(self) -> str:
        """The fund."""

    @property
    def rev_func_code(self) -> str:
        """The class of revenue."""

    @property
    def source(self) -> str:
        """The kind of source."""


class Spent(Protocol):
    """Spending by functional class; '' for transfers downwards, which have a class of their own."""

    @property
    def fund_type_code(self) -> str:
        """The fund."""

    @property
    def amount_fen(self) -> int:
        """How much, or how much more."""

    @property
    def exp_func_code(self) -> str:
        """The functional class."""


def sourced(fiscal_year: int, sources: Iterable[Sourced]) -> list[Found]:
    """Sources whose income is none of the year or of their fund, or is of another kind of source."""
    return [
        (f"来源 {one.rev_func_code}", found)
        for one in sources
        for found in income_misfits(one.fund_type_code, one.rev_func_code, one.source, fiscal_year)
    ]


def spent(fiscal_year: int, spending: Iterable[Spent]) -> list[Found]:
    """Spending that does not fit its fund. What shrinks stands where it stands."""
    return [
        (f"支出 {one.exp_func_code}", found)
        for one in spending
        if one.amount_fen > 0
        for found in misfits(_coding(fiscal_year, one), Known(), State.BALANCE)
        if not found.is_noted
    ]


def _coding(fiscal_year: int, one: Spent) -> Coding:
    return Coding(fiscal_year, fund_type_code=one.fund_type_code, exp_func_code=one.exp_func_code)
