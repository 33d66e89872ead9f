"""Payees are told by their names, however many codes and accounts one has: the keys are made anew.

What stands keeps standing; who comes is asked.
"""

from django.db import migrations

ANEW = """
drop trigger if exists guard_large on treasury_payment;
drop trigger if exists guard_large_anew on treasury_payment;
drop trigger if exists guard_paid_once_anew on treasury_payment;
drop function if exists treasury_guard_large();
drop function if exists treasury_require_papers(text[]);
drop function if exists treasury_wait_for_payees(text, text[], integer);
alter table treasury_payment drop column if exists once_key;
drop index if exists treasury_payment_once;
drop index if exists treasury_payment_payee;
drop function if exists treasury_once_key(text, text, bigint, text, text);
drop function if exists treasury_is_reason(text);
drop function if exists treasury_han_signs(text);
drop function if exists treasury_plain_words(text);
"""


class Migration(migrations.Migration):

    dependencies = [("treasury", "0015_payees_of_a_day")]

    operations = [
        migrations.RemoveIndex(model_name="payment", name="treasury_payment_payee"),
        migrations.RunSQL(ANEW),  # what takes their place comes with fisc/treasury/sql/guards.sql
    ]
