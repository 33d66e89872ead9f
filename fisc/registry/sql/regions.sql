-- Divisions below one government have names of their own: figures are read by name. A database in which two
-- were recorded at once before this was guarded keeps them until one is renamed.
do $$
begin
    if not exists (select from registry_region group by parent, name having count(*) > 1) then
        create unique index if not exists registry_region_own_name on registry_region (parent, name);
    end if;
end $$;
