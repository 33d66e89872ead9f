"""Which statements of an account count, where a bank has told one day more than once.

A bank corrects a statement by another one. Of those that say that they are the same one, that
counts which was made last (`counting`); the others stay on record, and a finding says what changed.
It follows from what they say alone, so the order of their coming does not matter, and is found anew
with each that comes or is void.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking.iso20022.model import OUT
from fisc.banking.services import carrying, findings, register, settled
from fisc.banking.services.counting import Told, in_force, in_order, may_stand_for
from fisc.banking.services.untold import days_untold
from fisc.documents.refusals import listed
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen

Conn = psycopg.Connection[Any]

#: An account's day.
Day = tuple[str, date]


_TOLD: Final = f"""
    select m.id, m.acct_no, m.mof_div_code, m.message_id, m.business_on,
           coalesce(m.created_at, m.business_on::timestamp at time zone 'Asia/Shanghai'), m.sequence_no,
           m.statement_no, m.page_no, m.page_no > 1 or not m.is_last_page, m.opening_fen, m.closing_fen,
           m.line_count, m.superseded_by, m.place_in_day, m.state = '{register.VOIDED}',
           m.starts_at, m.ends_at
    from banking_message m join unnest(%s::text[], %s::date[]) d(acct_no, day)
      on m.acct_no = d.acct_no and m.business_on = d.day
    where {register.statements_of_any_state("m.")} order by m.id for update
"""


def settle(conn: Conn, days: Iterable[Day], on: date) -> list[Finding]:
    """Find anew what counts of these accounts' days; lines follow, and what changed is a finding of the list.

    Answers with a finding for each statement that another one supersedes.
    """
    firsts, wanted = _with_firsts(conn, set(days))
    by_day = _told(conn, wanted)
    pairs: list[tuple[Told, Told]] = []
    changed: list[tuple[Told, str, int]] = []
    for (acct_no, day), every in by_day.items():
        told_of_day = [told for told in every if not told.is_void]
        stands = in_force(told_of_day, is_first=day <= firsts.get(acct_no, day))
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
    conn.execute(_TOLD_ON.encode(), register.columns_of(wanted, 2))
    _carry(conn, by_day, on)
    found = _found(conn, pairs)
    findings.keep_corrections(conn, found, wanted, on)
    acct_nos = sorted({acct_no for acct_no, _ in wanted})
    findings.keep_voids(conn, days_untold(conn, acct_nos, firsts), acct_nos, on)
    return found


#: Which day a booking is told of, where that is before the day on which its statement ends: the day on which
#: it was booked, but none up to which another statement tells already. What is next depends on it.
_TOLD_ON: Final = f"""
    with asked as (
        select distinct * from unnest(%s::text[], %s::date[]) d(acct_no, day)
    ), touched as (
        select acct_no, day from asked
        union select a.acct_no, (
            select min(n.business_on) from banking_message n
            where n.acct_no = a.acct_no and n.business_on > a.day and {register.statements_only("n.")})
        from asked a
    )
    update banking_line l set told_on = t.day from (
        select b.id, greatest(b.booked_on, coalesce(p.free_from, b.booked_on)) as day
        from touched d join banking_message m on m.acct_no = d.acct_no and m.business_on = d.day
          and {register.statements_only("m.")}
        cross join lateral (
            -- a part of a day, and days after it, begins on the day on which the part before it ends
            select max(p.business_on) + case when m.covers_from = max(p.business_on)
                   and m.starts_at > m.covers_from::timestamp at time zone 'Asia/Shanghai' then 0 else 1 end
            from banking_message p where p.acct_no = m.acct_no and p.business_on < m.business_on
              and {register.statements_only("p.")}) p(free_from)
        join banking_line b on b.message_key = m.id and b.source = 'S' and b.booked_on < m.business_on) t
    where t.id = l.id and t.day <> l.told_on"""

#: The first day of each account of which a statement counts, and the next.
_FIRSTS: Final = f"""
    select a.acct_no, f.day, (
        select min(m.business_on) from banking_message m
        where m.acct_no = a.acct_no and m.business_on > f.day and {register.statements_only("m.")})
    from unnest(%s::text[]) a(acct_no) cross join lateral (
        select min(m.business_on) as day from banking_message m
        where m.acct_no = a.acct_no and {register.statements_only("m.")}) f
    where f.day is not null"""


def _with_firsts(conn: Conn, days: set[Day]) -> tuple[dict[str, date], list[Day]]:
    """The first day of each account, and the days to settle: where one is the first, or was, the next too."""
    rows = conn.execute(_FIRSTS.encode(), [sorted({acct_no for acct_no, _ in days})]).fetchall()
    begun = dict(sorted(days, reverse=True))  # of each account the first that is asked
    nearby = {(acct_no, day) for acct_no, *of in rows for day in of if day and begun[acct_no] <= of[0]}
    return {row[0]: row[1] for row in rows}, sorted(days | nearby)


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
    firsts, _ = _with_firsts(conn, set(days))
    in_place = {
        key: by for (acct_no, day), of in _told(conn, days).items()
        for key, by in _in_place(of, is_first=day <= firsts.get(acct_no, day)).items()
    }  # fmt: skip
    carrying.follow(conn, said, in_place, on)


def _in_place(told: Sequence[Told], *, is_first: bool) -> dict[int, int]:
    """Of an account's day, each statement -> the one that counts for it, also for one that is void."""
    stands = in_force((t for t in told if not t.is_void), is_first=is_first)
    found = {key: by.key for key, by in stands.items()}
    counting = sorted({t.key: t for t in stands.values()}.values(), key=lambda t: t.rank, reverse=True)
    for one in told:
        if one.is_void and (by := next((c for c in counting if may_stand_for(c, one)), None)):
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
    settled.set_aside(conn, [one.key for one, by, _ in changed if by and not one.superseded_by])
    settled.restore(conn, [one.key for one, by, _ in changed if one.superseded_by and not by])


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
        hint="银行更正有误的，请作废其中一份（fisc banking make-statement-voids）",
    )  # fmt: skip


def _said(bookings: Counter[tuple[object, ...]]) -> list[str]:
    return [
        f"{'付' if side == OUT else '收'} {format_fen(int(str(fen)))} 元{f'（{ref}）' if ref else ''}"
        for side, fen, ref, *_ in sorted(bookings.elements(), key=str)
    ]
