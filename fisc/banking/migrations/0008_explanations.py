"""What bookings are that no voucher explains: a document of two officers."""

import django.contrib.postgres.fields
from django.db import migrations, models

import fisc.documents.models


class Migration(migrations.Migration):

    dependencies = [("banking", "0007_lines_by_their_place")]

    operations = [
        migrations.CreateModel(
            name="Explanation",
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
                ("booking_at", models.TextField(verbose_name="银行入账")),
                ("disposition", models.TextField(verbose_name="说明")),
                ("basis", models.TextField(verbose_name="依据编号")),
                ("summary", models.TextField(blank=True, verbose_name="摘要")),
            ],
            options={
                "verbose_name": "银行入账说明", "verbose_name_plural": "银行入账说明",
                "db_table": "banking_explanation",
                "indexes": [models.Index(fields=["basis"], name="banking_explanation_basis")],
            },
        ),
    ]
