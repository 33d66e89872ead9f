"""Rows that are no classification: insurance schemes, debt stocks, uses of debt, regions."""

from __future__ import annotations

import re

from fisc.disclosure.layout import Block, Notes
from fisc.disclosure.model import GRAND_TOTAL, INCOME, ITEM, OWN_TOTAL, PART, Row, Table
from fisc.disclosure.titles import BY_REGION, DEBT_STOCK, DEBT_USES, INSURANCE, tight
from fisc.registry import classifications, regions

RULE_ROW = "每一行须能认出是什么"
RULE_NEGATIVE = "债务的余额、限额、发行额、还本额不为负"
RULE_REGION = "地区名称须在财政区划中"

_COMPONENTS = (("保险费", "premium"), ("利息", "interest"), ("财政补贴", "subsidy"), ("待遇", "benefit"))
_SCHEME_BALANCE = re.compile(r"^(.*?保险)(?:基金)?(?:本年)?(收支|年末滚存|滚存)结余")
_DEBT_ITEMS = (
    (r"^(?:上年末|年初).*余额$", "opening"),
    (r"^(?!.*(?:新增|增加|下达|提前|收回|调整)).*限额", "limit"),
    (r"发行新增", "issued_new"),
    (r"发行再融资", "issued_refinancing"),
    (r"发行置换", "issued_swap"),
    (r"外国政府|国际金融组织", "issued_foreign"),
    (r"发行额", "issued"),
    (r"还本额", "repaid"),
    (r"调减|调整", "adjusted"),
    (r"(?:当年末|年末).*余额$", "closing"),
)
_NEVER_NEGATIVE = frozenset(["opening", "limit", "issued", "repaid", "closing"])
_DEBT_CLASSES = {"一般债务": "一般", "专项债务": "专项", "合计": "合计"}


def name_special_rows(block: Block, table: Table, notes: Notes) -> None:
    """Say what each row of an insurance, debt or by-region table is."""
    readers = {
        INSURANCE: _insurance, DEBT_STOCK: _debt_stock, DEBT_USES: _debt_uses, BY_REGION: _by_region,
    }  # fmt: skip
    reader = readers.get(block.kind.layout)
    if reader:
        reader(block, table, notes)
        _refuse_negative_stocks(table, notes)


def _refuse_negative_stocks(table: Table, notes: Notes) -> None:
    """A debt, a limit and what is issued or repaid of it cannot be below zero."""
    for row in table.rows:
        for column in table.columns:
            item = column.measure.partition(":")[2] or row.item
            if table.side == "debt" and item in _NEVER_NEGATIVE and table.amount(row, column) < 0:
                notes.refuse(RULE_NEGATIVE, table.place(row, column), f"“{row.name}”不应为负数")


def _insurance(block: Block, table: Table, notes: Notes) -> None:
    if block.kind.id == "insurance.balance":
        _insurance_balance(table, notes)
        return
    head: Row | None = None
    for row in table.rows:
        component = next((item for word, item in _COMPONENTS if word in row.name), "")
        if row.role != ITEM:
            head = row
            row.item = "total"
        elif component and not row.name.endswith(("基金收入", "基金支出")):
            row.role, row.item = PART, component
            row.parent = head.index if head else 0
            row.code = head.code if head else ""
        else:
            head = row
            row.item, row.code = "total", _scheme_code(table, row.name)
            _refuse_unknown_scheme(table, row, notes)
    for head in table.rows:
        if head.role != PART:
            _tell_parts_apart(table, head)


def _tell_parts_apart(table: Table, head: Row) -> None:
    """Of several rows of one sort below a scheme (two kinds of benefits) each is one of its own where all
    rows add up to the scheme: then none is part of another. Else two things are said of one figure."""
    parts = table.children(head)
    is_whole = all(
        abs(table.amount(head, column) - sum(table.amount(part, column) for part in parts))
        <= table.displayed_unit_fen
        for column in table.columns
    )  # fmt: skip
    if not is_whole or len({part.name for part in parts}) < len(parts):
        return
    seen: set[str] = set()
    for part in parts:
        if part.item in seen:
            part.item = f"{part.item}:{part.name}"
        seen.add(part.item)


def _scheme_code(table: Table, name: str) -> str:
    kind = "rev_func" if table.side == INCOME else "exp_func"
    years = sorted({column.fiscal_year for column in table.columns}, reverse=True)
    found = (classifications.by_name(kind, name, year, "14") for year in years)
    return next((row.code for row in found if row), "")


def _refuse_unknown_scheme(table: Table, row: Row, notes: Notes) -> None:
    has_amount = any(table.has(row, column) and table.amount(row, column) for column in table.columns)
    if not row.code and has_amount:
        notes.refuse(RULE_ROW, table.place(row, table.columns[0]), f"不认识的险种“{row.name}”")


def _insurance_balance(table: Table, notes: Notes) -> None:
    for row in table.rows:
        match = _SCHEME_BALANCE.match(row.name)
        if match:
            row.item = "current" if match[2] == "收支" else "closing"
            row.code = _balance_code(table, match[1])
            _refuse_unknown_scheme(table, row, notes)
        elif re.search(r"本年收支结余", row.name):
            row.role, row.item = GRAND_TOTAL, "current"
        elif re.search(r"滚存结余", row.name):
            row.role, row.item = GRAND_TOTAL, "closing"
        else:
            _refuse_row(table, row, notes)


def _balance_code(table: Table, scheme: str) -> str:
    """The revenue code of a scheme stands for the scheme."""
    year = max(column.fiscal_year for column in table.columns)
    row = classifications.by_name("rev_func", f"{scheme}基金收入", year, "14")
    return row.code if row else ""


def _refuse_row(table: Table, row: Row, notes: Notes) -> None:
    for column in table.columns:
        if table.amount(row, column):
            notes.refuse(RULE_ROW, table.place(row, column), f"认不出“{row.name}”是什么")
            return


def _debt_stock(block: Block, table: Table, notes: Notes) -> None:
    debt_class, issued = "", 0
    for row in table.rows:
        if row.name in _DEBT_CLASSES and not any(table.has(row, c) for c in table.columns):
            debt_class = _DEBT_CLASSES[row.name]
            continue
        item = next((item for pattern, item in _DEBT_ITEMS if re.search(pattern, row.name)), "")
        if not item or not debt_class:
            _refuse_row(table, row, notes)
            continue
        row.role, row.item, row.section = ITEM, item, debt_class
        issued = row.index if item == "issued" else issued
        row.parent = issued if item.startswith("issued_") else 0
    table.rows = [row for row in table.rows if row.item]
    known = {row.index for row in table.rows}
    table.grid = {at: line for at, line in table.grid.items() if at[0] in known}


def _debt_uses(block: Block, table: Table, notes: Notes) -> None:
    """一、 heads 1、 2、 ...; 其中 and what is printed below it is a part only."""
    head: Row | None = None
    numbered: Row | None = None
    is_part = False
    for row in table.rows:
        printed = tight(block.sheet.text(row.index, table.name_column))
        if row.role != ITEM:
            continue
        if re.match(r"^[一二三四五六七八九十]+、", printed):
            head, numbered, is_part = row, None, False
        elif re.match(r"^\d+[、.]", printed):
            row.parent = head.index if head else 0
            numbered, is_part = row, False
        else:
            is_part = is_part or printed.startswith("其中")
            above = numbered or head
            row.parent = above.index if above else 0
            row.role = PART if is_part else ITEM


def _by_region(block: Block, table: Table, notes: Notes) -> None:
    city = tight(block.title)
    for row in table.rows:
        row.role, row.code = ITEM, ""
        if row.name.endswith("提前下达数"):
            row.role, row.item = OWN_TOTAL, "advance"
            continue
        if row.name.endswith(("预算数", "合计")):
            row.item, row.role = "budget", GRAND_TOTAL
            continue
        row.region = _region_code(row.name, table)
        if not row.region:
            _refuse_region(table, row, notes)
        elif row.name in city and not row.name.endswith("本级") and len(row.name) > 1:
            row.region, row.role = regions.whole_area(row.region), GRAND_TOTAL


def _refuse_region(table: Table, row: Row, notes: Notes) -> None:
    """A place nobody knows, where it has figures; a text below the table is none."""
    column = next((c for c in table.columns if table.has(row, c)), None)
    if column is not None:
        notes.refuse(
            RULE_REGION, table.place(row, column), f"“{row.name}”不是{regions.words(table.region)}所辖的地区"
        )


def _region_code(name: str, table: Table) -> str:
    """A place of the table's own city; one of another city is none of its rows."""
    found = regions.by_name(name, within=table.region)
    return found.mof_div_code if found else ""
