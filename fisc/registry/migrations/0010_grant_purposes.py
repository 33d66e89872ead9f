"""The database, too, tells what money from above is for."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Which class of outlay a revenue code names, as the shipped table has it."""

    dependencies = [("registry", "0009_fund_kinds")]

    operations = [
        migrations.CreateModel(
            name="GrantPurpose",
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
                ("control", models.CharField(max_length=10, verbose_name="控制")),
                ("valid_from_year", models.SmallIntegerField(verbose_name="起始年度")),
                ("valid_to_year", models.SmallIntegerField(null=True, verbose_name="终止年度")),
            ],
            options={
                "verbose_name": "上级资金用途",
                "verbose_name_plural": "上级资金用途",
                "db_table": "registry_grant_purpose",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rev_func_code", "valid_from_year"), name="grant_purpose_key"
                    )
                ],
            },
        ),
    ]
