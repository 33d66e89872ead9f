"""Documents and lines of a book: one ledger document per table, region, year and stage.

A document is named by its content, so an unchanged table of a corrected (or renamed, or
reshuffled) book is the document that stands already, and its lines are not stored twice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.disclosure.facts import Fact
from fisc.disclosure.kinds import LINE
from fisc.disclosure.model import STAGE_NAMES, Book, BookLine, Remark, Table
from fisc.documents import write_lines
from fisc.kernel import Document, record_documents
from fisc.kernel.catalog import document_ids

KIND = "published_table"
#: Where a document keeps what was read beside its table: place, words and reason of each.
REMARKS: Final = "remarks"

DocumentKey = tuple[int, str, int, str]


def group_lines(book: Book) -> dict[DocumentKey, list[BookLine]]:
    """The lines of each document, by (table position, region, year, stage)."""
    groups: dict[DocumentKey, list[BookLine]] = defaultdict(list)
    for position, table in enumerate(book.tables):
        for line in table.lines:
            groups[(position, line.region, line.fiscal_year, line.stage)].append(line)
    return dict(groups)


def build_documents(book: Book, groups: dict[DocumentKey, list[BookLine]], by: str = "") -> list[Document]:
    """The documents of a book, in the order of `groups`; `by` is the officer, '' for nobody.

    What was read beside a table, and why it changes no figure, stands on its documents.
    """
    return [_document(book, book.tables[key[0]], key, lines, by) for key, lines in groups.items()]


def _document(book: Book, table: Table, key: DocumentKey, lines: list[BookLine], by: str) -> Document:
    _, region, year, stage = key
    read = list(remarks_of(book, table))
    name = ":".join(
        [table.kind, table.number, table.measure, region, str(year), stage, _digest(table, lines, read)]
    )
    told = f"；表外文字等 {len(read)} 处由导入人读过" if read else ""
    return Document(
        natural_key=f"{KIND}:{book.region}:{name}", kind=KIND, region=region, fiscal_year=year,
        dated_on=date(book.year, 1, 1), doc_no=table.number,
        title=f"{table.title}（{year}年{STAGE_NAMES[stage]}{told}）",
        source_name=book.name, source_sha256=book.sha256,
        payload={
            "table": table.kind, "sheet": table.sheet, "unit": table.unit, "city": book.city,
            "edition": book.edition,
        }
        | ({"officer": by} if by else {})
        | ({REMARKS: [[one.place, one.words, one.reason] for one in read]} if read else {}),
    )  # fmt: skip


def remarks_of(book: Book, table: Table) -> Iterator[Remark]:
    """What was read on the sheet of a table; what stands on sheets without one goes with the first table."""
    taken = {one.sheet for one in book.tables}
    for one in book.remarks:
        if one.sheet == table.sheet or (one.sheet not in taken and table is book.tables[0]):
            yield one


def _digest(table: Table, lines: Iterable[BookLine], read: Sequence[Remark]) -> str:
    said: list[object] = [
        (line.cell, line.code, line.item, line.name, line.amount_fen, line.role) for line in lines
    ]
    said += [(one.place, one.words) for one in read]
    return hashlib.sha256(repr((table.title, table.unit, said)).encode()).hexdigest()[:16]


def store_documents(conn: psycopg.Connection[Any], documents: list[Document]) -> tuple[list[int], set[int]]:
    """Record the documents that do not stand yet; ids in order, and which of them are new."""
    keys = [document.natural_key for document in documents]
    standing = document_ids(conn, keys)
    missing = [document for document in documents if document.natural_key not in standing]
    ids = record_documents(conn, missing) if missing else []
    standing |= {document.natural_key: number for document, number in zip(missing, ids, strict=True)}
    return [standing[key] for key in keys], set(ids)


def store_lines(
    conn: psycopg.Connection[Any], groups: Iterable[tuple[int, list[BookLine]]], fact_keys: dict[int, str]
) -> int:
    """COPY the lines of new documents; `fact_keys` maps id(line) to what it posts. Returns their number."""
    placed = [(document_id, line) for document_id, lines in groups for line in lines]
    write_lines(conn, LINE, (
        LINE.row(line, document_id=document_id, fact_key=fact_keys.get(id(line), ""))
        for document_id, line in placed
    ))  # fmt: skip
    return len(placed)


def keys_of_lines(book: Book, facts: Iterable[Fact]) -> dict[int, str]:
    """id(line) -> fact key, for the lines that facts are made of; a line's own figure comes first."""
    keys: dict[int, str] = {}
    for fact in facts:
        keys.setdefault(id(fact.line), entry_prefix(book, fact))
    return keys


def entry_prefix(book: Book, fact: Fact) -> str:
    """The natural key of a fact's entries, before revision and signature."""
    return f"book:{book.region}:{fact.key}"
