"""The statements of accounts, one after another, read once for a day: what they cover, miss, and come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from fisc.banking.services import register
from fisc.banking.services.reconciliation.model import Item
from fisc.calendar import known, working_days_between
from fisc.registry import settings
from fisc.registry.own_settings import OwnSetting

Conn = psycopg.Connection[Any]

#: Before anything was told.
BEGINNING: Final = date(1, 1, 1)
#: The setting by which a region demands a statement of each working day, and its value.
_SETTING, _EACH = "statement_days", "each"


@dataclass(slots=True)
class Chain:
    """Of a region: up to when its paying accounts have all their statements; what balances moved by (fen).

    `apart`: days between two statements that follow each other and not by number, or before the first since
    the account was opened, as (account, message, the day before them, the one after). `torn`: accounts of
    which one does not follow the one before it.
    """

    covered: date = BEGINNING
    outflow_fen: int = 0
    apart: list[tuple[str, str, date, date]] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)


#: Of each account: whether it pays, up to when it is covered, first opening less last closing balance.
_READ: Final = f"""
    select s.mof_div_code, s.acct_no, bool_or(b.kind <> '{register.SINGLE}'),
           coalesce(min(coalesce(s.before_on, '0001-01-01')) filter (where s.is_gap),
                    max(case when s.is_told then least(s.business_on, %(day)s) else s.before_on end)),
           sum(case when s.before_id is null then s.opening_fen else s.before_fen end - s.closing_fen),
           bool_or(s.is_gap),
           array_agg(s.message_id order by s.business_on) filter (where {{untold}}),
           array_agg(coalesce(s.before_on, b.opened_on - 1) order by s.business_on) filter (where {{untold}}),
           array_agg(s.covers_from order by s.business_on) filter (where {{untold}})
    from unnest(%(regions)s::text[], %(lasts)s::date[]) a(region, last)
    join banking_account b on b.mof_div_code = a.region
    cross join lateral banking_chain(array[b.acct_no], %(day)s) s group by 1, 2 order by 1, 2""".format(
    untold="(s.is_apart and not s.is_gap or s.before_id is null and s.covers_from > b.opened_on) "
    "and s.business_on > a.last and not s.is_cut"
)


def chains(conn: Conn, last: Mapping[str, date], day: date) -> dict[str, Chain]:
    """Region -> its statements up to a day; `last` is the day up to which each was looked at before."""
    found = {region: Chain() for region in last}
    covered: dict[str, list[date]] = defaultdict(list)
    rows = conn.execute(
        _READ.encode(), {"regions": list(last), "lasts": list(last.values()), "day": day}
    ).fetchall()
    for region, acct_no, is_paying, until, fen, is_torn, *apart in rows:
        chain = found[region]
        chain.torn += [acct_no] if is_torn else []
        chain.outflow_fen += int(fen)
        if is_paying and until is not None:
            covered[region].append(until)
        chain.apart += ((acct_no, *one) for one in zip(*(of or () for of in apart), strict=True))
    for region, days in covered.items():
        found[region].covered = min(days)
    return found


def missing(conn: Conn, chain: Mapping[str, Chain], day: date) -> Iterator[tuple[str, Item]]:
    """With its region, what no statement tells: each working day where the region demands one, else words.

    Days between two statements that chain, and not by number, are told once, with the first reconciliation
    that has the statement after them: whether there was another nobody can know.
    """
    demanded = {region: since for region in chain if (since := _demanded_since(region, day))}
    yield from _owed(conn, chain, demanded, day)
    for region, acct_no, number, words in conn.execute(_UNSTATED, [day, list(chain)]):
        yield region, Item("day_unstated", "", f"{acct_no} {number}", 0, 0, day, words)
    for region, of in chain.items():
        for acct_no, number, before, after in of.apart if region not in demanded else ():
            words = f"{before + timedelta(1)} 至 {after - timedelta(1)}"
            yield region, Item("days_untold", "", f"{acct_no} {number}", 0, 0, before + timedelta(1), words)


#: Of each account, what leaves the day without a balance.
_UNSTATED: Final = """
    select a.mof_div_code, u.acct_no, u.message_id, u.what
    from banking_account a cross join lateral banking_unstated(array[a.acct_no], %s) u
    where a.mof_div_code = any(%s) order by 1, 2, 3"""


def _demanded_since(region: str, day: date) -> date | None:
    """From when on a region demands a statement of each working day, None where it does not."""
    if settings.setting(region, _SETTING, day) != _EACH:
        return None
    found = settings.held(region, _SETTING, day)
    return found.valid_from if isinstance(found, OwnSetting) else BEGINNING


#: Of each account: the days that statements tell of, the day it was opened, and the first such day or told
#: day, of it or else of its region.
_TOLD: Final = f"""
    select a.mof_div_code, a.acct_no, a.kind,
           coalesce(array_agg(distinct d.day) filter (where m.id is not null), '{{}}'), a.opened_on,
           coalesce(least(min(d.day), a.opened_on), (
               select min(o.business_on) from banking_message o
               where {register.statements_only("o.")} and o.mof_div_code = a.mof_div_code))
    from banking_account a left join banking_message m
      on m.acct_no = a.acct_no and m.mof_div_code = a.mof_div_code and {register.statements_only("m.")}
         and (m.business_on <= %(day)s or m.id in (
             select c.id from banking_cuts(array[a.acct_no], %(day)s) c where c.is_told or c.lines > 0))
    left join lateral (
        select s::date from generate_series(coalesce(m.covers_from, m.business_on), m.business_on, '1 day') s
    ) d(day) on true
    where a.mof_div_code = any(%(regions)s) group by 1, 2, 3 order by 1, 2"""


def _owed(
    conn: Conn, regions: Iterable[str], demanded: Mapping[str, date], day: date
) -> Iterator[tuple[str, Item]]:
    """Accounts that were never stated, and working days without a statement; the last is still on its way.

    An account owes its days from its opening, or from its first statement on; one that has neither from the
    day of the demand, or from its region's first statement, on. A paying account of which nobody says when it
    was opened, and that no region demands days of, may not be in use; that of the treasury holds its money.
    """
    asked = {"day": day, "regions": list(regions)}
    for region, acct_no, kind, told, opened_on, first in conn.execute(_TOLD.encode(), asked):
        is_demanded = region in demanded
        if kind == register.SINGLE and not told and opened_on is None and not is_demanded:
            words = f"{acct_no} 从未收到对账单，没有登记启用日"
            yield region, Item("account_unstated", "", acct_no, 0, 0, first or day, words)
        if first is None or not (is_demanded or (opened_on and not told)):
            continue
        since = first if opened_on and not told else max(first, demanded[region])
        due = list(working_days_between(since, day))[:-1] if since <= day else []
        owed = sorted(set(due) - set(told))
        if owed and not told and (opened_on or kind == register.SINGLE):
            words = f"{acct_no} {owed[0]} 起从未收到对账单"
            yield region, Item("account_unstated", "", acct_no, 0, 0, owed[0], words)
        if is_demanded and (told or kind != register.SINGLE):
            for one in owed:
                words = f"{acct_no} {one}" if known(one.year) else f"{acct_no} {one}（工作日按周一至周五计）"
                yield region, Item("statement_owed", "", f"{acct_no} {one}", 0, 0, one, words)
