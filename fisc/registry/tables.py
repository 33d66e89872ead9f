"""Reads the shipped tables: one CSV file, one frozen row type each, read once and kept.

Validity is in fiscal years, both ends included; an empty end is open.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from fisc.sheets.shipped import read_shipped

FIRST_YEAR = 2021
"""The first fiscal year the registry speaks for: the comparison column of a 2022 table."""

LAST_YEAR = 2026
"""The last fiscal year a published table was seen for; later years carry on with open rows."""

#: kind of classification -> its file
CLASSIFICATION_FILES: Mapping[str, str] = {
    "exp_func": "exp_func.csv",
    "rev_func": "rev_func.csv",
    "gov_bgt_eco": "gov_bgt_eco.csv",
    "dep_bgt_eco": "dep_bgt_eco.csv",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One classification code with its name, for the years in which it is in force."""

    kind: str
    code: str
    name: str
    level: str
    """class 类, section 款, item 项, detail 目."""
    parent: str
    fund: str
    """Fund type code (111, 121, 13, 14), or empty where the code serves every fund."""
    valid_from_year: int
    valid_to_year: int | None
    source: str
    is_verified: bool
    note: str

    def is_valid(self, fiscal_year: int) -> bool:
        """Whether the code is in force in the year."""
        return in_years(fiscal_year, self.valid_from_year, self.valid_to_year)


@dataclass(frozen=True, slots=True)
class Alias:
    """Another printed name of a code."""

    kind: str
    fund: str
    code: str
    name: str
    source: str
    is_verified: bool
    note: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of a chart. `floor_fen` set makes it a control account."""

    book: str
    code: str
    name: str
    account_class: str
    normal_side: int
    floor_fen: int | None
    valid_from_year: int
    valid_to_year: int | None
    source: str
    is_verified: bool
    note: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A set of posting rules and the years in which it governs its books."""

    rule_set: str
    name: str
    books: tuple[str, ...]
    valid_from_year: int
    valid_to_year: int | None
    source: str
    is_verified: bool
    note: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One pair of accounts of a posting rule. `selector` narrows it: all pairs must match."""

    rule_set: str
    rule_code: str
    event: str
    event_name: str
    step: int
    selector: tuple[tuple[str, tuple[str, ...]], ...]
    book: str
    debit: str
    credit: str
    is_red: bool
    note: str
    source: str
    is_verified: bool
    valid_from_year: int
    valid_to_year: int | None


@dataclass(frozen=True, slots=True)
class CodeEvent:
    """Which events the codes that begin with a prefix stand for, in execution and in the budget."""

    kind: str
    code_prefix: str
    fund: str
    event: str
    event_choices: tuple[tuple[str, str], ...]
    budget_event: str
    budget_choices: tuple[tuple[str, str], ...]
    note: str
    source: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Fund:
    """A fund type (资金性质)."""

    code: str
    name: str
    parent: str
    source: str
    is_verified: bool


class RegionRow(NamedTuple):
    """A division: nine digits; suffix 000 is the government itself, 998 its whole area."""

    mof_div_code: str
    name: str
    level: str
    """province, city, county, or zone 园区 (in a database's own register only); province_total and
    city_total for whole areas."""
    parent: str
    source: str
    is_verified: bool


def in_years(fiscal_year: int, first: int, last: int | None) -> bool:
    """Whether a year lies in [first, last], an open end being None."""
    return first <= fiscal_year and (last is None or fiscal_year <= last)


def is_in_force(row: Mapping[str, str], fiscal_year: int) -> bool:
    """Whether a year lies in a raw row's valid_from_year and valid_to_year (blank: open)."""
    return in_years(fiscal_year, int(row["valid_from_year"]), _number(row["valid_to_year"]))


def file_names() -> list[str]:
    """The shipped tables, in order."""
    folder = files("fisc.registry") / "data"
    return sorted(f.name for f in folder.iterdir() if f.name.endswith(".csv"))


def read_bytes(name: str) -> bytes:
    """The bytes of one shipped table."""
    return (files("fisc.registry") / "data" / name).read_bytes()


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of one shipped table as column -> text."""
    return read_shipped("fisc.registry", name)


@cache
def digest() -> str:
    """A digest of all shipped tables: it changes when any of them does."""
    total = hashlib.sha256()
    for name in file_names():
        total.update(name.encode() + b"\0" + read_bytes(name) + b"\0")
    return total.hexdigest()[:32]


def _records(name: str) -> list[list[str]]:
    """Rows as lists: the large tables parse twice as fast this way."""
    reader = csv.reader(read_bytes(name).decode("utf8").splitlines())
    next(reader)
    return list(reader)


def _number(text: str) -> int | None:
    return int(text) if text else None


@cache
def classification_rows(kind: str) -> tuple[Row, ...]:
    """All rows of one classification, by code, fund and year. Raises KeyError for an unknown kind."""
    return tuple(
        Row(kind, code, name, level, parent, fund, int(first), _number(last), source, verified == "yes", note)
        for code, name, level, parent, fund, first, last, source, verified, note in _records(
            CLASSIFICATION_FILES[kind]
        )
    )


@cache
def alias_rows() -> tuple[Alias, ...]:
    """Other printed names of codes."""
    return tuple(
        Alias(kind, fund, code, name, source, verified == "yes", note)
        for kind, fund, code, name, source, verified, note in _records("aliases.csv")
    )


@cache
def account_rows() -> tuple[AccountRow, ...]:
    """All accounts of all charts."""
    return tuple(map(_account, read_table("accounts.csv")))


def _account(row: Mapping[str, str]) -> AccountRow:
    return AccountRow(
        book=row["book"],
        code=row["code"],
        name=row["name"],
        account_class=row["class"],
        normal_side=1 if row["normal_side"] == "debit" else -1,
        floor_fen=_number(row["floor_fen"]),
        **_provenance(row),
    )


def _provenance(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "valid_from_year": int(row["valid_from_year"]),
        "valid_to_year": _number(row["valid_to_year"]),
        "source": row["source"],
        "is_verified": row["is_verified"] == "yes",
        "note": row["note"],
    }


@cache
def rule_sets() -> tuple[RuleSet, ...]:
    """All rule sets."""
    return tuple(
        RuleSet(row["rule_set"], row["name"], tuple(row["books"].split()), **_provenance(row))
        for row in read_table("rule_sets.csv")
    )


@cache
def rule_rows() -> tuple[RuleRow, ...]:
    """All posting rules, in the order of their steps."""
    return tuple(map(_rule, read_table("posting_rules.csv")))


def _rule(row: Mapping[str, str]) -> RuleRow:
    pairs = dict(_pairs(row["selector"]))
    return RuleRow(
        rule_set=row["rule_set"],
        rule_code=row["rule_code"],
        event=row["event"],
        event_name=row["event_name"],
        step=int(row["step"]),
        selector=tuple((key, tuple(value.split("|"))) for key, value in pairs.items()),
        book=row["book"],
        debit=row["debit"],
        credit=row["credit"],
        is_red=row["is_red"] == "yes",
        **_provenance(row),
    )


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """'a=1;b=2' -> (('a', '1'), ('b', '2'))."""
    parts = (part.partition("=") for part in text.split(";") if part)
    return tuple((key, value) for key, _, value in parts)


@cache
def code_events() -> tuple[CodeEvent, ...]:
    """Which codes stand for which events."""
    return tuple(map(_code_event, read_table("code_events.csv")))


def _code_event(row: Mapping[str, str]) -> CodeEvent:
    return CodeEvent(
        kind=row["kind"],
        code_prefix=row["code_prefix"],
        fund=row["fund"],
        event=row["event"],
        event_choices=_pairs(row["event_selector"]),
        budget_event=row["budget_event"],
        budget_choices=_pairs(row["budget_selector"]),
        note=row["note"],
        source=row["source"],
        is_verified=row["is_verified"] == "yes",
    )


@cache
def fund_rows() -> tuple[Fund, ...]:
    """All fund types."""
    rows = read_table("fund_types.csv")
    return tuple(
        Fund(r["code"], r["name"], r["parent"], r["source"], r["is_verified"] == "yes") for r in rows
    )


@cache
def region_rows() -> tuple[RegionRow, ...]:
    """The shipped divisions, by code: each government's own level."""
    return tuple(
        RegionRow(code, name, level, parent, source, verified == "yes")
        for code, name, level, parent, source, verified in _records("regions.csv")
    )
