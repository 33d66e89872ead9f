"""Reads a payroll file: one row per person and item, or one row per person with a column per item.

Item names become department economic classes by `payroll_items.csv`; a code in the file goes
before the name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from fisc.registry import carried
from fisc.registry.tables import read_table
from fisc.sheets import FileRefused, Table
from fisc.sheets.faults import RULE_FILE
from fisc.sheets.reading import check_total, check_total_at
from fisc.sheets.table import RESULT
from fisc.sheets.text import heading
from fisc.treasury.services.imports.cells import fen_of
from fisc.treasury.services.imports.faults import FAULTS, placed
from fisc.treasury.services.payroll.matching import PayItem

_WHO = ("agency_code", "per_code", "per_name", "exp_func_code", "payee_acct_no")
#: What the form with a row per item says in columns of its own.
_LONG_ONLY = ("item_name", "dep_bgt_eco_code", "pay_amt")
_AMOUNT_WORDS = {
    "missing": "缺少金额", "negative": "金额是负数", "decimals": "金额小于分", "zero": "金额为零",
    "too_large": "金额超出可记的范围", "not_amount": "不是金额",
}  # fmt: skip


@dataclass(slots=True)
class PayrollSheet:
    """The pay lines of a file and, by file row, what is wrong with the rows that gave none."""

    items: list[PayItem]
    faults: dict[int, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What the user should know: what was not read, and columns of numbers that are no registered item."""

    def fault(self, row_no: int, what: str, rule: str, hint: str) -> None:
        """Note that a row is no good."""
        self.faults.setdefault(row_no, []).append(f"{what}。依据：{rule}。怎么办：{hint}")


@cache
def item_codes() -> dict[str, str]:
    """Plain item name -> department economic class."""
    return {heading(row["item_name"]): row["dep_bgt_eco_code"] for row in read_table("payroll_items.csv")}


def read_payroll(table: Table, region: str, pay_month: str) -> PayrollSheet:
    """The pay lines of a table for a region and a month ('2021-03').

    Zero and empty amounts of the wide form are no lines. Raises FileRefused where the table has
    neither an amount column nor item columns, or its total does not add up.
    """
    wide = items_of(table)
    is_long = "pay_amt" in table.places and table.places.keys() & {"item_name", "dep_bgt_eco_code"}
    if not is_long and not wide:
        raise FileRefused(
            f"工作表“{table.sheet.name}”里没有工资项目",
            "请加上“工资项目”和“应发金额”两列，或每个工资项目一列",
        )
    doubled = [note for note in table.notes if note.code == "doubled" and note.column in wide]
    if doubled and not is_long:
        raise FileRefused(f"工资表里{doubled[0].problem}", doubled[0].remedy)
    if not is_long:
        in_form = [table.headings[name] for name in _LONG_ONLY if name in table.places]
        table.unread = [*in_form, *(said for said in table.unread if said not in wide)]
    sheet = PayrollSheet([], notes=[*table.remarks(), *([] if is_long else _left_out(table, wide))])
    beside = [] if is_long else [*table.merge_faults(wide.values()), *table.total_faults(wide.values())]
    for fault in (*table.faults, *table.cell_faults(table.places), *beside):
        sheet.fault(fault.row, placed(fault), RULE_FILE, fault.remedy)
    who = {name: table.texts(name).texts for name in _WHO}
    found = list(_long(table, sheet) if is_long else _wide(table, wide, sheet))
    _require_fields(sheet, table, who)
    _take(sheet, table, who, found, f"{region}:{pay_month}")
    return sheet


def items_of(table: Table) -> dict[str, int]:
    """The columns that are items of pay, and where they stand."""
    return {name: place for name, place in table.others.items() if heading(name) in item_codes()}


def _left_out(table: Table, wide: Mapping[str, int]) -> Iterator[str]:
    """Columns with amounts that are no registered item: nobody is paid what stands there."""
    for name, at in table.others.items():
        texts = () if name in wide or name in _NO_ITEMS else table.texts_at(at, "amount_fen").texts
        if any(len(said) <= _MOST_DIGITS and _IS_NUMBER.fullmatch(said) for said in texts):
            yield f"列“{name}”有数，但不是登记的工资项目，没有读取；是工资项目的，请在对应表登记后再导入"


#: Columns of numbers that every list has, and how long an amount of pay can be: longer are other numbers.
_NO_ITEMS: Final = frozenset({"序号", RESULT})
_MOST_DIGITS: Final = 10
_IS_NUMBER: Final = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")

Found = tuple[int, str, str, int]
"""(place among the rows, item name, class, fen)."""


def _long(table: Table, sheet: PayrollSheet) -> Iterator[Found]:
    names, codes = table.texts("item_name").texts, table.texts("dep_bgt_eco_code").texts
    amounts = fen_of(table.texts("pay_amt").texts, table.unit_of("pay_amt"))
    check_total(table, "pay_amt", amounts["fen"].to_list())
    for place, (name, code, fen, wrong) in enumerate(zip(names, codes, *amounts, strict=True)):
        eco = code or item_codes().get(heading(name), "")
        if wrong is not None:
            _amount_fault(sheet, table.numbers[place], wrong, "")
        elif not eco:
            sheet.fault(
                table.numbers[place], f"工资项目“{name}”没有对应的经济分类" if name else "缺少工资项目",
                "工资项目按对应表归入部门预算支出经济分类",
                "请填写部门预算支出经济分类代码，或在对应表登记该项目",
            )  # fmt: skip
        else:
            yield place, name or eco, eco, fen


def _wide(table: Table, wide: dict[str, int], sheet: PayrollSheet) -> Iterator[Found]:
    made: list[Found] = []
    units = table.units_at([*wide.values(), *(at for name, at in table.places.items() if name == "pay_amt")])
    for name, at in wide.items():
        cells = table.texts_at(at, "amount_fen", units[at])
        for place, error in cells.faults.items():
            sheet.fault(table.numbers[place], f"{name}{error}", RULE_FILE, error.remedy)
        amounts = list(zip(*fen_of(cells.texts, units[at]), strict=True))
        none = {place for place, (_, wrong) in enumerate(amounts) if wrong == "missing"} - cells.faults.keys()
        check_total_at(table, at, units[at], [0 if i in none else fen for i, (fen, _) in enumerate(amounts)])
        for place, (fen, wrong) in enumerate(amounts):
            if wrong is None:
                made.append((place, name, item_codes()[heading(name)], fen))
            elif wrong not in ("missing", "zero") and place not in cells.faults:
                _amount_fault(sheet, table.numbers[place], wrong, name)
    return iter(sorted(made, key=lambda found: found[0]))


def _amount_fault(sheet: PayrollSheet, row_no: int, wrong: str, item: str) -> None:
    hint = "扣款不在指标匹配之内，请按应发数填列" if wrong == "negative" else FAULTS[wrong].hint
    sheet.fault(row_no, f"{item}{_AMOUNT_WORDS[wrong]}", FAULTS[wrong].rule, hint)


def _require_fields(sheet: PayrollSheet, table: Table, who: dict[str, list[str]]) -> None:
    for column in table.columns:
        for place, text in enumerate(who[column.name] if column.is_required else ()):
            if not text:
                sheet.fault(table.numbers[place], f"缺少{column.label}", "工资发放须要素齐全", "请补填")


def _take(
    sheet: PayrollSheet, table: Table, who: dict[str, list[str]], found: list[Found], prefix: str
) -> None:
    """Lines of rows without fault; a person's item comes once in a month, p001 and P001 are one person."""
    seen: Counter[str] = Counter()
    first: dict[str, int] = {}
    for place, name, eco, fen in found:
        row_no = table.numbers[place]
        agency, person = who["agency_code"][place], who["per_code"][place]
        key = f"{prefix}:{agency}:{person.upper()}:{eco}:{heading(name)}"
        seen[key] += 1
        if seen[key] > 1:
            sheet.fault(
                row_no, f"{who['per_name'][place]}（{person}）的{name}与第 {first[key]} 行重复",
                "同一人同一月同一工资项目只发一次", "如为补发，请用另一个工资项目名称",
            )  # fmt: skip
        first.setdefault(key, row_no)
        said = ((carried.NAME, who["per_name"][place]), (carried.ACCOUNT, who["payee_acct_no"][place]))
        if why := carried.first_fault(said):
            sheet.fault(row_no, why, "姓名和账号要写进银行报文", "请删去不能用的字符或缩短后重新导入")
        sheet.items.append(
            PayItem(key, row_no, agency, person, who["per_name"][place], name, eco,
                    who["exp_func_code"][place], fen, who["payee_acct_no"][place])
        )  # fmt: skip
    sheet.items = [item for item in sheet.items if item.row_no not in sheet.faults]
