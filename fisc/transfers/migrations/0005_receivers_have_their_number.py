"""The receiver of money has a number from above of its own; lines of before keep none ('')."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transfers', '0004_numbers_are_used_again'),
    ]

    operations = [
        migrations.AddField(
            model_name='transferline',
            name='rec_bgt_doc_no',
            field=models.TextField(db_default='', default='', verbose_name='接收方上级文号'),
        ),
    ]
