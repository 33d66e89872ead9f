"""Banks number their statements by up to 18 digits, as ISO 20022 lets them."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """The number in the sequence, and that of a page, hold what a message may say."""

    dependencies: ClassVar = [("banking", "0010_answers_by_their_order")]
    operations: ClassVar = [
        migrations.AlterField(
            "bankmessage", "sequence_no", models.BigIntegerField("对账单顺序号", db_default=0)
        ),
        migrations.AlterField("bankmessage", "page_no", models.BigIntegerField("页码", db_default=1)),
    ]
