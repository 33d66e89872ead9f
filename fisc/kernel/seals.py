"""Seals: SM3 hash chains over what was posted (GB/T 32905-2016), in batches per region.

A seal's digest covers the digest before it and the exact text of its rows, so changing,
removing or slipping in a row behind a seal shows in `verify`. Accounts, coding blocks and
documents form a chain of their own, 'master', with what upgrades of older ledgers rewrote: entries that
were given a document, coding blocks whose item became elements; seals made before know it as it was.
What was closed is among the master data, and closing a period seals what the region posted.
Sealing is apart from posting: it costs payments nothing. The heads of all chains are anchored
in one more chain (`fisc.kernel.anchors`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from fisc.kernel.anchors import anchored
from fisc.kernel.chains import Seal, append, digest_after, last_seal
from fisc.kernel.coding import ELEMENTS, OWN
from fisc.kernel.posting import in_transaction

MASTER = "master"
#: Sealing and proving read stretches of whole tables; looking entries up one by one through a
#: block range index, which a planner without statistics may choose, takes a hundred times as long.
WHOLE_TABLES = b"set local enable_nestloop = off"
#: Entries in one seal at most; verification sorts one seal's rows at a time.
SEAL_ENTRIES = 100_000

_ENTRIES = b"""
    copy (select e.id, e.natural_key, r.mof_div_code, e.period, e.business_date - date '2000-01-01',
                 case when a.id is null then e.document_id else a.sealed_document_id end, e.reverses_id,
                 e.source_ref, e.rule_code, e.summary, e.line_count,
                 (extract(epoch from e.posted_at) * 1000000)::bigint
          from ledger.entry e join ledger.region r on r.id = e.region_id
          left join ledger.adopted a on a.id = e.id
          where r.mof_div_code = %s and e.id between %s and %s order by e.id) to stdout (encoding 'UTF8')"""
_POSTINGS = b"""
    copy (select p.entry_id, p.line, p.account_id, p.coding_id, p.amount_fen, p.side, p.period
          from ledger.posting p join ledger.entry e on e.id = p.entry_id
          join ledger.region r on r.id = e.region_id
          where r.mof_div_code = %s and p.entry_id between %s and %s
            and e.id between %s and %s order by p.entry_id, p.line) to stdout (encoding 'UTF8')"""
_OWN_TEXT = " || e'\\x1f' || ".join(f"t.{name}" for name in OWN)
#: The row of a coding block as it was when one item stood in the place of our elements. Those follow where
#: there are some, save in a block that was rewritten: of that, they are sealed with what it was before.
_CODING = f"""
    row(t.id, {", ".join(f"t.{name}" for name in ELEMENTS[: -len(OWN)])}, coalesce(b.item_code, ''),
        coalesce(b.elements_key, t.elements_key))::text
    || case when b.id is not null or ({" || ".join(f"t.{name}" for name in OWN)}) = '' then ''
       else e'\\x1f' || {_OWN_TEXT} end"""
#: What of each table is sealed. A row's own text would change with the session's time zone.
_MASTER_TABLES = {
    "account": "t::text",
    "coding": _CODING,
    "document": "t.id, t.natural_key, t.kind, t.doc_no, t.title, t.region_id, t.fiscal_year, "
    "t.dated_on - date '2000-01-01', t.source_name, t.source_sha256, t.payload, "
    "(extract(epoch from t.recorded_at) * 1000000)::bigint",
    "adopted": "t.id, t.sealed_document_id, t.document_id",
    "adopted_document": "t.id, t.content",
    "closing": "t.id, t.region_id, t.period, (extract(epoch from t.closed_at) * 1000000)::bigint",
    "coding_before": f"b.id, b.item_code, b.elements_key, b.element, {_OWN_TEXT}",
}
#: Where a table is not read alone: `t` is the row whose id counts.
_JOINED = {
    "coding": "ledger.coding t left join ledger.coding_before b on b.id = t.id",
    "coding_before": "ledger.coding_before b join ledger.coding t on t.id = b.id",
}


def seal(conn: psycopg.Connection, region: str | None = None) -> list[Seal]:
    """Seal what is not sealed yet, in one region or in all and in the master data, and anchor the heads.

    Waits for entries under way. Returns the seals added; none where nothing is new.
    """
    added = [] if region else in_transaction(conn, lambda: anchored(conn, _seal_master(conn)))
    for code, region_id in in_transaction(conn, lambda: _unsealed(conn, region)):
        added += in_transaction(conn, lambda c=code, i=region_id: anchored(conn, _seal_region(conn, c, i)))  # type: ignore[misc]
    if added:
        _index_new(conn)
    return added


def _index_new(conn: psycopg.Connection) -> None:
    """Have the block range index tell of what was posted since: what is looked up by entry reads no more."""
    conn.execute("select brin_summarize_new_values('ledger.posting_by_entry')")


def hold_master(conn: psycopg.Connection) -> None:
    """Until the transaction ends nothing is added to the master data beside it: taken before regions are."""
    conn.execute("select pg_advisory_xact_lock(ledger.lock_class(), 0)")


def seal_closed(conn: psycopg.Connection, regions: dict[str, int]) -> None:
    """Seal closings, and what their regions (code -> id) posted, within the transaction that closed them.

    The caller holds the regions, and the master data before them.
    """
    added = _seal_master(conn)
    for code, region_id in sorted(regions.items()):
        added += _seal_region(conn, code, region_id)
    anchored(conn, added)
    _index_new(conn)


#: Where no period was ever opened nothing can have been posted; elsewhere the first entry behind the seal
#: is looked for in the order of ids.
_UNSEALED = """
    select r.mof_div_code, r.id from ledger.region r
    cross join lateral (select coalesce(max(s.last_id), 0) as id from ledger.seal s
                        where s.chain = r.mof_div_code) sealed
    cross join lateral (select from ledger.entry e where e.region_id = r.id and e.id > sealed.id
                        order by e.id limit 1) fresh
    where (%(region)s::text is null or r.mof_div_code = %(region)s)
      and exists (select from ledger.period p where p.region_id = r.id) order by 1"""


def _unsealed(conn: psycopg.Connection, region: str | None) -> list[tuple[str, int]]:
    """The regions (code, id) that have entries behind their last seal; waits for entries under way."""
    given = {"region": region}
    conn.execute(
        "select pg_advisory_xact_lock(ledger.lock_class(), r.id) from (select id from ledger.region "
        "where %(region)s::text is null or mof_div_code = %(region)s order by id) r",
        given,
    )
    return conn.execute(_UNSEALED, given).fetchall()


def _seal_region(conn: psycopg.Connection, region: str, region_id: int) -> list[Seal]:
    conn.execute("select ledger.hold(array[%s])", [region_id])
    conn.execute(WHOLE_TABLES)
    added: list[Seal] = []
    last, count = last_seal(conn, region), SEAL_ENTRIES
    while count == SEAL_ENTRIES:
        first_id, last_id, count = _next_range(conn, region_id, last.last_id if last else 0)
        if not count:
            break
        digest, counts = entries_digest(conn, region, first_id, last_id, last.digest if last else "")
        seq, previous = (last.seq + 1, last.digest) if last else (1, "")
        last = Seal(region, seq, first_id, last_id, counts, previous, digest)
        append(conn, last, region_id)
        added.append(last)
    conn.execute("set local enable_nestloop to default")  # closing goes on in this transaction
    return added


def _next_range(conn: psycopg.Connection, region_id: int, after: int) -> tuple[int, int, int]:
    row = conn.execute(
        "select coalesce(min(id), 0), coalesce(max(id), 0), count(*) from ("
        " select id from ledger.entry where region_id = %s and id > %s order by id limit %s) e",
        [region_id, after, SEAL_ENTRIES],
    ).fetchone()
    assert row is not None  # an aggregate always answers
    return row


def entries_digest(
    conn: psycopg.Connection, region: str, first_id: int, last_id: int, previous: str
) -> tuple[str, dict[str, int]]:
    """(SM3 digest in hex, numbers of entries and postings) of a region's entries with ids first..last."""
    digest = digest_after(previous)
    entries = _stream(conn, _ENTRIES, [region, first_id, last_id], digest.update)
    postings = _stream(conn, _POSTINGS, [region, first_id, last_id, first_id, last_id], digest.update)
    return digest.finalize().hex(), {"entries": entries, "postings": postings}


def _stream(
    conn: psycopg.Connection, query: bytes, parameters: list[Any], update: Callable[[bytes], None]
) -> int:
    """Feed the rows of a COPY to `update`; returns how many there were."""
    rows = 0
    with conn.cursor() as cursor:
        with cursor.copy(query, parameters) as copy:
            for block in copy:
                update(bytes(block))
        rows = cursor.rowcount
    return rows


def _seal_master(conn: psycopg.Connection) -> list[Seal]:
    hold_master(conn)
    last = last_seal(conn, MASTER)
    before = dict.fromkeys(_MASTER_TABLES, 0) | (last.row_counts if last else {})
    upto = {table: _last_id(conn, table) for table in _MASTER_TABLES}
    if upto == before:
        return []
    previous = last.digest if last else ""
    new = Seal(MASTER, last.seq + 1 if last else 1, 0, 0, upto, previous,
               master_digest(conn, before, upto, previous))  # fmt: skip
    append(conn, new)
    return [new]


def _last_id(conn: psycopg.Connection, table: str) -> int:
    row = conn.execute(f"select coalesce(max(id), 0) from ledger.{table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def master_digest(
    conn: psycopg.Connection, after: dict[str, int], upto: dict[str, int], previous: str
) -> str:
    """SM3 digest in hex of the accounts, codings and documents with ids after..upto."""
    digest = digest_after(previous)
    for table, columns in _MASTER_TABLES.items():
        if table not in upto:  # a seal of the time before the table was
            continue
        query = (
            f"copy (select {columns} from {_JOINED.get(table, f'ledger.{table} t')} "
            "where t.id > %s and t.id <= %s order by t.id) to stdout (encoding 'UTF8')"
        )
        _stream(conn, query.encode(), [after.get(table, 0), upto[table]], digest.update)
    return digest.finalize().hex()
