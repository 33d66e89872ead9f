"""What a unit pays one payee on one day, by several applications: judged together where amounts matter.

What bears one name is one payee, by whatever code and account. What was withdrawn is not counted. The
database adds up again (`treasury_guard_paid_once`), whoever comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

import psycopg

from fisc.kernel.asking import Question
from fisc.sheets.text import plain_words
from fisc.treasury.checks.payments import Beside


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


class Group(NamedTuple):
    """Who pays whom on a day: the payee by the words of its name."""

    payee: str
    day: str
    mof_div_code: str
    agency_code: str


#: What stands in groups, those left out that are said anew.
_STANDING: Final = b"""
select g.payee, g.day, p.mof_div_code, p.agency_code, sum(p.amount_fen)::bigint, min(p.doc_key)
from (select distinct * from unnest(%(payees)s::text[], %(days)s::text[]) d(payee, day)) g
join treasury_payment p on registry_plain_words(p.payee_name) = g.payee and p.state <> 'withdrawn'
    and p.trail -> 0 ->> 3 = g.day and p.doc_key <> all(%(anew)s)
group by 1, 2, 3, 4"""

Standing = Mapping[Group, Beside]


def asked(given: Sequence[Said], on: date, made: Mapping[str, str] | None = None) -> Question[Standing]:
    """What stands of units and payees on the days of these applications, without those of `made`.

    They are of the day `on`, those of `made` (number -> day as text) of the day on which they were made.
    """
    days = made or {}
    return Question(_STANDING, {
        "payees": [plain_words(a.payee_name) for a in given], "anew": list(days),
        "days": [days.get(a.pay_app_no, on.isoformat()) for a in given],
    }, _read)  # fmt: skip


def _read(rows: Iterable[tuple[str, str, str, str, int, str]]) -> Standing:
    return {Group(*row[:4]): Beside(*row[4:]) for row in rows}


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
        self._counted: set[str] = set()

    def of(self, a: Said, agency_code: str) -> Beside:
        """What its unit pays its payee on its day beside it."""
        group = self._group(a, agency_code)
        stands, (added_fen, numbers) = self._standing.get(group, Beside()), self._added.get(group, (0, []))
        own_fen = a.amount_fen if a.pay_app_no in self._counted else 0
        first = next((number for number in numbers if number != a.pay_app_no), "")
        return Beside(stands.amount_fen + added_fen - own_fen, stands.first or first)

    def add(self, a: Said, agency_code: str) -> None:
        """Count one beside those that follow."""
        if a.pay_app_no in self._counted:
            return
        self._counted.add(a.pay_app_no)
        fen, numbers = self._added.get(group := self._group(a, agency_code), (0, []))
        self._added[group] = (fen + a.amount_fen, [*numbers, a.pay_app_no][:2])

    def _group(self, a: Said, agency_code: str) -> Group:
        day = self._made.get(a.pay_app_no, self._on.isoformat())
        return Group(plain_words(a.payee_name), day, a.mof_div_code, agency_code)
