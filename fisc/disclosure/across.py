"""Identities between tables, and between the years of a book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fisc.disclosure.breakdown import check_breakdowns
from fisc.disclosure.checks import Addend, IdentityResult, column_name, result, term
from fisc.disclosure.model import (
    ADJUSTED,
    BALANCE,
    BUDGET,
    CHANGE,
    EXECUTION,
    FINAL,
    GRAND_TOTAL,
    INCOME,
    ITEM,
    OUTLAY,
    OWN_TOTAL,
    PART,
    Book,
    Column,
    Row,
    Table,
)

#: An income code and the outlay code that was its money a year before.
_CARRY = ("11008", "23009")
_ORDER = {FINAL: 3, EXECUTION: 2, ADJUSTED: 1, BUDGET: 0}

Cell = tuple[Table, Row, Column]


def check_across(book: Book) -> Iterator[IdentityResult]:
    """Every identity between tables of the book."""
    yield from _both_sides(book)
    yield from _restated(book)
    yield from _totals_restated(book)
    yield from _parts_of_totals(book)
    yield from check_breakdowns(book)
    yield from _repeated(book)
    yield from _carried_over(book)
    yield from _insurance(book)
    yield from _debt_openings(book)
    yield from _debt_restated(book)
    yield from _transfers(book)


#: Rules whose failing means that the book says two things of one figure.
CONTRADICTION = "restated"


def _cells(book: Book, kinds: tuple[str, ...]) -> Iterator[Cell]:
    for table in book.tables:
        if table.kind in kinds:
            for row in table.rows:
                for column in table.columns:
                    if table.has(row, column):
                        yield table, row, column


def _pair(
    rule: str, what: str, left: Cell, right: Cell, *, refuses: bool = False, sign: int = 1
) -> IdentityResult:
    tolerance = max(left[0].displayed_unit_fen, right[0].displayed_unit_fen)
    return result(rule, what, left[0], left[2], [term(*left)], [term(*right, sign)],
                  tolerance_fen=tolerance, refuses=refuses, region=left[1].region)  # fmt: skip


_FLOW_KINDS = (
    "general.balance", "general.income", "general.outlay", "fund.balance", "fund.income", "fund.outlay",
    "capital.balance", "capital.income", "capital.outlay",
)  # fmt: skip
_REPEATED_KINDS = (
    "insurance.income", "insurance.outlay", "insurance.balance", "debt.limits_by_region",
    "general.transfer_matrix",
)  # fmt: skip
_BALANCE_KINDS = (
    "general.balance", "fund.balance", "fund.income", "fund.outlay", "capital.balance", "capital.income",
    "capital.outlay",
)  # fmt: skip


def _both_sides(book: Book) -> Iterator[IdentityResult]:
    """The income total of a budget equals its outlay total."""
    totals: dict[tuple[str, str, int, str], dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in _cells(book, _BALANCE_KINDS):
        table, row, column = cell
        if row.role == GRAND_TOTAL:
            key = (table.region, table.fund, column.fiscal_year, column.stage)
            totals[key][table.side].append(cell)
    for sides in totals.values():
        for income, outlay in zip(sides[INCOME], sides[OUTLAY], strict=False):
            what = f"{column_name(income[2])}：收入合计 = 支出合计"
            yield _pair("balance.sides", what, income, outlay, refuses=True)


def _restated(book: Book) -> Iterator[IdentityResult]:
    """The same code of the same region, year and stage says the same in every table."""
    first: dict[tuple[str, int, str, str, str, str], Cell] = {}
    for cell in _cells(book, _FLOW_KINDS):
        table, row, column = cell
        if row.role == ITEM and row.code:
            key = (table.region, column.fiscal_year, column.stage, table.fund, table.side, row.code)
            before = first.setdefault(key, cell)
            if before is not cell:
                what = f"{row.code}{row.name} {column_name(column)}两处相等"
                yield _pair(CONTRADICTION, what, before, cell, refuses=True)


def _repeated(book: Book) -> Iterator[IdentityResult]:
    """The same figure of insurance, debt or a county says the same wherever it is printed."""
    first: dict[tuple[object, ...], Cell] = {}
    for cell in _cells(book, _REPEATED_KINDS):
        table, row, column = cell
        line = table.grid.get((row.index, column.index))
        if line and line.stage != CHANGE and row.role != OWN_TOTAL and (line.code or line.item):
            key = (table.kind, line.region, line.fiscal_year, line.stage, line.side, line.code, line.item)
            before = first.setdefault((*key, row.role == GRAND_TOTAL), cell)
            if before[0] is not table:
                what = f"{row.name} {column_name(column)}两处相等"
                yield _pair(CONTRADICTION, what, before, cell, refuses=True)


def _totals_restated(book: Book) -> Iterator[IdentityResult]:
    """The total of the outlay table equals the own total of the balance table; details equal their table."""
    own: dict[tuple[str, str, int, str], Cell] = {}
    parted = {id(table) for table in book.tables if any(row.role == OWN_TOTAL for row in table.rows)}
    for cell in _cells(book, _FLOW_KINDS):
        table, row, column = cell
        is_all_own = table.kind == "general.outlay" and id(table) not in parted
        if row.role == OWN_TOTAL or (row.role == GRAND_TOTAL and is_all_own):
            key = (table.region, table.fund + table.side, column.fiscal_year, column.stage)
            before = own.setdefault(key, cell)
            if before is not cell:
                what = f"{row.name} {column_name(column)}两处相等"
                yield _pair(CONTRADICTION, what, before, cell, refuses=True)
    for cell in _cells(book, ("capital.outlay_items",)):
        table, row, column = cell
        key = (table.region, table.fund + OUTLAY, column.fiscal_year, column.stage)
        if row.role == OWN_TOTAL and key in own:
            what = f"{row.name} {column_name(column)}与支出表相等"
            yield _pair(CONTRADICTION, what, own[key], cell, refuses=True)


def _parts_of_totals(book: Book) -> Iterator[IdentityResult]:
    """What one table adds up to a total is all of it: another table of that budget has no further classes."""
    totals: dict[tuple[str, str, int, str], list[tuple[Cell, list[Cell]]]] = defaultdict(list)
    for own in own_totals(book):
        table, _, column = own[0]
        totals[table.region, table.fund + table.side, column.fiscal_year, column.stage].append(own)
    for found in totals.values():
        for total, parts in found:
            known = {row.code for _, row, _ in parts}
            others = (cell for _, cells in found if cells is not parts for cell in cells)
            for cell in others:
                table, row, column = cell
                amount = table.amount(row, column)
                if amount and not any(c.startswith(row.code) or row.code.startswith(c) for c in known):
                    what = f"{row.code}{row.name} {column_name(column)}不在同一合计的各类之中，应为 0，"
                    yield result(CONTRADICTION, what, table, column, [Addend(total[0].place(*total[1:]), 0)],
                                 [term(*cell)], region=row.region)  # fmt: skip


def own_totals(book: Book) -> Iterator[tuple[Cell, list[Cell]]]:
    """The totals of budgets' own money, each with the classes that its table adds up to it."""
    for table in book.tables:
        if table.kind in _FLOW_KINDS:
            for column in table.columns:
                if column.stage != CHANGE and (own := _own_total(table, column)):
                    yield own


def _own_total(table: Table, column: Column) -> tuple[Cell, list[Cell]] | None:
    """The total of a budget's own money in a column, and the classes with codes above it that make it up."""
    parts: list[Cell] = []
    for row in table.rows:
        if row.role == ITEM and not row.parent and table.amount(row, column):
            parts.append((table, row, column))
        is_all_own = row.role == GRAND_TOTAL and table.kind == "general.outlay"
        if (row.role == OWN_TOTAL or is_all_own) and table.amount(row, column):
            is_exact = abs(sum(table.amount(*p[1:]) for p in parts) - table.amount(row, column))
            is_whole = is_exact <= table.rounding_fen(len(parts)) and all(p[1].code for p in parts)
            return ((table, row, column), parts) if is_whole else None
    return None


def _carried_over(book: Book) -> Iterator[IdentityResult]:
    """What a year left is what the next one begins with."""
    left_over: dict[tuple[str, str, int], list[Cell]] = defaultdict(list)
    begun: dict[tuple[str, str, int], list[Cell]] = defaultdict(list)
    for cell in _cells(book, _FLOW_KINDS):
        table, row, column = cell
        if column.stage in (FINAL, EXECUTION) and row.code == _CARRY[1]:
            left_over[(table.region, table.fund, column.fiscal_year)].append(cell)
        if row.code == _CARRY[0] and column.stage != CHANGE:
            begun[(table.region, table.fund, column.fiscal_year)].append(cell)
    for (region, fund, year), cells in begun.items():
        ended = max(
            left_over.get((region, fund, year - 1), ()), key=lambda c: _ORDER[c[2].stage], default=None
        )
        latest = max(cells, key=lambda c: _ORDER[c[2].stage])
        if ended:
            what = f"{column_name(latest[2])}上年结余 = {year - 1}年年终结转结余"
            yield _pair("carryover", what, latest, ended)


_Insurance = dict[tuple[str, str, int, str, str], Cell]


def _scheme(row: Row) -> str:
    """Schemes are named by their revenue code; 20903 and 10203 are one scheme."""
    return row.code[-2:] if row.code else "total"


def _insurance(book: Book) -> Iterator[IdentityResult]:
    cells: _Insurance = {}
    for cell in _cells(book, ("insurance.income", "insurance.outlay", "insurance.balance")):
        table, row, column = cell
        if row.role not in (PART, OWN_TOTAL):
            item = row.item if table.side == BALANCE else table.side
            cells.setdefault((table.region, _scheme(row), column.fiscal_year, column.stage, item), cell)
    for (region, scheme, year, stage, item), cell in cells.items():
        if item == "current":
            yield from _scheme_balance(cells, (region, scheme, year, stage), cell)
        elif item == "closing" and (stage in (FINAL, EXECUTION) or (stage == BUDGET and year == book.year)):
            yield from _scheme_roll(cells, (region, scheme, year, stage), cell)


def _scheme_balance(
    cells: _Insurance, key: tuple[str, str, int, str], current: Cell
) -> Iterator[IdentityResult]:
    income, outlay = cells.get((*key, INCOME)), cells.get((*key, OUTLAY))
    if income and outlay:
        what = f"{current[1].name} {column_name(current[2])} = 收入 − 支出"
        yield result("insurance.balance", what, current[0], current[2], [term(*current)],
                     [term(*income), term(*outlay, -1)], refuses=False)  # fmt: skip


def _scheme_roll(
    cells: _Insurance, key: tuple[str, str, int, str], closing: Cell
) -> Iterator[IdentityResult]:
    region, scheme, year, _ = key
    before = next(
        (c for s in (FINAL, EXECUTION) if (c := cells.get((region, scheme, year - 1, s, "closing")))), None
    )
    current = cells.get((*key, "current"))
    if before and current:
        what = f"{closing[1].name} {column_name(closing[2])} = 上年滚存 + 本年结余"
        yield result("insurance.rollforward", what, closing[0], closing[2], [term(*closing)],
                     [term(*before), term(*current)], refuses=False)  # fmt: skip


_Debt = dict[tuple[str, int, str, str, str], list[Cell]]


def _debt_cells(book: Book) -> _Debt:
    cells: _Debt = defaultdict(list)
    for cell in _cells(book, ("debt.limit_balance",)):
        table, row, column = cell
        cells[(table.region, column.fiscal_year, column.stage, row.section, row.item)].append(cell)
    return cells


def _debt_openings(book: Book) -> Iterator[IdentityResult]:
    """A year's opening debt is the year before's closing debt; a figure printed twice is equal."""
    cells = _debt_cells(book)
    for (region, year, _stage, section, item), found in cells.items():
        for again in found[1:]:
            yield _pair(
                CONTRADICTION, f"{section}债务 {again[1].name} {column_name(again[2])}两处相等",
                found[0], again, refuses=True,
            )  # fmt: skip
        if item == "opening":
            for stage in (FINAL, EXECUTION):
                ended = cells.get((region, year - 1, stage, section, "closing"))
                if ended:
                    what = f"{column_name(found[0][2])}{section}债务年初余额 = {year - 1}年年末余额"
                    yield _pair("carryover", what, found[0], ended[0])
                    break


def _debt_restated(book: Book) -> Iterator[IdentityResult]:
    """Uses of debt add up to its balance; limits by region equal the limits of the debt table."""
    cells = _debt_cells(book)
    for cell in _cells(book, ("debt.uses",)):
        table, row, column = cell
        known = cells.get((table.region, column.fiscal_year, column.stage, table.measure, "closing"))
        if row.role == GRAND_TOTAL and column.stage != CHANGE and known:
            yield _pair("restated", f"{table.measure}债务投向合计 = 年末余额", cell, known[0])
    for cell in _cells(book, ("debt.limits_by_region",)):
        yield from _limit_restated(cells, cell)
    yield from _uses_parts(book)


def _limit_restated(cells: _Debt, cell: Cell) -> Iterator[IdentityResult]:
    _, row, column = cell
    part, _, item = column.measure.partition(":")
    for stage in (FINAL, EXECUTION):
        known = cells.get((row.region, column.fiscal_year, stage, part, "limit"))
        if item == "limit" and known:
            yield _pair("restated", f"{row.name}{column.fiscal_year}年{part}债务限额两处相等", cell, known[0])
            return


def _uses_parts(book: Book) -> Iterator[IdentityResult]:
    """All debt by use = general debt + special debt, row by row."""
    blocks: dict[tuple[str, str], dict[str, Table]] = defaultdict(dict)
    for table in book.tables:
        if table.kind == "debt.uses":
            blocks[(table.region, table.number)][table.measure] = table
    for parts in blocks.values():
        whole, general, special = (parts.get(name) for name in ("合计", "一般", "专项"))
        if whole and general and special:
            yield from _uses_rows(whole, general, special)


def _uses_rows(whole: Table, general: Table, special: Table) -> Iterator[IdentityResult]:
    for row, left, right in zip(whole.rows, general.rows, special.rows, strict=False):
        for column, c1, c2 in zip(whole.columns, general.columns, special.columns, strict=False):
            if row.name == left.name == right.name and whole.has(row, column):
                yield result("debt.uses", f"{row.name} {column_name(column)} = 一般 + 专项", whole, column,
                             [term(whole, row, column)],
                             [term(general, left, c1), term(special, right, c2)])  # fmt: skip


def _transfers(book: Book) -> Iterator[IdentityResult]:
    """The matrix of transfers by county states the same budget as the general balance table."""
    incomes: dict[tuple[str, int, str], Cell] = {}
    for cell in _cells(book, ("general.balance", "general.income")):
        table, row, column = cell
        if column.stage == BUDGET and row.role == ITEM and table.side == INCOME:
            incomes.setdefault((table.region, column.fiscal_year, row.code), cell)
    wanted = {"return": ("11001",), "transfer": ("11002", "11003")}
    for table, row, column in _cells(book, ("general.transfer_matrix",)):
        codes = wanted.get(column.measure, ())
        known = [
            incomes[key] for code in codes if (key := (table.region, column.fiscal_year, code)) in incomes
        ]
        if row.item == "budget" and column.stage == BUDGET and codes and len(known) == len(codes):
            right: list[Addend] = [term(*cell) for cell in known]
            yield result("restated", f"{row.name}{column.header} = 上级补助收入预算", table, column,
                         [term(table, row, column)], right, refuses=False)  # fmt: skip
