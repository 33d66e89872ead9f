"""Entries of ledgers made before every entry had to name its document are given one, once, in the upgrade.

What was sealed stays what seals are proven from: `ledger.adopted` keeps the document that an entry named
when it was posted (mostly none) beside the one it names now, and is sealed itself from then on.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

#: How many parts of an entry's natural key may follow the document's.
_PARTS = 4

_CANDIDATES = """
    create temporary table adoption on commit drop as
    select distinct on (e.id) e.id, e.document_id as sealed_document_id, p.document_id
    from ledger.entry e
    cross join lateral (select string_to_array(e.natural_key, ':') as parts) k
    cross join generate_series(0, %(parts)s) n
    join paper_of p on p.key = array_to_string(k.parts[1:cardinality(k.parts) - n], ':')
    where n < cardinality(k.parts) order by e.id, n"""

#: What no document of a domain accounts for rests on a paper made for it.
_OTHERWISE = b"""
    with unnamed as (
        select e.* from ledger.entry e where e.document_id is null
           and not exists (select from adoption a where a.id = e.id)),
    made as (
        insert into ledger.document (natural_key, kind, title, region_id, fiscal_year, dated_on)
        select 'voucher:' || u.natural_key, 'voucher', u.summary, u.region_id, u.period / 100, u.business_date
        from unnamed u order by u.id returning id, natural_key)
    insert into adoption (id, sealed_document_id, document_id)
    select u.id, null, m.id from unnamed u join made m on m.natural_key = 'voucher:' || u.natural_key"""

_ADOPT = b"""
    alter table ledger.entry disable trigger user;
    alter table ledger.adopted disable trigger user;
    insert into ledger.adopted (id, sealed_document_id, document_id)
        select id, sealed_document_id, document_id from adoption
        where document_id is distinct from sealed_document_id order by id;
    update ledger.entry e set document_id = a.document_id from ledger.adopted a
        where a.id = e.id and a.document_id is distinct from e.document_id;
    alter table ledger.adopted enable trigger user;
    alter table ledger.entry enable trigger user;
    alter table ledger.entry alter column document_id set not null;
    drop index ledger.entry_by_document;
    create index entry_by_document on ledger.entry (document_id)"""


def adopt_documents(conn: psycopg.Connection, contents: Iterable[tuple[int, str]]) -> None:
    """Keep the digests of what documents say that the ledger knew without: (id, digest) each."""
    conn.execute("alter table ledger.adopted_document disable trigger user")
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into ledger.adopted_document (id, content) values (%s, %s)", list(contents)
        )
    conn.execute("alter table ledger.adopted_document enable trigger user")


def adopt_entries(conn: psycopg.Connection, papers: Iterable[tuple[str, int]]) -> int:
    """Give every entry a document, within the caller's transaction; returns how many were given one.

    `papers` are natural keys that entries' keys begin with (or are), and the ledger's ids of the
    documents they belong to. An entry that none of them fits rests on a paper made for it.
    """
    conn.execute("create temporary table paper_of (key text primary key, document_id bigint) on commit drop")
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into paper_of (key, document_id) values (%s, %s) on conflict do nothing", list(papers)
        )
    conn.execute(_CANDIDATES, {"parts": _PARTS})
    conn.execute(_OTHERWISE)
    conn.execute(_ADOPT)
    row = conn.execute("select count(*) from ledger.adopted").fetchone()
    assert row is not None
    return int(row[0])
