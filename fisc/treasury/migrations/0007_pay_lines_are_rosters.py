"""Pay lines are rosters' lines; a person is paid or returned only where the batch was paid."""

from django.db import migrations

class Migration(migrations.Migration):

    dependencies = [("treasury", "0006_documents_by_kind"), ("rosters", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("PayrollLine")]),
    ]
