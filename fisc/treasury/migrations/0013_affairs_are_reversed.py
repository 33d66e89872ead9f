import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treasury', '0012_cash_basis'),
    ]

    operations = [
        migrations.CreateModel(
            name='AffairReversal',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='总账单据')),
                ('doc_key', models.TextField(unique=True, verbose_name='单据号')),
                ('mof_div_code', models.CharField(max_length=9, verbose_name='财政区划')),
                ('fiscal_year', models.SmallIntegerField(verbose_name='预算年度')),
                ('state', models.TextField(verbose_name='状态')),
                ('trail', models.JSONField(verbose_name='办理过程')),
                ('known_at', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), db_default=[], size=None, verbose_name='各步登记时刻')),
                ('of_kind', models.TextField(verbose_name='所冲单据种类')),
                ('of_no', models.TextField(verbose_name='所冲单据号')),
                ('reason', models.TextField(verbose_name='冲销原因')),
            ],
            options={
                'verbose_name': '国库事项冲销单',
                'verbose_name_plural': '国库事项冲销单',
                'db_table': 'treasury_affair_reversal',
            },
        ),
    ]
