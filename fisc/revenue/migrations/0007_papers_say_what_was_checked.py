"""Why a paper that was asked about is right; those of before were not asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('revenue', '0006_reports_name_what_they_correct'),
    ]

    operations = [
        migrations.AddField(
            model_name='dailyreport',
            name='confirm_reason',
            field=models.TextField(blank=True, db_default='', verbose_name='核对情况说明'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='confirm_reason',
            field=models.TextField(blank=True, db_default='', verbose_name='核对情况说明'),
        ),
        migrations.AddField(
            model_name='refund',
            name='confirm_reason',
            field=models.TextField(blank=True, db_default='', verbose_name='核对情况说明'),
        ),
    ]
