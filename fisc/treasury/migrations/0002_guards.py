"""What holds over the treasury's documents whatever code writes them (fisc/treasury/sql/guards.sql)."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("treasury", "0001_initial"), ("documents", "0001_initial"), ("registry", "0002_elements")]

    operations = []  # what stands in sql/ is run at each installation
