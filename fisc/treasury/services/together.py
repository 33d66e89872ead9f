"""What a unit pays one payee on one day, by several applications: judged together where amounts matter.

Accounts of one payee are one payee. What was withdrawn is not counted. The database adds up again
(`treasury_guard_large`), whoever comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

import psycopg

from fisc.kernel.asking import Question
from fisc.registry import elements
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
    def payee_acct_no(self) -> str:
        """The payee's account."""

    @property
    def amount_fen(self) -> int:
        """Fen."""


class Group(NamedTuple):
    """Who pays whom on a day: the payee by an account or by the payee's code."""

    payee: str
    day: str
    mof_div_code: str
    agency_code: str


#: What stands in groups by account, those left out that are said anew.
_STANDING: Final = b"""
select g.acct, g.day, p.mof_div_code, p.agency_code, sum(p.amount_fen)::bigint, min(p.doc_key)
from (select distinct * from unnest(%(accts)s::text[], %(days)s::text[]) d(acct, day)) g
cross join lateral (
    select g.acct union all select o.acct_no from registry_accounts_beside(g.acct, %(pay_year)s) o
) a(acct_no)
join treasury_payment p on p.payee_acct_no = a.acct_no and p.state <> 'withdrawn'
    and p.trail -> 0 ->> 3 = g.day and p.doc_key <> all(%(anew)s)
group by 1, 2, 3, 4"""

Standing = Mapping[Group, Beside]


def asked(given: Sequence[Said], on: date, made: Mapping[str, str] | None = None) -> Question[Standing]:
    """What stands of units and payees on the days of these applications, without those of `made`.

    They are of the day `on`, those of `made` (number -> day as text) of the day on which they were made.
    """
    days = made or {}
    return Question(_STANDING, {
        "accts": [a.payee_acct_no for a in given], "anew": list(days), "pay_year": on.year,
        "days": [days.get(a.pay_app_no, on.isoformat()) for a in given],
    }, _read)  # fmt: skip


def _read(rows: Iterable[tuple[str, str, str, str, int, str]]) -> Standing:
    return {Group(*row[:4]): Beside(*row[4:]) for row in rows}


def wait_for(conn: psycopg.Connection[Any], mof_div_code: str, acct_nos: Iterable[str], year: int) -> None:
    """Let others who pay these payees go first, or hold them back until the transaction ends.

    For who applies in several sets in one transaction, before the first; a set waits by itself.
    """
    conn.execute("select treasury_wait_for_payees(%s, %s, %s)", [mof_div_code, sorted(acct_nos), year])


class Sums:
    """What stands beside applications, and what was added of them one after the other."""

    def __init__(
        self,
        standing: Standing,
        accounts: Mapping[str, elements.PayeeAccount],
        on: date,
        made: Mapping[str, str] | None,
    ) -> None:
        """`standing` is of the days of `made`, of `on` for others; `accounts` tell whose an account is."""
        self._standing, self._accounts, self._on, self._made = standing, accounts, on, made or {}
        self._added: dict[Group, Beside] = {}

    def of(self, a: Said, agency_code: str) -> Beside:
        """What its unit pays its payee on its day beside it."""
        stands = self._standing.get(self._group(a, agency_code, a.payee_acct_no), Beside())
        added = self._added.get(self._group(a, agency_code, self._payee(a)), Beside())
        return Beside(stands.amount_fen + added.amount_fen, stands.first or added.first)

    def add(self, a: Said, agency_code: str) -> None:
        """Count one that was found good beside those that follow."""
        group = self._group(a, agency_code, self._payee(a))
        before = self._added.get(group, Beside())
        self._added[group] = Beside(before.amount_fen + a.amount_fen, before.first or a.pay_app_no)

    def _payee(self, a: Said) -> str:
        known = self._accounts.get(a.payee_acct_no)
        return known.payee_code if known else a.payee_acct_no

    def _group(self, a: Said, agency_code: str, payee: str) -> Group:
        day = self._made.get(a.pay_app_no, self._on.isoformat())
        return Group(payee, day, a.mof_div_code, agency_code)
