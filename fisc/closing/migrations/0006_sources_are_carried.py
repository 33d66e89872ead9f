"""What is left of money from above is carried over by a paper of the year's end of its own kind."""

from __future__ import annotations

from django.db import migrations, models

_KINDS = ["sources", "quotas", "surplus", "close", "open"]


class Migration(migrations.Migration):
    """One more kind of papers."""

    dependencies = [("closing", "0005_quota_book_and_surplus")]

    operations = [
        migrations.RemoveConstraint(model_name="yearend", name="closing_year_end_kinds"),
        migrations.AddConstraint(
            model_name="yearend",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", _KINDS)), name="closing_year_end_steps"
            ),
        ),
    ]
