"""Vouchers know the accounts from which they are paid: what other accounts book is no booking of theirs."""

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

#: Until now the order's file alone said it: of each voucher all accounts that may have paid it.
FILLED = """
update banking_voucher_match v set payer_accts = coalesce((
    select array_agg(a.acct_no order by k.turn, a.acct_no)
    from treasury_payment p
    join (values ('direct', '11', 1), ('authorised', '12', 1), ('authorised', '11', 2),
                 ('payroll', '61', 1), ('payroll', '11', 2), ('entity', '21', 1)) k(pay_type, kind, turn)
      on k.pay_type = p.pay_type
    join banking_account a on a.kind = k.kind
    where p.doc_key = v.pay_app_no and a.mof_div_code = v.mof_div_code
      and (a.kind = '21' or p.agent_bank_no in ('', a.bank_no))), '{}')
"""


class Migration(migrations.Migration):
    """A column of vouchers, filled for those that stand."""

    dependencies: ClassVar = [
        ("banking", "0011_numbers_of_eighteen_digits"),
        ("treasury", "0015_payees_of_a_day"),
    ]
    operations: ClassVar = [
        migrations.AddField(
            "vouchermatch", "payer_accts",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), db_default=[], size=None, verbose_name="付款账户"
            ),
        ),
        migrations.RunSQL(FILLED),
    ]  # fmt: skip
