"""Why an event that says the same as another is another; those of before were not asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('debt', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='debtevent',
            name='confirm_reason',
            field=models.TextField(blank=True, db_default='', verbose_name='核对情况说明'),
        ),
    ]
