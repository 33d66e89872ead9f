"""Which statements of an account count, where a bank has told one day more than once.

A bank corrects a statement by another one. Of statements that say that they are the same one, from the same
balance on, the one that was made last counts; the others stay on record, and a finding says what changed. It
follows from what the statements say alone, so the order of their coming does not matter, and it is found
anew with each that comes or is void.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.iso20022.model import OUT
from fisc.banking.services import carrying, findings, register, settled
from fisc.documents.refusals import listed
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen

Conn = psycopg.Connection[Any]

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
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """What was made later ranks higher; numbers decide where the bank gives one time to both."""
        return self.created_at, len(self.message_id), self.message_id


@dataclass(frozen=True, slots=True)
class _Whole:
    """A statement with those of its pages that came, each once."""

    pages: tuple[Told, ...]

    @property
    def opening_fen(self) -> int | None:
        """What it begins with, None where its first page has not come."""
        return self.pages[0].opening_fen if self.pages[0].page_no == 1 else None

    @property
    def closing_fen(self) -> int:
        """What it ends with, as far as it came."""
        return self.pages[-1].closing_fen

    @property
    def sequence_no(self) -> int:
        """The bank's number in the account's sequence, 0 where there is none."""
        return self.pages[0].sequence_no

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From when to when it is, where it says so by the hour."""
        first, last = self.pages[0].starts_at, self.pages[0].ends_at
        return (first, last) if first and last else None

    @property
    def statement_no(self) -> str:
        """The bank's name of it."""
        return self.pages[0].statement_no

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """That of the page that was made last."""
        return max(page.rank for page in self.pages)

    def page_for(self, other: Told) -> Told:
        """The page that stands for a page of another statement."""
        return next((page for page in self.pages if page.page_no == other.page_no), self.pages[0])


def in_force(told: Iterable[Told]) -> dict[int, Told]:
    """Of statements of one account and day: key of each -> the one that counts in its place, or itself.

    A statement takes the place of an earlier one where it begins with the same balance and says that it is
    the same: by its name, its number in the sequence, or its hours. Otherwise both count; where both cannot
    be, or nobody can know (they begin and end alike), that is told, and nothing is proven over it.
    """
    found: dict[int, Told] = {}
    wholes = sorted(_wholes(told, found), key=lambda w: w.rank)
    counting: list[_Whole] = []
    for n, one in reversed(list(enumerate(wholes))):
        by = next((w for w in counting if _corrects(w, one, wholes[n : wholes.index(w) + 1])), None)
        if by is None:
            counting.append(one)
        else:
            found |= {page.key: by.page_for(page) for page in one.pages}
    return {key: _last(found, by) for key, by in found.items()}


def _last(found: Mapping[int, Told], by: Told) -> Told:
    while found[by.key] is not by:
        by = found[by.key]
    return by


def _wholes(told: Iterable[Told], found: dict[int, Told]) -> list[_Whole]:
    """Statements as wholes. Of a page that came twice the one made last counts; `found` says so."""
    pages: dict[tuple[int, str, int], dict[int, Told]] = defaultdict(dict)
    for one in sorted(told, key=lambda t: t.rank, reverse=True):
        key = (one.sequence_no, one.statement_no, 0) if one.is_page else (0, "", one.key)
        found[one.key] = pages[key].setdefault(one.page_no, one)
    return [_Whole(tuple(of[number] for number in sorted(of))) for of in pages.values()]


def _corrects(later: _Whole, one: _Whole, between: Sequence[_Whole]) -> bool:
    """Whether a statement tells the business of an earlier one anew. `between`: from this one to that one.

    Parts of a day that were told one after another, each from where the one before ended, are all of it: a
    day may come back to the balance that it began with.
    """
    if one.opening_fen is None or one.opening_fen != later.opening_fen:
        return False
    is_numbered = one.sequence_no == later.sequence_no != 0
    is_apart = one.sequence_no != later.sequence_no and one.sequence_no and later.sequence_no
    is_of_the_hours = one.span is not None and one.span == later.span and not is_apart
    is_named = one.statement_no == later.statement_no != "" or is_of_the_hours
    if not is_named and not is_numbered:
        return False
    return not _follow(between) or (is_named and len(between) == _TWO)


#: A statement and the one right after it.
_TWO: Final = 2


def _follow(wholes: Sequence[_Whole]) -> bool:
    """Whether each begins with the balance that the one before ended with."""
    return all(one.closing_fen == after.opening_fen for one, after in itertools.pairwise(wholes))


def in_order(told: Iterable[Told]) -> list[Told]:
    """Statements that count of one account and day, each after the one that it follows."""
    by_number: dict[int, list[_Whole]] = defaultdict(list)
    for one in sorted(_wholes(told, {}), key=lambda w: w.rank):
        by_number[one.sequence_no].append(one)
    return [page for _, of in sorted(by_number.items()) for one in _path(of) for page in one.pages]


def _path(wholes: list[_Whole]) -> list[_Whole]:
    """In the order of their making where balances follow so, else in one in which they do if any."""
    if _follow(wholes):
        return wholes
    left: dict[int | None, list[_Whole]] = defaultdict(list)
    for one in reversed(wholes):
        left[one.opening_fen].append(one)
    ends: Counter[int | None] = Counter(one.closing_fen for one in wholes)
    begun = [one.opening_fen for one in wholes if len(left[one.opening_fen]) > ends[one.opening_fen]]
    made: list[_Whole] = []
    for start in (*begun, *(one.opening_fen for one in wholes)):
        made += _walk(left, start)
    return made


def _walk(left: dict[int | None, list[_Whole]], start: int | None) -> list[_Whole]:
    """From a balance on along all that can be reached, each once (Hierholzer); they are left no more."""
    walked: list[_Whole] = []
    stack: list[tuple[int | None, _Whole | None]] = [(start, None)]
    while stack:
        balance, by = stack[-1]
        if left[balance]:
            one = left[balance].pop()
            stack.append((one.closing_fen, one))
        else:
            stack.pop()
            if by is not None:
                walked.append(by)
    return walked[::-1]


def _may_stand_for(one: Told, void: Told) -> bool:
    """Whether a statement that counts may tell what one that is void told: what was said of it may hold."""
    if one.is_page or void.is_page:
        return one.page_no == void.page_no
    is_named = one.statement_no == void.statement_no != ""
    is_numbered = one.sequence_no == void.sequence_no != 0
    return is_named or is_numbered or one.opening_fen == void.opening_fen


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
    findings.keep_voids(conn, _voids(conn, by_day), wanted, on)
    return found


_FIRSTS: Final = f"""
    select acct_no, min(business_on) from banking_message
    where acct_no = any(%s) and {register.statements_only()} group by 1"""


def _voids(conn: Conn, by_day: Mapping[Day, Sequence[Told]]) -> list[Finding]:
    """A finding for each day of an account of which a statement is void and no other one has come for it.

    Of the first day that is told, nothing before says what the day began with: another one begins with the
    same balance, or is none.
    """
    void = {day: [told for told in of if told.is_void] for day, of in by_day.items()}
    asked = sorted({acct_no for (acct_no, _), of in void.items() if of})
    firsts = dict(conn.execute(_FIRSTS.encode(), [asked]).fetchall()) if asked else {}
    found = []
    for (acct_no, day), of in void.items():
        standing = [told for told in by_day[acct_no, day] if not told.is_void]
        begun = {told.opening_fen for told in of}
        is_after = firsts.get(acct_no, day) < day
        if of and not (standing and (is_after or any(told.opening_fen in begun for told in standing))):
            found.append(_void(acct_no, day, of))
    return found


def _void(acct_no: str, day: date, of: Sequence[Told]) -> Finding:
    numbers = listed([told.message_id for told in of], most=5)
    words = f"{day} 的对账单 {numbers} 已作废，没有收到当日的另一份，当日的收付不能知道"
    told = findings.of_message("statement_voided", "", acct_no, words=words)
    return replace(
        told, mof_div_code=of[0].mof_div_code, fiscal_year=day.year, about=f"{acct_no} {day}",
        evidence=(f"message:{of[0].message_id}", *told.evidence),
        hint="请收取银行当日的另一份对账单；当日确无收付的，经两名人员办理疑点（fisc findings list）",
    )  # fmt: skip


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
        if one.is_void and (by := next((c for c in counting if _may_stand_for(c, one)), None)):
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
