-- A ledger of a simulation says so. The mark is set before anything is posted and never taken off.
-- Only under it does the ledger's clock follow the day that is told, so that what was known at a past
-- moment can be asked there; the clock of a real ledger is the machine's and nobody's to set.

create or replace function ledger.guard_simulation() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        lock table ledger.entry in share mode;
        if exists (select from ledger.entry) then
            perform ledger.refuse('FS006', '账上已有凭证，不能再标为模拟账', '模拟账在建账时标明，真实的账不得变为模拟账',
                '请另用一个空的数据库（FISC_HOME 或 DATABASE_URL）');
        end if;
        if pg_sequence_last_value('ledger.simulation_tick') is null then
            perform nextval('ledger.simulation_tick');  -- the clock of a marked ledger has ticked
        end if;
    elsif tg_op <> 'UPDATE' or new.began_at < old.began_at or new.from_tick < old.from_tick
          or (new.is_only, new.title, new.marked_at) is distinct from (old.is_only, old.title, old.marked_at) then
        perform ledger.refuse('FS006', '模拟账的标记不能修改或去掉', '模拟账始终标明为模拟账', '真实的账请另用一个空的数据库');
    end if;
    return new;
end $$;
create or replace trigger guard_simulation before insert or update or delete on ledger.simulation
    for each row execute function ledger.guard_simulation();
create or replace trigger never_emptied before truncate on ledger.simulation
    for each statement execute function ledger.refuse_change();

-- The clock of knowledge: what `posted_at` and its like are read from. Who posts under the mark holds the
-- row shared, so that the day does not turn over under an entry that is being written.
-- A real ledger has never ticked: that is seen without asking the table (asking it took half of each reading).
create or replace function ledger.clock() returns timestamptz language plpgsql as $$
declare told record;
begin
    if pg_sequence_last_value('ledger.simulation_tick') is null then
        return clock_timestamp();
    end if;
    select began_at, from_tick into told from ledger.simulation for share;
    if not found then
        return clock_timestamp();
    end if;
    return told.began_at + (nextval('ledger.simulation_tick') - told.from_tick) * interval '1 microsecond';
end $$;

-- The first and the last moment that an entry of this transaction may bear.
create or replace function ledger.clock_bounds(out earliest timestamptz, out latest timestamptz) language plpgsql as $$
declare told record;
begin
    if pg_sequence_last_value('ledger.simulation_tick') is null then
        earliest := transaction_timestamp();
        latest := clock_timestamp();
        return;
    end if;
    select began_at, from_tick into told from ledger.simulation;
    if not found then
        earliest := transaction_timestamp();
        latest := clock_timestamp();
    else
        earliest := told.began_at;
        latest := told.began_at + (pg_sequence_last_value('ledger.simulation_tick') - told.from_tick)
                                  * interval '1 microsecond';
    end if;
end $$;

-- Puts the clock of a simulation on to `moment`; a moment that lies behind it changes nothing.
create or replace function ledger.turn_clock(moment timestamptz) returns timestamptz language plpgsql as $$
declare now_at timestamptz := ledger.clock();
begin
    update ledger.simulation set began_at = moment, from_tick = pg_sequence_last_value('ledger.simulation_tick')
        where began_at < moment and now_at < moment;
    if not found and not exists (select from ledger.simulation) then
        perform ledger.refuse('FS007', '这不是模拟账，记账时刻不能另定', '记账时刻由数据库记录', '请直接记账');
    end if;
    return greatest(now_at, moment);
end $$;

alter table ledger.document alter column recorded_at set default ledger.clock();
alter table ledger.seal alter column sealed_at set default ledger.clock();
