"""Rows without an amount: named as rows of their table are, or a text that stands among them."""

from __future__ import annotations

import re
from typing import Final

from fisc.disclosure.codes import candidates, table_side
from fisc.disclosure.layout import Block
from fisc.disclosure.model import INCOME, OUTLAY, Table
from fisc.disclosure.rows import row_role
from fisc.disclosure.titles import DEBT_STOCK, ECONOMIC, INSURANCE, LIST, TREE, tight
from fisc.registry import classifications
from fisc.registry.names import normal_name
from fisc.registry.tables import alias_rows

_CODE: Final = re.compile(r"\d{3,11}|\d{1,3}")
_SCHEME: Final = re.compile(
    r"(?P<scheme>.{2,20}保险)(?:基金)?(?:收入|支出|本年收支结余|年末滚存结余)(?:\(或缺口\))?"
)
_PART: Final = re.compile(
    r"(?:其中:)?(?:\d+[.、])?(?:基本)?(?:保险费|利息|财政补贴|待遇|保险待遇)(?:收入|支出)"
)
_DEBT: Final = re.compile(
    r"(?:一般|专项)债务|合计|(?:\d[.、])?(?:其中:)?发行(?:新增|再融资|置换)(?:一般|专项)债券|(?:\d[.、])?外国政府(?:及|和)国际金融组织借款"
)


def is_row(block: Block, table: Table, row: int, column: int) -> bool:
    """Whether a cell of a row without amounts holds the code or the name of a row of such a table."""
    words = tight(block.sheet.text(row, column))
    if column == block.number_column or column in block.code_columns:
        return _CODE.fullmatch(words) is not None
    if column != block.name_column:
        return False
    return words == "其中:" or _is_name(block, table, words)


def _is_name(block: Block, table: Table, words: str) -> bool:
    name, layout = normal_name(words), block.kind.layout
    years = tuple(sorted({column.fiscal_year for column in table.columns}, reverse=True))
    if layout == INSURANCE:
        return _PART.fullmatch(words) is not None or _is_scheme(name, years)
    if layout == DEBT_STOCK:
        return _DEBT.fullmatch(words) is not None
    if layout == ECONOMIC:
        return any(classifications.by_name("gov_bgt_eco", name, year) for year in years)
    if layout not in (TREE, LIST):
        return False
    sides = (table_side(table),) if layout == TREE else (INCOME, OUTLAY)
    is_known = any(candidates(side, name, years, table.fund) for side in sides)
    return (
        is_known or row_role(name, False) != "item" or any(normal_name(a.name) == name for a in alias_rows())
    )


def _is_scheme(name: str, years: tuple[int, ...]) -> bool:
    found = _SCHEME.fullmatch(name)
    return found is not None and any(
        classifications.by_name("rev_func", f"{found['scheme']}基金收入", year, "14") for year in years
    )
