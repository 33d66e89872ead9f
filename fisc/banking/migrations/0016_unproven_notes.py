"""Why a bank is not proven at the end of a year: a document of two officers."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

import fisc.documents.models


class Migration(migrations.Migration):
    """Years that are locked stay so."""

    dependencies: ClassVar = [("banking", "0015_banks_by_their_names")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="UnprovenNote",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="总账单据")),
                ("doc_key", models.TextField(unique=True, verbose_name="单据号")),
                ("mof_div_code", models.CharField(max_length=9, verbose_name="财政区划")),
                ("fiscal_year", models.SmallIntegerField(verbose_name="预算年度")),
                ("state", models.TextField(verbose_name="状态")),
                ("trail", fisc.documents.models.TrailField(verbose_name="办理过程")),
                (
                    "known_at",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), db_default=[], size=None, verbose_name="各步登记时刻"
                    ),
                ),
                (
                    "unproven",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None, verbose_name="未对平的账户"
                    ),
                ),
                ("basis_doc_no", models.TextField(blank=True, verbose_name="依据文号")),
                ("reason", models.TextField(verbose_name="原因")),
            ],
            options={
                "verbose_name": "年末未对平说明", "verbose_name_plural": "年末未对平说明",
                "db_table": "banking_unproven_note",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="banking_unproven_note_reason"
                    )
                ],
            },
        ),
    ]
