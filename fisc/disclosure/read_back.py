"""Final accounts that we wrote, read as any published book is: what is seen must be what was meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fisc.closing.final_accounts import Table
from fisc.closing.transfer_matrix import SPECIAL
from fisc.closing.whole_units import whole_units
from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.model import Book
from fisc.disclosure.services import check_only
from fisc.disclosure.titles import tight
from fisc.kernel.money import fen_per, format_fen
from fisc.registry.names import normal_name

_UNIT: Final = "万元"
#: Why no remark of such a book stops its reading: whatever it says, each amount is compared.
_OURS: Final = "本书由总账编制，逐格与总账核对"
#: Tables of ours that the importer does not take from any book yet, so that they are not compared.
_NOT_READ: Final = frozenset({SPECIAL.number})
#: (sheet, name of the row, header of the column).
Place = tuple[str, str, str]


def differences(path: Path, tables: Sequence[Table], *, is_exact: bool = False) -> list[str]:
    """Where a workbook of final accounts, read by the importer, is not `tables`; [] where it nowhere is.

    Identities and codes that the importer refuses are among them. Amounts are compared as they were written:
    in whole 万元, or to the fen where the workbook `is_exact`.
    """
    try:
        result = check_only(path, notes_read=_OURS, scale_checked=_OURS)
    except DisclosureError as error:
        return [str(problem) for problem in error.problems]
    wrong = [found.what for found in result.failed]
    seen, meant = _read(result.book), _meant(tables, is_exact)
    return wrong + [
        f"{sheet}!{name}（{column}）：写入 {_words(meant.get(place))}，读回 {_words(seen.get(place))}"
        for place in sorted({*seen, *meant})
        for sheet, name, column in [place]
        if seen.get(place) != meant.get(place)
    ]


#: Amounts in their order: a class and its section may bear the same name.
_Amounts = dict[Place, list[int]]


def _read(book: Book) -> _Amounts:
    headers = {(table.sheet, c.index): c.header for table in book.tables for c in table.columns}
    found: _Amounts = defaultdict(list)
    for line in book.lines:
        found[line.sheet, line.name, headers[line.sheet, line.column]].append(line.amount_fen)
    return found


def _meant(tables: Sequence[Table], is_exact: bool) -> _Amounts:
    """Every amount that is printed; ratios are not amounts."""
    found: _Amounts = defaultdict(list)
    for table in tables:
        if table.number in _NOT_READ:
            continue
        whole = whole_units(table, _UNIT)
        for index, row in enumerate(table.rows):
            for name, what in table.columns:
                if isinstance(what, int) and (fen := row.cells[what].fen) is not None:
                    said = fen if is_exact else (whole[index][what] or 0) * fen_per(_UNIT)
                    found[table.sheet, normal_name(row.name), tight(name)].append(said)
    return found


def _words(amounts: Sequence[int] | None) -> str:
    return "、".join(f"{format_fen(fen)} 元" for fen in amounts or ()) or "（无）"
