-- From which accounts payments are paid.

-- The accounts that may pay a kind of payment of a region, best first: one of its own kind, else the fiscal
-- zero-balance account, at the agent bank; 实拨 from the treasury's own account.
create or replace function banking_payer_accounts(region text, pay_type text, agent_bank_no text)
returns text[] language sql stable as $$
    select coalesce(array_agg(a.acct_no order by k.turn, a.acct_no), '{}')
    from (values ('direct', '11', 1), ('authorised', '12', 1), ('authorised', '11', 2),
                 ('payroll', '61', 1), ('payroll', '11', 2), ('entity', '21', 1)) k(pay_type, kind, turn)
    join banking_account a on a.kind = k.kind
    where k.pay_type = $2 and a.mof_div_code = $1 and (a.kind = '21' or $3 in ('', a.bank_no))
$$;

-- Whether a bank's name of a party may be ours: it says none, or writes it otherwise spaced, or cut off.
create or replace function banking_may_be(theirs text, ours text) returns boolean language sql immutable as $$
    select starts_with(o, t) or starts_with(t, o) and o <> ''
    from (select regexp_replace(translate(theirs, '（）', '()'), '\s', '', 'g'),
                 regexp_replace(translate(ours, '（）', '()'), '\s', '', 'g')) n(t, o)
$$;

-- Whether a bank that a booking names (its number, or the class of bank) is another than that of a number.
create or replace function banking_is_other(theirs text, ours text) returns boolean language sql immutable as $$
    select theirs <> '' and ours ~ '^[0-9]{12}$' and not starts_with(ours, theirs)
$$;
