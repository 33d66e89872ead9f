from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registry", "0006_fits")]

    operations = [
        migrations.CreateModel(
            name="PaymentCheckRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=300, verbose_name="来源")),
                ("is_verified", models.BooleanField(verbose_name="已核实")),
                ("rule_id", models.CharField(max_length=10, verbose_name="规则")),
                ("mof_div_code", models.CharField(blank=True, max_length=9, verbose_name="财政区划")),
                ("parameter", models.CharField(max_length=30, verbose_name="参数")),
                ("value", models.TextField(verbose_name="取值")),
                ("valid_from", models.CharField(blank=True, max_length=10, verbose_name="起始日期")),
                ("valid_to", models.CharField(blank=True, max_length=10, verbose_name="终止日期")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
            ],
            options={
                "verbose_name": "支付校验参数",
                "verbose_name_plural": "支付校验参数",
                "db_table": "registry_payment_check",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule_id", "mof_div_code", "parameter", "valid_from"), name="payment_check_key"
                    )
                ],
            },
        ),
    ]
