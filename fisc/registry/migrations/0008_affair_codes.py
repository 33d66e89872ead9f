from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registry", "0007_payment_checks")]

    operations = [
        migrations.CreateModel(
            name="AffairCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=300, verbose_name="来源")),
                ("is_verified", models.BooleanField(verbose_name="已核实")),
                ("kind", models.CharField(max_length=60, verbose_name="事项")),
                ("code_prefix", models.CharField(max_length=12, verbose_name="收入分类前缀")),
            ],
            options={
                "verbose_name": "国库事项的收入分类",
                "verbose_name_plural": "国库事项的收入分类",
                "db_table": "registry_affair_code",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "code_prefix"), name="affair_code_key")
                ],
            },
        ),
    ]
