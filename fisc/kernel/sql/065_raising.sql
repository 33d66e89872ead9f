-- Accounts that only documents of some kinds raise, as the domains that own them declare.

create table if not exists ledger.raising (
    book     text not null,
    code     text not null,
    kinds    text[] not null,
    refusal  text not null,
    rule     text not null,
    hint     text not null,
    primary key (book, code)
);

-- Declares that documents of these kinds, too, raise an account; what is said where another does.
create or replace function ledger.raise_only_by(of_book text, of_code text, of_kinds text[], refusal text, rule text,
    hint text) returns void language sql as $$
    insert into ledger.raising as r values (of_book, of_code, of_kinds, refusal, rule, hint)
    on conflict (book, code) do update set
        kinds = array(select distinct k from unnest(r.kinds || excluded.kinds) k order by k),
        refusal = excluded.refusal, rule = excluded.rule, hint = excluded.hint
$$;

-- What a posting adds to the normal side of such an account is of a document of one of the kinds.
create or replace function ledger.guard_raising() returns trigger language plpgsql as $$
declare
    guarded smallint[] := array(select a.id from ledger.account a join ledger.raising r using (book, code));
    bad record;
begin
    if not exists (select from added where account_id = any(guarded)) then
        return null;
    end if;
    select e.natural_key, r.refusal, r.rule, r.hint into bad from added p
        join ledger.account a on a.id = p.account_id join ledger.raising r using (book, code)
        join ledger.entry e on e.id = p.entry_id join ledger.document d on d.id = e.document_id
        where p.account_id = any(guarded) and p.amount_fen * a.normal_side > 0 and d.kind <> all(r.kinds)
        order by e.id limit 1;
    if found then
        perform ledger.refuse_entry('FS104', format('%s：%s', bad.refusal, bad.natural_key), bad.natural_key, bad.rule,
            bad.hint);
    end if;
    return null;
end $$;
create or replace trigger guard_raising after insert on ledger.posting
    referencing new table as added for each statement execute function ledger.guard_raising();
