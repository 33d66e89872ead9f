"""The columns of element files: national element names, their Chinese headings, and their cells.

Names marked ◦ in docs/glossary.md are ours, the national standard's being unknown to us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

#: National standard: 1 是, 2 否.
YES, NO = "1", "2"
#: How several themes or tags are written in one cell.
_SEPARATORS: Final = re.compile(r"[;；,，、\s]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, the heading people know it by, and the field it fills."""

    name: str
    heading: str
    field: str
    is_required: bool = False
    form: str = "text"
    """text, year, codes, date, truth (empty is yes) or mark (empty is no)."""


_STATE: Final = (
    Column("is_enabled", "是否启用", "is_enabled", form="truth"),
    Column("disabled_on", "停用日期", "disabled_on", form="date"),
    Column("disable_reason", "停用原因", "disable_reason"),
)
_YEAR: Final = Column("fiscal_year", "预算年度", "fiscal_year", True, "year")
_REGION: Final = Column("mof_div_code", "财政区划", "mof_div_code", True)
_LABEL: Final = (
    Column("rule", "使用规则", "rule"),
    Column("source", "来源", "source"),
    Column("is_verified", "是否核实", "is_verified", form="mark"),
    Column("is_shipped", "是否随程序提供", "is_shipped", form="mark"),
)

COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "agencies": (
        _YEAR, _REGION,
        Column("agency_code", "单位代码", "agency_code", True),
        Column("agency_name", "单位名称", "name", True),
        Column("agency_kind", "单位类别", "kind", True),
        Column("dept_code", "部门代码", "dept_code"),
        Column("manage_mof_dep_code", "业务主管处室", "manage_mof_dep_code"),
        *_STATE,
    ),
    "projects": (
        _YEAR, _REGION,
        Column("pro_code", "项目代码", "pro_code", True),
        Column("pro_name", "项目名称", "name", True),
        Column("agency_code", "单位代码", "agency_code"),
        Column("pro_kind_code", "项目类别", "pro_kind_code"),
        Column("theme_code", "专题", "theme_codes", form="codes"),
        Column("tag_code", "标识", "tags", form="codes"),
        *_STATE,
    ),
    "payees": (
        _YEAR,
        Column("payee_code", "收款人编码", "payee_code", True),
        Column("payee_name", "收款人名称", "name", True),
        Column("payee_kind", "收款人类别", "kind", True),
        Column("payee_acct_no", "收款账号", "acct_no"),
        Column("payee_acct_name", "账户名称", "acct_name"),
        Column("payee_bank_no", "开户行行号", "bank_no"),
        *_STATE,
        Column("acct_is_enabled", "账户是否启用", "acct_is_enabled", form="truth"),
        Column("acct_disabled_on", "账户停用日期", "acct_disabled_on", form="date"),
        Column("acct_disable_reason", "账户停用原因", "acct_disable_reason"),
    ),
    "themes": (
        _YEAR,
        Column("theme_code", "专题代码", "code", True),
        Column("theme_name", "专题名称", "name", True),
        Column("theme_kind", "专题类别", "kind", True),
        *_LABEL, *_STATE,
    ),
    "tags": (
        _YEAR,
        Column("tag_code", "标识代码", "code", True),
        Column("tag_name", "标识名称", "name", True),
        Column("tag_kind", "标识类别", "kind", True),
        Column("national_element", "国家要素", "national_element"),
        Column("national_value", "国家要素值", "national_value"),
        *_LABEL, *_STATE,
    ),
}  # fmt: skip


class BadCell(ValueError):
    """A cell that does not say what its column asks for."""


def value_of(column: Column, text: str) -> Any:
    """What a cell means. Raises BadCell."""
    if column.is_required and not text:
        raise BadCell(f"没有填写{column.heading}")
    return _READERS[column.form](text, column.heading)


def _year(text: str, heading: str) -> int:
    if not re.fullmatch(r"20\d\d", text):
        raise BadCell(f"{heading}应为四位年份，现为“{text}”")
    return int(text)


def _codes(text: str, _: str) -> tuple[str, ...]:
    return tuple(code for code in _SEPARATORS.split(text) if code)


def _truth(text: str, heading: str) -> bool:
    if text not in ("", YES, NO, "是", "否"):
        raise BadCell(f"{heading}应为 1（是）或 2（否），现为“{text}”")
    return text in ("", YES, "是")


def _mark(text: str, heading: str) -> bool:
    return bool(text) and _truth(text, heading)


def _date(text: str, heading: str) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-")) if text else None
    except ValueError:
        raise BadCell(f"{heading}应为 2022-01-31 这样的日期，现为“{text}”") from None


_READERS: Final = {
    "text": lambda text, _: text, "year": _year, "codes": _codes, "truth": _truth, "mark": _mark,
    "date": _date,
}  # fmt: skip


def cell_of(column: Column, value: Any) -> str:
    """A value as a cell holds it: the inverse of `value_of`."""
    if column.form in ("truth", "mark"):
        return YES if value else NO
    if column.form == "codes":
        return ";".join(value)
    return "" if value is None else str(value)


def by_heading(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns by their name and by their Chinese heading."""
    return {key: column for column in columns for key in (column.name, column.heading)}
