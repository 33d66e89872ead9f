-- From the ledger of 0.1.0: what says that a ledger is simulated, and which entries were given a document.
-- Runs before the guards are put back; what 010_tables.sql now makes at once.

create table ledger.simulation (
    is_only    boolean primary key default true check (is_only),
    title      text not null check (title <> ''),
    marked_at  timestamptz not null default clock_timestamp(),
    began_at   timestamptz not null,
    from_tick  bigint not null
);
create sequence ledger.simulation_tick as bigint;
create table ledger.adopted (
    id                  bigint primary key,
    sealed_document_id  bigint,
    document_id         bigint not null
);
create table ledger.adopted_document (
    id       bigint primary key,
    content  text not null
);

-- A simulated city of 0.1.0 was not marked. Its entries are known as of the days they were made; its clock
-- goes on from now, for it never goes back.
do $$
declare run record;
begin
    if to_regclass('public.sim_run') is null then
        return;
    end if;
    for run in execute 'select scale, seed, years from public.sim_run' loop
        insert into ledger.simulation (title, began_at, from_tick)
            values (format('鄂尔多斯市及九旗区 %s 年，规模 %s，种子 %s', run.years, run.scale, run.seed),
                    clock_timestamp(), nextval('ledger.simulation_tick'));
    end loop;
end $$;
