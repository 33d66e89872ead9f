"""The end of a year's end: its periods are closed for good, once nothing stands in them any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.closing.balances import ELEMENTS, Balance, of_year
from fisc.closing.quota_balances import quotas_left
from fisc.closing.services.affairs import not_finished, without_money
from fisc.closing.services.quotas import refuse_unclosed
from fisc.closing.services.refusing import refuse_open
from fisc.closing.services.sources import refuse_uncarried
from fisc.closing.services.surplus import left_over, refuse_unsettled
from fisc.documents import RuleBroken
from fisc.documents.book_keeping import refuse_drafts
from fisc.documents.words import shown_heading, values_in
from fisc.kernel import close_periods
from fisc.kernel.entries import OPENING_MONTH, YEAR_END_MONTH
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.kernel.periods import hold
from fisc.kernel.posting import in_transaction
from fisc.registry.books import account_words
from fisc.registry.officers import require_duty

Conn = psycopg.Connection[Any]
#: Who may lock a year: the duty that signs its end.
DUTY: Final = "treasury_sign"


def lock_year(conn: Conn, regions: Sequence[str], fiscal_year: int, *, by: str) -> None:
    """Close all fourteen periods of regions' year (封账): corrections then go to the next one. Idempotent.

    All regions or none. Raises MissingDuty, and RuleBroken where anything stands in the year (it was not
    closed and carried on, or something came after: another round of both comes first), where the
    quota book is not closed, where a surplus is not settled, and where documents of the year are drafts, or
    between two steps.
    """

    def work() -> None:
        require_duty(conn, by, DUTY, *regions)
        hold(conn, regions)  # drafting takes the same lock: none slips in behind the question
        refuse_open(without_money(conn, regions, fiscal_year), fiscal_year)
        refuse_uncarried(conn, regions, fiscal_year)
        standing, quotas = of_year(conn, regions, fiscal_year), quotas_left(conn, regions, fiscal_year)
        surplus = left_over(conn, regions, fiscal_year)
        for region in regions:
            _refuse_standing(region, fiscal_year, standing[region])
            refuse_unclosed(region, fiscal_year, quotas[region])
            refuse_unsettled(surplus[region])
        months = [fiscal_year * 100 + month for month in range(OPENING_MONTH, YEAR_END_MONTH + 1)]
        refuse_drafts(conn, regions, months)
        close_periods(conn, regions, months)
        # what the books and banks lack is said first; nothing is closed where this refuses
        _refuse_unfinished(not_finished(conn, regions, fiscal_year))

    in_transaction(conn, work)


def _refuse_unfinished(found: Sequence[Finding]) -> None:
    """Raise RuleBroken naming the documents that status names, in its words."""
    if found:
        raise RuleBroken(
            "；".join(one.what for one in found),
            rule=found[0].source,
            hint=found[0].hint,
            details={"regions": [one.mof_div_code for one in found]},
        )


#: How many balances a refusal names.
_NAMED: Final = 5


def _words(one: Balance, standing: Sequence[Balance]) -> str:
    """An account by its name; of several balances on it, with what tells this one from the others."""
    beside = [b for b in standing if b.account == one.account]
    told = [
        f"{values_in(shown_heading(name))[0]} {getattr(one.coding, name) or '（空）'}" for name in ELEMENTS
        if len({getattr(b.coding, name) for b in beside}) > 1
    ]  # fmt: skip
    more = f"（{'、'.join(told)}）" if told else ""
    return f"{account_words(one.account)}{more}"


def _refuse_standing(region: str, fiscal_year: int, standing: Sequence[Balance]) -> None:
    if standing:
        left = "、".join(f"{_words(b, standing)} {format_fen(b.fen)} 元" for b in standing[:_NAMED])
        more = f" 等 {len(standing)} 项" if len(standing) > _NAMED else ""
        raise RuleBroken(
            f"{region} 的 {fiscal_year} 年还没有结清：{left}{more}",
            rule="先年终转账、结转下年，后封账（财库〔2015〕192号）",
            hint="请办理年终转账和结转下年（fisc year-end close、open-next）；后到的凭证再办一次",
            details={"left": [[b.account, b.fen] for b in standing[:20]]},
        )
