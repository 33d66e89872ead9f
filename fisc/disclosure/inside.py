"""Identities that a table owes to itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from fisc.disclosure.checks import (
    PARTLY_PRINTED,
    PASS,
    Addend,
    IdentityResult,
    column_name,
    result,
    term,
    terms,
)
from fisc.disclosure.model import (
    ADJUSTED,
    BUDGET,
    CHANGE,
    EXECUTION,
    FINAL,
    GRAND_TOTAL,
    ITEM,
    OWN_TOTAL,
    PART,
    Column,
    Row,
    Table,
)
from fisc.disclosure.ratios import check_ratios
from fisc.disclosure.titles import BY_REGION, DEBT_STOCK, INSURANCE, KIND_BY_ID

#: The rows of a debt table that make up its closing balance, with their signs. The line
#: 调减未置换存量债务 enters with a plus: so the published figures run, whatever its name says.
ROLL_FORWARD = (("opening", 1), ("issued", 1), ("repaid", -1), ("adjusted", 1))
#: In which order the figures of a year become known.
_STAGES: Final = (BUDGET, ADJUSTED, EXECUTION, FINAL)


def check_table(table: Table) -> Iterator[IdentityResult]:
    """Every identity inside one table, column by column."""
    layout = KIND_BY_ID[table.kind].layout
    if layout == BY_REGION:
        yield from _by_region(table)
        return
    below = _children(table)
    for column in table.columns:
        if layout == DEBT_STOCK:
            yield from _debt(table, column, below)
            continue
        yield from _parents(table, column, below)
        if column.stage != CHANGE:
            yield from _parts(table, column, below)
        if table.kind == "insurance.balance":
            yield from _balance_totals(table, column)
        else:
            yield from _totals(table, column)
        if layout == INSURANCE:
            yield from _component_totals(table, column)
    yield from _changes(table)
    yield from check_ratios(table)


def _children(table: Table) -> dict[int, list[Row]]:
    below: dict[int, list[Row]] = defaultdict(list)
    for row in table.rows:
        if row.parent:
            below[row.parent].append(row)
    return below


def _parents(table: Table, column: Column, below: dict[int, list[Row]]) -> Iterator[IdentityResult]:
    """A row equals the sum of the rows below it, wherever any of them is printed."""
    for row in table.rows:
        children = [child for child in below.get(row.index, ()) if child.role == ITEM]
        right = terms(table, children, column)
        if right:
            what = f"{row.code}{row.name} = 下级各行之和"
            is_declared = row.code in PARTLY_PRINTED
            yield result(
                "tree.parent", what, table, column, [term(table, row, column)], right, is_declared=is_declared
            )


def _parts(table: Table, column: Column, below: dict[int, list[Row]]) -> Iterator[IdentityResult]:
    """其中 rows together are not more than what they are part of."""
    for row in table.rows:
        parts = [child for child in below.get(row.index, ()) if child.role == PART]
        right = terms(table, parts, column)
        if right and table.has(row, column):
            left = [term(table, row, column)]
            yield result("tree.part", f"{row.name} ≥ 其中各行之和", table, column, left, right, relation=">=")


def _totals(table: Table, column: Column) -> Iterator[IdentityResult]:
    """Subtotals equal the rows above them; the grand total equals all top rows."""
    top: list[Row] = []
    since: list[Row] = []
    everything = [row for row in table.rows if row.role == ITEM and not row.parent]
    for row in table.rows:
        if row.role == ITEM and not row.parent:
            top.append(row)
            since.append(row)
        elif row.role == OWN_TOTAL and table.has(row, column):
            yield result("tree.total", f"{row.name} = 各类之和", table, column, [term(table, row, column)],
                         terms(table, since, column))  # fmt: skip
            since = []
        elif row.role == GRAND_TOTAL and table.has(row, column):
            rows = everything if row.index < max((r.index for r in everything), default=0) else top
            yield result("tree.total", f"{row.name} = 各项之和", table, column, [term(table, row, column)],
                         terms(table, rows, column))  # fmt: skip


def _component_totals(table: Table, column: Column) -> Iterator[IdentityResult]:
    """其中 of the subtotal equals the same component over all schemes, where a scheme may have several."""
    totals = {row.index for row in table.rows if row.role == OWN_TOTAL}
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        if row.role == PART:
            parts[row.item.partition(":")[0]].append(row)
    for rows in parts.values():
        of_total = [row for row in rows if row.parent in totals and table.has(row, column)]
        same = [row for row in rows if row.parent not in totals]
        if of_total:
            yield result("insurance.component", f"{of_total[0].name}合计 = 各险种之和", table, column,
                         terms(table, of_total, column), terms(table, same, column))  # fmt: skip


def _balance_totals(table: Table, column: Column) -> Iterator[IdentityResult]:
    for row in table.rows:
        if row.role == GRAND_TOTAL and table.has(row, column):
            same = [r for r in table.rows if r.role == ITEM and r.item == row.item]
            yield result("tree.total", f"{row.name} = 各险种之和", table, column, [term(table, row, column)],
                         terms(table, same, column))  # fmt: skip


def _changes(table: Table) -> Iterator[IdentityResult]:
    """A printed change is a later figure less an earlier one, or the adjusted budget less the first one."""
    for change in (column for column in table.columns if column.stage == CHANGE):
        found = [list(_as_change(table, change, pair)) for pair in _changed(table, change)]
        yield from max(found, key=lambda results: sum(one.status == PASS for one in results), default=[])


def unheld_changes(table: Table) -> list[str]:
    """The first amounts of columns of changes that lie between no two columns of the table."""
    alone = [column for column in table.columns if column.stage == CHANGE and not _changed(table, column)]
    found = [next((row for row in table.rows if table.amount(row, column)), None) for column in alone]
    return [table.place(row, column) for row, column in zip(found, alone, strict=True) if row]


def _as_change(table: Table, change: Column, pair: tuple[Column, Column]) -> Iterator[IdentityResult]:
    before, after = pair
    for row in table.rows:
        if table.has(row, change):
            right = [term(table, row, after), term(table, row, before, -1)]
            what = f"{row.name}增减 = {column_name(after)} − {column_name(before)}"
            yield result("change", what, table, change, [term(table, row, change)], right)


def _changed(table: Table, change: Column) -> list[tuple[Column, Column]]:
    """The two columns, earlier and later, that a change may lie between."""
    stocks = [column for column in table.columns if column.stage != CHANGE]
    if "增减" not in change.header:
        stocks = [c for c in stocks if c.fiscal_year == change.fiscal_year and c.stage in (BUDGET, ADJUSTED)]
    stocks.sort(key=lambda column: (column.fiscal_year, _STAGES.index(column.stage)))
    return list(combinations(stocks, 2))


def _debt(table: Table, column: Column, below: dict[int, list[Row]]) -> Iterator[IdentityResult]:
    yield from _parents(table, column, below)
    rows = {(row.section, row.item): row for row in table.rows}
    for section in dict.fromkeys(row.section for row in table.rows):
        yield from _debt_section(table, column, rows, section)
    for (section, item), row in rows.items():
        parts = [rows[(s, item)] for s in ("一般", "专项") if (s, item) in rows]
        if section == "合计" and len(parts) == 2 and table.has(row, column):
            yield result("debt.total", f"{row.name}合计 = 一般 + 专项", table, column,
                         [term(table, row, column)], terms(table, parts, column))  # fmt: skip


def _debt_section(
    table: Table, column: Column, rows: dict[tuple[str, str], Row], section: str
) -> Iterator[IdentityResult]:
    closing, limit = rows.get((section, "closing")), rows.get((section, "limit"))
    flows = [(rows[(section, item)], sign) for item, sign in ROLL_FORWARD if (section, item) in rows]
    if closing and table.has(closing, column) and len(flows) == len(ROLL_FORWARD):
        right = [term(table, row, column, sign) for row, sign in flows]
        what = f"{section}债务年末余额 = 年初 + 发行 − 还本 + 调减项"
        yield result(
            "debt.rollforward", what, table, column, [term(table, closing, column)], right, refuses=False
        )
    if closing and limit and table.has(closing, column) and table.has(limit, column):
        yield result("debt.limit", f"{section}债务限额 ≥ 余额", table, column, [term(table, limit, column)],
                     [term(table, closing, column)], tolerance_fen=0, relation=">=")  # fmt: skip


def _by_region(table: Table) -> Iterator[IdentityResult]:
    """Rows add up to the total of the area, columns to their 合计, limits to last year's and changes."""
    for column in table.columns:
        yield from _area_totals(table, column)
    groups: dict[tuple[int, str], dict[str, Column]] = defaultdict(dict)
    for column in table.columns:
        part, _, item = column.measure.partition(":")
        groups[(column.fiscal_year, item)][part] = column
    for row in table.rows:
        for columns in groups.values():
            yield from _row_total(table, row, columns)
        if table.kind == "debt.limits_by_region":
            yield from _limit_changes(table, row, groups)


def _area_totals(table: Table, column: Column) -> Iterator[IdentityResult]:
    for row in table.rows:
        if row.role == ITEM or row.item == "budget" or not table.has(row, column):
            continue
        parts = [r for r in table.rows if r.role == ITEM]
        yield result("matrix.column", f"{row.name} = 各地区之和（{column.header}）", table, column,
                     [term(table, row, column)], terms(table, parts, column))  # fmt: skip


def _row_total(table: Table, row: Row, columns: dict[str, Column]) -> Iterator[IdentityResult]:
    total = columns.get("total") or columns.get("合计")
    parts = [column for part, column in columns.items() if column is not total and part != "of_general"]
    general, shared = columns.get("general"), columns.get("of_general")
    if general and shared and table.has(row, shared):
        yield result("matrix.part", f"{row.name}一般性转移支付 ≥ 其中共同财政事权", table, general,
                     [term(table, row, general)], [term(table, row, shared)], relation=">=")  # fmt: skip
    if total and parts and table.has(row, total):
        right = [term(table, row, column) for column in parts]
        yield result(
            "matrix.row", f"{row.name}合计 = 分项之和", table, total, [term(table, row, total)], right
        )


def _limit_changes(
    table: Table, row: Row, groups: dict[tuple[int, str], dict[str, Column]]
) -> Iterator[IdentityResult]:
    limits = sorted(year for year, item in groups if item == "limit")
    if len(limits) != 2:
        return
    before, after = groups[(limits[0], "limit")], groups[(limits[1], "limit")]
    for part, column in after.items():
        changes = [groups[(limits[1], item)].get(part) for item in ("new", "withdrawn", "adjusted")
                   if (limits[1], item) in groups]  # fmt: skip
        right: list[Addend] = [term(table, row, c) for c in [before.get(part), *changes] if c is not None]
        what = f"{row.name}{part}限额 = 上年限额 + 新增 + 收回 + 调整"
        yield result("debt.limit_change", what, table, column,
                     [term(table, row, column)], right, region=row.region)  # fmt: skip
