"""Messages, reconciliation and expected cash belong to `banking` and `cash`; their tables stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("treasury", "0003_payroll_lines"), ("banking", "0001_initial"), ("cash", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.DeleteModel("BankAccount"),
            migrations.DeleteModel("BankLine"),
            migrations.DeleteModel("BankMessage"),
            migrations.DeleteModel("MessageFinding"),
            migrations.DeleteModel("Reconciliation"),
            migrations.DeleteModel("VoucherMatch"),
            migrations.DeleteModel("ExpectedFlow"),
        ]),
    ]
