"""What a shipped table must look like: its area, its columns, and what tells its rows apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SOURCED = ("source", "is_verified")
_YEARS = ("valid_from_year", "valid_to_year")
_DAYS = ("valid_from", "valid_to")
_CODES = ("code", "name", "level", "parent", "fund", *_YEARS, *_SOURCED, "note")
_CODE_KEY = ("code", "fund", "valid_from_year")


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's area (for people), its columns in order, and the columns of its key."""

    area: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


SHAPES: Final[Mapping[str, Shape]] = {
    "regions.csv": Shape("区划", ("mof_div_code", "name", "level", "parent", *_SOURCED), ("mof_div_code",)),
    "region_aliases.csv": Shape("区划", ("mof_div_code", "name", *_SOURCED), ("mof_div_code", "name")),
    "fund_types.csv": Shape("资金性质", ("code", "name", "parent", *_SOURCED), ("code",)),
    "exp_func.csv": Shape("支出功能分类", _CODES, _CODE_KEY),
    "rev_func.csv": Shape("收入分类", _CODES, _CODE_KEY),
    "gov_bgt_eco.csv": Shape("政府预算支出经济分类", _CODES, _CODE_KEY),
    "dep_bgt_eco.csv": Shape("部门预算支出经济分类", _CODES, _CODE_KEY),
    "eco_mapping.csv": Shape(
        "经济分类对应",
        ("dep_bgt_eco_code", "unit_kind", "gov_bgt_eco_code", *_YEARS, *_SOURCED),
        ("dep_bgt_eco_code", "unit_kind", "valid_from_year"),
    ),
    "aliases.csv": Shape(
        "科目别名", ("kind", "fund", "code", "name", *_SOURCED, "note"), ("kind", "fund", "code", "name")
    ),
    "accounts.csv": Shape(
        "会计科目",
        ("book", "code", "name", "class", "normal_side", "floor_fen", *_YEARS, *_SOURCED, "note"),
        ("book", "code"),
    ),
    "rule_sets.csv": Shape(
        "会计制度", ("rule_set", "name", "books", *_YEARS, *_SOURCED, "note"), ("rule_set",)
    ),
    "posting_rules.csv": Shape(
        "记账规则",
        ("rule_set", "rule_code", "event", "event_name", "step", "selector", "book", "debit", "credit",
         "is_red", "note", *_SOURCED, *_YEARS),
        ("rule_set", "rule_code", "event", "step", "selector", "book", "debit", "credit"),
    ),
    "code_events.csv": Shape(
        "科目业务对应",
        ("kind", "code_prefix", "fund", "event", "event_selector", "budget_event", "budget_selector", "note",
         *_SOURCED),
        ("kind", "code_prefix", "fund"),
    ),
    "transfer_twins.csv": Shape(
        "转移支付收支对应", ("rev_func_code", "tp_func_code", "name", *_SOURCED, "note"), ("rev_func_code",)
    ),
    "tax_sharing.csv": Shape(
        "税收分享",
        ("tax", "central_pct", "local_pct", *_YEARS, *_SOURCED, "note"),
        ("tax", "valid_from_year"),
    ),
    "livelihood_sets.csv": Shape(
        "民生口径",
        ("set_id", "title", "version", "name", "exp_func_code", *_SOURCED),
        ("set_id", "exp_func_code"),
    ),
    "region_settings.csv": Shape(
        "地区设定", ("mof_div_code", "setting", "of", "value", *_SOURCED), ("mof_div_code", "setting", "of")
    ),
    "setting_kinds.csv": Shape(
        "地区设定事项",
        ("setting", "name", "takes", "choices", "holds_from", "check", "note", *_SOURCED),
        ("setting",),
    ),
    "fund_incomes.csv": Shape(
        "收入与资金性质",
        ("fund_type_code", "rev_func_code", "note", *_SOURCED),
        ("fund_type_code", "rev_func_code"),
    ),
    "monitoring_rules.csv": Shape(
        "监控规则",
        ("rule_id", "group", "name", "predicate", "trigger", "control", "note", *_SOURCED),
        ("rule_id",),
    ),
    "payment_checks.csv": Shape(
        "支付监控参数",
        ("rule_id", "mof_div_code", "parameter", "value", *_DAYS, "note", *_SOURCED),
        ("rule_id", "mof_div_code", "parameter", "valid_from"),
    ),
    "affair_codes.csv": Shape(
        "国库事项的收支分类", ("kind", "code_prefix", *_SOURCED), ("kind", "code_prefix")
    ),
    "disclosure_tables.csv": Shape(
        "公开表格", ("table_id", "table_set", "title", "columns", "unit", *_SOURCED), ("table_id",)
    ),
    "legal_limits.csv": Shape(
        "法定限额",
        ("code", "name", "value", "unit", "rule", *_SOURCED, *_YEARS),
        ("code", "valid_from_year"),
    ),
    "quota_rules.csv": Shape(
        "指标规则",
        ("rule", "element", "prefix", "name", "note", *_YEARS, *_SOURCED),
        ("rule", "element", "prefix", "valid_from_year"),
    ),
    "fund_kinds.csv": Shape(
        "政府性基金种类", ("rev_func_code", "func_code", "name", *_SOURCED), ("func_code",)
    ),
    "grant_purposes.csv": Shape(
        "上级资金用途",
        ("rev_func_code", "exp_func_code", "name", "control", *_YEARS, *_SOURCED),
        ("rev_func_code", "valid_from_year"),
    ),
    "duties.csv": Shape("岗位", ("code", "name", "note", *_SOURCED), ("code",)),
    "incompatible_duties.csv": Shape("不相容岗位", ("duty", "other", "note", *_SOURCED), ("duty", "other")),
    "themes.csv": Shape("专题", ("code", "name", "kind", "rule", *_YEARS, *_SOURCED), ("code",)),
    "tags.csv": Shape(
        "标识",
        ("code", "name", "kind", "national_element", "national_value", "rule", *_YEARS, *_SOURCED),
        ("code",),
    ),
    "element_values.csv": Shape(
        "要素取值", ("element", "code", "name", *_SOURCED), ("element", "code")
    ),
    "element_pairs.csv": Shape(
        "要素对应",
        ("fund_prefix", "when_element", "when_prefix", "element", "prefixes", "name", *_YEARS, *_SOURCED),
        ("fund_prefix", "when_element", "when_prefix", "element", "valid_from_year"),
    ),
    "element_forms.csv": Shape(
        "要素格式", ("element", "name", "form", "min_length", "max_length", *_SOURCED), ("element",)
    ),
    "execution_accounts.csv": Shape(
        "预算执行科目",
        ("book", "code", "side", "fund_type_code", "func_code", "between", *_SOURCED),
        ("book", "code"),
    ),
    "cash_accounts.csv": Shape("库款科目", ("book", "code", "kind", "name", *_SOURCED), ("book", "code")),
    "cash_floors.csv": Shape(
        "不得透支的资金", ("pool", "name", "book", "code", "told_by", *_SOURCED), ("pool", "book", "code")
    ),
    "cash_streams.csv": Shape(
        "库款流",
        ("priority", "stream", "name", "direction", "element", "prefixes", "method", "day", "is_movable",
         *_SOURCED),
        ("priority",),
    ),
    "import_columns.csv": Shape(
        "导入表头", ("subject", "element", "name", "is_required", *_SOURCED), ("subject", "name")
    ),
    "payroll_items.csv": Shape("工资项目", ("item_name", "dep_bgt_eco_code", *_SOURCED), ("item_name",)),
    "payroll_rules.csv": Shape(
        "工资匹配规则",
        ("step", "name", "exp_func", "dep_bgt_eco", "gov_bgt_eco", "is_unified_pay", "fund_type_codes",
         *_SOURCED),
        ("step",),
    ),
    "capital_terms.csv": Shape(
        "国有资本用语",
        ("term", "code", "name", *_YEARS, "note", *_SOURCED),
        ("term", "code", "valid_from_year"),
    ),
    "funder_duties.csv": Shape(
        "出资人职责",
        ("code", "name", "enterprise_kind", "counted_from", "month_day", "days", "rule", *_SOURCED),
        ("code",),
    ),
    "theme_uses.csv": Shape(
        "专题资金用途",
        ("theme_code", "element", "prefix", "is_allowed", "note", *_SOURCED),
        ("theme_code", "element", "prefix"),
    ),
    "revenue_sharing.csv": Shape(
        "收入分成",
        ("mof_div_code", "rev_func_code", "level", "share_bp", *_DAYS, *_SOURCED, "note"),
        ("mof_div_code", "rev_func_code", "level", "valid_from"),
    ),
    "revenue_checks.csv": Shape(
        "收入质量参数", ("rule_id", "parameter", "value", "unit", "note", *_SOURCED), ("rule_id", "parameter")
    ),
    "statistic_items.csv": Shape(
        "统计指标", ("item", "name", "kind", "unit", "part", "may_be_negative", *_SOURCED), ("item",)
    ),
    "comparable_growth.csv": Shape(
        "可比口径核对",
        ("item", "fiscal_year", "revenue", "revenue_before", "refunds", "refunds_step", "refunds_before",
         "refunds_before_step", "unit", "published_growth_pct", "published_comparable_pct", *_SOURCED,
         "note"),
        ("item", "fiscal_year"),
    ),
    "indicators.csv": Shape("财政指标", ("name", "formula", "threshold", *_SOURCED), ("name",)),
}  # fmt: skip
