"""A statement is void by a document of two officers."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

import fisc.documents.models


class Migration(migrations.Migration):
    """What was void before stays so, with who said it then."""

    dependencies: ClassVar = [("banking", "0013_statements_of_several_days")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="StatementVoid",
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
                ("bank_no", models.TextField(verbose_name="对方行号")),
                ("message_id", models.TextField(verbose_name="报文号")),
                ("void_reason", models.TextField(verbose_name="作废原因")),
                ("void_note", models.TextField(verbose_name="作废说明")),
            ],
            options={
                "verbose_name": "对账单作废单", "verbose_name_plural": "对账单作废单",
                "db_table": "banking_statement_void",
                "indexes": [
                    models.Index(fields=["bank_no", "message_id"], name="banking_statement_void_of")
                ],
            },
        ),
    ]
