"""A day may be reconciled again: each time is an edition."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("banking", "0004_tables_of_their_own_name")]

    operations = [
        migrations.AddField(
            "reconciliation", "edition", models.SmallIntegerField(db_default=1, verbose_name="第几次对账")
        ),
        migrations.RemoveConstraint("reconciliation", "banking_reconciliation_key"),
        migrations.AddConstraint(
            "reconciliation",
            models.UniqueConstraint(
                fields=["mof_div_code", "day", "edition"], name="banking_reconciliation_key"
            ),
        ),
    ]
