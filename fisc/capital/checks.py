"""Both entries of an injection stand together: what was spent as injections is what became equity.

Read from the ledger alone, coding block by coding block, so it holds whatever code posted: the spending
of a block is on 5001 or 5003 (since 2023: 5007), the equity on 1071 (1061) as cost of an enterprise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.capital.codes import INJECTION_ECO, terms
from fisc.capital.rules import COST
from fisc.kernel.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.reading.algebra import Where
from fisc.reading.books import OWN_SPENDING
from fisc.reading.ledger import Turnover, turnover, year


@dataclass(frozen=True, slots=True)
class OneSided:
    """A block whose injections were spent and not recognised (or the other way), in fen."""

    mof_div_code: str
    agency_code: str
    pro_code: str
    exp_func_code: str
    gov_bgt_eco_code: str
    spent_fen: int
    equity_fen: int

    def __str__(self) -> str:
        """The finding in words."""
        return (
            f"项目 {self.pro_code}（{self.exp_func_code}，{self.gov_bgt_eco_code}）：注资支出 "
            f"{format_fen(self.spent_fen)} 元，确认股权 {format_fen(self.equity_fen)} 元"
        )


_ELEMENTS: Final = ("mof_div_code", "agency_code", "pro_code", "exp_func_code", "gov_bgt_eco_code")
#: Spending and equity of injections, in the rule sets of both times.
_SPENT: Final = ("treasury_2015:5", "treasury_2022_financial:5007")
_EQUITY: Final = ("treasury_2015:1071", "treasury_2022_financial:1061")


def one_sided_injections(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[OneSided]:
    """Where a region's injections of a year have one entry of rule 192-T26 and not the other; one query.

    A payment that the bank has made and no one has recognised yet is told here too.
    """
    eco = Where("gov_bgt_eco_code", tuple(sorted(terms(INJECTION_ECO, fiscal_year))))
    asked = Turnover(
        (*_SPENT, *_EQUITY), (region,), year(fiscal_year), where=(eco, *OWN_SPENDING), coding_year=fiscal_year
    )
    sides: dict[tuple[Any, ...], list[int]] = {}
    for (*block, account, part), fen in turnover(
        conn, asked, *_ELEMENTS, "account", "equity_part_code"
    ).items():
        both = sides.setdefault(tuple(block), [0, 0])
        if account in _EQUITY:
            both[1] += fen if part == COST else 0
        elif not part:
            both[0] += fen
    found = (OneSided(*block, *fen) for block, fen in sides.items())
    # since 2023 the equity takes over what was spent: nothing is left on 5007
    is_taken_over = fiscal_year > LAST_YEAR_OF_TWO_ENTRIES
    return [x for x in found if x.spent_fen != (0 if is_taken_over else x.equity_fen)]


#: 财库〔2015〕192号 keeps spending and equity side by side up to this year.
LAST_YEAR_OF_TWO_ENTRIES = 2022


RULE: Final = "capital.one_sided"
RULES: Final = {RULE: "注资支出与确认股权不符"}


def _of_place(conn: psycopg.Connection[Any], place: Place) -> list[Finding]:
    found = one_sided_injections(conn, place.mof_div_code, place.fiscal_year)
    return [
        Finding(
            RULE, RULES[RULE], str(one), "192-T26：注资支出同时确认股权", place.mof_div_code,
            place.fiscal_year,
            about=" ".join((one.agency_code, one.pro_code, one.exp_func_code, one.gov_bgt_eco_code)),
            amount_fen=one.spent_fen, against_fen=one.equity_fen,
        )
        for one in found
    ]  # fmt: skip


CHECKS: Final = (Check(RULES, _of_place),)
