"""Answers are found by the order that they answer: what an earlier one said is asked of each."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """An index of messages by the order that they answer."""

    dependencies: ClassVar = [("banking", "0009_documents_that_move_cash")]
    operations: ClassVar = [
        migrations.AddIndex(
            "bankmessage",
            models.Index(
                condition=~models.Q(order_id=""), fields=["order_id"], name="banking_message_order"
            ),
        )
    ]
