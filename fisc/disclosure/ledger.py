"""Holds the ledger against the book after posting: what the postings add up to must be what
the book says is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import psycopg

from fisc.disclosure.checks import FAIL, PASS, Addend, IdentityResult
from fisc.disclosure.errors import Problem
from fisc.disclosure.identities import describe
from fisc.disclosure.lists import LISTS, check_lists
from fisc.disclosure.model import (
    ADJUSTED,
    BALANCE,
    BUDGET,
    EXECUTION,
    FINAL,
    GRAND_TOTAL,
    INCOME,
    ITEM,
    OUTLAY,
    POSTED,
    Book,
    BookLine,
)
from fisc.disclosure.rules import FIRST_BUDGET
from fisc.disclosure.titles import KIND_BY_ID
from fisc.kernel.money import format_fen
from fisc.kernel.rounding import spread_of
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Turnover, turnover
from fisc.registry import rules

RULE_LEDGER = "入账的数须与表上所列的结余相等"

#: What of the quota book is told: sources not yet given to spending.
_LEFT = "quota:9200"
#: Debt owed, as it is and as first budgeted.
_OWED = "debt_register:D200"

#: What a budget's own accounts begin with: carried balance, income, outlay.
_CARRIED = {"111": "1", "121": "2", "13": "3"}
_RANK = {FINAL: 2, EXECUTION: 1, ADJUSTED: 2, BUDGET: 1}

WAN_YUAN_FEN = 1_000_000
#: Debt tables show hundredths of 万元.
DEBT_UNIT_FEN = WAN_YUAN_FEN // 100

Sums = dict[tuple[str, int, str, str, str], int]
_Budget = tuple[str, int, str]


def check_ledger(
    conn: psycopg.Connection[Any], book: Book, proven: Sequence[IdentityResult] = (),
    superseded: Collection[str] = (),
) -> list[IdentityResult]:  # fmt: skip
    """Ledger-side identities of the regions and years the book speaks of.

    The treasury books: opening + income - outlay = the carry-over printed. The quota book:
    sources not yet given to spending (9200) = the carry-over planned. Insurance: opening +
    income - outlay = the closing balance printed. Debt, as it is and as planned: opening +
    issued - repaid + written down = the closing balance printed. Lists: their rows = the total printed.

    Each refuses the book where it says what is left, or prints both sides of the budget: what is posted is
    then not what is printed. `proven` are the book's own identities, whose rounding adds up in the ledger
    as far as it may at random; of `superseded` groups of facts a better known stage stands, and nothing is
    compared.
    """
    regions = sorted({line.region for line in book.lines})
    years = sorted({line.fiscal_year for line in book.lines})
    sums = _sums(conn, regions, years)
    units = {(t.fund, t.region): t.displayed_unit_fen for t in book.tables}
    results = [*_treasury(book, sums, units), *_quota(book, sums, units), *_insurance(book, sums, units)]
    results += _debt(book, _owed(conn, regions, years))
    judged = [_judged(book, found, proven, superseded) for found in results]
    return [*judged, *check_lists(conn, book, superseded)]


def ledger_problems(book: Book, results: Iterable[IdentityResult]) -> list[Problem]:
    """What was posted and does not come to what the book prints, at its cells."""
    return [
        Problem(RULE_LEDGER, _cell(book, found), f"{describe(found)}；入账的是{_posted(book, found)}")
        for found in results
        if found.refuses and found.status == FAIL
    ]


def _judged(
    book: Book, found: IdentityResult, proven: Sequence[IdentityResult], superseded: Collection[str]
) -> IdentityResult:
    """A check of the ledger, with the rounding of its budget, and whether it refuses the book."""
    fund = _fund(found)
    own = [line for line in book.lines if _is_of(line, found)]
    totals = {line.side for line in own if line.row_role == GRAND_TOTAL}
    is_stated = bool(found.right) or {INCOME, OUTLAY} <= totals
    prefix = f"accounts:{found.region}:{found.fiscal_year}:{fund or '-'}:"
    is_other = found.rule != "ledger.sources" and any(group.startswith(prefix) for group in superseded)
    cells = {line.place for line in own}
    slack = sum(
        abs(one.difference_fen) for one in proven
        if one.refuses and one.status == PASS and one.relation == "=" and one.left[0].place in cells
    )  # fmt: skip
    posted = sum(1 for line in own if line.role == POSTED and line.amount_fen)
    slack = min(slack, spread_of(posted, found.tolerance_fen))
    return replace(found, refuses=is_stated and not is_other, tolerance_fen=found.tolerance_fen + slack)


def _fund(found: IdentityResult) -> str:
    """The fund that a check of the ledger is of; '' for debt."""
    return {"ledger.debt": "", "ledger.insurance": "14"}.get(
        found.rule, found.left[0].place.rpartition(":")[2]
    )


def _is_of(line: BookLine, found: IdentityResult) -> bool:
    if KIND_BY_ID[line.table].is_listed != (found.rule == LISTS):
        return False
    is_plan = found.rule == "ledger.sources"
    is_stage = is_plan == (line.stage in (BUDGET, ADJUSTED)) or found.rule == "ledger.debt"
    return is_stage and (line.region, line.fiscal_year, line.fund) == (
        found.region, found.fiscal_year, _fund(found),
    )  # fmt: skip


def _cell(book: Book, found: IdentityResult) -> str:
    """The cell that says what is left; without one, the total of the budget."""
    if found.right:
        return found.right[0].place
    totals = (line.place for line in book.lines if _is_of(line, found) and line.row_role == GRAND_TOTAL)
    return next(totals, "")


def _posted(book: Book, found: IdentityResult) -> str:
    """The cells of each sheet and column that were posted, with their sum."""
    sums: dict[tuple[str, int, str], list[BookLine]] = defaultdict(list)
    for line in book.lines:
        if _is_of(line, found) and line.role == POSTED and line.amount_fen:
            sums[(line.sheet, line.column, line.unit)].append(line)
    said = (
        f"{lines[0].place}:{lines[-1].cell} 计 {format_fen(sum(x.amount_fen for x in lines), unit)}{unit}"
        for (_, _, unit), lines in sums.items()
    )
    return "、".join(said) or "以前导入的数"


def _sums(conn: psycopg.Connection[Any], regions: Sequence[str], years: Sequence[int]) -> Sums:
    """Credit turnover by region, year and fund of coding blocks, book and account."""
    books = {book for year in years for book in rules.treasury_books(year)} | {"social_insurance"}
    asked = Turnover((*(f"{book}:" for book in sorted(books)), _LEFT), tuple(regions), side=CREDIT)
    by = ("mof_div_code", "coding_year", "fund_type_code", "book", "code")
    return {key: fen for key, fen in turnover(conn, asked, *by).items() if key[1] in years}


def _owed(
    conn: psycopg.Connection[Any], regions: Sequence[str], years: Sequence[int]
) -> list[tuple[Any, ...]]:
    """Debt owed by region, year, source ('' as it is, 1 as first budgeted) and class."""
    asked = Turnover((_OWED,), tuple(regions), side=CREDIT)
    by = ("mof_div_code", "coding_year", "source_type_code", "debt_type_code")
    return [(*key, fen) for key, fen in sorted(turnover(conn, asked, *by).items()) if key[1] in years]


def _result(
    rule: str, what: str, key: _Budget, ledger: Addend, printed: list[Addend], *, tolerance_fen: int
) -> IdentityResult:
    region, year, _ = key
    return IdentityResult(rule, what, region, year, "", (ledger,), tuple(printed), tolerance_fen, False)


def _printed(book: Book, stages: tuple[str, ...]) -> dict[_Budget, BookLine]:
    """The carry-over line of each budget, of its best known stage."""
    best: dict[_Budget, BookLine] = {}
    for line in book.lines:
        if line.code == "23009" and line.stage in stages and line.row_role == ITEM:
            key = (line.region, line.fiscal_year, line.fund)
            if key not in best or _RANK[line.stage] > _RANK[best[key].stage]:
                best[key] = line
    return best


def _terms(line: BookLine | None) -> list[Addend]:
    return [Addend(line.place, line.amount_fen)] if line else []


def _treasury(book: Book, sums: Sums, units: dict[tuple[str, str], int]) -> Iterator[IdentityResult]:
    printed = _printed(book, (FINAL, EXECUTION))
    nets: dict[_Budget, int] = defaultdict(int)
    for (region, year, fund, account_book, code), net in sums.items():
        if (
            fund in _CARRIED
            and account_book == rules.treasury_books(year)[-1]
            and _is_own(code, fund, account_book)
        ):
            nets[(region, year, fund)] += net
    for key, net in sorted(nets.items()):
        what = "账：年初结转 + 收入 − 支出 = 表：年终结转结余"
        ledger = Addend(f"账:{rules.treasury_books(key[1])[-1]}:{key[0]}:{key[1]}:{key[2]}", net)
        yield _result(
            "ledger.carryover",
            what,
            key,
            ledger,
            _terms(printed.get(key)),
            tolerance_fen=units.get((key[2], key[0]), WAN_YUAN_FEN),
        )


def _is_own(code: str, fund: str, account_book: str) -> bool:
    if account_book == "treasury_2015":
        return code[0] in "45" or code == f"300{_CARRIED[fund]}"
    return code[0] in "67" or code == f"800{_CARRIED[fund]}"


def _quota(book: Book, sums: Sums, units: dict[tuple[str, str], int]) -> Iterator[IdentityResult]:
    planned = _printed(book, (BUDGET, ADJUSTED))
    adjusted = {(line.region, line.fiscal_year, line.fund) for line in book.lines if line.stage == ADJUSTED}
    closing = _closing_totals(book, (BUDGET, ADJUSTED))
    for (region, year, fund, account_book, _), net in sorted(sums.items()):
        key = (region, year, fund)
        is_county = region[4:6] != "00"
        if account_book != "quota" or is_county:
            continue
        line = closing.get(key) if fund == "14" else planned.get(key)
        if line and fund != "14" and key in adjusted and line.stage == BUDGET:
            line = None  # the adjusted budget plans no carry-over
        what = "账：来源 − 安排（9200） = 表：计划年终结转结余"
        ledger = Addend(f"账:quota:9200:{region}:{year}:{fund}", net)
        yield _result(
            "ledger.sources",
            what,
            key,
            ledger,
            _terms(line),
            tolerance_fen=units.get((fund, region), WAN_YUAN_FEN),
        )


def _closing_totals(book: Book, stages: tuple[str, ...]) -> dict[_Budget, BookLine]:
    best: dict[_Budget, BookLine] = {}
    for line in book.lines:
        if (
            line.side == BALANCE
            and line.item == "closing"
            and line.row_role == GRAND_TOTAL
            and line.stage in stages
        ):
            key = (line.region, line.fiscal_year, line.fund)
            if key not in best or _RANK[line.stage] > _RANK[best[key].stage]:
                best[key] = line
    return best


def _insurance(book: Book, sums: Sums, units: dict[tuple[str, str], int]) -> Iterator[IdentityResult]:
    nets: dict[_Budget, int] = defaultdict(int)
    for (region, year, fund, account_book, code), net in sums.items():
        if account_book == "social_insurance" and code[0] in "345":
            nets[(region, year, fund)] += net
    printed = _closing_totals(book, (FINAL, EXECUTION))
    for key, net in sorted(nets.items()):
        what = "账：年初滚存 + 收入 − 支出 = 表：年末滚存结余"
        ledger = Addend(f"账:social_insurance:{key[0]}:{key[1]}", net)
        yield _result(
            "ledger.insurance",
            what,
            key,
            ledger,
            _terms(printed.get(key)),
            tolerance_fen=units.get(("14", key[0]), WAN_YUAN_FEN),
        )


def _debt(book: Book, owed: list[tuple[Any, ...]]) -> Iterator[IdentityResult]:
    """What the register owes, and what it plans to, where the book prints the closing balance."""
    closing: dict[tuple[str, int, str, str], BookLine] = {}
    for line in book.lines:
        if line.table == "debt.limit_balance" and line.item.endswith(":closing") and line.stage != ADJUSTED:
            source = FIRST_BUDGET if line.stage == BUDGET else ""
            debt_class = line.item.partition(":")[0]
            closing.setdefault((line.region, line.fiscal_year, source, debt_class), line)
    for region, year, source, debt_class, net in owed:
        printed = _terms(closing.get((region, year, source, debt_class)))
        if printed:
            what = f"账：{debt_class}债务{'预算' if source else ''}余额 = 表：年末余额"
            ledger = Addend(f"账:debt_register:D200:{region}:{year}:{debt_class}{source}", net)
            yield _result(
                "ledger.debt", what, (region, year, ""), ledger, printed, tolerance_fen=DEBT_UNIT_FEN
            )
