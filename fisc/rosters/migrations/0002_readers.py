"""What other domains ask of person lines, in sets (fisc/rosters/sql/readers.sql)."""

from importlib.resources import files

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("rosters", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (files("fisc.rosters") / "sql" / "readers.sql").read_text("utf8"), migrations.RunSQL.noop
        ),
    ]
