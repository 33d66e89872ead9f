"""三保 in execution: what tagged quotas come to, and what was paid of them up to a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.budget.services.needs import TAGS

#: 已支付、已清算.
_PAID: Final = ("9501", "9502")


@dataclass(frozen=True, slots=True)
class GuaranteeProgress:
    """A 三保 tag of some regions and a year: its quotas and what was paid of them, in fen."""

    tag: str
    name: str
    budget_fen: int
    paid_fen: int


#: A quota has a coding block of its own: the balances of all stages, 已支付 among them, add up to it.
_PROGRESS: Final = """
    select t.tag,
           coalesce(sum(b.credit_fen - b.debit_fen), 0)::bigint,
           coalesce(sum(b.credit_fen - b.debit_fen) filter (where a.code = any(%(paid)s)), 0)::bigint
    from budget_quota q cross join lateral unnest(q.tags) t(tag)
    join ledger.balance_month b on b.coding_id = q.coding_id
    join ledger.account a on a.id = b.account_id
    where q.mof_div_code = any(%(regions)s) and q.fiscal_year = %(year)s and t.tag = any(%(tags)s)
      and a.book = 'quota' and a.code ~ '^9[345]'
      and b.period between %(year)s * 100 and %(until)s
    group by 1"""


def guarantee_progress(
    conn: psycopg.Connection[Any], mof_div_codes: Sequence[str], fiscal_year: int, month: int
) -> list[GuaranteeProgress]:
    """How far each of 三保 is paid up to `month` (1..12), by tag; tags without quotas are left out.

    Quotas are those in force at the end of the month, wherever they are on their way (待分 to 已支付).
    """
    asked = {"regions": list(mof_div_codes), "year": fiscal_year, "until": fiscal_year * 100 + month,
             "paid": list(_PAID), "tags": list(TAGS)}  # fmt: skip
    found = {tag: (budget, paid) for tag, budget, paid in conn.execute(_PROGRESS.encode(), asked)}
    return [GuaranteeProgress(tag, name, *found[tag]) for tag, name in TAGS.items() if tag in found]
