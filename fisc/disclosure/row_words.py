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

#: Which level of the classification a row is, 教育支出（类）, with the 收入 or 支出 that may be left away,
#: marks of notes and words for sums.
_DEPTH: Final = re.compile(r"^(?:收入|支出|科目|合计|小计|[(〔【][类款项目][)〕】]|[*#†]|\d{1,2}$)+")
#: Transfers and carry-overs, by the beginning of their codes, and words for who gives and what was left.
_TRANSFERS: Final = ("110", "230")
_BETWEEN: Final = re.compile("上级|下级|上年|结转(?=结余)")
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
    kind = classification_kind(table, row)
    called = _called(kind, row.code, years, table.fund)
    bare = _bare(row.name, row.code)
    base = next((one for one in sorted(called, key=len, reverse=True) if one in bare), "")
    if bare in called or row.name in called:
        return ""
    if not base:
        return _parts(bare)
    rest = _DEPTH.sub("", bare.replace(base, "", 1))
    return "" if _is_above(rest, kind, row.code, years, table.fund) else rest


def _called(kind: str, code: str, years: tuple[int, ...], fund: str) -> frozenset[str]:
    """The names of a code, also without the 收入 or 支出 that tables leave away."""
    names = names_of(kind, code, years, fund)
    return names | {bare for name in names if (bare := re.sub(r"(?:收入|支出)$", "", name))}


def _bare(name: str, code: str) -> str:
    """A name without its own code, and of transfers without the words for who gives and what was left."""
    name = re.sub(rf"[(〔【\[]?{code}[)〕】\]]?", "", name)
    return _BETWEEN.sub("", name) if code.startswith(_TRANSFERS) else name


def _is_above(rest: str, kind: str, code: str, years: tuple[int, ...], fund: str) -> bool:
    """Whether words name the class or section that a code is of: 行政运行（教育管理事务）."""
    said = rest.strip("()〔〕【】[]")
    return any(said in _called(kind, code[:n], years, fund) for n in range(3, len(code), 2))


def _parts(name: str) -> str:
    return "".join(found[0] for found in _PART.finditer(name.replace(_OR_GAP, "")))
