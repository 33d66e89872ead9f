-- The guard of what documents rest on, made from the declaration: none is of a day before it.

-- Rows that were written have no index, what they rest on has one: they are few, it may be long.
create or replace function {function}() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare
    one record;
    bad record;
    keys text[];
begin
    for one in
        select * from ({tests}) t(test, doc_key, own, since, named, what, day, rule, hint)
        order by test, doc_key, since desc, named
    loop
        if keys is null then
            bad := one;
        end if;
        exit when one.test > bad.test;
        if one.doc_key <> all (coalesce(keys, '{}')) then
            keys := keys || one.doc_key;
        end if;
    end loop;
    if keys is not null then
        perform documents_refuse('FS104', format('单据的%s %s 早于所依据的%s %s 的日期 %s', bad.day, bad.own, bad.what,
            regexp_replace(bad.named, '~[0-9]+$', ''), bad.since), bad.rule, bad.hint, keys);
    end if;
    return null;
end $$;
