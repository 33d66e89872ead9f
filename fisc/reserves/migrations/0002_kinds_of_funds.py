"""Money that leaves a government fund says of which kind of fund it is."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more column; what was posted before bears none."""

    dependencies = [("reserves", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="fundmove",
            name="fund_kind_code",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="基金种类"),
        ),
    ]
