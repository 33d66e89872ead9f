from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('revenue', '0005_one_term_each'),
    ]

    operations = [
        migrations.AddField(
            model_name='dailyreport',
            name='corrects_no',
            field=models.TextField(blank=True, db_default='', verbose_name='更正的日报'),
        ),
    ]
