"""Pay lines become the lines of rosters: their table moves with its rows and guards; steps are new."""

from django.db import migrations, models

LINES = """
alter table treasury_payroll_line rename to rosters_line;
alter table rosters_line rename column pay_app_no to batch_no;
alter table rosters_line rename column pay_month to period;
alter index treasury_payroll_payment rename to rosters_line_batch;
alter index treasury_payroll_entry rename to rosters_line_entry;
alter table rosters_line rename constraint treasury_payroll_once to rosters_line_once;
alter table rosters_line rename constraint treasury_payroll_amount to rosters_line_amount;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [("treasury", "0003_payroll_lines"), ("documents", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LINES)],
            state_operations=[
                migrations.CreateModel(
                    name='RosterLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('entry_id', models.BigIntegerField(verbose_name='凭证')),
                        ('account_id', models.SmallIntegerField(verbose_name='科目')),
                        ('coding_id', models.IntegerField(verbose_name='要素组合')),
                        ('amount_fen', models.BigIntegerField(verbose_name='应发（分）')),
                        ('line_key', models.TextField(verbose_name='行键')),
                        ('round_no', models.SmallIntegerField(verbose_name='此前撤销次数')),
                        ('batch_no', models.TextField(verbose_name='批次（支付申请编号）')),
                        ('mof_div_code', models.CharField(max_length=9, verbose_name='财政区划')),
                        ('period', models.CharField(max_length=7, verbose_name='所属期')),
                        ('agency_code', models.TextField(verbose_name='预算单位')),
                        ('per_code', models.TextField(verbose_name='人员编号')),
                        ('per_name', models.TextField(verbose_name='姓名')),
                        ('item_name', models.TextField(verbose_name='项目')),
                        ('dep_bgt_eco_code', models.TextField(verbose_name='部门预算支出经济分类')),
                        ('payee_acct_no', models.TextField(verbose_name='收款账号')),
                        ('rule_step', models.SmallIntegerField(verbose_name='匹配规则')),
                        ('file_sha256', models.CharField(max_length=64, verbose_name='文件摘要')),
                        ('row_no', models.IntegerField(verbose_name='行号')),
                    ],
                    options={
                        'verbose_name': '名册明细',
                        'verbose_name_plural': '名册明细',
                        'db_table': 'rosters_line',
                        'indexes': [models.Index(fields=['batch_no'], name='rosters_line_batch'), models.Index(fields=['entry_id'], name='rosters_line_entry')],
                        'constraints': [models.UniqueConstraint(fields=('line_key', 'round_no'), name='rosters_line_once'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='rosters_line_amount')],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='RosterStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line_id', models.BigIntegerField(verbose_name='明细')),
                ('step_no', models.SmallIntegerField(verbose_name='步骤序号')),
                ('kind', models.TextField(verbose_name='步骤')),
                ('mof_div_code', models.CharField(max_length=9, verbose_name='财政区划')),
                ('happened_on', models.DateField(verbose_name='日期')),
                ('amount_fen', models.BigIntegerField(verbose_name='金额（分）')),
                ('ref_no', models.TextField(blank=True, verbose_name='参考号')),
                ('message_id', models.TextField(blank=True, verbose_name='报文号')),
                ('acct_no', models.TextField(blank=True, verbose_name='账号')),
                ('reason_code', models.TextField(blank=True, verbose_name='原因代码')),
                ('reason', models.TextField(blank=True, verbose_name='原因')),
                ('noted_by', models.TextField(verbose_name='经办人')),
            ],
            options={
                'verbose_name': '名册办理过程',
                'verbose_name_plural': '名册办理过程',
                'db_table': 'rosters_step',
                'indexes': [models.Index(fields=['message_id'], name='rosters_step_message')],
                'constraints': [models.UniqueConstraint(fields=('line_id', 'step_no'), name='rosters_step_once'), models.UniqueConstraint(condition=models.Q(('kind', 'sent')), fields=('ref_no',), name='rosters_step_ref'), models.CheckConstraint(condition=models.Q(('kind__in', ['sent', 'paid', 'returned', 'repaired'])), name='rosters_step_kind')],
            },
        ),
    ]
