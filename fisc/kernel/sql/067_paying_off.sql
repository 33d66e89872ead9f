-- Spending that pays off what is owed, as the domains that own the accounts declare: an entry that spends lessens
-- what its region and budget owe by as much, and what is owed never falls below zero by it, whoever posts.

create table if not exists ledger.paying_off (
    name      text primary key,
    spent     text[] not null,
    owed      text[] not null,
    elements  jsonb not null,
    lessened  text[] not null,
    aside     text[] not null,
    refusal   text not null,
    rule      text not null,
    hint      text not null
);

-- Declares accounts of spending and of what is owed ('book:code'), the elements of blocks that count as owed, kinds of
-- documents that lessened it before they spend, kinds that are left aside, and what is said.
create or replace function ledger.pay_off(of_name text, of_spent text[], of_owed text[], of_elements jsonb,
    of_lessened text[], of_aside text[], refusal text, rule text, hint text) returns void language sql as $$
    insert into ledger.paying_off values (of_name, of_spent, of_owed, of_elements, of_lessened, of_aside, refusal, rule,
                                          hint)
    on conflict (name) do update set spent = excluded.spent, owed = excluded.owed, elements = excluded.elements,
        lessened = excluded.lessened, aside = excluded.aside, refusal = excluded.refusal, rule = excluded.rule,
        hint = excluded.hint
$$;

create or replace function ledger.guard_paying_off() returns trigger language plpgsql as $$
declare
    one record;
    bad record;
begin
    for one in
        select p.*, array(select a.id from ledger.account a where a.book || ':' || a.code = any(p.spent)) as spent_ids,
               array(select a.id from ledger.account a where a.book || ':' || a.code = any(p.owed)) as owed_ids
        from ledger.paying_off p order by p.name
    loop
        continue when not exists (select from added where account_id = any(one.spent_ids) and amount_fen > 0);
        perform pg_advisory_xact_lock(hashtextextended('paying off ' || one.name || ' ' || place, 0)) from (
            select distinct c.mof_div_code || ' ' || left(c.fund_type_code, 2) as place
            from added n join ledger.coding c on c.id = n.coding_id
            where n.account_id = any(one.spent_ids) order by place) p;
        with entries as (
            select n.entry_id, e.natural_key, c.mof_div_code, left(c.fund_type_code, 2) as budget,
                   d.kind = any(one.lessened) as is_lessened,
                   coalesce(sum(n.amount_fen) filter (where n.account_id = any(one.spent_ids)), 0) as spent_fen,
                   coalesce(sum(n.amount_fen) filter (where n.account_id = any(one.owed_ids)
                                                      and to_jsonb(c) @> one.elements), 0) as lessened_fen
            from added n join ledger.coding c on c.id = n.coding_id join ledger.entry e on e.id = n.entry_id
            join ledger.document d on d.id = e.document_id
            where n.account_id = any(one.spent_ids || one.owed_ids) and d.kind <> all(one.aside)
            group by 1, 2, 3, 4, 5
        ), spending as (select * from entries where spent_fen > 0)
        select s.natural_key, s.mof_div_code, s.budget || '1' as fund, s.spent_fen, s.lessened_fen,
               coalesce(t.owed_fen, 0) as owed_fen into bad
            from spending s join (
                select p.mof_div_code, p.budget, ledger.stands(p.mof_div_code, p.budget, one.owed, one.elements) as owed_fen
                from (select distinct mof_div_code, budget from spending) p) t using (mof_div_code, budget)
            where coalesce(t.owed_fen, 0) < 0 or (not s.is_lessened and s.lessened_fen < s.spent_fen)
            order by s.entry_id limit 1;
        if found then
            perform ledger.refuse_entry('FS104', one.refusal || '：' || case when bad.owed_fen < 0 then
                format('%s（资金 %s）多 %s 元', bad.mof_div_code, bad.fund, round(-bad.owed_fen / 100.0, 2))
                else format('%s（资金 %s）列支 %s 元，同一凭证只冲减 %s 元', bad.mof_div_code, bad.fund,
                            round(bad.spent_fen / 100.0, 2), round(bad.lessened_fen / 100.0, 2)) end
                || '，凭证 ' || bad.natural_key, bad.natural_key, one.rule, one.hint);
        end if;
    end loop;
    return null;
end $$;
-- by its name after what carries postings into the balances
create or replace trigger guard_postings_pay_off after insert on ledger.posting
    referencing new table as added for each statement execute function ledger.guard_paying_off();
