"""What the name of a row says beside what the row is called: 教育支出（市级）, 教育支出（1—11月）.

A code beside a name says which class an amount is of, not whose money it is nor of which months. Words that
nobody understands there may say that it is only a part: who imports the book is asked, as of words beside
tables.
"""

from __future__ import annotations

import re
from typing import Final

from fisc.disclosure.codes import classification_kind, names_of
from fisc.disclosure.layout import Notes
from fisc.disclosure.model import ITEM, Row, Table
from fisc.disclosure.said import Known, is_understood
from fisc.disclosure.scope import LEVEL
from fisc.disclosure.titles import BY_REGION, KIND_BY_ID, TREE
from fisc.sheets.cells import column_letters

#: Which level of the classification a row is: 教育支出（类）, with the 收入 or 支出 that may be left away.
_DEPTH: Final = re.compile(r"^(?:收入|支出|科目|\([类款项目]\))+")
#: What tables call a balance that may be below zero.
_OR_GAP: Final = "(或缺口)"
#: Words that may say of whom, of when or of which part an amount is.
_PART: Final = re.compile(
    rf"\([^()]*\)|{LEVEL.pattern}|不含|扣除|剔除|除外|其中|未含|仅含|\d+月|[一二三四]季度|[上下]半年"
    r"|上年(?!末)|调整[前后]|快报|累计|[县区乡镇旗]级|高新区|开发区|新区|园区|度假区|示范区|管委会|上级|对下|下级"
)


def ask_rows(table: Table, notes: Notes) -> None:
    """Ask about the rows with amounts whose names say more than what the row is, and are not understood."""
    if KIND_BY_ID[table.kind].is_detail:
        return
    known = Known.of([table])
    for row in table.rows:
        words = _beyond(table, row)
        if words and not is_understood(words, known) and any(table.amount(row, c) for c in table.columns):
            place = f"{table.sheet}!{column_letters(table.name_column)}{row.index}"
            notes.ask(table.sheet, place, row.name)


def _beyond(table: Table, row: Row) -> str:
    """What a name says beside the names of its code; of a row that has none, what may say a part."""
    layout = KIND_BY_ID[table.kind].layout
    if (layout == BY_REGION and row.role == ITEM) or (layout == TREE and not row.code):
        return ""  # places are known by their whole names, totals and nameless rows are judged as such
    if layout != TREE or row.role != ITEM:
        return _parts(row.name)
    years = tuple(sorted({column.fiscal_year for column in table.columns}, reverse=True))
    called = names_of(classification_kind(table, row), row.code, years, table.fund)
    bases = sorted({re.sub(r"(?:收入|支出)$", "", name) for name in called}, key=len, reverse=True)
    base = next((one for one in bases if one and one in row.name), "")
    if row.name in called or not base:
        return "" if row.name in called else _parts(row.name)
    return _DEPTH.sub("", row.name.replace(base, "", 1))


def _parts(name: str) -> str:
    return "".join(found[0] for found in _PART.finditer(name.replace(_OR_GAP, "")))
