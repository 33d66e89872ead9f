"""The year's end closes the quota book and settles the surplus; balances of funds are kept by kind."""

from __future__ import annotations

from django.db import migrations, models

_KINDS = ["quotas", "surplus", "close", "open"]


class Migration(migrations.Migration):
    """Two more kinds of papers, one more element of an opening balance."""

    dependencies = [("closing", "0004_openings")]

    operations = [
        migrations.RemoveConstraint(model_name="yearend", name="closing_year_end_kind"),
        migrations.AddConstraint(
            model_name="yearend",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", _KINDS)), name="closing_year_end_kinds"
            ),
        ),
        migrations.AddField(
            model_name="openingline",
            name="rev_func_code",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="收入分类"),
        ),
    ]
