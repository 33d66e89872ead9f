"""What people ask of a whole year: how far its end is, its statements, its final accounts, its settlement.

Each refuses a government, or a year, whose books are not open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg

from fisc.closing import final_accounts as final
from fisc.closing.services.affairs import lapsed, lapsing, left_at_lock, open_affairs, undecided
from fisc.closing.services.bank import against_bank
from fisc.closing.services.conversion import Reconciliation, reconciliation
from fisc.closing.services.left_open import OpenFindings, open_findings
from fisc.closing.services.progress import YearEndState, year_end_states
from fisc.closing.services.settlement import Claim, Settlement, compare, owed
from fisc.closing.statements import Statement, tie_outs, year_statements
from fisc.closing.statements.first_year import told
from fisc.documents import RuleBroken
from fisc.kernel.findings import Finding
from fisc.kernel.periods import years_open
from fisc.reading.ledger import Turnover, turnover, year
from fisc.registry import regions as divisions
from fisc.registry.areas import area_of, governments, require_government
from fisc.registry.open_books import keepers, require_books, require_kept
from fisc.transfers.checks import Pair
from fisc.transfers.services import Exchanged, exchanged
from fisc.treasury.services.settings import setting_of

Conn = psycopg.Connection[Any]
_BOOKS: Final = ("treasury_",)


@dataclass(frozen=True, slots=True)
class YearEndStatus:
    """What is still under way in a year, and how far its end is, government by government.

    `lapsed` is what went with the years that are locked, `open_findings` what checks found and nobody closed.
    """

    affairs: list[Finding]
    lapsed: list[Finding]
    open_findings: list[OpenFindings]
    states: list[YearEndState]

    @property
    def is_sound(self) -> bool:
        """Whether nothing hinders the closing."""
        return not any(affair.refuses for affair in self.affairs)


@dataclass(frozen=True, slots=True)
class YearStatements:
    """The statements of a government's year; `differences` is where they do not tie out."""

    mof_div_code: str
    fiscal_year: int
    differences: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def is_sound(self) -> bool:
        """Whether all of them tie out."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class FinalAccounts:
    """The tables of a year's final accounts that the books can fill, and those that are missing; in fen."""

    mof_div_code: str
    fiscal_year: int
    tables: tuple[final.Table, ...]
    missing: tuple[final.Missing, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed to another government at a year's end, all claims together; below zero, it owes."""

    mof_div_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class YearSettlement:
    """What governments gave and owe each other, by document and in sum, and where their books disagree."""

    mof_div_code: str
    fiscal_year: int
    exchanged: tuple[Exchanged, ...]
    claims: tuple[Claim, ...]
    balances: tuple[Balance, ...]
    differences: tuple[Pair, ...]

    @property
    def is_sound(self) -> bool:
        """Whether the books of both sides agree."""
        return not self.differences


def year_end_status(conn: Conn, region: str, fiscal_year: int) -> YearEndStatus:
    """What is open, and how far the year's end is, of a government or of its whole area (998).

    Raises NoBooks.
    """
    wanted = _with_books(conn, region, fiscal_year)
    states = year_end_states(conn, wanted, fiscal_year)
    locked = [one.mof_div_code for one in states if one.is_year_closed]
    return YearEndStatus(
        [
            *open_affairs(conn, wanted, fiscal_year),
            *left_at_lock(conn, wanted, fiscal_year),
            *lapsing(conn, [one for one in wanted if one not in locked], fiscal_year),
            *undecided(conn, locked, fiscal_year),
        ],
        lapsed(conn, locked, fiscal_year),
        open_findings(conn, wanted, fiscal_year),
        states,
    )


#: How payments are posted -> on which day one leaves 国库存款, as the balance sheet says it.
_BASIS: Final = {
    "payment": "注：国库存款按支付日减少（代理银行回单之日列支）。",
    "clearing": "注：国库存款按国库清算日减少（各项资金相同）；已支付未清算的列其他应付款（应付代理银行）。",
    "agency": "注：单设支付执行机构，国库存款按国库清算日减少；已支付未清算的列财政零余额账户存款。",
}


def statements_of_year(conn: Conn, region: str, fiscal_year: int) -> YearStatements:
    """Every statement of a government's year; what it began with, where no book here says, is not known.

    Raises NoBooks, and RuleBroken where nothing was posted: empty sheets would say that there was nothing.
    """
    _with_books(conn, region, fiscal_year)
    asked = Turnover(_BOOKS, (region,), year(fiscal_year))
    if not turnover(conn, asked, "account", column="debit"):
        raise RuleBroken(
            f"{_name(region)} {fiscal_year} 年的财政总会计账还没有记账，没有可以编制的报表",
            rule="会计报表由账簿填列，没有记账就没有报表（财库〔2015〕192号）",
            hint="请核对区划和年度；收支入账后再编",
        )
    made = year_statements(conn, region, fiscal_year)
    sheet, flows = made[:2]
    wrong = tuple(tie_outs(sheet, flows))
    balance_sheet, *others = told(conn, made)
    basis = _BASIS[setting_of(conn, region, fiscal_year).way]
    bank = against_bank(conn, region, fiscal_year)
    balance_sheet = replace(balance_sheet, notes=(*balance_sheet.notes, basis, f"注：{bank}。"))
    return YearStatements(region, fiscal_year, wrong, (balance_sheet, *others))


def final_accounts_of(conn: Conn, region: str, fiscal_year: int) -> FinalAccounts:
    """The final accounts of a government, or of its whole area (998).

    Raises NoBooks, and RuleBroken where the books can fill no table.
    """
    regions = _with_books(conn, region, fiscal_year)
    made = final.tables(conn, regions, fiscal_year)
    final.require_tables(made)
    missing = final.not_written(conn, regions, fiscal_year, made)
    return FinalAccounts(region, fiscal_year, tuple(made), tuple(missing))


def settlement_of_year(conn: Conn, region: str, fiscal_year: int) -> YearSettlement:
    """What a government and those above and below gave and owe each other for a year. Raises NoBooks, and
    RegistryError for a whole area, which is not one party."""
    require_government(region)
    _with_books(conn, region, fiscal_year)
    found: Settlement = owed(conn, region, fiscal_year)
    sums = tuple(Balance(other, found.net(other)) for other in found.others)
    given = tuple(exchanged(conn, region, fiscal_year))
    wrong = tuple(compare(conn, region, fiscal_year))
    return YearSettlement(region, fiscal_year, given, found.claims, sums, wrong)


def conversion_of(conn: Conn, region: str) -> Reconciliation:
    """As `reconciliation`. Raises NoBooks for a government that keeps no books here."""
    require_books(years_open(conn), keepers(region))
    return reconciliation(conn, region)


def _with_books(conn: Conn, region: str, fiscal_year: int) -> Sequence[str]:
    """The governments that a code means. Raises NoBooks, UnknownRegion."""
    require_kept(conn, region, fiscal_year)
    return list(governments(area_of(region)))


def _name(region: str) -> str:
    return divisions.require(region).name
