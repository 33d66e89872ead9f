-- What holds over the treasury's documents whatever code writes them.

-- More than was paid never comes back.
create function treasury_guard_refund() returns trigger language plpgsql as $$
declare keys text[];
begin
    perform 1 from treasury_payment p where p.doc_key in (select pay_app_no from added)
        order by p.doc_key for update;
    keys := array(select p.pay_app_no from (
            select r.pay_app_no, sum(r.amount_fen) as fen from treasury_refund r
            where r.pay_app_no in (select pay_app_no from added) group by r.pay_app_no) p
        left join treasury_payment t on t.doc_key = p.pay_app_no
        where t.doc_key is null or t.state not in ('paid', 'cleared') or p.fen > t.amount_fen order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '退款超过已支付额', '退款不超过已支付额（财办〔2022〕36号）',
            '请核对退款额与以前的退款', keys);
    end if;
    return null;
end $$;
create trigger guard_refund after insert on treasury_refund referencing new table as added
    for each statement execute function treasury_guard_refund();

-- The central-bank treasury moves no more than it was notified of.
create function treasury_guard_debit() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select g.doc_key from (
            select max(doc_key) as doc_key, mof_div_code, cleared_for, fund_type_code, agent_bank_no
            from added group by 2, 3, 4, 5) g
        where (select sum(d.amount_fen) from treasury_clearing_debit d
               where (d.mof_div_code, d.cleared_for, d.fund_type_code, d.agent_bank_no)
                   = (g.mof_div_code, g.cleared_for, g.fund_type_code, g.agent_bank_no))
            > coalesce((select sum(n.amount_fen) from treasury_clearing_notice n
               where (n.mof_div_code, n.cleared_for, n.fund_type_code, n.agent_bank_no)
                   = (g.mof_div_code, g.cleared_for, g.fund_type_code, g.agent_bank_no)), 0) order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '划款超过清算额度', '划款不超过清算额度通知单（国库集中支付清算）',
            '请先下达清算额度通知单，或与国库核对划款凭证', keys);
    end if;
    return null;
end $$;
create trigger guard_debit after insert on treasury_clearing_debit referencing new table as added
    for each statement execute function treasury_guard_debit();

-- No more is settled than there was.
create function treasury_guard_affair() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select s.settles_no from (
            select a.settles_no, sum(a.amount_fen) as fen from treasury_affair a
            where a.settles_no in (select settles_no from added where settles_no <> '') group by a.settles_no) s
        join treasury_affair o on o.doc_key = s.settles_no where s.fen > o.amount_fen order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '结清额超过原事项', '往来款按实结清（财库〔2015〕192号）',
            '请核对以前的结清', keys);
    end if;
    return null;
end $$;
create trigger guard_affair after insert on treasury_affair referencing new table as added
    for each statement execute function treasury_guard_affair();

-- Rows grow with each step: room on the page keeps a step from moving the row.
alter table treasury_payment set (fillfactor = 60);

-- A unit that is disabled in its year pays no more.
select registry_guard_table('treasury_payment'::regclass);

-- A unique text column comes with a second index, for LIKE, that nobody asks for and every payment pays for.
do $$
declare name text;
begin
    for name in select indexrelid::regclass::text from pg_index
        where indrelid in ('treasury_payment'::regclass, 'treasury_return'::regclass)
          and indexrelid::regclass::text like '%\_like' loop
        execute format('drop index %s', name);
    end loop;
end $$;
