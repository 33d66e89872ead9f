"""Why an advance that says the same as another is another; those of before were not asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("budget", "0006_numbers_are_used_again")]

    operations = [
        migrations.AddField(
            model_name="advance",
            name="confirm_reason",
            field=models.TextField(blank=True, db_default="", verbose_name="核对情况说明"),
        ),
    ]
