"""A small city to post into, and a reference that computes figures in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import count

import psycopg
from hypothesis import strategies as st

from fisc.catalogue import CATALOGUE
from fisc.kernel import Account, Coding, Entry, credit, debit, define_accounts, open_year, post
from fisc.reading.algebra import (
    MARKS,
    Count,
    Difference,
    Figure,
    Flow,
    Growth,
    Least,
    Of,
    Output,
    Papers,
    Rank,
    Selection,
    Share,
    Span,
    Statistic,
    Stock,
    Sum,
    Total,
)
from fisc.registry import regions
from fisc.registry.settings import livelihood_set
from tests.papers import a_document

YEARS = (2022, 2023, 2024, 2025)
_numbers = count(1)
_cities = count(1)
#: Leading digits that no province of GB/T 2260 has.
_NO_PROVINCES = (10, *range(16, 21), *range(24, 31), *range(38, 41), *range(55, 61), *range(66, 71))

CASH = {True: "treasury_2022_budget:804101", False: "treasury_2015:1001"}
#: kind -> (debit, credit) up to 2022, then since 2023; "cash" stands for the year's own
KINDS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "revenue": (("cash", "treasury_2015:4001"), ("cash", "treasury_2022_budget:6001")),
    "spending": (("treasury_2015:5001", "cash"), ("treasury_2022_budget:7001", "cash")),
    "received": (("cash", "treasury_2015:4011"), ("cash", "treasury_2022_budget:6011")),
    "sent": (("treasury_2015:5011", "cash"), ("treasury_2022_budget:7011", "cash")),
    "opening": (("cash", "treasury_2015:3001"), ("cash", "treasury_2022_budget:8001")),
    "budget_revenue": (("quota:9101", "quota:9200"),) * 2,
    "budget_spending": (("quota:9200", "quota:9201"),) * 2,
    "distributed": (("quota:9201", "quota:9301"),) * 2,
    "budget_sent": (("quota:9200", "quota:9202"),) * 2,
    "told_early": (("quota:9102", "quota:9200"),) * 2,
    "insured": (("social_insurance:1003", "social_insurance:4001"),) * 2,
    "benefit": (("social_insurance:5001", "social_insurance:1003"),) * 2,
    "limit": (("debt_register:D100", "debt_register:D110"),) * 2,
    "borrowed": (("debt_register:D110", "debt_register:D200"),) * 2,
    "planned_limit": (("debt_register:D100", "debt_register:D110"),) * 2,
    "planned_debt": (("debt_register:D110", "debt_register:D200"),) * 2,
}
REVENUE_CODES = ("1010101", "10104", "1030299", "11008")
SPENDING_CODES = ("2050201", "2080501", "21001", "21201", "2130301")
RECEIVED_CODES = ("1100102", "1100202", "1100313")
DEBTS = tuple(
    {"debt_type_code": debt_type, "debt_move_code": move}
    for debt_type, move in (("一般", "opening"), ("一般", "issued_new"), ("专项", "repaid"))
)
SENT_CODES = ("2300102", "2300202", "2300305")


@dataclass(frozen=True)
class City:
    """The division codes of one small city."""

    code: str
    #: The ledger's id of the paper that its entries are posted from.
    paper: int = 0

    @property
    def own(self) -> str:
        return self.code + "000"

    @property
    def whole(self) -> str:
        return self.code + "998"

    @property
    def counties(self) -> tuple[str, str]:
        return self.code[:4] + "02000", self.code[:4] + "21000"

    @property
    def regions(self) -> tuple[str, ...]:
        return self.own, *self.counties, self.whole


@dataclass(frozen=True)
class Move:
    """One entry to be: what, where, when, which code, how much."""

    kind: str
    region: int
    year: int
    month: int
    code: int
    amount_fen: int


amounts = st.integers(-(10**12), 10**12).filter(bool)
moves = st.builds(
    Move,
    st.sampled_from(sorted(KINDS)),
    st.integers(0, 3),
    st.sampled_from(YEARS),
    st.integers(0, 12),
    st.integers(0, 4),
    amounts,
)


def accounts_known() -> list[Account]:
    names = {name for pairs in KINDS.values() for pair in pairs for name in pair if name != "cash"}
    names |= set(CASH.values())
    return [Account(*name.split(":"), name, "x", 1, "测试", True) for name in sorted(names)]


def next_city() -> City:
    """A city nobody has used yet, with two counties, in a province that there is not."""
    n = next(_cities)
    city = City(f"{_NO_PROVINCES[n // 90]:02d}{10 + n % 90:02d}00")
    shipped = regions._shipped()
    rows = [regions.RegionRow(city.own, f"{city.code}市", "city", f"{city.code[:2]}0000000", "test", False)]
    rows += [
        regions.RegionRow(code, f"{code[:6]}县", "county", city.own, "test", False) for code in city.counties
    ]
    shipped.by_code |= {row.mof_div_code: row for row in rows}
    for row in rows:
        shipped.by_parent.setdefault(row.parent, []).append(row)
    return city


def found_city(conn: psycopg.Connection) -> City:
    """A city nobody has used yet, its accounts and years open."""
    city = next_city()
    define_accounts(conn, accounts_known())
    for region in city.regions:
        for year in YEARS:
            open_year(conn, region, year)
    return replace(city, paper=a_document(conn, city.own, YEARS[0]))


def coding_of(city: City, move: Move) -> Coding:
    region = city.regions[move.region]
    pick = move.code

    def one(codes: Sequence[str]) -> str:
        return codes[pick % len(codes)]

    base = {"fiscal_year": move.year, "mof_div_code": region, "fund_type_code": "111"}
    special = {
        "revenue": {"rev_func_code": one(REVENUE_CODES)},
        "spending": {"exp_func_code": one(SPENDING_CODES)},
        "received": {"rev_func_code": one(RECEIVED_CODES)},
        "sent": {"tp_func_code": one(SENT_CODES), "rec_div_code": one(city.counties)},
        "opening": {},
        "budget_revenue": {"rev_func_code": one(REVENUE_CODES), "source_type_code": one("12")},
        "budget_spending": {"exp_func_code": one(SPENDING_CODES), "source_type_code": one("12")},
        "distributed": {"exp_func_code": one(SPENDING_CODES), "source_type_code": "1"},
        "budget_sent": {
            "tp_func_code": one(SENT_CODES),
            "rec_div_code": one(city.counties),
            "source_type_code": "1",
            "is_advance": one("12"),
        },
        "insured": {"fund_type_code": "14", "scheme_code": one(("养老", "医疗"))},
        "benefit": {"fund_type_code": "14", "scheme_code": one(("养老", "医疗"))},
        "limit": {"debt_type_code": one(("一般", "专项"))},
        "borrowed": one(DEBTS),
        "planned_limit": {"debt_type_code": one(("一般", "专项")), "source_type_code": "1"},
        "planned_debt": one(DEBTS) | {"source_type_code": "1"},
        "told_early": {"tp_func_code": one(SENT_CODES), "is_advance": "1", "source_type_code": "1"},
    }
    return Coding(**(base | special[move.kind]))


def entry_of(city: City, move: Move, key: str, **more: object) -> Entry:
    """The entry of a move; a negative amount is posted in red."""
    since_2023 = move.year >= 2023
    names = [CASH[since_2023] if n == "cash" else n for n in KINDS[move.kind][since_2023]]
    coding = coding_of(city, move)
    return Entry(
        f"{city.code}/{key}",
        city.regions[move.region],
        date(move.year, max(move.month, 1), 1),
        (debit(names[0], coding, move.amount_fen), credit(names[1], coding, move.amount_fen)),
        period=move.year * 100 + move.month,
        source_ref=f"表!{key}",
        **({"document_id": city.paper} | more),
    )


def post_moves(conn: psycopg.Connection, city: City, given: Sequence[Move]) -> list[Entry]:
    entries = [entry_of(city, move, f"m{next(_numbers)}") for move in given]
    post(conn, entries)
    return entries


class Reference:
    """Figures by the book: loops over entries, no database, no dataframe."""

    def __init__(self, city: City, entries: Sequence[Entry]) -> None:
        self.city, self.entries = city, entries

    def value(self, figure_id: str, region: str, year: int, scope: str) -> int | Decimal | None:
        figure: Figure = CATALOGUE[figure_id]
        formula = figure.formula
        if isinstance(formula, Flow | Stock | Count):
            return self._measure(formula.selection, formula.span, region, year, scope)

        if isinstance(formula, Output | Statistic | Papers):
            return None  # no papers are entered here

        def of(operand: Of) -> int | Decimal | None:
            return self.value(operand.figure, region, year + operand.years, scope)

        if isinstance(formula, Rank):
            own = self.value(formula.of.figure, region, year, "own")
            ranked = (self.city.own,) if formula.among == "peers" else self.city.counties
            all_ = [self.value(formula.of.figure, r, year, "own") for r in ranked]
            if own is None or None in all_ or region not in ranked:
                return None
            return 1 + sum(v > own for v in all_)
        operands = formula.operands()
        if isinstance(formula, Total):
            operands = [o for o in operands if not self._is_nothing(o.figure, region, year + o.years, scope)]
            if not operands:
                return None
        values = [of(o) for o in operands]
        if any(v is None for v in values):
            return None
        if isinstance(formula, Growth):
            return (Decimal(values[0] - values[1]) / values[1]) if values[1] > 0 else None
        if isinstance(formula, Share):
            return Decimal(values[0]) / values[1] if values[1] > 0 else None
        if isinstance(formula, Difference):
            return values[0] - values[1]
        return (
            sum(values)
            if isinstance(formula, Sum | Total)
            else min(values)
            if isinstance(formula, Least)
            else None
        )

    def _measure(self, s: Selection, span: Span, region: str, year: int, scope: str) -> int | None:
        rule_set = s.accounts_of(year)
        if rule_set is None:
            return None
        months = {
            Span.FLOW: range(1, 13),
            Span.PLAN: range(13),
            Span.OPENING: range(1),
            Span.YEAR: range(13),
            Span.FIRST: range(2),
            Span.CLOSED: range(14),
        }
        receiver = region if s.reach == "receiver" and region in self.city.counties else None
        here = self.city.own if receiver else region
        lines = [
            (e.region, line)
            for e in self.entries
            for line in e.lines
            if e.period is not None
            and e.period // 100 == year
            and e.period % 100 in months[span]
            and line.account.split(":")[0] == rule_set.book
            and line.account.split(":")[1].startswith(rule_set.codes)
        ]
        fund = [w for w in s.conditions if w.element == "fund_type_code"]
        posted = {r for r, line in lines if all(_holds(w, line) for w in fund)}
        regions = self._regions(rule_set.book, here, year, scope, posted)
        if s.reach == "members" and region == self.city.own:
            regions = self.city.counties
        if s.reach == "city" and scope == "whole" and self.city.whole not in posted:
            regions = (self.city.own,)
        if s.reach == "level" and scope == "whole" and self.city.whole not in posted:
            regions = ()
        found = [
            line
            for r, line in lines
            if r in regions
            and all(_holds(w, line) for w in s.conditions)
            and (receiver is None or line.coding.rec_div_code == receiver)
        ]
        return sum(x.side * x.amount_fen for x in found) * s.side if found else None

    def _is_nothing(self, figure_id: str, region: str, year: int, scope: str) -> bool:
        """Whether nothing of a figure was posted while everybody asked keeps its book."""
        formula = CATALOGUE[figure_id].formula
        if isinstance(formula, Papers):
            return True
        if not isinstance(formula, Flow | Stock | Count):
            return all(self._is_nothing(o.figure, region, year + o.years, scope) for o in formula.operands())
        rule_set = formula.selection.accounts_of(year)
        if rule_set is None or self.value(figure_id, region, year, scope) is not None:
            return False
        keeping = self._keeping(rule_set.book, year)
        if scope == "own":
            return region in keeping
        return self.city.whole in keeping or {self.city.own, *self.city.counties} <= keeping

    def _keeping(self, book: str, year: int) -> set[str]:
        return {
            e.region
            for e in self.entries
            for line in e.lines
            if e.period is not None and e.period // 100 == year and line.account.startswith(book + ":")
        }

    def _regions(self, book: str, here: str, year: int, scope: str, posted: set[str]) -> tuple[str, ...]:
        if scope == "own":
            return (here,)
        if self.city.whole in posted:
            return (self.city.whole,)
        parts = (self.city.own, *self.city.counties)
        return parts if all(p in self._keeping(book, year) for p in parts) else ()


def _holds(where: object, line: object) -> bool:
    code = "" if where.element in MARKS else getattr(line.coding, where.element)  # no quota is marked here
    settled = livelihood_set(line.coding.mof_div_code) if where.setting else None
    prefixes = settled.exp_func_codes if settled else where.prefixes
    found = any(code.startswith(prefix) if prefix else not code for prefix in prefixes)
    return found is not where.excluded
