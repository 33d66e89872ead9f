"""What a year's quota book holds at its end: read only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import psycopg

from fisc.closing.papers import QUOTAS, entry_keys
from fisc.closing.source_balances import sources_left
from fisc.documents.accounts import APPLIED, EXECUTABLE, FROZEN, PENDING, PLANNED, RESERVED
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Turnover, turnover, year
from fisc.registry import rules

Conn = psycopg.Connection[Any]

#: What a quota can still be spent from: zero in a closed year, all of it carried over or taken back.
_QUOTAS: Final = (PENDING, EXECUTABLE, FROZEN, RESERVED, PLANNED, APPLIED)
#: Carry-over itself, through which money only passes.
_THROUGH: Final = "quota:9601"


def quota_left(conn: Conn, region: str, fiscal_year: int) -> dict[str, int]:
    """Account -> fen that a region's year still holds in the quota book; {} once the book is closed."""
    return quotas_left(conn, [region], fiscal_year)[region]


def quotas_left(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, dict[str, int]]:
    """As `quota_left`, of many regions at once: region -> account -> fen.

    An account is there where any coding block on it is not zero, as balances may make each other up.
    """
    periods = year(fiscal_year, YEAR_END_MONTH, 0)
    asked = Turnover(("quota:",), tuple(regions), periods, coding_year=fiscal_year)
    found: dict[str, dict[str, int]] = {region: {} for region in regions}
    for (region, account, _), fen in turnover(conn, asked, "mof_div_code", "account", "coding_id").items():
        known = rules.account(account)
        if fen and known is not None:
            found[region][account] = found[region].get(account, 0) + fen * known.normal_side
    return found


#: What every quota passes: where nothing ever did, what is carried over is not known.
_ISSUED: Final = PENDING


def quota_keepers(conn: Conn, regions: Sequence[str], fiscal_year: int) -> set[str]:
    """The regions in whose year quotas were kept."""
    span = year(fiscal_year, YEAR_END_MONTH, 0)
    asked = Turnover((_ISSUED,), tuple(regions), span, coding_year=fiscal_year)
    return {region for (region,) in turnover(conn, asked, "mof_div_code", column="credit")}


def carries_known(conn: Conn, regions: Sequence[str], fiscal_year: int) -> set[str]:
    """The regions of whose year it is known what was carried over: quotas were kept, nothing waits."""
    left = quotas_left(conn, regions, fiscal_year)
    waiting = sources_left(conn, regions, fiscal_year)
    return {
        one for one in quota_keepers(conn, regions, fiscal_year)
        if not spendable(left[one]) and not any(source.goes_on for source in waiting[one])
    }  # fmt: skip


class Unallotted(NamedTuple):
    """A budget of which something was never made quotas: its account, what for, by which document; fen."""

    account: str
    func_code: str
    sup_bgt_doc_no: str
    fen: int

    def __str__(self) -> str:
        """In words."""
        said = filter(None, (self.func_code, self.sup_bgt_doc_no))
        return f"{' '.join(said) or '未分科目'} {format_fen(self.fen)} 元"


#: What a year may spend or pass on, and was never made quotas: sources that wait, and both budgets.
_BUDGETS: Final = ("quota:9200", "quota:9201", "quota:9202", "quota:9203")


#: What a transfer budget is carried out by without quotas: uploads, moves to other budgets and to the
#: stabilisation fund. Transfers to lower governments are issued (36-09), and leave the budget by that.
_TRANSFERRED: Final = tuple(
    f"{book}:{code}"
    for book, codes in (("treasury_2015", (5012, 5021, 5031)), ("treasury_2022_budget", (7012, 7021, 7031)))
    for code in codes
)
#: What a budget gives out, own spending or transfers: where uploads and moves stand is the approval's choice.
_SPENT_FROM: Final = ("quota:9201", "quota:9202")


def _carried_out(conn: Conn, regions: Sequence[str], fiscal_year: int) -> Counter[tuple[str, str]]:
    """(region, class) -> fen that went out of its transfer budgets without quotas."""
    asked = Turnover(_TRANSFERRED, tuple(regions), year(fiscal_year))
    found: Counter[tuple[str, str]] = Counter()
    moved = turnover(conn, asked, "mof_div_code", "exp_func_code", "tp_func_code")
    for (region, own, transfer), fen in moved.items():
        found[region, own or transfer] += fen
    return found


def unallotted(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[Unallotted]]:
    """Region -> what of its year's budgets is no quota; it lapses as the quota book is closed.

    What of a budget was carried out without quotas, as money moved to another budget, does not.
    """
    asked = Turnover(
        _BUDGETS, tuple(regions), year(fiscal_year, YEAR_END_MONTH, 0), coding_year=fiscal_year,
        without=tuple(key for region in regions for key in entry_keys(conn, region, fiscal_year, QUOTAS)),
    )  # fmt: skip
    elements = ("mof_div_code", "account", "exp_func_code", "tp_func_code", "sup_bgt_doc_no")
    found: dict[str, list[Unallotted]] = {region: [] for region in regions}
    stands = Counter(turnover(conn, asked, *elements))
    for region, sources in sources_left(conn, regions, fiscal_year).items():
        for one in (part for source in sources if source.goes_on for part in source.taken):
            block = one.coding
            key = region, f"quota:{one.code}", block.exp_func_code, block.tp_func_code, block.sup_bgt_doc_no
            stands[key] += one.fen
    spent = _carried_out(conn, regions, fiscal_year)
    for (region, account, own, transfer, paper), fen in sorted(stands.items()):
        code, left = own or transfer, -fen
        if account in _SPENT_FROM and code and left > 0:
            done = min(left, max(spent[region, code], 0))
            spent[region, code] -= done
            left -= done
        if left:
            found[region].append(Unallotted(account, code, paper, left))
    return found


def spendable(left: dict[str, int]) -> dict[str, int]:
    """What of `quota_left` can still be spent from, or is on its way over: zero in a year that is locked."""
    return {account: fen for account, fen in left.items() if account in (*_QUOTAS, _THROUGH)}
