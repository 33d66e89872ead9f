-- Accounts that are raised only on blocks that say certain elements, as the domains that own them declare.

create table if not exists ledger.saying (
    name      text primary key,
    accounts  text[] not null,
    elements  jsonb not null,
    unless    text not null,
    refusal   text not null,
    rule      text not null,
    hint      text not null
);

-- Declares accounts ('book:code'), elements with their words, the domain's function that is asked with the block (jsonb)
-- and the element whether it may be left unsaid, and what is said where it may not.
create or replace function ledger.say_on(of_name text, of_accounts text[], of_elements jsonb, of_unless text,
    refusal text, rule text, hint text) returns void language sql as $$
    insert into ledger.saying values (of_name, of_accounts, of_elements, of_unless, refusal, rule, hint)
    on conflict (name) do update set accounts = excluded.accounts, elements = excluded.elements,
        unless = excluded.unless, refusal = excluded.refusal, rule = excluded.rule, hint = excluded.hint
$$;

create or replace function ledger.guard_saying() returns trigger language plpgsql as $$
declare
    one record;
    bad record;
    may_lack boolean;
begin
    for one in
        select s.*, array(select a.id from ledger.account a where a.book || ':' || a.code = any(s.accounts)) as ids
        from ledger.saying s order by s.name
    loop
        for bad in
            select e.natural_key, c.block, x.key as element, x.value as word
            from added p join ledger.account a on a.id = p.account_id and p.amount_fen * a.normal_side > 0
            join ledger.entry e on e.id = p.entry_id
            cross join lateral (select to_jsonb(l) as block from ledger.coding l where l.id = p.coding_id) c
            cross join lateral jsonb_each_text(one.elements) x
            where p.account_id = any(one.ids) and coalesce(c.block ->> x.key, '') = '' order by e.id, x.key
        loop
            execute format('select %I($1, $2)', one.unless) into may_lack using bad.block, bad.element;
            if may_lack is not true then
                perform ledger.refuse_entry('FS104', format('%s%s：%s', one.refusal, bad.word, bad.natural_key),
                    bad.natural_key, one.rule, one.hint);
            end if;
        end loop;
    end loop;
    return null;
end $$;
create or replace trigger guard_saying after insert on ledger.posting
    referencing new table as added for each statement execute function ledger.guard_saying();
