"""A statement may end within its day, with an interim balance: the day has no balance yet."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Of statements that stand nothing is known but their balances."""

    dependencies: ClassVar = [("banking", "0018_days_inside_statements")]
    operations: ClassVar = [
        migrations.AddField("bankmessage", "is_day_end", models.BooleanField("到日终", db_default=True)),
    ]
