"""What a unit pays one payee on a day, or for one purpose in some days: judged together where amounts matter.

What bears one name is one payee, by whatever code and account. What was withdrawn is not counted. The
database adds up the day's again (`treasury_guard_paid_once`), whoever comes first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol

import psycopg

from fisc.kernel.asking import Question
from fisc.sheets.text import plain_words
from fisc.treasury.checks.payments import Beside, split_days


class Said(Protocol):
    """What tells who is paid how much."""

    @property
    def pay_app_no(self) -> str:
        """Its number."""

    @property
    def mof_div_code(self) -> str:
        """The region that pays."""

    @property
    def payee_name(self) -> str:
        """The payee as the application names it."""

    @property
    def amount_fen(self) -> int:
        """Fen."""

    @property
    def purpose(self) -> str:
        """What for."""

    @property
    def bgt_id(self) -> str:
        """The quota, which is of one unit."""


class Group(NamedTuple):
    """Who pays whom on a day: the payee by the words of its name."""

    payee: str
    day: str
    mof_div_code: str
    agency_code: str


class Series(NamedTuple):
    """Payments of one quota to one payee for one purpose, by their words; numbers in it do not count."""

    payee: str
    bgt_id: str
    purpose: str


#: Numbers and letters that tell the parts of a purpose apart: 工程款1, 工程款二, 工程款A.
_COUNTING: Final = "[0-9a-z〇零一二三四五六七八九十]+"

#: What stands in groups and in series by days, those left out that are said anew.
_STANDING: Final = b"""
select null::text as purpose, g.payee, g.day, p.mof_div_code, p.agency_code, sum(p.amount_fen)::bigint,
       min(p.doc_key)
from (select distinct * from unnest(%(payees)s::text[], %(days)s::text[]) d(payee, day)) g
join treasury_payment p on registry_plain_words(p.payee_name) = g.payee and p.state <> 'withdrawn'
    and p.trail -> 0 ->> 3 = g.day and p.doc_key <> all(%(anew)s)
group by 1, 2, 3, 4, 5
union all
select s.purpose, s.payee, p.trail -> 0 ->> 3, p.bgt_id, '', sum(p.amount_fen)::bigint,
       min(p.doc_key)
from (select distinct * from unnest(%(payees)s::text[], %(bgts)s::text[], %(said_for)s::text[],
        %(since)s::text[], %(until)s::text[]) d(payee, bgt_id, purpose, since, until) where since <> '') s
join treasury_payment p on registry_plain_words(p.payee_name) = s.payee and p.state <> 'withdrawn'
    and p.trail -> 0 ->> 3 between s.since and s.until and p.doc_key <> all(%(anew)s)
    and p.bgt_id = s.bgt_id
    and regexp_replace(registry_plain_words(p.purpose), %(counting)s, '', 'g') = s.purpose
group by s.purpose, s.payee, s.since, 3, 4"""


class Standing(NamedTuple):
    """What stands in groups, and in series by their days."""

    groups: Mapping[Group, Beside] = MappingProxyType({})
    series: Mapping[Series, Mapping[date, tuple[int, str]]] = MappingProxyType({})


def asked(given: Sequence[Said], on: date, made: Mapping[str, str] | None = None) -> Question[Standing]:
    """What stands of units and payees on the days of these applications, without those of `made`.

    They are of the day `on`, those of `made` (number -> day as text) of the day on which they were made.
    """
    made = made or {}
    days = [made.get(a.pay_app_no, on.isoformat()) for a in given]
    around = [_around(a, day) for a, day in zip(given, days, strict=True)]
    return Question(_STANDING, {
        "payees": [plain_words(a.payee_name) for a in given], "anew": list(made), "days": days,
        "bgts": [a.bgt_id for a in given], "said_for": [_said_for(a) for a in given], "counting": _COUNTING,
        "since": [since for since, _ in around], "until": [until for _, until in around],
    }, _read)  # fmt: skip


def _around(a: Said, day: str) -> tuple[str, str]:
    """The first and the last day of what may count together with an application; '' where nothing does."""
    on = date.fromisoformat(day)
    if not (reach := timedelta(split_days(a.mof_div_code, on) - 1)) > timedelta():
        return "", ""
    return (on - reach).isoformat(), (on + reach).isoformat()


def _read(rows: Iterable[tuple[str | None, str, str, str, str, int, str]]) -> Standing:
    groups: dict[Group, Beside] = {}
    series: dict[Series, dict[date, tuple[int, str]]] = defaultdict(dict)
    for purpose, payee, day, place, agency, fen, first in rows:
        if purpose is None:
            groups[Group(payee, day, place, agency)] = Beside(fen, first)
        else:
            series[Series(payee, place, purpose)][date.fromisoformat(day)] = (fen, first)
    return Standing(groups, series)


def wait_for(conn: psycopg.Connection[Any], mof_div_code: str, payee_names: Iterable[str]) -> None:
    """Let others who pay these payees go first, or hold them back until the transaction ends.

    For who applies in several sets in one transaction, before the first; a set waits by itself.
    """
    conn.execute("select treasury_wait_for_payees(%s, %s)", [mof_div_code, sorted(payee_names)])


class Sums:
    """What stands beside applications, and what was added of them.

    Those made now are added one after the other, those said anew at once: each stands beside all in the end.
    """

    def __init__(self, standing: Standing, on: date, made: Mapping[str, str] | None) -> None:
        """`standing` is of the days of `made`, of `on` for others."""
        self._standing, self._on, self._made = standing, on, made or {}
        self._added: dict[Group, tuple[int, list[str]]] = {}
        self._parts: dict[Series, list[tuple[date, int, str]]] = defaultdict(list)
        self._counted: set[str] = set()

    def of(self, a: Said, agency_code: str) -> Beside:
        """What its unit pays its payee on its day and near it beside it."""
        group = self._group(a, agency_code)
        stands = self._standing.groups.get(group, Beside())
        added_fen, numbers = self._added.get(group, (0, []))
        own_fen = a.amount_fen if a.pay_app_no in self._counted else 0
        first = next((number for number in numbers if number != a.pay_app_no), "")
        return Beside(stands.amount_fen + added_fen - own_fen, stands.first or first, *self._near(a))

    def add(self, a: Said, agency_code: str) -> None:
        """Count one beside those that follow."""
        if a.pay_app_no in self._counted:
            return
        self._counted.add(a.pay_app_no)
        fen, numbers = self._added.get(group := self._group(a, agency_code), (0, []))
        self._added[group] = (fen + a.amount_fen, [*numbers, a.pay_app_no][:2])
        self._parts[_series(a)].append((self._day(a), a.amount_fen, a.pay_app_no))

    def _near(self, a: Said) -> tuple[int, str]:
        """The most that is paid for its purpose beside it in as many days as its region counts together."""
        day, series = self._day(a), _series(a)
        length = split_days(a.mof_div_code, day)
        parts = [(on, *one) for on, one in self._standing.series.get(series, {}).items()]
        parts += (part for part in self._parts[series] if part[2] != a.pay_app_no)
        firsts = (day - timedelta(back) for back in range(length))
        windows = ([one for one in parts if first <= one[0] < first + timedelta(length)] for first in firsts)
        return max(map(_sum, windows), default=(0, ""))

    def _day(self, a: Said) -> date:
        return date.fromisoformat(self._made[a.pay_app_no]) if a.pay_app_no in self._made else self._on

    def _group(self, a: Said, agency_code: str) -> Group:
        return Group(plain_words(a.payee_name), self._day(a).isoformat(), a.mof_div_code, agency_code)


def _series(a: Said) -> Series:
    return Series(plain_words(a.payee_name), a.bgt_id, _said_for(a))


def _said_for(a: Said) -> str:
    return re.sub(_COUNTING, "", plain_words(a.purpose))


def _sum(parts: Sequence[tuple[date, int, str]]) -> tuple[int, str]:
    return sum(fen for _, fen, _ in parts), min((number for _, _, number in parts), default="")
