"""A booking and its reversal under one reference of the bank are two bookings."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("banking", "0002_findings")]

    operations = [
        migrations.RemoveConstraint(model_name="bankline", name="treasury_bank_line_key"),
        migrations.AddConstraint(
            model_name="bankline",
            constraint=models.UniqueConstraint(
                fields=["acct_no", "bank_ref", "source", "side", "amount_fen", "ref_no"],
                name="treasury_bank_line_key",
            ),
        ),
    ]
