"""What other domains ask of payments, refunds and clearing, in sets (fisc/treasury/sql/readers.sql)."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("treasury", "0008_steps_have_moments")]

    operations = []  # what stands in sql/ is run at each installation
