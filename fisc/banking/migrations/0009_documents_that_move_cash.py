"""Entries that moved cash meet the bank's bookings; what was closed without a document is judged anew."""

import django.contrib.postgres.fields
from django.db import migrations, models


#: Until now bookings of other kinds than payments were closed unseen.
OPENED = """
update banking_line set closed_on = null
where source = 'S' and role = 'other' and acct_kind <> '61' and amount_fen > 0 and document_no = ''
"""


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0008_explanations'),
    ]

    operations = [
        migrations.CreateModel(
            name='CashMatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry_id', models.BigIntegerField(verbose_name='总账凭证')),
                ('mof_div_code', models.CharField(max_length=9, verbose_name='财政区划')),
                ('document', models.TextField(verbose_name='单据')),
                ('kind', models.TextField(verbose_name='单据种类')),
                ('document_no', models.TextField(verbose_name='单据号')),
                ('document_at', models.CharField(max_length=9, verbose_name='单据所属区划')),
                ('outflow_fen', models.BigIntegerField(verbose_name='付出（分，收入为负）')),
                ('moved_on', models.DateField(verbose_name='收付日')),
                ('papers', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None, verbose_name='所依文号')),
                ('places', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None, verbose_name='对方区划')),
                ('match_no', models.TextField(db_default='', verbose_name='核对依据')),
                ('is_explained', models.BooleanField(db_default=False, verbose_name='由说明核销')),
                ('closed_on', models.DateField(null=True, verbose_name='核销日')),
            ],
            options={
                'verbose_name': '国库收付核对',
                'verbose_name_plural': '国库收付核对',
                'db_table': 'banking_cash_match',
                'indexes': [models.Index(condition=models.Q(('closed_on__isnull', True)), fields=['mof_div_code'], name='banking_cash_open'), models.Index(fields=['mof_div_code', 'document_no'], name='banking_cash_document'), models.Index(fields=['mof_div_code', 'match_no'], name='banking_cash_matched')],
                'constraints': [models.UniqueConstraint(fields=('entry_id',), name='banking_cash_match_key'), models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', True), ('is_explained', False), ('match_no', '')), models.Q(('closed_on__isnull', False), models.Q(('match_no', ''), _negated=True)), _connector='OR'), name='banking_cash_match_closed')],
            },
        ),
        migrations.RunSQL(OPENED),
    ]
