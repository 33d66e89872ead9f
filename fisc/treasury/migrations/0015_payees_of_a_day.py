from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("treasury", "0014_purposes_by_their_words")]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["payee_acct_no", "agency_code"], name="treasury_payment_payee"),
        ),
    ]
