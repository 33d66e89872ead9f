-- What functions call by name is what was shipped: neither a temporary table nor a schema that a session
-- puts in front of its path takes the place of what a guard reads. Run again it finds nothing to do.
create or replace function ledger.fix_paths(of_schema text) returns void language plpgsql as $$
declare one regprocedure;
begin
    for one in
        select p.oid from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        join pg_catalog.pg_language l on l.oid = p.prolang
        where n.nspname = of_schema and l.lanname = 'plpgsql'
          and p.proowner = (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)
          and not exists (select from unnest(p.proconfig) c where c like 'search_path=%')
          and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
    loop
        execute format('alter function %s set search_path = pg_catalog, public, pg_temp', one);
    end loop;
end $$;

select ledger.fix_paths('ledger');
