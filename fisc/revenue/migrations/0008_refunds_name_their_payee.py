"""Whom a refund goes to; those of before named nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('revenue', '0007_papers_say_what_was_checked'),
    ]

    operations = [
        migrations.AddField(
            model_name='refund',
            name='payee_name',
            field=models.TextField(blank=True, db_default='', verbose_name='收款人'),
        ),
        migrations.AddField(
            model_name='refund',
            name='payee_acct_no',
            field=models.TextField(blank=True, db_default='', verbose_name='收款账号'),
        ),
    ]
