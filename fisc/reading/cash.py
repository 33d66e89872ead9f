"""Cash of a government's treasury account as the books moved it: entry by entry, with the paper behind each.

The accounts are those of the purse `treasury` (`ledger.pool`), so a bank's statement of that account and
this say the same, whatever kind of document moved the money, and in whatever year's accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

Conn = psycopg.Connection[Any]

#: The purse that a treasury's own account holds.
TREASURY: Final = "treasury"


class CashMove(NamedTuple):
    """An entry that moved treasury cash. `outflow_fen` is what left, less what came in.

    `document` is the paper that it was posted from; a red entry's, that of the entry it takes back.
    `document_at` is the government whose paper it is. `papers` are the numbers of the budget documents
    behind it, `places` the receivers that its coding blocks name.
    """

    mof_div_code: str
    entry_id: int
    document_id: int
    kind: str
    document: str
    doc_no: str
    document_at: str
    moved_on: date
    outflow_fen: int
    papers: tuple[str, ...]
    places: tuple[str, ...]


#: Month 0 hands balances over between books and years: no account of a bank moves.
_MOVED: Final = """
with asked as (
  select r.id, r.mof_div_code, a.since from unnest(%(regions)s::text[], %(since)s::int[]) a(region, since)
  join ledger.region r on r.mof_div_code = a.region
), cash as (
  select a.account_id from ledger.pool_account a join ledger.pool o on o.id = a.pool_id
  where o.code = %(pool)s
)
select k.mof_div_code, e.id, d.id, d.kind, d.natural_key, d.doc_no, at.mof_div_code, e.business_date,
       -sum(p.amount_fen)::bigint,
       array_remove(array_agg(distinct c.cor_bgt_doc_no) || array_agg(distinct c.sup_bgt_doc_no), ''),
       array_remove(array_agg(distinct c.rec_div_code), '')
from ledger.posting p
join ledger.entry e on e.id = p.entry_id
join asked k on k.id = e.region_id and p.period >= k.since
left join ledger.entry o on o.id = e.reverses_id
join ledger.document d on d.id = coalesce(o.document_id, e.document_id)
join ledger.region at on at.id = d.region_id
join ledger.coding c on c.id = p.coding_id
where p.account_id in (select account_id from cash) and p.period >= (select min(since) from asked)
  and p.period %% 100 <> 0 and e.business_date <= %(day)s
  and (d.kind <> all(%(without)s) or d.id = any(%(also)s))
group by k.mof_div_code, e.id, d.id, at.mof_div_code
having sum(p.amount_fen) <> 0
order by e.business_date, e.id"""


def cash_moved(
    conn: Conn, since: Mapping[str, int], day: date, *, without: Sequence[str] = (), also: Sequence[int] = ()
) -> list[CashMove]:
    """Entries up to `day` that moved treasury cash of regions, of periods from `since` (region -> period) on.

    Documents of the kinds `without` are left out, but for those of the ids `also`. In the order of days.
    """
    asked = {
        "regions": list(since), "since": list(since.values()), "pool": TREASURY, "day": day,
        "without": list(without), "also": list(also),
    }  # fmt: skip
    return [
        CashMove._make((*row[:9], tuple(row[9]), tuple(row[10])))
        for row in conn.execute(_MOVED.encode(), asked)
    ]


def outflows(conn: Conn, entry_ids: Iterable[int]) -> dict[int, int]:
    """Entry -> the treasury cash that it moved, fen, out positive; entries that moved none are not there."""
    rows = conn.execute(
        "select p.entry_id, -sum(p.amount_fen)::bigint from ledger.posting p "
        "where p.entry_id = any(%(entries)s) and p.account_id in (select a.account_id "
        "from ledger.pool_account a join ledger.pool o on o.id = a.pool_id where o.code = %(pool)s) "
        "group by 1",
        {"entries": list(entry_ids), "pool": TREASURY},
    )
    return dict(rows.fetchall())


def document_outflow(conn: Conn, document_id: int) -> int:
    """The treasury cash that a document's own entries moved, fen, out positive; 0 where they moved none."""
    rows = conn.execute("select id from ledger.entry where document_id = %s", [document_id]).fetchall()
    return sum(outflows(conn, [number for (number,) in rows]).values())


_OPEN_SINCE: Final = """
select r.mof_div_code, coalesce(min(p.period) filter (where p.closed_at is null or p.closed_at >= a.at),
                                max(p.period) + 1, 0)
from unnest(%(regions)s::text[], %(days)s::date[]) a(region, at)
join ledger.region r on r.mof_div_code = a.region left join ledger.period p on p.region_id = r.id
group by 1"""


def periods_open_since(conn: Conn, days: Mapping[str, date]) -> dict[str, int]:
    """Region -> the first period that may have got entries since a day (region -> day); 0 where none is.

    A closed period takes none, so that is the first one that is open now or was closed later.
    """
    asked = {"regions": list(days), "days": list(days.values())}
    return dict.fromkeys(days, 0) | dict(conn.execute(_OPEN_SINCE.encode(), asked).fetchall())
