"""A statement says from when to when it is: two of the same hours are one and its correction."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Of statements that stand nothing is known but their days."""

    dependencies: ClassVar = [("banking", "0016_unproven_notes")]
    operations: ClassVar = [
        migrations.AddField("bankmessage", "starts_at", models.DateTimeField("所含时段起", null=True)),
        migrations.AddField("bankmessage", "ends_at", models.DateTimeField("所含时段止", null=True)),
    ]
