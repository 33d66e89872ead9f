"""Entries and documents of the ledger as they were posted: by natural key, by period, whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import psycopg

from fisc.kernel import Entry, read_entries
from fisc.kernel.knowledge import moment_of

Conn = psycopg.Connection[Any]


#: That an entry was known at the moment the connection is asked as of, if any.
_KNOWN: Final = "e.posted_at <= coalesce(%(as_of)s::timestamptz, 'infinity')"


class Entered(NamedTuple):
    """An entry of the ledger: its id, natural key, day and what it says."""

    entry_id: int
    natural_key: str
    business_date: date
    rule_code: str
    summary: str


def entry_ids(conn: Conn, natural_keys: Iterable[str]) -> dict[str, int]:
    """Natural key -> id of those of the entries that are posted."""
    query = f"select e.natural_key, e.id from ledger.entry e where e.natural_key = any(%(keys)s) and {_KNOWN}"
    asked = {"keys": list(natural_keys), "as_of": moment_of(conn)}
    return dict(conn.execute(query.encode(), asked).fetchall())


#: Digits that a running number has not.
_LONGEST_ID: Final = 19


def keys_of(conn: Conn, numbers: Sequence[str]) -> dict[str, str]:
    """Number of a voucher as people know it (its entry's id, or natural key) -> natural key.

    What is no id of an entry is told as it is.
    """
    ids = [int(number) for number in numbers if number.isdecimal() and len(number) < _LONGEST_ID]
    rows = conn.execute("select id, natural_key from ledger.entry where id = any(%s)", [ids]).fetchall()
    known = {str(entry_id): key for entry_id, key in rows}
    return {number: known.get(number.lstrip("0"), number) for number in numbers}


def entries_of(conn: Conn, natural_keys: Iterable[str]) -> dict[str, Entry]:
    """Natural key -> entry with its lines, of those that are posted."""
    ids = list(entry_ids(conn, natural_keys).values())
    return {entry.natural_key: entry for entry in read_entries(conn, ids).values()} if ids else {}


def entered(conn: Conn, document_keys: Sequence[str]) -> list[Entered]:
    """The entries posted from the documents of these natural keys, by id."""
    rows = conn.execute(
        "select e.id, e.natural_key, e.business_date, e.rule_code, e.summary from ledger.document d "
        "join ledger.entry e on e.document_id = d.id where d.natural_key = any(%(keys)s) "
        f"and {_KNOWN} order by e.id".encode(),
        {"keys": list(document_keys), "as_of": moment_of(conn)},
    )
    return [Entered(*row) for row in rows]


def touching(conn: Conn, account: str, regions: Sequence[str], period: int) -> list[tuple[str, int]]:
    """(natural key, document) of each entry of regions' period with a line on an account ('book:code')."""
    return conn.execute(
        "select e.natural_key, e.document_id from ledger.entry e "
        "join ledger.region r on r.id = e.region_id "
        "where r.mof_div_code = any(%(regions)s) and e.period = %(period)s and exists ("
        "select from ledger.posting p join ledger.account a on a.id = p.account_id "
        f"where p.entry_id = e.id and a.book || ':' || a.code = %(account)s) and {_KNOWN} "
        "order by e.id".encode(),
        {"regions": list(regions), "period": period, "account": account, "as_of": moment_of(conn)},
    ).fetchall()


def ever_posted(conn: Conn, kind: str) -> list[tuple[int, str, bool]]:
    """(id, natural key, whether it stands) of each entry from documents of a kind but red ones, by id."""
    return conn.execute(
        "select e.id, e.natural_key, not exists (select from ledger.entry red where red.reverses_id = e.id) "
        "from ledger.document d join ledger.entry e on e.document_id = d.id "
        "where d.kind = %s and e.reverses_id is null order by e.id",
        [kind],
    ).fetchall()


def entries_in(
    conn: Conn, region: str, period: int, books: Sequence[str], *, without: Sequence[str] = (), most: int = 5
) -> list[str]:
    """Natural keys of entries of a division's period that have lines in one of `books`, but for `without`."""
    rows = conn.execute(
        "select e.natural_key from ledger.entry e join ledger.region r on r.id = e.region_id "
        "where r.mof_div_code = %(region)s and e.period = %(period)s and e.natural_key <> all(%(without)s) "
        "and exists (select from ledger.posting p join ledger.account a on a.id = p.account_id "
        "where p.entry_id = e.id and a.book = any(%(books)s)) "
        f"and {_KNOWN} order by 1 limit %(most)s".encode(),
        {
            "region": region,
            "period": period,
            "without": list(without),
            "books": list(books),
            "most": most,
            "as_of": moment_of(conn),
        },
    ).fetchall()
    return [key for (key,) in rows]


class Movement(NamedTuple):
    """A line of an account: its entry, the number of the document, its side, fen (debit positive)."""

    business_date: date
    entry_id: int
    natural_key: str
    summary: str
    document_no: str
    side: int
    amount_fen: int


_MOVEMENTS: Final = f"""
    select e.business_date, e.id, e.natural_key, e.summary, coalesce(nullif(d.doc_no, ''), d.natural_key, ''),
           p.side, p.amount_fen
    from ledger.posting p join ledger.entry e on e.id = p.entry_id
    join ledger.region r on r.id = e.region_id left join ledger.document d on d.id = e.document_id
    where r.mof_div_code = %(region)s and p.period between %(first)s and %(last)s and {_KNOWN}
      and p.account_id = (select id from ledger.account where book || ':' || code = %(account)s)
    order by e.period, e.business_date, e.id, p.line"""


def movements(conn: Conn, region: str, account: str, periods: tuple[int, int]) -> list[Movement]:
    """The lines of an account ('book:code') of a division in periods first..last, in the order of days."""
    asked = {"region": region, "account": account, "first": periods[0], "last": periods[1],
             "as_of": moment_of(conn)}  # fmt: skip
    return [Movement(*row) for row in conn.execute(_MOVEMENTS.encode(), asked)]


def documents_of(conn: Conn, natural_keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Natural key of an entry -> number and natural key of the document it was posted from."""
    rows = conn.execute(
        "select e.natural_key, coalesce(nullif(d.doc_no, ''), d.natural_key), d.natural_key "
        "from ledger.entry e join ledger.document d on d.id = e.document_id where e.natural_key = any(%s)",
        [list(natural_keys)],
    ).fetchall()
    return {key: (number, document) for key, number, document in rows}


def payloads(conn: Conn, document_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """Id -> what the document holds beside its head."""
    rows = conn.execute("select id, payload from ledger.document where id = any(%s)", [list(document_ids)])
    return dict(rows.fetchall())


def titles(conn: Conn, document_ids: Iterable[int], as_of: datetime | None = None) -> dict[int, str]:
    """Id -> title of those of the documents that were known at a moment."""
    rows = conn.execute(
        "select id, title from ledger.document where id = any(%s) "
        "and (%s::timestamptz is null or recorded_at <= %s)",
        [list(document_ids), as_of, as_of],
    )
    return dict(rows.fetchall())


def saying(conn: Conn, kind: str, item: str) -> list[tuple[str, str, int, Mapping[str, Any]]]:
    """(natural key, file, fiscal year, payload) of documents of a kind with an item beside their head."""
    return conn.execute(
        "select natural_key, source_name, fiscal_year, payload from ledger.document "
        "where kind = %s and payload ? %s order by id",
        [kind, item],
    ).fetchall()


def sizes(conn: Conn) -> tuple[int, int]:
    """How many entries and how many postings the ledger has."""
    row = conn.execute(
        "select (select count(*) from ledger.entry), (select count(*) from ledger.posting)"
    ).fetchone()
    assert row is not None  # counts always answer
    return int(row[0]), int(row[1])


#: Everything in the ledger as lines of text that name no number the database gave: equal ledgers of two
#: databases give equal lines. A coding block is its elements.
WHOLE_LEDGER: Final[Mapping[str, str]] = {
    "凭证": """
    select concat_ws('|', e.natural_key, r.mof_div_code, e.period, e.business_date, e.rule_code, e.summary,
                     e.source_ref, d.natural_key, o.natural_key, e.line_count)
    from ledger.entry e join ledger.region r on r.id = e.region_id
    left join ledger.document d on d.id = e.document_id left join ledger.entry o on o.id = e.reverses_id
    order by e.natural_key collate "C" """,
    "分录": """
    select concat_ws('|', e.natural_key, p.line, a.book, a.code, p.side, p.amount_fen, c.elements_key)
    from ledger.posting p join ledger.entry e on e.id = p.entry_id
    join ledger.account a on a.id = p.account_id join ledger.coding c on c.id = p.coding_id
    order by e.natural_key collate "C", p.line""",
    "总账单据": """
    select concat_ws('|', d.natural_key, d.kind, d.doc_no, d.title, r.mof_div_code, d.fiscal_year, d.dated_on,
                     d.payload)
    from ledger.document d join ledger.region r on r.id = d.region_id order by d.natural_key collate "C" """,
}


class PostedFrom(NamedTuple):
    """The file that entries were last posted from, and the day of their posting."""

    file: str
    day: date


def posted_from(conn: Conn, entry_ids: Sequence[int]) -> PostedFrom | None:
    """The file behind the latest of the entries; None where there are none."""
    row = conn.execute(
        "select d.source_name, e.posted_at::date from ledger.entry e "
        "join ledger.document d on d.id = e.document_id where e.id = any(%s) order by e.id desc limit 1",
        [list(entry_ids)],
    ).fetchone()
    return PostedFrom(*row) if row else None


def behind(conn: Conn, entry_ids: Sequence[int]) -> dict[int, tuple[date, Mapping[str, Any]]]:
    """Entry id -> the day of the document that it was posted from, and what that holds beside its head."""
    rows = conn.execute(
        "select e.id, d.dated_on, d.payload from ledger.entry e "
        "join ledger.document d on d.id = e.document_id where e.id = any(%s)",
        [list(entry_ids)],
    )
    return {entry: (day, payload) for entry, day, payload in rows.fetchall()}
