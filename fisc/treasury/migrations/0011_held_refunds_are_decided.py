from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treasury', '0010_doubles_and_attachments'),
    ]

    operations = [
        migrations.AddField(
            model_name='affair',
            name='refund_no',
            field=models.TextField(blank=True, db_default='', verbose_name='所处理的退款'),
        ),
        migrations.AddField(
            model_name='affair',
            name='basis_doc_no',
            field=models.TextField(blank=True, db_default='', verbose_name='依据文号'),
        ),
        migrations.AddIndex(
            model_name='affair',
            index=models.Index(condition=models.Q(('refund_no', ''), _negated=True), fields=['refund_no'], name='treasury_affair_refund'),
        ),
    ]
