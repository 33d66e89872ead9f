"""The imports of published books: each that changed anything stays in the books, with the reasons given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import psycopg

from fisc.disclosure.documents import KIND, REMARKS
from fisc.disclosure.kinds import IMPORT
from fisc.disclosure.model import DETAIL, Book
from fisc.reading.entries import saying, titles
from fisc.registry.regions import own
from fisc.registry.rows import insert_rows, read_rows

#: What became of tables that an earlier book posted and this one lacks.
GONE: Final = {"ask": "没有缺表", "retract": "冲回", "keep": "保留"}


@dataclass(frozen=True, slots=True)
class Imported:
    """One import: how many entries it posted, `red_count` of them red, and why it changed what stood."""

    imported_on: date
    file_name: str
    fiscal_year: int
    document_count: int
    entry_count: int
    red_count: int
    gone: str
    restore_reason: str
    imported_by: str
    file_sha256: str


@dataclass(frozen=True, slots=True)
class ReadRemark:
    """What stood beside a table of an imported book at `source_cell`, and why it changes no figure there."""

    fiscal_year: int
    file_name: str
    source_cell: str
    text_beside: str
    reason: str
    imported_by: str


#: Tables of imported books that were read and posted nothing: where they stand, what they are called. What a
#: matrix says in its 预算数 row of money that is posted by its class of income is no such thing.
_ANALYSES: Final = """
select distinct l.sheet, l.number, l.document_id, case l.role when %(role)s then '' else %(planned)s end
  from disclosure_line l
 where l.region like %(region)s || '%%' and l.fiscal_year between %(year)s and %(year)s + 1
   and (l.role = %(role)s
        or (l.table = 'general.transfer_matrix' and l.name like %(budget)s
            and not exists (
                select from disclosure_line i
                where (i.region, i.fiscal_year, i.fund) = (l.region, l.fiscal_year, l.fund)
                  and i.side = 'income' and i.stage = l.stage and i.code like '1100_')))
 order by l.sheet, l.document_id
"""
_PLANNED: Final = "（“预算数”行）"
_NOT_POSTED: Final = "预算文本{at}列有{columns}，只作分析，没有记入总账，本报告没有写入"


def list_analyses(
    conn: psycopg.Connection[Any], region: str, fiscal_year: int, as_of: datetime | None = None
) -> list[tuple[str, str]]:
    """Tables of the books of a place (the beginning of its code) that say of a year or the next what no entry
    says: each title, and where the book has it and with which columns."""
    asked = {"region": region, "year": fiscal_year, "role": DETAIL, "budget": "%预算数", "planned": _PLANNED}
    rows = conn.execute(_ANALYSES, asked).fetchall()
    known = titles(conn, [document for _, _, document, _ in rows], as_of)
    columns: dict[tuple[str, str, str], list[str]] = {}
    for sheet, number, document, row in rows:
        if document in known:
            name, _, column = known[document].removesuffix("）").rpartition("（")
            columns.setdefault((name + row, sheet, number), []).append(column)
    return [
        (name, _NOT_POSTED.format(at=f"{number}（工作表“{sheet}”）", columns="、".join(dict.fromkeys(found))))
        for (name, sheet, number), found in columns.items()
    ]


def list_remarks(conn: psycopg.Connection[Any], mof_div_code: str) -> list[ReadRemark]:
    """What was read beside the tables of a government's books as they came in, each once, the first first."""
    of = f"{KIND}:{own(mof_div_code)}:"
    found = [
        ReadRemark(year, file, cell, words, reason, said.get("officer", ""))
        for key, file, year, said in saying(conn, KIND, REMARKS)
        for cell, words, reason in said[REMARKS]
        if key.startswith(of)
    ]
    firsts = {(one.file_name, one.source_cell, one.text_beside): one for one in reversed(found)}
    return list(reversed(firsts.values()))


def record_import(
    conn: psycopg.Connection[Any], book: Book, *, documents: int, posted: int, red: int, gone: str,
    restore_reason: str, by: str, on: date,
) -> None:  # fmt: skip
    """Note an import of `book`; the reason is kept where it was needed, and only there."""
    insert_rows(conn, IMPORT, [IMPORT.row(
        book, mof_div_code=own(book.region), fiscal_year=book.year, file_name=book.name,
        file_sha256=book.sha256, document_count=documents, entry_count=posted, red_count=red, gone=gone,
        restore_reason=restore_reason, imported_by=by, imported_on=on,
    )])  # fmt: skip


def list_imports(conn: psycopg.Connection[Any], mof_div_code: str) -> list[Imported]:
    """The imports of published books of a government's city that changed anything, the first one first."""
    return read_rows(conn, IMPORT, Imported, "where t.mof_div_code = %(region)s order by t.id",
                     {"region": own(mof_div_code)})  # fmt: skip
