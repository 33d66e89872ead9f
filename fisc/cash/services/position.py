"""The cash position of a region at the end of a day: on the accounts, in transit, committed, expected.

Money comes from the ledger; how far payments had come by the end of that day, from their documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.cash.services.balances import balances_at, cash_accounts, opening_period
from fisc.cash.services.expected import Expected, waiting
from fisc.documents import select
from fisc.documents.accounts import APPLIED, EXECUTABLE, FROZEN, PLANNED, RESERVED
from fisc.kernel.catalog import list_accounts
from fisc.treasury.kinds import PAYMENT

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

#: States in which a payment is applied for but its money has not left.
OPEN_STATES = ("draft", "unit_reviewed", "approved", "certified", "sent", "returned", "corrected")

#: Days for which expected flows are counted into a position.
_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pending:
    """Payments in one state: how many, and how much."""

    state: str
    name: str
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CashPosition:
    """Cash at the end of a day, in fen.

    `accounts`: (kind, account, name, fen). `pending`: payments on their way, by state. `uncleared`:
    paid by the agent bank, not yet cleared with the central-bank treasury. `expected`: the next 30 days.
    """

    region: str
    on: date
    accounts: tuple[tuple[str, str, str, int], ...]
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
    """The cash position of `region` at the end of `on`; reads only."""
    known = {f"{account.book}:{account.code}" for account in list_accounts(conn)}
    wanted = [account for account in cash_accounts() if account.account in known]
    names = [account.account for account in wanted]
    since = opening_period(conn, names, region, on)
    fen = balances_at(conn, names, region, on, since=since)
    quota = quota_stages(conn, region, on)
    states = _states_at(conn, region, on)
    return CashPosition(
        region, on,
        tuple((a.kind, a.account, a.name, fen[a.account]) for a in wanted if fen[a.account]),
        tuple(states[state] for state in OPEN_STATES if state in states),
        states.get("paid", Pending("paid", PAYMENT.states["paid"], 0, 0)),
        quota[APPLIED], sum(quota.values()) - quota[APPLIED] - quota[FROZEN],
        tuple(waiting(conn, region, on, on + _AHEAD)),
    )  # fmt: skip


def quota_stages(conn: psycopg.Connection[Any], region: str, on: date) -> dict[str, int]:
    """Account -> fen still to be spent of the year's quotas at the end of a day."""
    accounts = (EXECUTABLE, FROZEN, RESERVED, PLANNED, APPLIED)
    found = balances_at(conn, accounts, region, on, fiscal_year=on.year, since=on.year * 100)
    return {account: -fen for account, fen in found.items()}


#: The last step of each payment up to a day. Those that ended before the day are left out at once. A bank
#: that answers late says on which day it paid, and on that day the ledger has it.
_STATES = """
select step.move, count(*), sum(p.amount_fen)::bigint
from treasury_payment p
cross join lateral (
    select t.step ->> 0 as move from jsonb_array_elements(p.trail) with ordinality t(step, n)
    where case t.step ->> 0 when 'pay' then p.paid_on when 'clear' then p.act_lqd_date
          else (t.step ->> 3)::date end <= %(on)s
    order by t.n desc limit 1
) step
where p.mof_div_code = %(region)s
  and (p.state not in ('cleared', 'withdrawn') or (p.trail -> -1 ->> 3)::date > %(on)s)
group by step.move"""


def _states_at(conn: psycopg.Connection[Any], region: str, on: date) -> dict[str, Pending]:
    targets = {"make": PAYMENT.initial, **{step.code: step.target for step in PAYMENT.flow.moves}}
    found: dict[str, Pending] = {}
    for move, count, fen in conn.execute(_STATES, {"region": region, "on": on}):
        state = targets[move]
        known = found.get(state, Pending(state, PAYMENT.states[state], 0, 0))
        found[state] = Pending(state, known.name, known.count + count, known.amount_fen + fen)
    return found


#: The largest first.
_PENDING: Final = (
    "where t.mof_div_code = %s and t.state = any(%s) order by t.amount_fen desc, t.doc_key limit %s"
)


def pending_payments(conn: psycopg.Connection[Any], region: str, most: int = 1000) -> list[Payment]:
    """The largest payments that have not left yet, as they stand now (not at a day of the past)."""
    return select(conn, PAYMENT, _PENDING, [region, list(OPEN_STATES), most])
