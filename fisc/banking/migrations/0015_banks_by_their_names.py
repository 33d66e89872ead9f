"""Banks name themselves and each other by more than their numbers; an account is stated from a day on."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing is known of accounts and bookings that stand."""

    dependencies: ClassVar = [("banking", "0014_statements_are_void_by_two")]
    operations: ClassVar = [
        migrations.AddField(
            "bankaccount", "bank_alias", models.TextField("开户行另称", blank=True, db_default="")
        ),
        migrations.AddField("bankaccount", "opened_on", models.DateField("启用日", blank=True, null=True)),
        migrations.AddField("bankline", "party_bank_no", models.TextField("对方开户行", db_default="")),
    ]
