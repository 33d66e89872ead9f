"""A statement may be of several days: from which on it covers them is kept."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing is said of statements that came before: of them the day alone is known."""

    dependencies: ClassVar = [("banking", "0012_payers")]
    operations: ClassVar = [
        migrations.AddField("bankmessage", "covers_from", models.DateField("所含首日", null=True)),
    ]
