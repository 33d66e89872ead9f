"""Payees say their unified social credit code, where they have one."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """The column, empty for those that stand."""

    dependencies = [("registry", "0010_grant_purposes")]

    operations = [
        migrations.AddField(
            model_name="payeerow",
            name="credit_code",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="统一社会信用代码"),
        ),
    ]
