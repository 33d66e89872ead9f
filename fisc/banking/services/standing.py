"""Which statements of an account count, where a bank has told one day more than once.

A bank corrects a statement by another one. Of statements of the same business the one that was made last
counts; the others stay on record, and a finding says what changed. It follows from what the statements say
alone, so the order of their coming does not matter, and it is found anew with each that comes or is void.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.iso20022.model import OUT
from fisc.banking.services import carrying, findings, register, settled
from fisc.documents.refusals import listed
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen

Conn = psycopg.Connection[Any]

STATEMENT, NOTIFICATION, VOID = "S", "N", "V"
#: An account's day.
Day = tuple[str, date]


class Told(NamedTuple):
    """A statement, or a page of one, that was received."""

    key: int
    acct_no: str
    mof_div_code: str
    message_id: str
    day: date
    created_at: datetime
    sequence_no: int
    statement_no: str
    page_no: int
    is_page: bool
    opening_fen: int
    closing_fen: int
    line_count: int
    superseded_by: str
    place_in_day: int
    is_void: bool

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """What was made later ranks higher; numbers decide where the bank gives one time to both."""
        return self.created_at, len(self.message_id), self.message_id


def is_same(one: Told, other: Told) -> bool:
    """Whether two statements of an account and day tell the same business, so that one corrects the other.

    Numbers of the sequence say it where both have one. Without, parts of a day follow one another (closing =
    opening), and statements that begin with the same balance, or bear one number, tell the same.
    """
    if one.is_page or other.is_page:
        whose, whose_other = ((t.is_page, t.sequence_no, t.statement_no) for t in (one, other))
        return whose == whose_other and one.page_no == other.page_no
    if one.sequence_no and other.sequence_no:
        return one.sequence_no == other.sequence_no
    if one.opening_fen == other.opening_fen:
        # one whose lines come to nothing may be the part before as well: both are kept, and nothing is lost
        is_part = any(t.opening_fen == t.closing_fen and t.line_count for t in (one, other))
        return not is_part or one.statement_no == other.statement_no != ""
    follows = one.closing_fen == other.opening_fen or other.closing_fen == one.opening_fen
    return not follows and one.statement_no == other.statement_no != ""


def in_force(told: Iterable[Told]) -> dict[int, Told]:
    """Of statements of one account and day: key of each -> the one that counts in its place, or itself."""
    counting: list[Told] = []
    found: dict[int, Told] = {}
    for one in sorted(told, key=lambda t: t.rank, reverse=True):
        by = next((later for later in counting if is_same(later, one)), None)
        if by is None:
            counting.append(one)
        found[one.key] = by or one
    return found


def in_order(told: Iterable[Told]) -> list[Told]:
    """Statements that count of one account and day, each after the one that it follows."""
    left = sorted(told, key=lambda t: (t.sequence_no, t.page_no, t.rank))
    if any(t.sequence_no or t.is_page for t in left):
        return left
    made: list[Told] = []
    while left:
        after = [t for t in left if made and t.opening_fen == made[-1].closing_fen]
        ends = Counter(t.closing_fen for t in left if t.closing_fen != t.opening_fen)
        first = [t for t in left if t.opening_fen not in ends]
        made.append((after or first or left)[0])
        left.remove(made[-1])
    return made


_TOLD: Final = f"""
    select m.id, m.acct_no, m.mof_div_code, m.message_id, m.business_on,
           coalesce(m.created_at, m.business_on::timestamp at time zone 'Asia/Shanghai'), m.sequence_no,
           m.statement_no, m.page_no, m.page_no > 1 or not m.is_last_page, m.opening_fen, m.closing_fen,
           m.line_count, m.superseded_by, m.place_in_day, m.state = '{register.VOIDED}'
    from banking_message m join unnest(%s::text[], %s::date[]) d(acct_no, day)
      on m.acct_no = d.acct_no and m.business_on = d.day
    where {register.statements_of_any_state("m.")} order by m.id for update
"""


def settle(conn: Conn, days: Iterable[Day], on: date) -> list[Finding]:
    """Find anew what counts of these accounts' days; lines follow, and what changed is a finding of the list.

    Answers with a finding for each statement that another one supersedes.
    """
    wanted = sorted(set(days))
    by_day = _told(conn, wanted)
    pairs: list[tuple[Told, Told]] = []
    changed: list[tuple[Told, str, int]] = []
    for every in by_day.values():
        told_of_day = [told for told in every if not told.is_void]
        stands = in_force(told_of_day)
        order = {
            t.key: n for n, t in enumerate(in_order(t for t in told_of_day if stands[t.key] is t), start=1)
        }
        for one in told_of_day:
            by = stands[one.key]
            if by is not one:
                pairs.append((by, one))
            new = ("" if by is one else by.message_id, order.get(one.key, 0))
            if new != (one.superseded_by, one.place_in_day):
                changed.append((one, *new))
    _write(conn, changed, on)
    _carry(conn, by_day, on)
    found = _found(conn, pairs)
    findings.keep_corrections(conn, found, wanted, on)
    return found


def _told(conn: Conn, days: Sequence[Day]) -> dict[Day, list[Told]]:
    """All that was told of accounts' days, also what is void."""
    found: dict[Day, list[Told]] = defaultdict(list)
    for told in map(Told._make, conn.execute(_TOLD.encode(), register.columns_of(days, 2)).fetchall()):
        found[told.acct_no, told.day].append(told)
    return found


def _carry(conn: Conn, by_day: Mapping[Day, Sequence[Told]], on: date) -> None:
    """What officers said of bookings stands with the statements that count for theirs."""
    keys = [told.key for of in by_day.values() if len(of) > 1 or of[0].is_void for told in of]
    said = carrying.said_of(conn, keys) if keys else []
    if not said:
        return
    days = conn.execute(
        "select distinct acct_no, business_on from banking_message where id = any(%s) order by 1, 2",
        [[one.key for one in said]],
    ).fetchall()
    in_place = {key: by for of in _told(conn, days).values() for key, by in _in_place(of).items()}
    carrying.follow(conn, said, in_place, on)


def _in_place(told: Sequence[Told]) -> dict[int, int]:
    """Of an account's day, each statement -> the one that counts for it, also for one that is void."""
    stands = in_force(t for t in told if not t.is_void)
    found = {key: by.key for key, by in stands.items()}
    counting = sorted({t.key: t for t in stands.values()}.values(), key=lambda t: t.rank, reverse=True)
    for one in told:
        if one.is_void and (by := next((c for c in counting if is_same(c, one)), None)):
            found[one.key] = by.key
    return found


def _write(conn: Conn, changed: Sequence[tuple[Told, str, int]], on: date) -> None:
    if not changed:
        return
    conn.execute(
        "update banking_message m set superseded_by = g.by, place_in_day = g.place, "
        "state = case when g.by = '' then 'applied' else %s end "
        "from unnest(%s::bigint[], %s::text[], %s::int[]) g(id, by, place) where m.id = g.id",
        [register.SUPERSEDED, *register.columns_of([(one.key, by, n) for one, by, n in changed], 3)],
    )
    set_aside(conn, [one.key for one, by, _ in changed if by and not one.superseded_by])
    restore(conn, [one.key for one, by, _ in changed if one.superseded_by and not by])


def _found(conn: Conn, pairs: Sequence[tuple[Told, Told]]) -> list[Finding]:
    if not pairs:
        return []
    keys = sorted({one.key for pair in pairs for one in pair})
    rows = conn.execute(
        "select message_key, side, amount_fen, ref_no, party_acct_no, booked_on from banking_line "
        "where message_key = any(%s) and amount_fen > 0",
        [keys],
    ).fetchall()
    said: dict[int, Counter[tuple[object, ...]]] = defaultdict(Counter)
    for key, *booking in rows:
        said[key][tuple(booking)] += 1
    return [_of_pair(by, one, said[by.key], said[one.key]) for by, one in pairs]


def _of_pair(
    by: Told, one: Told, now: Counter[tuple[object, ...]], was: Counter[tuple[object, ...]]
) -> Finding:
    parts = [f"以 {by.message_id} 为准，{one.message_id} 不再计入"]
    for name, other in (("增加", now - was), ("减少", was - now)):
        if other:
            parts.append(f"{name} {listed(_said(other), most=5, mark='；', unit='笔')}")
    if one.closing_fen != by.closing_fen:
        parts.append(f"期末余额 {format_fen(one.closing_fen)} 元改为 {format_fen(by.closing_fen)} 元")
    if len(parts) == 1:
        parts.append("内容相同")
    if by.created_at == one.created_at:
        parts.append("两份写明的生成时间相同，请向银行核实以哪一份为准")
    found = findings.of_message(
        "statement_corrected", "", one.acct_no, one.closing_fen, by.closing_fen, "，".join(parts)
    )
    return replace(
        found, mof_div_code=one.mof_div_code, fiscal_year=one.day.year,
        about=f"{by.message_id} {one.acct_no} {one.message_id}",
        evidence=(f"message:{by.message_id}", *found.evidence, f"message:{one.message_id}"),
        hint="银行更正有误的，请作废其中一份（fisc banking void-statements）",
    )  # fmt: skip


def _said(bookings: Counter[tuple[object, ...]]) -> list[str]:
    return [
        f"{'付' if side == OUT else '收'} {format_fen(int(str(fen)))} 元{f'（{ref}）' if ref else ''}"
        for side, fen, ref, *_ in sorted(bookings.elements(), key=str)
    ]


def set_aside(conn: Conn, keys: Sequence[int]) -> None:
    """Lines of these statements count no more.

    What was matched with a line is judged again by the next reconciliation: until then the line is open.
    """
    gone = conn.execute(
        "with before as (select id, document_no from banking_line "
        "where message_key = any(%s) and source = %s) "
        "update banking_line l set source = %s, closed_on = null, document_no = '' from before b "
        "where l.id = b.id returning l.mof_div_code, l.ref_no, b.document_no",
        [list(keys), STATEMENT, VOID],
    ).fetchall()
    settled.reopen(conn, [(row[0], row[2]) for row in gone])
    # what a bank booked and took back without a voucher of ours was closed as a pair
    conn.execute(
        "update banking_line l set closed_on = null from ("
        "select distinct * from unnest(%s::text[], %s::text[])) g(region, ref_no) "
        "where l.mof_div_code = g.region and l.ref_no = g.ref_no and l.source = %s and l.role = 'pay' "
        "and l.document_no = '' "
        "and not exists (select from banking_voucher_match v where v.pay_cert_no = l.ref_no "
        "and v.mof_div_code = l.mof_div_code and l.acct_no = any(v.payer_accts))",
        [[row[0] for row in gone], [row[1] for row in gone], STATEMENT],
    )


def restore(conn: Conn, keys: Sequence[int]) -> None:
    """Lines of these statements count again, and are open."""
    conn.execute(
        "update banking_line set source = %s, closed_on = case when amount_fen = 0 then told_on end "
        "where message_key = any(%s) and source = %s",
        [STATEMENT, list(keys), VOID],
    )
