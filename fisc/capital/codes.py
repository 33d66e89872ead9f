"""Words and codes that documents of state capital may use (capital_terms.csv, funder_duties.csv)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from fisc.registry.tables import is_in_force, read_table

INJECTION_ECO, BASIS, SECTOR, ENTERPRISE_KIND = "injection_eco", "basis", "sector", "enterprise_kind"

#: What a part of an injection is for.
USES: Final = {"loan": "偿还贷款", "project": "重大项目", "other": "其他"}


def terms(term: str, fiscal_year: int) -> dict[str, str]:
    """Code -> name of the rows of a term in force in a year."""
    return {
        row["code"]: row["name"]
        for row in read_table("capital_terms.csv")
        if row["term"] == term and is_in_force(row, fiscal_year)
    }


def names_of(term: str) -> dict[str, str]:
    """Code -> name of the rows of a term, of whatever year."""
    return {row["code"]: row["name"] for row in read_table("capital_terms.csv") if row["term"] == term}


def is_injection(gov_bgt_eco_code: str, fiscal_year: int) -> bool:
    """Whether a government economic class is one that injections are paid under."""
    return gov_bgt_eco_code.startswith(tuple(terms(INJECTION_ECO, fiscal_year)))


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty over stakes: what is due, for which kind of enterprise ('' = every one), counted from what."""

    code: str
    name: str
    enterprise_kind: str
    counted_from: str
    month_day: str
    days: int
    rule: str
    source: str

    def due_on(self, start: date) -> date:
        """The day it is due: a fixed day of the year after `start`'s, or so many days after it."""
        if self.month_day:
            month, day = map(int, self.month_day.split("-"))
            return date(start.year + 1, month, day)
        return start + timedelta(self.days)


@cache
def duties() -> tuple[Duty, ...]:
    """The duties of a funder, as shipped."""
    return tuple(
        Duty(
            row["code"], row["name"], row["enterprise_kind"], row["counted_from"], row["month_day"],
            int(row["days"] or 0), row["rule"], row["source"],
        )
        for row in read_table("funder_duties.csv")
    )  # fmt: skip
