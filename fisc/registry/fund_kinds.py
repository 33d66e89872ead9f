"""Kinds of government funds (基金种类): what a revenue code raises is spent under classes of its own.

A kind is called by its revenue code (项, 10301xx). What stands on codes that no row names is of no kind.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from fisc.kernel import Coding
from fisc.registry.tables import read_table

__all__ = ["FUND", "fund_kind", "is_kind", "kind_name"]

#: The fund type whose balance is kept by kind; bonds (122) are kept by their projects.
FUND: Final = "121"
_INCOME: Final = "10301"
#: Digits of a 项 of revenue or outlay, and of a 款 of outlay.
_ITEM, _SECTION = 7, 5


def fund_kind(coding: Coding) -> str:
    """The kind of a block of a government fund; '' where it is no such block, or its codes do not tell."""
    if coding.fund_type_code != FUND:
        return ""
    if coding.rev_func_code.startswith(_INCOME):
        item = coding.rev_func_code[:_ITEM]
        return item if is_kind(item) else ""
    # what its debt costs a fund is told by the 项: all funds' interest stands under one 款
    kinds, outlay = _by_class(), coding.exp_func_code
    return (
        kinds.get(coding.rev_func_code[:_ITEM])
        or kinds.get(outlay[:_ITEM])
        or kinds.get(outlay[:_SECTION], "")
    )


def is_kind(code: str) -> bool:
    """Whether a code calls a kind: a 项 of the revenue of government funds."""
    return len(code) == _ITEM and code.isdigit() and code.startswith(_INCOME)


def kind_name(kind: str) -> str:
    """What a kind is called; its code where the table does not name it."""
    return _names().get(kind, kind)


@cache
def _by_class() -> dict[str, str]:
    return {row["func_code"]: row["rev_func_code"] for row in read_table("fund_kinds.csv")}


@cache
def _names() -> dict[str, str]:
    return {row["rev_func_code"]: row["name"] for row in read_table("fund_kinds.csv")}
