-- Who reads which rows: a database role sees the regions and units whose roles it holds, and
-- only those, whatever it asks. Role names carry the code: fisc_region_150602000,
-- fisc_unit_150602000_101001. The owner of the tables, who runs the services, sees all.

create or replace function public.fisc_regions_seen() returns setof text language sql stable as $$
    select substr(rolname, 13) from pg_catalog.pg_roles
    where rolname like 'fisc\_region\_%' and pg_catalog.pg_has_role(current_user, oid, 'member')
$$;

create or replace function public.fisc_units_seen() returns setof text language sql stable as $$
    select substr(rolname, 11) from pg_catalog.pg_roles
    where rolname like 'fisc\_unit\_%' and pg_catalog.pg_has_role(current_user, oid, 'member')
$$;

-- Puts the policy on a table. `condition` says which rows are seen; null: rows of seen regions,
-- and where the table names agencies, rows of seen units.
create or replace function public.fisc_policy(target regclass, condition text) returns void
language plpgsql as $$
declare
    has_agency boolean := exists (select from pg_attribute
        where attrelid = target and attname = 'agency_code' and not attisdropped);
begin
    if condition is null then
        condition := 'mof_div_code in (select public.fisc_regions_seen())';
        if has_agency then
            condition := condition ||
                $c$ or mof_div_code || '_' || agency_code in (select public.fisc_units_seen())$c$;
        end if;
    end if;
    execute format('alter table %s enable row level security', target);
    execute format('drop policy if exists own_rows on %s', target);
    execute format('create policy own_rows on %s for select using (%s)', target, condition);
end $$;

do $$
declare one record;
begin
    for one in
        select c.oid::regclass as name from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'mof_div_code' and not a.attisdropped
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname = 'public' and pg_has_role(c.relowner, 'usage')
    loop
        perform public.fisc_policy(one.name, null);
    end loop;
end $$;
