"""Documents of 0.1.0 come into the ledger's directory: the id of each is its id there from then on.

0.1.0 numbered the documents of each table by themselves, and few of them were known to the ledger. Runs
once, in the upgrade, after the tables were migrated and before the guards of the kinds are put on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import psycopg
from psycopg import sql

from fisc.documents.kind import Kind
from fisc.documents.statements import lists_of_papers
from fisc.kernel.adopting import adopt_documents, adopt_entries

Conn = psycopg.Connection[Any]

#: What the keys of a kind's entries began with in 0.1.0, where that was not its prefix of today.
_OLD_PREFIX: Final[Mapping[str, str]] = {"tax_refund": "refund"}
#: Below every id that a document had or gets.
_FAR: Final = -(10**15)
#: The kind whose documents list the keys of their entries.
_LISTS_ENTRIES: Final = "year_end"


def adopt(conn: Conn, kinds: Sequence[Kind[Any]]) -> int:
    """Record the documents of all kinds; give every entry its document. Returns how many were given one."""
    conn.execute(files("fisc.documents").joinpath("upgrades/guards_of_0_1_0.sql").read_bytes())
    for kind in kinds:
        _record(conn, kind)
    return adopt_entries(conn, _papers(conn, kinds))


def _record(conn: Conn, kind: Kind[Any]) -> None:
    """Record a table's documents, in the order of their making, and take the ids that they are given.

    Ids of old and new overlap, so they pass through numbers that neither has.
    """
    table = sql.Identifier(kind.table)
    conn.execute(sql.SQL("alter table {} disable trigger user").format(table))
    known = conn.execute(_recording(kind), {"prefix": kind.prefix}).fetchall()
    adopt_documents(conn, [(number, content) for number, content, is_new in known if not is_new])
    conn.execute(sql.SQL("update {} set id = {} - id").format(table, sql.Literal(_FAR)))
    conn.execute(sql.SQL("alter table {} enable trigger user").format(table))


def _recording(kind: Kind[Any]) -> sql.Composed:
    return sql.SQL(
        "with given as materialized (select t.*, row_number() over (order by id)::int as ord "
        "from {table} t), "
        "a as materialized (select {lists} from given), "
        "recorded as materialized (select r.*, a.keys[r.ord] as doc_key, a.contents[r.ord] as content "
        "from a, ledger.record(%(prefix)s, a.keys, a.regions, a.years, a.doc_nos, a.titles, a.days, "
        "a.source_names, a.source_digests, a.contents) r) "
        "update {table} t set id = {far} - r.id from recorded r "
        "where t.doc_key = r.doc_key returning r.id, r.content, r.is_new"
    ).format(
        table=sql.Identifier(kind.table), far=sql.Literal(_FAR),
        lists=lists_of_papers(kind, kind.said, sql.SQL("(trail -> 0 ->> 3)::date")),
    )  # fmt: skip


def _papers(conn: Conn, kinds: Sequence[Kind[Any]]) -> Iterator[tuple[str, int]]:
    """Natural keys that entries of 0.1.0 begin with, and the ids of the documents they belong to."""
    for kind in kinds:
        prefix = _OLD_PREFIX.get(kind.prefix, kind.prefix)
        rows = conn.execute(sql.SQL("select doc_key, id from {}").format(sql.Identifier(kind.table)))
        yield from ((f"{prefix}:{key}", number) for key, number in rows.fetchall())
        if kind.prefix == _LISTS_ENTRIES:
            listed = sql.SQL("select unnest(entry_keys), id from {}").format(sql.Identifier(kind.table))
            yield from conn.execute(listed).fetchall()
