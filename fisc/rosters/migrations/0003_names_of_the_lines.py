"""What came with pay lines and kept its name: the key and the sequence of their table, the first guard of steps."""

from django.db import migrations

NAMES = """
alter index if exists treasury_payroll_line_pkey rename to rosters_line_pkey;
alter sequence if exists treasury_payroll_line_id_seq rename to rosters_line_id_seq;
-- the same function guards the steps under its own name (fisc/treasury/sql/guards.sql)
drop trigger if exists guard_person on rosters_step;
"""


class Migration(migrations.Migration):

    dependencies = [("rosters", "0002_readers")]

    operations = [migrations.RunSQL(NAMES)]
