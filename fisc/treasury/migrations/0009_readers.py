"""What other domains ask of payments, refunds and clearing, in sets (fisc/treasury/sql/readers.sql)."""

from importlib.resources import files

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("treasury", "0008_steps_have_moments")]

    operations = [
        migrations.RunSQL(
            (files("fisc.treasury") / "sql" / "readers.sql").read_text("utf8"), migrations.RunSQL.noop
        ),
    ]
