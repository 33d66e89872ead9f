"""What the treasury's own accounts stood at when their statements begin, against the books.

From then on every booking is matched with a paper. What was there before is proven here: the books had the
same, or two officers say by a document why they had not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.services import register
from fisc.banking.services.reconciliation.model import Item
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.tables import read_table
from fisc.treasury.services.unsettled import unsettled

Conn = psycopg.Connection[Any]

#: What officers say of an opening balance, beside what they say of bookings.
DIFFERS: Final = "opening"
#: How the number of what is explained begins, where that is no booking.
MARK: Final = "期初/"


class Opening(NamedTuple):
    """A region's accounts on the first day that statements tell of, and its books before it (fen)."""

    mof_div_code: str
    acct_nos: tuple[str, ...]
    first_on: date
    bank_fen: int
    books_fen: int

    @property
    def number(self) -> str:
        """The difference as officers name it: what they say of another one says nothing of this."""
        yuan = format_fen(self.bank_fen - self.books_fen).replace(",", "")
        return f"{MARK}{self.first_on}/{yuan}"

    @property
    def words(self) -> str:
        """What differs, in words."""
        return (
            f"账户 {'、'.join(self.acct_nos)} 自 {self.first_on} 起有对账单，"
            f"期初余额 {format_fen(self.bank_fen)} 元，"
            f"当日以前账面国库存款 {format_fen(self.books_fen)} 元"
        )


#: Each account's first statement: its opening balance, and the first day that it tells of.
_FIRST: Final = f"""
select a.mof_div_code, a.acct_no, f.opening_fen,
       least(coalesce(f.covers_from, f.business_on),
             (select min(l.booked_on) from banking_line l where l.message_key = f.id and l.source = 'S'))
from banking_account a cross join lateral (
  select m.id, m.opening_fen, m.covers_from, m.business_on from banking_message m
  where m.acct_no = a.acct_no and m.mof_div_code = a.mof_div_code and {register.statements_only("m.")}
    and (m.business_on <= %s or m.id in (
        select c.id from banking_cuts(array[a.acct_no], %s) c where c.is_told or c.lines > 0))
  order by m.business_on, m.place_in_day, m.page_no, m.id limit 1) f
where a.kind = '{register.SINGLE}' and a.mof_div_code = any(%s) order by 1, 2"""


@cache
def _cash() -> tuple[str, ...]:
    """The accounts of the books that the treasury's own account at the bank is."""
    rows = read_table("cash_accounts.csv")
    return tuple(f"{row['book']}:{row['code']}" for row in rows if row["kind"] == "treasury")


def differing(conn: Conn, regions: Sequence[str], day: date) -> list[Opening]:
    """Those of regions whose accounts began, by the statements up to a day, with other than the books had.

    What the books took off with a payment and the bank had not cleared by then is no difference.
    """
    told: dict[str, list[tuple[str, int, date]]] = defaultdict(list)
    for region, *of in conn.execute(_FIRST.encode(), [day, day, list(regions)]):
        told[region].append((of[0], of[1], of[2]))
    begun: dict[date, list[str]] = defaultdict(list)
    for region, of_region in told.items():
        begun[min(first for *_, first in of_region)].append(region)
    found = []
    for first_on, alike in begun.items():
        held = _held_before(conn, alike, first_on)
        for region in alike:
            numbers, openings, _ = zip(*told[region], strict=True)
            one = Opening(region, numbers, first_on, sum(openings), held.get((region,), 0))
            if one.bank_fen != one.books_fen:
                one = one._replace(books_fen=one.books_fen + _on_its_way(conn, region, first_on))
            if one.bank_fen != one.books_fen:
                found.append(one)
    return found


def _held_before(conn: Conn, regions: Sequence[str], day: date) -> dict[tuple[Any, ...], int]:
    """(region,) -> cash of its treasury by the books before a day."""
    month = day.year * 100 + day.month
    before = Turnover(_cash(), tuple(regions), (0, month - 1))
    begun = Turnover(_cash(), tuple(regions), (month, month), until=day - timedelta(1))
    moved = [turnover(conn, asked, "mof_div_code") for asked in (before, begun)]
    return {(region,): sum(of.get((region,), 0) for of in moved) for region in regions}


#: Debits of clearing that were recorded before a day, and that the bank's statements book.
_LATE: Final = f"""
select coalesce(sum(case l.side when 'DBIT' then l.amount_fen else -l.amount_fen end), 0)::bigint
from banking_line l join treasury_debits_on(%(before)s) d
  on d.lqd_cert_no = l.ref_no and d.mof_div_code = l.mof_div_code
where l.mof_div_code = %(region)s and l.acct_kind = '{register.SINGLE}' and l.role = 'clear'
  and l.source = 'S'"""


def _on_its_way(conn: Conn, region: str, day: date) -> int:
    """What the books had taken off before a day, and the treasury had not debited: not cleared, or late."""
    before = day - timedelta(1)
    row = conn.execute(_LATE.encode(), {"region": region, "before": before}).fetchone()
    assert row is not None  # an aggregate always answers
    return unsettled(conn, [region], before)[region].cash_fen + int(row[0])


def explained(conn: Conn, openings: Sequence[Opening]) -> dict[str, str]:
    """Region -> the approved document that says why its opening differs as it does."""
    rows = conn.execute(
        "select x.mof_div_code, min(x.doc_key) from banking_explanation x "
        "join unnest(%s::text[], %s::text[]) o(region, number) "
        "on (o.region, o.number) = (x.mof_div_code, x.booking_at) "
        "where x.disposition = %s and x.state = 'approved' group by 1",
        [*register.columns_of([(one.mof_div_code, one.number) for one in openings], 2), DIFFERS],
    ).fetchall()
    return dict(rows)


def compared(conn: Conn, regions: Sequence[str], day: date) -> Iterator[tuple[str, Item]]:
    """With its region, each opening that differs; what two officers said of is told and holds nothing up."""
    openings = differing(conn, regions, day)
    said = explained(conn, openings) if openings else {}
    for one in openings:
        number = said.get(one.mof_div_code, "")
        kind = "opening_explained" if number else "opening_differs"
        words = one.words + (f"（说明 {number}）" if number else "")
        yield one.mof_div_code, Item(kind, "", one.number, one.books_fen, one.bank_fen, one.first_on, words)
