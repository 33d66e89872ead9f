"""What domains ask of elements in sets (fisc/registry/sql/readers.sql)."""

from importlib.resources import files

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("registry", "0002_elements")]

    operations = [
        migrations.RunSQL(
            (files("fisc.registry") / "sql" / "readers.sql").read_text("utf8"), migrations.RunSQL.noop
        ),
    ]
