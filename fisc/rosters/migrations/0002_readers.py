"""What other domains ask of person lines, in sets (fisc/rosters/sql/readers.sql)."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("rosters", "0001_initial")]

    operations = []  # what stands in sql/ is run at each installation
