"""Purposes are compared by their words alone: the key of what is paid once is made anew.

What stood as two and may now be one, and what had a reason that is none, keeps standing and says why.
"""

from django.db import migrations

ANEW = """
alter table treasury_payment drop column if exists once_key;
alter table treasury_payment disable trigger user;
update treasury_payment p
    set repeat_reason = '升级前的申请' || case when p.repeat_reason = '' then '' else '：' || p.repeat_reason end
    from (
        select doc_key, row_number() over (
            partition by bgt_id, payee_acct_no, amount_fen, trail -> 0 ->> 3 order by doc_key) as turn
        from treasury_payment where state <> 'withdrawn'
    ) g
    where p.doc_key = g.doc_key and g.turn > 1 and p.repeat_reason not like '升级前的申请%';
alter table treasury_payment enable trigger user;
"""


class Migration(migrations.Migration):

    dependencies = [("treasury", "0013_affairs_are_reversed")]

    operations = [migrations.RunSQL(ANEW)]  # the column comes back with fisc/treasury/sql/guards.sql
