"""One list of findings; what a finding says never changes, only its state and trail grow."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='FindingRow',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='总账单据')),
                ('doc_key', models.TextField(unique=True, verbose_name='单据号')),
                ('mof_div_code', models.CharField(max_length=9, verbose_name='财政区划')),
                ('fiscal_year', models.SmallIntegerField(verbose_name='预算年度')),
                ('state', models.TextField(verbose_name='状态')),
                ('trail', models.JSONField(verbose_name='办理过程')),
                ('rule_id', models.TextField(verbose_name='规则')),
                ('name', models.TextField(verbose_name='规则名称')),
                ('what', models.TextField(verbose_name='疑点')),
                ('source', models.TextField(blank=True, verbose_name='依据')),
                ('document', models.TextField(blank=True, verbose_name='单据')),
                ('about', models.TextField(blank=True, verbose_name='对象')),
                ('amount_fen', models.BigIntegerField(verbose_name='金额（分）')),
                ('against_fen', models.BigIntegerField(null=True, verbose_name='对方金额（分）')),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None, verbose_name='证据')),
                ('hint', models.TextField(blank=True, verbose_name='办法')),
                ('refuses', models.BooleanField(verbose_name='须拦截')),
            ],
            options={
                'verbose_name': '疑点',
                'verbose_name_plural': '疑点',
                'db_table': 'documents_finding',
                'indexes': [models.Index(fields=['document'], name='documents_finding_document'), models.Index(fields=['mof_div_code', 'rule_id'], name='documents_finding_rule')],
            },
        ),
    ]
