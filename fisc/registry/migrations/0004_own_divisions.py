"""The shipped divisions stand in no table any more; those that a database records itself do."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("registry", "0003_readers")]

    operations = [migrations.RunSQL("delete from registry_region", migrations.RunSQL.noop)]
