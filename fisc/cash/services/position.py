"""The cash position of a region at the end of a day: on the accounts, in transit, committed, expected.

Money comes from the ledger; how far payments had come by the end of that day, from their documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import psycopg

from fisc.cash.services.balances import CASH_KINDS, balances_at, cash_accounts, opening_period
from fisc.cash.services.expected import Expected, waiting
from fisc.documents import select
from fisc.documents.accounts import APPLIED, EXECUTABLE, FROZEN, PLANNED, RESERVED
from fisc.documents.inputs import OneOf
from fisc.kernel.catalog import list_accounts
from fisc.registry.open_books import require_kept
from fisc.treasury.flow import UNDER_WAY
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services import states_on

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

#: Days for which expected flows are counted into a position.
_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pending:
    """Payments in one state: how many, and how much."""

    state: str
    name: str
    count: int
    amount_fen: int


class AccountBalance(NamedTuple):
    """What stands on an account that holds cash."""

    kind: Annotated[str, OneOf(CASH_KINDS)]
    account: str
    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CashPosition:
    """Cash at the end of a day, in fen.

    `pending`: payments on their way, by state. `uncleared`:
    paid by the agent bank, not yet cleared with the central-bank treasury. `expected`: the next 30 days.
    """

    region: str
    on: date
    accounts: tuple[AccountBalance, ...]
    pending: tuple[Pending, ...]
    uncleared: Pending
    committed_fen: int
    quota_left_fen: int
    expected: tuple[Expected, ...]

    def of_kind(self, kind: str) -> int:
        """Fen on accounts of a kind: treasury, managed, special, agency, transit."""
        return sum(fen for k, _, _, fen in self.accounts if k == kind)

    @property
    def treasury_fen(self) -> int:
        """What can be paid from: the treasury's account."""
        return self.of_kind("treasury")

    @property
    def free_fen(self) -> int:
        """What is left of it when all that is applied for is paid."""
        return self.treasury_fen - self.committed_fen

    @property
    def expected_fen(self) -> int:
        """Net of what is expected in the next 30 days."""
        return sum(item.amount_fen for item in self.expected)


def position(conn: psycopg.Connection[Any], region: str, on: date) -> CashPosition:
    """The cash position of `region` at the end of `on`; reads only. Raises NoBooks, UnknownRegion."""
    require_kept(conn, region, on.year)
    known = {f"{account.book}:{account.code}" for account in list_accounts(conn)}
    wanted = [account for account in cash_accounts() if account.account in known]
    names = [account.account for account in wanted]
    since = opening_period(conn, names, region, on)
    fen = balances_at(conn, names, region, on, since=since)
    quota = quota_stages(conn, region, on)
    states = _states_at(conn, region, on)
    return CashPosition(
        region, on,
        tuple(AccountBalance(a.kind, a.account, a.name, fen[a.account]) for a in wanted if fen[a.account]),
        tuple(states[state] for state in UNDER_WAY if state in states),
        states.get("paid", Pending("paid", PAYMENT.states["paid"], 0, 0)),
        quota[APPLIED], sum(quota.values()) - quota[APPLIED] - quota[FROZEN],
        tuple(waiting(conn, region, on, on + _AHEAD)),
    )  # fmt: skip


def quota_stages(conn: psycopg.Connection[Any], region: str, on: date) -> dict[str, int]:
    """Account -> fen still to be spent of the year's quotas at the end of a day."""
    accounts = (EXECUTABLE, FROZEN, RESERVED, PLANNED, APPLIED)
    found = balances_at(conn, accounts, region, on, fiscal_year=on.year, since=on.year * 100)
    return {account: -fen for account, fen in found.items()}


def _states_at(conn: psycopg.Connection[Any], region: str, on: date) -> dict[str, Pending]:
    return {
        state: Pending(state, PAYMENT.states[state], *stood)
        for state, stood in states_on(conn, region, on).items()
    }


#: The largest first.
_PENDING: Final = (
    "where t.mof_div_code = %s and t.state = any(%s) order by t.amount_fen desc, t.doc_key limit %s"
)


def pending_payments(conn: psycopg.Connection[Any], region: str, most: int = 1000) -> list[Payment]:
    """The largest payments that have not left yet, as they stand now (not at a day of the past)."""
    return select(conn, PAYMENT, _PENDING, [region, list(UNDER_WAY), most])
