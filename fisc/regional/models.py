"""Documents by which a region settles something for itself; what holds is read in `fisc.registry`."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument


class SettingDocument(FlowDocument):
    """A setting of a region from a day on. `doc_key` = setting_no.

    `setting` is a row of `setting_kinds.csv`, which says what `value` may be; `figure` begins the figures
    meant, where it is about figures; title, version and classes make a livelihood set of the region's own.
    """

    setting = models.TextField("设定事项")
    figure = models.TextField("指标编号", blank=True)
    value = models.TextField("设定值", blank=True)
    title = models.TextField("口径名称", blank=True)
    version = models.TextField("口径版本", blank=True)
    exp_func_codes = ArrayField(models.TextField(), verbose_name="口径所列功能分类", db_default=[])
    valid_from = models.DateField("起始日期")
    approval_no = models.TextField("依据文号")

    class Meta:
        db_table = "regional_setting"
        verbose_name = verbose_name_plural = "地区设定单"
        indexes: ClassVar = [
            models.Index(fields=["mof_div_code", "setting"], name="regional_setting_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(approval_no=""), name="regional_setting_basis"),
            models.CheckConstraint(
                condition=~Q(value="") | ~Q(exp_func_codes=[]), name="regional_setting_says_something"
            ),
        ]

    def __str__(self) -> str:
        return self.doc_key
