"""Days that a void statement leaves untold: each of those that it was of has to be told again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.services import findings, register
from fisc.calendar import working_days_between
from fisc.documents.refusals import listed
from fisc.kernel.findings import Finding

Conn = psycopg.Connection[Any]

#: Each day of the void statements of accounts, from the first that it says or booked on to its end: the
#: statements; whether another one tells the day now, and begins as one of them; whether it is the end of one,
#: or had a booking. A day is told by the statement that ends on it, by one that says it is of the day, and,
#: of a void one that did not say of which days it was, by its like: of the same beginning and end, alone.
_DAYS: Final = f"""
    with void as (
        select v.id, v.acct_no, v.mof_div_code, v.message_id, v.opening_fen, v.covers_from, v.business_on,
               least(coalesce(v.covers_from, v.business_on), (
                   select min(l.told_on) from banking_line l where l.message_key = v.id)) as first_on
        from banking_message v
        where v.acct_no = any(%s) and v.state = '{register.VOIDED}'
          and {register.statements_of_any_state("v.")}
    )
    select v.acct_no, min(v.mof_div_code), d.day, array_agg(v.message_id order by v.id),
           bool_or(s.is_told), bool_or(coalesce(s.is_alike, false)),
           bool_or(d.day = v.business_on or exists (
               select from banking_line l where l.message_key = v.id and l.told_on = d.day))
    from void v
    cross join lateral (select s::date from generate_series(v.first_on, v.business_on, '1 day') s) d(day)
    cross join lateral (
        select count(*) > 0 as is_told, bool_or(n.opening_fen = v.opening_fen) as is_alike
        from banking_message n
        where n.acct_no = v.acct_no and {register.statements_only("n.")} and n.business_on = (
            select min(e.business_on) from banking_message e
            where e.acct_no = v.acct_no and e.business_on >= d.day and {register.statements_only("e.")})
          and (coalesce(n.covers_from, n.business_on) <= d.day
               or v.covers_from is null and (n.business_on, n.opening_fen) = (v.business_on, v.opening_fen)
               and not exists (
                   select from banking_message e
                   where e.acct_no = v.acct_no and {register.statements_only("e.")}
                   and e.business_on >= v.first_on and e.business_on < v.business_on))
    ) s
    group by 1, 3 order by 1, 3"""


class _Day(NamedTuple):
    """A day of which a statement is void."""

    acct_no: str
    mof_div_code: str
    day: date
    message_ids: Sequence[str]
    is_told: bool
    is_alike: bool
    is_booked: bool


def days_untold(conn: Conn, acct_nos: Sequence[str], firsts: Mapping[str, date]) -> list[Finding]:
    """A finding for each day of accounts of which a statement is void and no other one tells.

    Of the first day that is told (`firsts`), nothing before says what the day began with: another one begins
    with the same balance, or is none. On days without work in the middle of a void one, of which it told no
    booking, banks have nothing to tell.
    """
    days = list(map(_Day._make, conn.execute(_DAYS.encode(), [list(acct_nos)]).fetchall()))
    return [_finding(one) for one in _at_work(days) if not _is_told_again(one, firsts)]


def _at_work(days: Sequence[_Day]) -> Iterator[_Day]:
    for one in days:
        if one.is_booked or list(working_days_between(one.day, one.day)):
            yield one


def _is_told_again(one: _Day, firsts: Mapping[str, date]) -> bool:
    is_after = one.acct_no in firsts and firsts[one.acct_no] < one.day
    return one.is_told and (is_after or one.is_alike)


def _finding(one: _Day) -> Finding:
    numbers = listed(list(one.message_ids), most=5)
    words = f"{one.day} 的对账单 {numbers} 已作废，没有收到当日的另一份，当日的收付不能知道"
    told = findings.of_message("statement_voided", "", one.acct_no, words=words)
    return replace(
        told, mof_div_code=one.mof_div_code, fiscal_year=one.day.year, about=f"{one.acct_no} {one.day}",
        evidence=(f"message:{one.message_ids[0]}", *told.evidence),
        hint="请收取银行当日的另一份对账单；当日确无收付的，经两名人员办理疑点（fisc findings list）",
    )  # fmt: skip
