"""The columns of element files: national element names, their Chinese headings, what their cells mean.

Names marked ◦ in docs/glossary.md are ours, the national standard's being unknown to us.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fisc.sheets.columns import Column

_STATE: Final = (
    Column("is_enabled", "是否启用", "truth"),
    Column("disabled_on", "停用日期", "date"),
    Column("disable_reason", "停用原因"),
)
_YEAR: Final = Column("fiscal_year", "预算年度", "year", is_required=True)
_REGION: Final = Column("mof_div_code", "财政区划", "code", is_required=True)
_LABEL: Final = (
    Column("rule", "使用规则"),
    Column("source", "来源"),
    Column("is_verified", "是否核实", "mark"),
    Column("is_shipped", "是否随程序提供", "mark"),
)

#: What people call a unit, too.
_UNIT: Final = ("单位代码", "单位", "预算单位代码")

COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "agencies": (
        _YEAR, _REGION,
        Column("agency_code", "预算单位", "code", is_required=True, also=_UNIT),
        Column("agency_name", "单位名称", is_required=True, field="name"),
        Column("agency_kind", "单位类别", is_required=True, field="kind"),
        Column("dept_code", "部门代码", "code"),
        Column("manage_mof_dep_code", "业务主管处室", "code"),
        *_STATE,
    ),
    "projects": (
        _YEAR, _REGION,
        Column("pro_code", "预算项目", "code", is_required=True, also=("项目代码", "项目")),
        Column("pro_name", "项目名称", is_required=True, field="name"),
        Column("agency_code", "预算单位", "code", also=_UNIT),
        Column("pro_kind_code", "项目类别", "code"),
        Column("theme_code", "专题", "codes", field="theme_codes", also=("主题",)),
        Column("tag_code", "标识", "codes", field="tags", also=("标签", "标记")),
        *_STATE,
    ),
    "payees": (
        _YEAR,
        Column("payee_code", "收款人编码", "code", is_required=True),
        Column("payee_name", "收款人名称", is_required=True, field="name"),
        Column("payee_kind", "收款人类别", is_required=True, field="kind"),
        Column("credit_code", "统一社会信用代码", "code"),
        Column("payee_acct_no", "收款账号", "code", field="acct_no"),
        Column("payee_acct_name", "账户名称", field="acct_name"),
        Column("payee_bank_no", "开户行行号", "code", field="bank_no"),
        *_STATE,
        Column("acct_is_enabled", "账户是否启用", "truth"),
        Column("acct_disabled_on", "账户停用日期", "date"),
        Column("acct_disable_reason", "账户停用原因"),
    ),
    "themes": (
        _YEAR,
        Column("theme_code", "专题代码", "code", is_required=True, field="code"),
        Column("theme_name", "专题名称", is_required=True, field="name"),
        Column("theme_kind", "专题类别", is_required=True, field="kind"),
        *_LABEL, *_STATE,
    ),
    "tags": (
        _YEAR,
        Column("tag_code", "标识代码", "code", is_required=True, field="code"),
        Column("tag_name", "标识名称", is_required=True, field="name"),
        Column("tag_kind", "标识类别", is_required=True, field="kind"),
        Column("national_element", "国家要素"),
        Column("national_value", "国家要素值"),
        *_LABEL, *_STATE,
    ),
}  # fmt: skip
