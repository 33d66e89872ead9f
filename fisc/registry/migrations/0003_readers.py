"""What domains ask of elements in sets (fisc/registry/sql/readers.sql)."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("registry", "0002_elements")]

    operations = []  # what stands in sql/ is run at each installation
