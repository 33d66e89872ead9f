"""The documents of a year's end: what was closed or carried, and by which entries."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument


class YearEnd(FlowDocument):
    """One closing (`close`) or opening (`open`) of a region's year; `round` counts repeats.

    A later round posts only what came after the one before. `entry_keys` are the natural keys of the
    entries that posting made: statements leave them out.
    """

    kind = models.TextField("种类")
    round = models.SmallIntegerField("次数")
    entry_keys = ArrayField(models.TextField(), verbose_name="凭证")

    class Meta:
        db_table = "closing_year_end"
        verbose_name = verbose_name_plural = "年终结账单"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "kind", "round"], name="closing_year_end_round"
            ),
            models.CheckConstraint(condition=Q(kind__in=["close", "open"]), name="closing_year_end_kind"),
        ]

    def __str__(self) -> str:
        return self.doc_key
