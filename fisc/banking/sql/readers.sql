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

-- Whether a bank's name of a party may be ours: it says none, or the same words; a name within a longer one is
-- another name, but for what is cut off where a message's name ends (70 signs).
create or replace function banking_may_be(theirs text, ours text) returns boolean language sql immutable as $$
    select t = '' or t = o or length(theirs) >= 70 and starts_with(o, t)
    from (select registry_plain_words(theirs), registry_plain_words(ours)) n(t, o)
$$;

-- Whether who the bank says is on the other side may be our payee: by the account where it says one, else by name.
create or replace function banking_is_payee(their_acct text, their_name text, our_acct text, our_name text)
returns boolean language sql immutable as $$
    select case when their_acct <> '' then their_acct = our_acct else banking_may_be(their_name, our_name) end
$$;

-- Whether a bank that a booking names (its number, or the class of bank) is another than that of a number.
create or replace function banking_is_other(theirs text, ours text) returns boolean language sql immutable as $$
    select theirs <> '' and ours ~ '^[0-9]{12}$' and not starts_with(ours, theirs)
$$;

-- Of regions, what at a day is not proven against the bank, account by account in words: never stated, stated to an
-- earlier day, or not reconciled without a difference. '' as the account: none is registered.
create or replace function banking_unproven(places text[], at_day date)
returns table (mof_div_code text, acct_no text, what text) language sql stable as $$
    with report as (
        select distinct on (r.mof_div_code) r.mof_div_code, r.fault_count, r.is_proven from banking_reconciliation r
        where r.mof_div_code = any(places) and r.day = at_day order by r.mof_div_code, r.edition desc
    ), account as (
        select a.mof_div_code, a.acct_no, (
            select max(m.business_on) from banking_message m where m.acct_no = a.acct_no
                and m.mof_div_code = a.mof_div_code and m.kind ^@ 'camt.053' and m.state not in ('voided', 'superseded')
        ) as last_on
        from banking_account a
        where a.mof_div_code = any(places) and (a.opened_on is null or a.opened_on <= at_day)
    ), told as (
        select a.mof_div_code, a.acct_no, case
            when a.last_on is null then '从未收到对账单'
            when a.last_on < at_day then format('对账单只到 %s', a.last_on)
            when r.mof_div_code is null then format('%s 没有对账', at_day)
            when r.fault_count > 0 then format('%s 对账有差错 %s 项', at_day, r.fault_count)
            when not r.is_proven then format('%s 对账不平', at_day) end as what
        from account a left join report r on r.mof_div_code = a.mof_div_code
    )
    select t.mof_div_code::text, t.acct_no, t.what from told t where t.what is not null
    union all
    select place, '', '没有登记国库账户，库款无从与银行核对' from unnest(places) place
    where not exists (select from account a where a.mof_div_code = place)
    order by 1, 2
$$;

-- Of regions, what is not proven at the end of a year, and the approved document that says why, as it stands.
create or replace function banking_unproven_at_end(places text[], in_year int)
returns table (mof_div_code text, acct_no text, what text, note_no text) language sql stable as $$
    select u.*, (select min(n.doc_key) from banking_unproven_note n where n.mof_div_code = u.mof_div_code
                 and n.fiscal_year = in_year and n.state = 'approved' and ltrim(u.acct_no || ' ' || u.what) = any(n.unproven))
    from banking_unproven(places, make_date(in_year, 12, 31)) u order by 1, 2
$$;

-- Of numbers of vouchers (or of persons' pay) those that the bank's statements have booked out and nothing has
-- brought back since: its references. A credit counts once, whether a notice or a statement tells it.
create or replace function banking_standing_debits(numbers text[])
returns table (ref_no text, refs text) language sql stable as $$
    select l.ref_no, string_agg(l.bank_ref, ' ' order by l.booked_on, l.id) filter (where l.side = 'DBIT')
    from banking_line l left join banking_voucher_match v on v.pay_cert_no = l.ref_no
    where l.ref_no = any(numbers) and l.document_no = '' and (v.pay_cert_no is null or l.acct_no = any(v.payer_accts))
      and (l.role = 'pay' or l.acct_kind = '61' and l.code not in ('FEE', 'INT', 'DIFF'))
      and l.source in ('S', case l.side when 'CRDT' then 'N' end)
    group by l.ref_no
    having coalesce(sum(l.amount_fen) filter (where l.side = 'DBIT'), 0) > greatest(
        coalesce(sum(l.amount_fen) filter (where l.side = 'CRDT' and l.source = 'S'), 0),
        coalesce(sum(l.amount_fen) filter (where l.side = 'CRDT' and l.source = 'N'), 0))
$$;
