"""A statement that was received may be void: it and its lines stay, and count no more."""

from django.db import migrations, models

#: What earlier findings said of bookings that a statement repeats.
REPEATED = """
update banking_message m set repeated_fen = f.fen
from (select evidence[1] as message, mof_div_code, sum(against_fen)::bigint as fen from documents_finding
      where rule_id = 'message.duplicate_entry' group by 1, 2) f
where f.message = 'message:' || m.message_id and f.mof_div_code = m.mof_div_code and m.direction = 'in'
  and m.kind = 'camt.053.001.08'
"""


class Migration(migrations.Migration):

    dependencies = [("banking", "0005_reconciliations_of_a_day")]

    operations = [
        migrations.AddField(
            "bankmessage", "repeated_fen",
            models.BigIntegerField(db_default=0, verbose_name="重复入账支付净流出（分）"),
        ),
        migrations.AddField("bankmessage", "voided_on", models.DateField(null=True, verbose_name="作废日")),
        migrations.AddField(
            "bankmessage", "voided_by", models.TextField(db_default="", verbose_name="作废人")
        ),
        migrations.AddField(
            "bankmessage", "void_reason", models.TextField(db_default="", verbose_name="作废原因")
        ),
        migrations.AddField(
            "bankmessage", "void_note", models.TextField(db_default="", verbose_name="作废说明")
        ),
        migrations.AddConstraint(
            "bankmessage",
            models.CheckConstraint(
                condition=models.Q(voided_on__isnull=True, voided_by="", void_reason="") & ~models.Q(state="voided")
                | models.Q(voided_on__isnull=False, state="voided", direction="in")
                & ~models.Q(voided_by="") & ~models.Q(void_reason=""),
                name="banking_message_void",
            ),
        ),
        migrations.RunSQL(REPEATED),
        migrations.RemoveIndex("bankline", "banking_line_open"),
        migrations.AddIndex(
            "bankline",
            models.Index(
                fields=["mof_div_code"], name="banking_line_open", condition=models.Q(closed_on__isnull=True)
            ),
        ),
        migrations.AddIndex("bankline", models.Index(fields=["message_key"], name="banking_line_message")),
        migrations.RemoveConstraint("bankline", "banking_line_key"),
        migrations.AddConstraint(
            "bankline",
            models.UniqueConstraint(
                fields=["acct_no", "bank_ref", "source", "side", "amount_fen", "ref_no"],
                condition=models.Q(source__in=["S", "N"]), name="banking_line_key",
            ),
        ),
        migrations.AddConstraint(
            "bankline",
            models.CheckConstraint(condition=models.Q(source__in=["S", "N", "V"]), name="banking_line_source"),
        ),
    ]
