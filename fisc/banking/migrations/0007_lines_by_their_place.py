"""A booking is known by its place in its message; what was left out because a reference repeated is told again."""

import zlib
from collections import Counter

from django.db import migrations, models

#: The places of what is kept so far, and nothing twice.
PLACES = """
update banking_line l set place = p.place
from (select id, row_number() over (partition by message_key order by id) as place from banking_line) p
where p.id = l.id
"""
#: Statements that tell more than their lines, with what stands for the rest of a line.
SHORT = """
select m.id, m.message_id, m.body, m.mof_div_code, m.acct_no, a.kind, m.business_on, m.state
from banking_message m join banking_account a using (acct_no)
where m.kind = 'camt.053.001.08'
  and m.line_count > (select count(*) from banking_line l where l.message_key = m.id) order by m.id
"""
KEPT = "select bank_ref, side, amount_fen, ref_no from banking_line where message_key = %s"
ADDED = """
insert into banking_line (mof_div_code, acct_no, acct_kind, source, bank_ref, side, amount_fen, booked_on,
    told_on, code, role, ref_no, party_name, party_acct_no, reason_code, reason, ultimate_name, remark,
    is_return, message_key, place, document_no)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
"""


def tell_again(apps, schema_editor):
    """Keep the bookings of statements that were left out, each under a place of its own; all are open."""
    from fisc.banking.iso20022 import read_messages
    from fisc.banking.services.business import roles

    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SHORT)
        for key, message_id, body, region, acct_no, kind, day, state in cursor.fetchall():
            cursor.execute(KEPT, [key])
            kept = Counter(cursor.fetchall())
            place = sum(kept.values())
            _, (told, *_) = read_messages(zlib.decompress(bytes(body)))
            for e in told.entries:
                booking = (e.bank_ref, e.side, e.amount_fen, e.end_to_end_id)
                if kept[booking]:
                    kept[booking] -= 1
                    continue
                place += 1
                cursor.execute(ADDED, [
                    region, acct_no, kind, "V" if state == "voided" else "S", e.bank_ref or f"{message_id}/{place}",
                    e.side, e.amount_fen, e.booked_on, day, e.code, roles().get(e.code, "pay"), e.end_to_end_id,
                    e.party_name, e.party_acct_no, e.reason_code, e.reason, e.ultimate_name, e.remark,
                    e.is_return, key, place,
                ])  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [("banking", "0006_statements_that_are_void")]

    operations = [
        migrations.AddField(
            "bankmessage", "created_at", models.DateTimeField(null=True, verbose_name="对方生成时间")
        ),
        migrations.AddField(
            "bankmessage", "statement_no", models.TextField(db_default="", verbose_name="对账单号")
        ),
        migrations.AddField("bankmessage", "page_no", models.IntegerField(db_default=1, verbose_name="页码")),
        migrations.AddField(
            "bankmessage", "is_last_page", models.BooleanField(db_default=True, verbose_name="末页")
        ),
        migrations.AddField(
            "bankmessage", "superseded_by", models.TextField(db_default="", verbose_name="取代它的对账单")
        ),
        migrations.AddField(
            "bankmessage", "place_in_day", models.IntegerField(db_default=0, verbose_name="当日次序")
        ),
        migrations.AddConstraint(
            "bankmessage",
            models.CheckConstraint(
                condition=models.Q(superseded_by="") & ~models.Q(state="superseded")
                | ~models.Q(superseded_by="") & models.Q(state="superseded", direction="in"),
                name="banking_message_superseded",
            ),
        ),
        migrations.RemoveField("bankmessage", "repeated_fen"),
        migrations.AddField(
            "bankline", "ultimate_name", models.TextField(db_default="", verbose_name="实际收付款人")
        ),
        migrations.AddField("bankline", "remark", models.TextField(db_default="", verbose_name="附言")),
        migrations.AddField("bankline", "is_return", models.BooleanField(db_default=False, verbose_name="退回")),
        migrations.AddField(
            "bankline", "document_no", models.TextField(db_default="", verbose_name="依据单据号")
        ),
        migrations.AddField("bankline", "place", models.IntegerField(null=True, verbose_name="报文内序号")),
        migrations.RemoveConstraint("bankline", "banking_line_key"),
        migrations.RemoveConstraint("bankline", "banking_line_amount"),
        migrations.RunSQL(PLACES),
        migrations.RunPython(tell_again, migrations.RunPython.noop),
        migrations.AlterField("bankline", "place", models.IntegerField(verbose_name="报文内序号")),
        migrations.AddConstraint(
            "bankline",
            models.CheckConstraint(condition=models.Q(amount_fen__gte=0), name="banking_line_amount"),
        ),
        migrations.RemoveIndex("bankline", "banking_line_message"),
        migrations.AddConstraint(
            "bankline",
            models.UniqueConstraint(fields=["message_key", "place"], name="banking_line_key"),
        ),
    ]
