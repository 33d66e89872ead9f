"""Pay lines are a sub-ledger: the database adds them up to their vouchers and keeps them as they are."""

from django.db import migrations

from fisc.treasury.models.payroll import GUARD_SQL, UNGUARD_SQL


class Migration(migrations.Migration):

    dependencies = [("treasury", "0002_guards")]

    operations = [migrations.RunSQL(GUARD_SQL, UNGUARD_SQL)]
