"""The tables stand since the treasury's first migration and keep their names; who owns them changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [("treasury", "0003_payroll_lines")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[
                migrations.CreateModel(
                    name='ExpectedFlow',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('flow_key', models.TextField(unique=True, verbose_name='编号')),
                        ('mof_div_code', models.CharField(max_length=9, verbose_name='财政区划')),
                        ('stream', models.TextField(verbose_name='类别')),
                        ('expected_on', models.DateField(verbose_name='预计日期')),
                        ('amount_fen', models.BigIntegerField(verbose_name='金额（分，收为正、付为负）')),
                        ('title', models.TextField(verbose_name='说明')),
                        ('source_doc_no', models.TextField(blank=True, verbose_name='文号')),
                        ('is_movable', models.BooleanField(default=False, verbose_name='可以推迟')),
                        ('is_settled', models.BooleanField(default=False, verbose_name='已实现或取消')),
                        ('recorded_by', models.TextField(verbose_name='登记人')),
                        ('recorded_on', models.DateField(verbose_name='登记日')),
                    ],
                    options={
                        'verbose_name': '预计收支',
                        'verbose_name_plural': '预计收支',
                        'db_table': 'treasury_expected_flow',
                        'indexes': [models.Index(fields=['mof_div_code', 'expected_on'], name='treasury_expected_day')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen', 0), _negated=True), name='treasury_expected_amount')],
                    },
                ),
        ]),
    ]
