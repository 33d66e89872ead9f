"""A day inside a statement of several days is told by the lines that were booked up to it."""

from typing import ClassVar

from django.db import migrations, models

#: Lines that were booked before the day on which their statement ends are of their own day, as far as no statement
#: ends between (fisc/banking/services/standing.py).
ANEW: str = """
    alter table banking_line disable trigger user;
    update banking_line l set told_on = t.day from (
        select b.id, greatest(b.booked_on, coalesce((
            select max(p.business_on) + 1 from banking_message p
            where p.acct_no = m.acct_no and p.business_on < m.business_on and p.kind ^@ 'camt.053'
              and p.state not in ('voided', 'superseded')), b.booked_on)) as day
        from banking_message m join banking_line b on b.message_key = m.id
        where m.kind ^@ 'camt.053' and m.state not in ('voided', 'superseded') and b.source = 'S'
          and b.booked_on < m.business_on) t
    where t.id = l.id and t.day <> l.told_on;
    alter table banking_line enable trigger user;
"""


class Migration(migrations.Migration):
    """On which statements a day's reconciliation rested nobody knows of what was made before: make it again."""

    dependencies: ClassVar = [("banking", "0017_statements_by_the_hour")]
    operations: ClassVar = [
        migrations.AddField(
            "bankmessage", "is_dated", models.BooleanField("逐笔写明入账日", db_default=True)
        ),
        migrations.AddField("reconciliation", "basis", models.TextField("所据对账单", db_default="")),
        migrations.RunSQL(ANEW, migrations.RunSQL.noop),
    ]
