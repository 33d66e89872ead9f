-- Accounts whose blocks say an element in a form, as the domains that own them declare.

create table if not exists ledger.naming (
    name      text primary key,
    accounts  text[] not null,
    fund      text not null,
    element   text not null,
    form      text not null,
    aside     text[] not null,
    refusal   text not null,
    rule      text not null,
    hint      text not null
);

-- Declares accounts ('book:code') whose blocks of a fund (its whole code) say an element in a form (a regular
-- expression), kinds of documents that are left aside, and what is said where another posts none.
create or replace function ledger.name_on(of_name text, of_accounts text[], of_fund text, of_element text, of_form text,
    of_aside text[], refusal text, rule text, hint text) returns void language sql as $$
    insert into ledger.naming values (of_name, of_accounts, of_fund, of_element, of_form, of_aside, refusal, rule, hint)
    on conflict (name) do update set accounts = excluded.accounts, fund = excluded.fund, element = excluded.element,
        form = excluded.form, aside = excluded.aside, refusal = excluded.refusal, rule = excluded.rule,
        hint = excluded.hint
$$;

-- What takes a posting of before back is on its block.
create or replace function ledger.guard_naming() returns trigger language plpgsql as $$
declare
    guarded smallint[] := array(select a.id from ledger.account a join ledger.naming n
                                on a.book || ':' || a.code = any(n.accounts));
    bad record;
begin
    if not exists (select from added where account_id = any(guarded)) then
        return null;
    end if;
    select e.natural_key, n.refusal, n.rule, n.hint into bad from added p
        join ledger.account a on a.id = p.account_id
        join ledger.naming n on a.book || ':' || a.code = any(n.accounts)
        join ledger.coding c on c.id = p.coding_id and c.fund_type_code = n.fund
        join ledger.entry e on e.id = p.entry_id join ledger.document d on d.id = e.document_id
        where p.account_id = any(guarded) and e.reverses_id is null and d.kind <> all(n.aside)
          and to_jsonb(c) ->> n.element !~ n.form
        order by e.id limit 1;
    if found then
        perform ledger.refuse_entry('FS104', format('%s：%s', bad.refusal, bad.natural_key), bad.natural_key, bad.rule,
            bad.hint);
    end if;
    return null;
end $$;
create or replace trigger guard_naming after insert on ledger.posting
    referencing new table as added for each statement execute function ledger.guard_naming();
