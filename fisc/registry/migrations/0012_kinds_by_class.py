"""Income that serves the bonds of a fund is of its kind, too: a kind is told by any class, not by outlay alone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column for both; its rows come with the shipped table."""

    dependencies = [("registry", "0011_credit_codes")]

    operations = [
        migrations.RemoveConstraint("FundKind", "fund_kind_key"),
        migrations.RenameField("FundKind", "exp_func_code", "func_code"),
        migrations.AlterField("FundKind", "func_code", models.CharField("科目", max_length=12)),
        migrations.AddConstraint(
            "FundKind", models.UniqueConstraint(fields=["func_code"], name="fund_kind_key")
        ),
    ]
