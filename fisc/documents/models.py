"""The columns every business document has, and the tables of officers and steps."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.db.models.query_utils import DeferredAttribute

#: The moment at which a fact becomes known, as the ledger's clock gives it.
CLOCK = models.Func(function="ledger.clock", output_field=models.DateTimeField())


class _Trail(DeferredAttribute):
    """A trail's value: read as text by the engine, taken apart when someone looks."""

    def __get__(self, document: models.Model | None, of: Any = None) -> Any:
        """The steps; a text is taken apart once."""
        trail = super().__get__(document, of)
        if document is not None and isinstance(trail, str):
            trail = document.__dict__[self.field.attname] = json.loads(trail)
        return trail

    def __set__(self, document: models.Model, trail: Any) -> None:
        """Keep what is given: with this the class is asked before the object."""
        document.__dict__[self.field.attname] = trail


class TrailField(models.JSONField):
    """The steps of a document. Of a thousand documents that are moved nobody looks into one trail."""

    descriptor_class = _Trail

    def deconstruct(self) -> Any:
        """As any JSON in migrations: how it is read is no matter of the table."""
        name, _, positional, named = super().deconstruct()
        return name, "django.db.models.JSONField", positional, named


class FlowDocument(models.Model):
    """A business document. `id` is its id in the ledger's directory of documents, `doc_key` its number there.

    `trail` is a list of steps `[move, round, officer, "YYYY-MM-DD", note]`; it only grows, and the
    last step leads to `state`. Rounds are counted from 1; each step back begins another. `known_at` are the
    moments at which the last steps became known, one each; steps of 0.1.0 have none.
    """

    id = models.BigIntegerField("总账单据", primary_key=True)
    doc_key = models.TextField("单据号", unique=True)
    mof_div_code = models.CharField("财政区划", max_length=9)
    fiscal_year = models.SmallIntegerField("预算年度")
    state = models.TextField("状态")
    trail = TrailField("办理过程")
    known_at = ArrayField(models.DateTimeField(), verbose_name="各步登记时刻", db_default=[])

    class Meta:
        abstract = True


class ReversalDocument(FlowDocument):
    """What was posted is reversed (冲销): which document, and why."""

    of_kind = models.TextField("所冲单据种类")
    of_no = models.TextField("所冲单据号")
    reason = models.TextField("冲销原因")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.doc_key


class OfficerRow(models.Model):
    """A person who acts, and the duties (岗位) they hold; '' as region: acts for every region."""

    code = models.TextField("人员编号", primary_key=True)
    name = models.TextField("姓名")
    mof_div_code = models.CharField("财政区划", max_length=9, blank=True)
    agency_code = models.TextField("预算单位", blank=True)
    duties = ArrayField(models.TextField(), verbose_name="岗位")

    class Meta:
        db_table = "documents_officer"
        verbose_name = verbose_name_plural = "经办人员"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CredentialRow(models.Model):
    """What proves that somebody is an officer: a password, hashed. Failures in a row lock it for a while."""

    officer = models.TextField("人员编号", primary_key=True)
    password = models.TextField("口令摘要")
    set_at = models.DateTimeField("设定时刻", db_default=Now())
    failure_count = models.SmallIntegerField("连续失败次数", db_default=0)
    failed_at = models.DateTimeField("最近失败时刻", null=True)

    class Meta:
        db_table = "documents_credential"
        verbose_name = verbose_name_plural = "登录口令"

    def __str__(self) -> str:
        return self.officer


class SessionRow(models.Model):
    """An officer who has signed in; the token itself is known to them alone."""

    token_sha256 = models.CharField("登录凭据摘要", max_length=64, primary_key=True)
    officer = models.TextField("人员编号")
    opened_at = models.DateTimeField("登录时刻", db_default=Now())
    expires_at = models.DateTimeField("失效时刻")
    closed_at = models.DateTimeField("退出时刻", null=True)

    class Meta:
        db_table = "documents_session"
        verbose_name = verbose_name_plural = "登录"
        indexes = (models.Index(fields=["officer"], name="documents_session_officer"),)

    def __str__(self) -> str:
        return f"{self.officer} {self.opened_at}"


class IncompatibleDuty(models.Model):
    """Two duties that one person may not hold (不相容岗位)."""

    duty = models.TextField("岗位")
    other = models.TextField("不相容岗位")
    source = models.TextField("依据")
    is_verified = models.BooleanField("已核实")

    class Meta:
        db_table = "documents_incompatible_duty"
        verbose_name = verbose_name_plural = "不相容岗位"
        constraints: ClassVar = [models.UniqueConstraint(fields=["duty", "other"], name="duty_pair")]

    def __str__(self) -> str:
        return f"{self.duty} × {self.other}"


class TransitionRow(models.Model):
    """A step that the database allows on the documents of a table."""

    table_name = models.TextField("单据表")
    kind = models.TextField("单据种类")
    move = models.TextField("步骤")
    move_name = models.TextField("步骤名称")
    source = models.TextField("原状态", blank=True)
    target = models.TextField("新状态")
    duty = models.TextField("岗位")
    duty_name = models.TextField("岗位名称")
    not_by = ArrayField(models.TextField(), verbose_name="不得由下列步骤的经办人办理")
    is_back = models.BooleanField("退回")

    class Meta:
        db_table = "documents_transition"
        verbose_name = verbose_name_plural = "流程步骤"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["table_name", "move", "source"], name="transition_key")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.move_name}"


class FindingRow(FlowDocument):
    """A finding that is kept: the columns are those of `fisc.kernel.findings.Finding`."""

    rule_id = models.TextField("规则")
    name = models.TextField("规则名称")
    what = models.TextField("疑点")
    source = models.TextField("依据", blank=True)
    document = models.TextField("单据", blank=True)
    about = models.TextField("对象", blank=True)
    amount_fen = models.BigIntegerField("金额（分）")
    against_fen = models.BigIntegerField("对方金额（分）", null=True)
    evidence = ArrayField(models.TextField(), verbose_name="证据")
    hint = models.TextField("办法", blank=True)
    refuses = models.BooleanField("须拦截")

    class Meta:
        db_table = "documents_finding"
        verbose_name = verbose_name_plural = "疑点"
        indexes = (
            models.Index(fields=["document"], name="documents_finding_document"),
            models.Index(fields=["mof_div_code", "rule_id"], name="documents_finding_rule"),
        )

    def __str__(self) -> str:
        return f"{self.doc_key} {self.what}"
