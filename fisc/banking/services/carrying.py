"""Explanations stand with their bookings: where a statement is corrected or void, they follow what it said.

What two officers said of a booking holds of the same booking in the statement that counts in its place: same
content, as often as it is there. Where that booking is gone, or one of the two that explain each other, the
explanation settles nothing any more, and what it had settled is open again. It is found anew from what the
statements say, so the order of their coming, and of what is void, does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.services import register

Conn = psycopg.Connection[Any]

AFFAIR_IS, TAKEN_BACK = "affair", "taken_back"
#: How people name a booking: its bank, for numbers of two banks may agree, its message, its place in it.
BOOKING_AT: Final = "m.bank_no || ':' || m.message_id || '/' || l.place"

#: What is said of bookings of these messages, and the bookings, wherever they are.
_SAID: Final = f"""
with named as (
  select x.doc_key, x.mof_div_code, x.disposition, x.basis, n.booking_at
  from banking_explanation x cross join lateral (
    select x.booking_at union select x.basis where x.disposition = '{TAKEN_BACK}') n(booking_at)
  where x.state = 'approved'
    and x.mof_div_code in (select mof_div_code from banking_message where id = any(%(keys)s))
), found as (
  select distinct on (n.doc_key, n.booking_at) n.*, m.id as key, l.place
  from named n join banking_message m on m.mof_div_code = n.mof_div_code and m.direction = 'in'
    and n.booking_at in (m.message_id || '/' || split_part(n.booking_at, '/', -1),
                         m.bank_no || ':' || m.message_id || '/' || split_part(n.booking_at, '/', -1))
    and {register.statements_of_any_state("m.")}
  join banking_line l on l.message_key = m.id and l.place::text = split_part(n.booking_at, '/', -1)
  order by n.doc_key, n.booking_at, m.id
)
select doc_key, mof_div_code, disposition, basis, key, place from found f
where exists (select from found o where o.doc_key = f.doc_key and o.key = any(%(keys)s))
order by doc_key, key, place"""
#: Bookings of messages by what they say; a reference of ours says nothing.
_BOOKINGS: Final = """
select l.message_key, l.place, l.id, l.source = 'S' and l.closed_on is null, l.document_no,
       (l.side, l.amount_fen, l.booked_on, l.code, l.ref_no, l.party_name, l.party_acct_no, l.reason_code,
        l.ultimate_name, l.remark, l.is_return,
        case when l.bank_ref = m.message_id || '/' || l.place then '' else l.bank_ref end)::text
from banking_line l join banking_message m on m.id = l.message_key
where l.message_key = any(%s) and l.amount_fen > 0 order by l.message_key, l.place"""


def stands(explanation: str) -> str:
    """The condition, in SQL, that an explanation (its alias) settles bookings now."""
    return (
        f"exists (select from banking_line b where b.mof_div_code = {explanation}.mof_div_code "
        f"and b.document_no = {explanation}.doc_key and b.source = 'S')"
    )


class _Said(NamedTuple):
    """An explanation, and the booking (message, place) that it is of; one of two that explain each other."""

    number: str
    region: str
    disposition: str
    basis: str
    key: int
    place: int


class _Booking(NamedTuple):
    """A booking of a statement; `said` is all that the bank says of it."""

    key: int
    place: int
    id: int
    is_open: bool
    document_no: str
    said: str


def said_of(conn: Conn, keys: Iterable[int]) -> list[_Said]:
    """What is said, and approved, of bookings of these messages, with the other bookings that it is of."""
    return [_Said._make(row) for row in conn.execute(_SAID.encode(), {"keys": sorted(keys)})]


def follow(conn: Conn, given: Sequence[_Said], in_place: Mapping[int, int], on: date) -> None:
    """Let explanations settle the bookings that count in the place of theirs.

    `in_place`: message -> the message that counts for it; one that is void may have none.
    """
    wanted = {one.key for one in given}
    rows = conn.execute(_BOOKINGS, [sorted(wanted | {in_place[key] for key in wanted if key in in_place})])
    bookings: dict[int, list[_Booking]] = defaultdict(list)
    for row in map(_Booking._make, rows):
        bookings[row.key].append(row)
    targets: dict[_Said, int] = {}
    taken: set[int] = set()
    for one in given:
        after = bookings[in_place[one.key]] if one.key in in_place else []
        if booking := _same(one, bookings[one.key], after, taken):
            targets[one] = booking.id
            taken.add(booking.id)
    by_number: dict[str, list[_Said]] = defaultdict(list)
    for one in given:
        by_number[one.number].append(one)
    whole = {
        number: [targets[one] for one in of] for number, of in by_number.items()
        if all(one in targets for one in of) and len(of) == (2 if of[0].disposition == TAKEN_BACK else 1)
    }  # fmt: skip
    _open(conn, set(given), whole)
    for number, ids in whole.items():
        _settle(conn, by_number[number][0], ids, on)


def _same(
    one: _Said, before: Sequence[_Booking], after: Sequence[_Booking], taken: set[int]
) -> _Booking | None:
    """The booking that says the same in the statement that counts: of alike ones that in the same turn."""
    own = next((b for b in before if b.place == one.place), None)
    if own is None:
        return None
    turn = [b.place for b in before if b.said == own.said].index(own.place)
    alike = [
        b for b in after
        if b.said == own.said and b.id not in taken and (b.is_open or b.document_no == one.number)
    ]  # fmt: skip
    return alike[min(turn, len(alike) - 1)] if alike else None


def _open(conn: Conn, given: set[_Said], whole: Mapping[str, Sequence[int]]) -> None:
    """What explanations settled and settle no more is open again, on both sides."""
    pairs = sorted({(one.region, one.number) for one in given})
    kept = [number for ids in whole.values() for number in ids]
    conn.execute(
        "update banking_line l set closed_on = null, document_no = '' "
        "from unnest(%s::text[], %s::text[]) g(region, number) where l.mof_div_code = g.region "
        "and l.document_no = g.number and l.source = 'S' and l.id <> all(%s)",
        [*register.columns_of(pairs, 2), kept],
    )
    conn.execute(
        "update banking_cash_match m set closed_on = null, match_no = '', is_explained = false "
        "from unnest(%s::text[], %s::text[]) g(region, number) where m.mof_div_code = g.region "
        "and m.match_no = g.number and m.is_explained",
        register.columns_of([one for one in pairs if one[1] not in whole], 2),
    )


def _settle(conn: Conn, one: _Said, ids: Sequence[int], on: date) -> None:
    is_used = conn.execute(
        "select from banking_explanation x where x.mof_div_code = %s and x.basis = %s and x.doc_key <> %s "
        f"and x.disposition = '{AFFAIR_IS}' and x.state = 'approved' and {stands('x')}".encode(),
        [one.region, one.basis, one.number],
    ).fetchone()
    if one.disposition == AFFAIR_IS and is_used:
        return
    close(conn, (one.region, one.number, one.disposition, one.basis), ids, on)


#: The entry of an affair that explains a booking is no other booking's.
_USE: Final = """
    update banking_cash_match set closed_on = %s, match_no = %s, is_explained = true
    where mof_div_code = %s and kind = 'affair' and document_no = %s and closed_on is null"""


def close(conn: Conn, of: tuple[str, str, str, str], ids: Sequence[int], on: date) -> None:
    """Settle bookings by an explanation (region, number, disposition, basis), and its affair with them."""
    region, number, disposition, basis = of
    conn.execute(
        "update banking_line set closed_on = %s, document_no = %s where id = any(%s) and closed_on is null",
        [on, number, list(ids)],
    )
    if disposition == AFFAIR_IS:
        conn.execute(_USE, [on, number, region, basis])
