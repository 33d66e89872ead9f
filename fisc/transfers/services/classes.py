"""Classes of spending that transfers name: each one of the year, and of the budget of its money."""

from __future__ import annotations

from collections.abc import Iterable

from fisc.documents import RuleBroken
from fisc.documents.refusals import refusal
from fisc.registry import classifications
from fisc.registry.rules import budget_fund


def require_classes(named: Iterable[tuple[str, str, int, str]]) -> None:
    """Raise RuleBroken for (what names it, class, year, fund type) whose class that budget does not have."""
    unknown = [
        f"{said} {why}"
        for said, code, year, fund in named
        if (why := classifications.unknown("exp_func", code, year, budget_fund(fund)))
    ]
    if unknown:
        raise refusal(
            RuleBroken,
            "支出功能分类不符",
            unknown,
            rule="政府收支分类科目（按年度、按资金性质）",
            hint="请改用当年有效的、该资金所属预算的科目（fisc registry list exp_func）",
        )
