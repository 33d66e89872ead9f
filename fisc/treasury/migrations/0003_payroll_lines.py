"""Pay lines are a sub-ledger: the database adds them up to their vouchers and keeps them as they are."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("treasury", "0002_guards")]

    operations = [
        migrations.RunSQL(
            "select ledger.define_subledger('treasury_payroll_line')",
            "drop trigger guard_subledger on treasury_payroll_line; "
            "drop trigger append_only on treasury_payroll_line",
        ),
    ]
