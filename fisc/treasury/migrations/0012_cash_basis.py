from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treasury', '0011_held_refunds_are_decided'),
    ]

    operations = [
        migrations.AddField(
            model_name='treasurysetting',
            name='cash_basis',
            field=models.TextField(blank=True, db_default='', verbose_name='库款列支基础'),
        ),
        migrations.AddConstraint(
            model_name='treasurysetting',
            constraint=models.CheckConstraint(condition=models.Q(('cash_basis__in', ['', 'payment', 'clearing']), models.Q(('cash_basis', 'payment'), ('has_payment_agency', True), _negated=True)), name='treasury_setting_basis'),
        ),
    ]
