from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RecordedFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("figure_id", models.CharField(max_length=120, verbose_name="指标")),
                ("figure_version", models.IntegerField(verbose_name="口径版本")),
                ("region", models.CharField(max_length=9, verbose_name="区划")),
                ("scope", models.CharField(max_length=5, verbose_name="范围")),
                ("fiscal_year", models.SmallIntegerField(verbose_name="年度")),
                ("cutoff_month", models.SmallIntegerField(null=True, verbose_name="截止月份")),
                ("as_of", models.DateTimeField(verbose_name="时点")),
                ("value", models.CharField(blank=True, max_length=60, verbose_name="数值")),
                ("unit", models.CharField(max_length=10, verbose_name="单位")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="无数值的原因")),
                ("posting_count", models.BigIntegerField(verbose_name="分录数")),
                ("posting_digest", models.CharField(max_length=64, verbose_name="分录摘要")),
                ("recorded_at", models.DateTimeField(auto_now_add=True, verbose_name="记录时刻")),
            ],
            options={
                "verbose_name": "已记录的指标",
                "verbose_name_plural": "已记录的指标",
                "indexes": [
                    models.Index(fields=["figure_id", "region", "fiscal_year"], name="figures_rec_figure__idx"),
                ],
            },
        ),
    ]
