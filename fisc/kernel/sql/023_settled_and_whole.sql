-- What is settled stays as it was known, and what a transaction leaves behind is whole.

-- Takes the books of regions, in the order of their ids, for the transaction alone: waits for what is under way, and
-- what is read afterwards is all there is of what was known until now. (How that is kept of past moments: `settled`.)
create or replace function ledger.hold(regions integer[]) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(ledger.lock_class(), r) from (select r from unnest(regions) r order by 1) held;
    insert into ledger.settled as s (region_id, settled_at)
        select r, ledger.clock() from (select distinct r from unnest(regions) r order by 1) held
        on conflict (region_id) do update set settled_at = greatest(s.settled_at, excluded.settled_at);
end $$;

create or replace function ledger.guard_settled() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or (new.region_id <> old.region_id or new.settled_at < old.settled_at) then
        perform ledger.refuse('FS006', '已确定的时刻不能改早或删除', '已经确定的过去不再增加', '请通过业务服务办理');
    end if;
    return new;
end $$;
create or replace trigger guard_settled before update or delete on ledger.settled
    for each row execute function ledger.guard_settled();
create or replace trigger never_emptied before truncate on ledger.settled
    for each statement execute function ledger.refuse_change();

-- No transaction ends with an entry that has no postings. What `ledger.post` writes it has seen whole itself.
create or replace function ledger.guard_wholeness() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
    if not exists (select from ledger.posting p where p.entry_id = new.id) then
        perform ledger.refuse('FS001', format('凭证 %s 没有分录', new.natural_key), '有借必有贷，借贷必相等',
            '每笔凭证至少一借一贷');
    end if;
    return null;
end $$;
drop trigger if exists guard_wholeness on ledger.entry;
create constraint trigger guard_wholeness after insert on ledger.entry deferrable initially deferred
    for each row when (current_setting('fisc.posting', true) is distinct from 'on')
    execute function ledger.guard_wholeness();
