"""Why an affair that says the same as another is another; those of before were not asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("treasury", "0016_payees_by_their_names")]

    operations = [
        migrations.AddField(
            model_name="affair",
            name="confirm_reason",
            field=models.TextField(blank=True, db_default="", verbose_name="核对情况说明"),
        ),
    ]
