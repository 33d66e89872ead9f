"""Conditional formats that may hide what a cell holds.

A comparison with a number is reckoned; of any other condition only that it may hold.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Final, NamedTuple

from lxml import etree

from fisc.sheets.cells import Cell, Merge, range_of
from fisc.sheets.colours import Ink, Palette, change_of

_HIDES = Ink(None, None, is_unreadable=True)


_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "equal": operator.eq, "notEqual": operator.ne, "lessThan": operator.lt, "lessThanOrEqual": operator.le,
    "greaterThan": operator.gt, "greaterThanOrEqual": operator.ge,
}  # fmt: skip


class Veil(NamedTuple):
    """A range of a sheet, and what a conditional format may write its cells with.

    `holds` says of a number whether the condition does; None where that is not reckoned.
    """

    range: Merge
    ink: Ink
    holds: Callable[[float], bool] | None = None

    def covers(self, row: int, column: int, cell: Cell) -> bool:
        """Whether the format may be in force for a cell at a place; texts come after all numbers."""
        where = self.range
        if not (where.top <= row <= where.bottom and where.left <= column <= where.right):
            return False
        if self.holds is None or cell.kind not in ("n", "s"):
            return True
        return self.holds(float(cell.value) if cell.kind == "n" and cell.value is not None else inf)


def veils_of(root: etree._Element, changes: Sequence[Ink], palette: Palette) -> list[Veil]:
    """The conditional formats of a sheet's tail that change what numbers look like, a veil for each range."""
    return [
        Veil(range_of(reference), ink, _condition(rule))
        for said in root.iter("{*}conditionalFormatting")
        for rule in said.iterchildren("{*}cfRule")
        for ink in _inks(rule, changes, palette)
        for reference in _ranges(said)
    ]


def _condition(rule: etree._Element) -> Callable[[float], bool] | None:
    """The comparison of a rule with one number; None for any other rule."""
    compare, said = _COMPARED.get(rule.get("operator", "")), rule.find("{*}formula")
    if rule.get("type") != "cellIs" or compare is None or said is None:
        return None
    try:
        bound = float(said.text or "")
    except ValueError:
        return None
    return lambda value: compare(value, bound)


def _ranges(said: etree._Element) -> list[str]:
    own = said.find("{*}sqref")
    return ((own.text or "") if own is not None else said.get("sqref", "")).split()


def _inks(rule: etree._Element, changes: Sequence[Ink], palette: Palette) -> Iterator[Ink]:
    if any(one.get("showValue") in ("0", "false") for one in rule.iterchildren("{*}dataBar", "{*}iconSet")):
        yield _HIDES
    inline, number = rule.find("{*}dxf"), rule.get("dxfId")
    if inline is not None:
        yield change_of(inline, palette)
    elif number is not None and int(number) < len(changes):
        yield changes[int(number)]
