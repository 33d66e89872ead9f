# ruff: noqa: D106 -- a Meta says nothing that needs words
"""The shipped tables as Django models: the same rows that the lookups answer from.

`loader` writes them; nothing else does, but `added_regions` the divisions of this database. A row is in
force for the fiscal years [valid_from_year, valid_to_year], an empty end being open.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from fisc.registry.element_models import (
    AgencyRow,
    ElementEvent,
    PayeeAccountRow,
    PayeeRow,
    ProjectRow,
    TagRow,
    ThemeRow,
)

__all__ = [
    "AccountRow", "AgencyRow", "Classification", "ClassificationAlias", "CodeEvent", "DataFile",
    "ElementEvent", "ElementPair", "FiscalYear", "FundType", "GrantPurpose", "PayeeAccountRow",
    "PayeeRow", "PostingRule", "ProjectRow", "QuotaRuleRow", "Region", "RuleSet", "TagRow", "ThemeRow",
]  # fmt: skip


class Sourced(models.Model):
    """Where a row comes from and whether it was checked there."""

    source = models.CharField("来源", max_length=300)
    is_verified = models.BooleanField("已核实")

    class Meta:
        abstract = True


class Dated(Sourced):
    """A sourced row with the fiscal years in which it is in force."""

    valid_from_year = models.SmallIntegerField("起始年度")
    valid_to_year = models.SmallIntegerField("终止年度", null=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        abstract = True


class DataFile(models.Model):
    """A shipped table as it was last loaded."""

    name = models.CharField("文件", max_length=80, primary_key=True)
    digest = models.CharField("摘要", max_length=64)
    row_count = models.IntegerField("行数")

    class Meta:
        verbose_name = verbose_name_plural = "数据文件"


class Region(Sourced):
    """财政区划 that a database records itself, beside those shipped: nine digits, suffix 000 本级."""

    mof_div_code = models.CharField("区划代码", max_length=9, primary_key=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级次", max_length=12)
    parent = models.CharField("上级", max_length=9, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "财政区划"

    def __str__(self) -> str:
        return f"{self.mof_div_code} {self.name}"


class FiscalYear(models.Model):
    """A fiscal year and the treasury rule set that governs it."""

    year = models.SmallIntegerField("年度", primary_key=True)
    treasury_rule_set = models.CharField("总会计制度", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "预算年度"

    def __str__(self) -> str:
        return str(self.year)


class FundType(Sourced):
    """资金性质."""

    code = models.CharField("代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=60)
    parent = models.CharField("上级", max_length=6, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资金性质"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Classification(Dated):
    """A classification code and its name for some years (功能、收入、经济分类)."""

    kind = models.CharField("分类", max_length=16)
    code = models.CharField("代码", max_length=12)
    name = models.CharField("名称", max_length=120)
    level = models.CharField("层级", max_length=8)
    parent = models.CharField("上级", max_length=12, blank=True)
    fund = models.CharField("资金性质", max_length=6, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "收支分类"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "code", "fund", "valid_from_year"], name="classification_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ClassificationAlias(Sourced):
    """Another printed name of a code."""

    kind = models.CharField("分类", max_length=16)
    fund = models.CharField("资金性质", max_length=6, blank=True)
    code = models.CharField("代码", max_length=12)
    name = models.CharField("别名", max_length=120)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "科目别名"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "fund", "code", "name"], name="alias_key")
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.code}"


class AccountRow(Dated):
    """An account of a chart; `floor_fen` set makes it a control account."""

    book = models.CharField("账簿", max_length=40)
    code = models.CharField("科目代码", max_length=12)
    name = models.CharField("科目名称", max_length=60)
    account_class = models.CharField("类别", max_length=30)
    normal_side = models.SmallIntegerField("余额方向")
    floor_fen = models.BigIntegerField("余额下限（分）", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "会计科目"
        constraints: ClassVar = [models.UniqueConstraint(fields=["book", "code"], name="account_key")]

    def __str__(self) -> str:
        return f"{self.book}:{self.code} {self.name}"


class RuleSet(Dated):
    """A set of posting rules for some books and years."""

    rule_set = models.CharField("制度", max_length=40, primary_key=True)
    name = models.CharField("名称", max_length=60)
    books = models.CharField("账簿", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "会计制度"

    def __str__(self) -> str:
        return self.name


class PostingRule(Dated):
    """One pair of accounts of a posting rule."""

    rule_set = models.CharField("制度", max_length=40)
    rule_code = models.CharField("规则号", max_length=16)
    event = models.CharField("业务", max_length=60)
    event_name = models.CharField("业务名称", max_length=60)
    step = models.SmallIntegerField("分录")
    selector = models.CharField("适用条件", max_length=80, blank=True)
    book = models.CharField("账簿", max_length=40)
    debit = models.CharField("借方", max_length=12)
    credit = models.CharField("贷方", max_length=12)
    is_red = models.BooleanField("红字")

    class Meta:
        verbose_name = verbose_name_plural = "记账规则"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule_set", "rule_code", "event", "step", "selector", "book", "debit", "credit"],
                name="posting_rule_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_code} {self.event_name}"


class CodeEvent(Sourced):
    """Which events the codes that begin with a prefix stand for."""

    kind = models.CharField("分类", max_length=16)
    code_prefix = models.CharField("代码前缀", max_length=12)
    fund = models.CharField("资金性质", max_length=6, blank=True)
    event = models.CharField("执行业务", max_length=60, blank=True)
    event_selector = models.CharField("执行条件", max_length=80, blank=True)
    budget_event = models.CharField("预算业务", max_length=60, blank=True)
    budget_selector = models.CharField("预算条件", max_length=80, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "科目业务对应"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "code_prefix", "fund"], name="code_event_key")
        ]

    def __str__(self) -> str:
        return f"{self.code_prefix} → {self.event}"


class QuotaRuleRow(Dated):
    """Of which quotas a rule speaks: those whose element begins so."""

    rule = models.CharField("规则", max_length=20)
    element = models.CharField("要素", max_length=30)
    prefix = models.CharField("代码前缀", max_length=30)
    name = models.CharField("名称", max_length=60)

    class Meta:
        db_table = "registry_quota_rule"
        verbose_name = verbose_name_plural = "指标规则"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "element", "prefix", "valid_from_year"], name="quota_rule_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.prefix}"


class ElementPair(Sourced):
    """Where an element begins so, another begins with one of some prefixes, if it says anything."""

    fund_prefix = models.CharField("资金性质前缀", max_length=6, blank=True)
    when_element = models.CharField("要素", max_length=30)
    when_prefix = models.CharField("代码前缀", max_length=30)
    element = models.CharField("对应要素", max_length=30)
    prefixes = models.CharField("对应代码前缀", max_length=120)
    name = models.CharField("名称", max_length=60)
    valid_from_year = models.SmallIntegerField("起始年度")
    valid_to_year = models.SmallIntegerField("终止年度", null=True)

    class Meta:
        db_table = "registry_element_pair"
        verbose_name = verbose_name_plural = "要素对应"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fund_prefix", "when_element", "when_prefix", "element", "valid_from_year"],
                name="element_pair_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.when_prefix} {self.prefixes}"


class PaymentCheckRow(Sourced):
    """A parameter of a rule that payments are judged by, of a region or of all, from a day on (ISO text)."""

    rule_id = models.CharField("规则", max_length=10)
    mof_div_code = models.CharField("财政区划", max_length=9, blank=True)
    parameter = models.CharField("参数", max_length=30)
    value = models.TextField("取值")
    valid_from = models.CharField("起始日期", max_length=10, blank=True)
    valid_to = models.CharField("终止日期", max_length=10, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        db_table = "registry_payment_check"
        verbose_name = verbose_name_plural = "支付校验参数"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule_id", "mof_div_code", "parameter", "valid_from"], name="payment_check_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.parameter}"


class AffairCode(Sourced):
    """What the class of a treasury's affair, of revenue or of its quota, begins with; without rows, any."""

    kind = models.CharField("事项", max_length=60)
    code_prefix = models.CharField("收入分类前缀", max_length=12)

    class Meta:
        db_table = "registry_affair_code"
        verbose_name = verbose_name_plural = "国库事项的收入分类"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "code_prefix"], name="affair_code_key")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code_prefix}"


class FundKind(Sourced):
    """The kind of a class of funds: outlay that it pays (款 or 项), or income that serves its bonds."""

    rev_func_code = models.CharField("收入分类", max_length=12)
    func_code = models.CharField("科目", max_length=12)
    name = models.CharField("名称", max_length=60)

    class Meta:
        db_table = "registry_fund_kind"
        verbose_name = verbose_name_plural = "政府性基金种类"
        constraints: ClassVar = [models.UniqueConstraint(fields=["func_code"], name="fund_kind_key")]

    def __str__(self) -> str:
        return f"{self.rev_func_code} {self.name}"


class GrantPurpose(Sourced):
    """The class of outlay that money from above is for, by its revenue code; `control`: refuse or note."""

    rev_func_code = models.CharField("收入分类", max_length=12)
    exp_func_code = models.CharField("支出功能分类", max_length=12)
    name = models.CharField("名称", max_length=60)
    control = models.CharField("控制", max_length=10)
    valid_from_year = models.SmallIntegerField("起始年度")
    valid_to_year = models.SmallIntegerField("终止年度", null=True)

    class Meta:
        db_table = "registry_grant_purpose"
        verbose_name = verbose_name_plural = "上级资金用途"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rev_func_code", "valid_from_year"], name="grant_purpose_key")
        ]

    def __str__(self) -> str:
        return f"{self.rev_func_code} {self.name}"
