"""The registry's tables as people read them: headings, and the values that stand in many rows, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fisc.registry.books import BOOKS, in_words
from fisc.registry.papers import paper_words

#: Column -> heading. `registry check` and the files themselves keep the names of columns.
HEADINGS: Final[Mapping[str, str]] = {
    "check": "核对", "choices": "可选的值", "holds_from": "自何时起", "takes": "填写",
    "pool": "资金", "told_by": "只作公布的单据",
    "mof_div_code": "区划", "name": "名称", "level": "级次", "parent": "上级", "source": "依据",
    "is_verified": "已核实", "code": "代码", "fund": "资金性质", "valid_from_year": "起始年度",
    "valid_to_year": "终止年度", "note": "备注", "dep_bgt_eco_code": "部门经济分类",
    "unit_kind": "单位类型", "gov_bgt_eco_code": "政府经济分类", "kind": "类别", "book": "账簿",
    "class": "科目类别", "normal_side": "余额方向", "floor_fen": "余额下限（分）",
    "rule_set": "会计制度", "books": "账簿", "rule_code": "规则代码", "event": "业务代码",
    "event_name": "业务", "step": "步骤", "selector": "适用条件", "debit": "借方", "credit": "贷方",
    "is_red": "红字", "code_prefix": "代码前缀", "event_selector": "业务条件",
    "budget_event": "预算业务", "budget_selector": "预算业务条件", "rev_func_code": "收入分类",
    "tp_func_code": "转移支付功能分类", "tax": "税种", "central_pct": "中央比例（%）",
    "local_pct": "地方比例（%）", "set_id": "口径", "title": "标题", "version": "版本",
    "exp_func_code": "支出功能分类", "setting": "设定", "of": "对象", "value": "值",
    "rule_id": "规则代码", "group": "组别", "predicate": "判断条件", "trigger": "时点",
    "control": "控制方式", "parameter": "参数", "table_id": "表代码", "table_set": "表册",
    "columns": "栏目", "unit": "单位", "rule": "规则", "element": "要素", "prefix": "前缀",
    "duty": "岗位", "other": "不相容岗位", "national_element": "国家要素",
    "national_value": "国家取值", "form": "格式", "min_length": "最短位数", "max_length": "最长位数",
    "side": "收支", "fund_type_code": "资金性质", "func_code": "功能分类", "between": "往来",
    "priority": "优先级", "stream": "流项", "direction": "收付", "prefixes": "前缀",
    "method": "推算方法", "day": "日", "is_movable": "可推迟", "subject": "表格",
    "is_required": "必填", "item_name": "项目", "exp_func": "功能分类", "dep_bgt_eco": "部门经济分类",
    "gov_bgt_eco": "政府经济分类", "is_unified_pay": "工资统发", "fund_type_codes": "资金性质",
    "term": "用语", "enterprise_kind": "企业类别", "counted_from": "起算", "month_day": "月日",
    "days": "天数", "theme_code": "专题", "is_allowed": "准许", "share_bp": "比例（万分之一）",
    "valid_from": "起始日期", "valid_to": "终止日期", "item": "指标", "part": "细目",
    "may_be_negative": "可为负数",
    "fiscal_year": "年度", "revenue": "收入", "revenue_before": "上年收入", "refunds": "退税",
    "refunds_step": "退税进位", "refunds_before": "上年退税", "refunds_before_step": "上年退税进位",
    "published_growth_pct": "公布增长（%）", "published_comparable_pct": "公布可比增长（%）",
    "formula": "算式", "threshold": "界限", "fund_prefix": "资金性质前缀", "when_element": "已填要素",
    "when_prefix": "已填前缀",
}  # fmt: skip
_YES: Final = {"yes": "是", "no": "否", "any": "不限"}
#: Column -> value -> word.
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "level": {"centre": "中央", "province": "省级", "city": "市级", "county": "县级", "own": "本级",
              "class": "类", "section": "款", "item": "项", "detail": "目"},
    "class": {
        "asset": "资产", "liability": "负债", "net_assets": "净资产", "income": "收入",
        "expense": "费用", "outlay": "支出", "budget_balance": "预算结余", "budget_income": "预算收入",
        "budget_outlay": "预算支出", "quota_source": "指标来源", "quota_spending": "指标支出",
        "quota_memo": "备查", "use": "用途", "statistic": "统计",
    },
    "normal_side": {"debit": "借", "credit": "贷"},
    "side": {"income": "收入", "outlay": "支出"},
    "direction": {"in": "收", "out": "付", "both": "收付"},
    "unit": {"bp": "万分之一", "day": "天", "year": "年", "point": "分", "percent": "%", "month_day": "月日",
             "code": "代码"},
    "form": {"word": "文字", "digits": "数字"},
    "book": {code: book.short for code, book in BOOKS.items()},
}  # fmt: skip
_CHINESE: Final = re.compile("[一-鿿]")
#: A word of a maintainer's remark. What people need of it stands in the other columns.
_ENGLISH: Final = re.compile(r"[A-Za-z]{4,}")


def cell(column: str, value: str) -> str:
    """A value of a column in words; a maintainer's English remark is left out, as its paper is in Chinese."""
    if column == "source":
        return paper_words(value)
    if column == "note":
        return value if _CHINESE.search(value) and not _ENGLISH.search(value) else ""
    if column.startswith("is_"):
        return _YES.get(value, value)
    return in_words(_VALUES.get(column, {}).get(value, value))
