"""What the clean edition does without: columns and bars without a number; how what is missing is told."""

from __future__ import annotations

import re
from dataclasses import replace

from fisc.report.model import Cell, FigureRun, GapRun, LeftOut, Row, Run

_YEAR = re.compile(r"20\d\d年")
_FEW = 3
#: A year without the one before lacks every growth, for one reason.
_GROWTH = "增长率"


def without_empty(
    rows: tuple[Row, ...], header: Row, numeric: tuple[bool, ...]
) -> tuple[tuple[Row, ...], Row, tuple[bool, ...]]:
    """A table without the columns in which no row has a number, as of a year that the books do not hold."""
    kept = [
        at for at, is_number in enumerate(numeric)
        if not is_number or any(not _says_nothing(row.cells[at]) for row in rows)
    ]  # fmt: skip
    if not any(numeric[at] for at in kept):  # nothing but gaps: the table shows that
        return rows, header, numeric
    header, *rest = (replace(row, cells=tuple(row.cells[at] for at in kept)) for row in (header, *rows))
    return tuple(rest), header, tuple(numeric[at] for at in kept)


def _says_nothing(cell: Cell) -> bool:
    return all(isinstance(run, GapRun) or run.text == "—" for run in cell.runs)


def drawn(
    labels: tuple[str, ...], series: tuple[str, ...], grid: list[list[Run]]
) -> tuple[tuple[str, ...], tuple[str, ...], list[list[Run]]]:
    """A chart without the labels and series that have no number."""
    at = [i for i in range(len(labels)) if any(isinstance(line[i], FigureRun) for line in grid)]
    of = [i for i, line in enumerate(grid) if any(isinstance(run, FigureRun) for run in line)]
    shown = [[grid[i][place] for place in at] for i in of]
    return tuple(labels[i] for i in at), tuple(series[i] for i in of), shown


def gathered(left_out: list[LeftOut]) -> list[LeftOut]:
    """Many numbers of one other year, or of one figure, that are missing for one reason are told as one.

    2021年的…等 12 项; 税收收入：增值税、契税等 13 项; 税收收入增长率、契税增长率等 13 项.
    """
    groups: dict[tuple[str, str], list[LeftOut]] = {}
    for one in left_out:
        groups.setdefault((_kin(one), one.reason), []).append(one)
    found = []
    for (kin, reason), ones in groups.items():
        if len(ones) <= _FEW:
            found += ones
        else:
            some = "、".join(one.quantity.removeprefix(kin) for one in ones[:2])
            joint = "的" if _YEAR.fullmatch(kin) else ""
            of = "" if kin == _GROWTH else f"{kin}{joint}"
            found.append(LeftOut("", f"{of}{some}等 {len(ones)} 项", reason, ""))
    return found


def _kin(one: LeftOut) -> str:
    """What numbers that are told as one have in common: their other year, or the figure that they part."""
    of_year = _YEAR.match(one.quantity)
    if one.n or of_year:
        return of_year[0] if of_year and not one.n else one.quantity
    whole, parted, _ = one.quantity.partition("：")
    if whole.endswith(_GROWTH):
        return _GROWTH
    return whole + parted if parted else one.quantity
