import django.contrib.postgres.fields
from django.db import migrations, models

#: Why what was applied for before this was asked stands; the database asks of what comes.
_BEFORE = "升级前的申请"


class Migration(migrations.Migration):

    dependencies = [("treasury", "0009_readers")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="repeat_reason",
            field=models.TextField(blank=True, db_default=_BEFORE, verbose_name="确认重复的理由"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="repeat_reason",
            field=models.TextField(blank=True, db_default="", verbose_name="确认重复的理由"),
        ),
        migrations.AddField(
            model_name="payment",
            name="attachments",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), db_default=[], size=None, verbose_name="附件"
            ),
        ),
    ]
