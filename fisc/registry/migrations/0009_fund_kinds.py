"""The database, too, tells kinds of government funds apart."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """What outlay is of which kind, as the shipped table has it."""

    dependencies = [("registry", "0008_affair_codes")]

    operations = [
        migrations.CreateModel(
            name="FundKind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=300, verbose_name="来源")),
                ("is_verified", models.BooleanField(verbose_name="已核实")),
                ("rev_func_code", models.CharField(max_length=12, verbose_name="收入分类")),
                ("exp_func_code", models.CharField(max_length=12, verbose_name="支出功能分类")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
            ],
            options={
                "verbose_name": "政府性基金种类",
                "verbose_name_plural": "政府性基金种类",
                "db_table": "registry_fund_kind",
                "constraints": [
                    models.UniqueConstraint(fields=("exp_func_code",), name="fund_kind_key")
                ],
            },
        ),
    ]
