"""Why a receipt that was asked about is right; receipts of before were not asked."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transfers', '0005_receivers_have_their_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='receipt',
            name='confirm_reason',
            field=models.TextField(blank=True, db_default='', verbose_name='核对情况说明'),
        ),
    ]
