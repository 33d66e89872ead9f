# ruff: noqa: D106 -- a Meta says nothing that needs words
"""Elements of the coding block as Django models: a snapshot for each fiscal year.

`fisc.registry.elements` writes them. A row is never deleted and its key never changes
(fisc/registry/sql/elements.sql); it is disabled, with date and reason, or rolled over into the next year.
Keys are indexed code first: a fresh table without statistics is then still read by its codes.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


def _disabled_has_reason(name: str) -> models.CheckConstraint:
    """Enabled rows carry no date and no reason; disabled ones carry both."""
    enabled = Q(is_enabled=True, disabled_on__isnull=True, disable_reason="")
    disabled = Q(is_enabled=False, disabled_on__isnull=False) & ~Q(disable_reason="")
    return models.CheckConstraint(condition=enabled | disabled, name=name)


class Element(models.Model):
    """What every element has: its year, whether it may be used, and who recorded it."""

    fiscal_year = models.SmallIntegerField("预算年度")
    is_enabled = models.BooleanField("启用", db_default=True)
    disabled_on = models.DateField("停用日期", null=True)
    disable_reason = models.TextField("停用原因", blank=True, db_default="")
    recorded_by = models.TextField("登记人")
    recorded_on = models.DateField("登记日期")
    rolled_from = models.SmallIntegerField("结转自年度", null=True)

    class Meta:
        abstract = True


class AgencyRow(Element):
    """预算单位 of a region: a department, or a unit of one."""

    mof_div_code = models.CharField("财政区划", max_length=9)
    agency_code = models.TextField("预算单位")
    name = models.TextField("单位名称")
    kind = models.TextField("单位类别")
    dept_code = models.TextField("部门代码", blank=True)
    manage_mof_dep_code = models.TextField("业务主管处室", blank=True)

    class Meta:
        db_table = "registry_agency"
        verbose_name = verbose_name_plural = "预算单位"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency_code", "mof_div_code", "fiscal_year"], name="agency_key"),
            _disabled_has_reason("agency_disabled_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.agency_code} {self.name}"


class ProjectRow(Element):
    """预算项目 of a region, with its themes and tags."""

    mof_div_code = models.CharField("财政区划", max_length=9)
    pro_code = models.TextField("预算项目")
    name = models.TextField("项目名称")
    agency_code = models.TextField("预算单位", blank=True)
    pro_kind_code = models.TextField("项目类别", blank=True)
    theme_codes = ArrayField(models.TextField(), verbose_name="专题")
    tags = ArrayField(models.TextField(), verbose_name="标识")

    class Meta:
        db_table = "registry_project"
        verbose_name = verbose_name_plural = "预算项目"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pro_code", "mof_div_code", "fiscal_year"], name="project_key"),
            _disabled_has_reason("project_disabled_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.pro_code} {self.name}"


class PayeeRow(Element):
    """收款人: serves every region."""

    payee_code = models.TextField("收款人编码")
    name = models.TextField("收款人名称")
    kind = models.TextField("收款人类别")
    credit_code = models.TextField("统一社会信用代码", db_default="", default="", blank=True)

    class Meta:
        db_table = "registry_payee"
        verbose_name = verbose_name_plural = "收款人"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payee_code", "fiscal_year"], name="payee_key"),
            _disabled_has_reason("payee_disabled_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.payee_code} {self.name}"


class PayeeAccountRow(Element):
    """收款账户: in a year an account number belongs to one payee."""

    acct_no = models.TextField("收款账号")
    payee_code = models.TextField("收款人编码")
    bank_no = models.TextField("开户行行号", blank=True)

    class Meta:
        db_table = "registry_payee_account"
        verbose_name = verbose_name_plural = "收款账户"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["acct_no", "fiscal_year"], name="payee_account_key"),
            _disabled_has_reason("payee_account_disabled_has_reason"),
        ]
        indexes: ClassVar = [models.Index(fields=["payee_code", "fiscal_year"], name="accounts_of_payee")]

    def __str__(self) -> str:
        return self.acct_no


class Label(Element):
    """A theme or tag: what money is for, across functional classes. Serves every region."""

    code = models.TextField("代码")
    name = models.TextField("名称")
    kind = models.TextField("类别")
    rule = models.TextField("使用规则", blank=True)
    source = models.TextField("来源")
    is_verified = models.BooleanField("已核实")
    is_shipped = models.BooleanField("随程序提供")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ThemeRow(Label):
    """专题: a project may carry several."""

    class Meta:
        db_table = "registry_theme"
        verbose_name = verbose_name_plural = "专题"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "fiscal_year"], name="theme_key"),
            _disabled_has_reason("theme_disabled_has_reason"),
        ]


class TagRow(Label):
    """标识 (三保, 直达, 惠企利民, 到人到户, 民生, 专项) with the value the national standard gives it."""

    national_element = models.TextField("国家要素", blank=True)
    national_value = models.TextField("国家要素值", blank=True)

    class Meta:
        db_table = "registry_tag"
        verbose_name = verbose_name_plural = "标识"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "fiscal_year"], name="tag_key"),
            _disabled_has_reason("tag_disabled_has_reason"),
        ]


class ElementEvent(models.Model):
    """What happened to an element after it was recorded: revised, disabled, enabled again. Append-only."""

    kind = models.TextField("要素")
    fiscal_year = models.SmallIntegerField("预算年度")
    mof_div_code = models.CharField("财政区划", max_length=9, blank=True)
    code = models.TextField("代码")
    event = models.TextField("事项")
    acted_by = models.TextField("经办人")
    acted_on = models.DateField("日期")
    reason = models.TextField("原因")
    before = models.JSONField("原内容", null=True)

    class Meta:
        db_table = "registry_element_event"
        verbose_name = verbose_name_plural = "要素变动"
        indexes: ClassVar = [
            models.Index(fields=["kind", "fiscal_year", "mof_div_code", "code"], name="events_of_element")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.event} {self.acted_on}"
