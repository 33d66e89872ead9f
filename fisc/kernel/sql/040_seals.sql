-- Master data is sealed in the order of its ids, so an id must not appear behind a seal:
-- inserting holds the master lock (region 0) shared, sealing takes it alone.

create or replace function ledger.lock_master() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(ledger.lock_class(), 0);
    return null;
end $$;

create or replace trigger lock_master before insert on ledger.account
    for each statement execute function ledger.lock_master();
create or replace trigger lock_master before insert on ledger.coding
    for each statement execute function ledger.lock_master();
create or replace trigger lock_master before insert on ledger.document
    for each statement execute function ledger.lock_master();

create or replace function ledger.guard_seals() returns trigger language plpgsql as $$
begin
    if new.seq <> coalesce((select max(seq) from ledger.seal where chain = new.chain), 0) + 1
       or new.previous <> coalesce((select digest from ledger.seal where chain = new.chain
                                    order by seq desc limit 1), '') then
        perform ledger.refuse('FS007', format('封存链 %s 不能从中间接上', new.chain), '封存按序相连',
            '请用 kernel.seal() 封存');
    end if;
    return new;
end $$;
create or replace trigger guard_seals before insert on ledger.seal for each row execute function ledger.guard_seals();
create or replace trigger lock_master before insert on ledger.closing
    for each statement execute function ledger.lock_master();

create or replace function ledger.guard_anchors() returns trigger language plpgsql as $$
declare last ledger.anchor := (select a from ledger.anchor a order by a.seq desc limit 1);
begin
    if new.seq <> coalesce(last.seq, 0) + 1 or new.previous <> coalesce(last.digest, '') then
        perform ledger.refuse('FS007', '总锚链不能从中间接上', '封存按序相连', '请用 fisc seal 封存');
    end if;
    return new;
end $$;
create or replace trigger guard_anchors before insert on ledger.anchor
    for each row execute function ledger.guard_anchors();

-- No seal stays that no anchor names: the chain's tail could be cut off unseen.
create or replace function ledger.guard_anchored() returns trigger language plpgsql as $$
begin
    if not exists (select from ledger.anchor a where (a.heads -> new.chain ->> 0)::int >= new.seq) then
        perform ledger.refuse('FS007', format('封存链 %s 的第 %s 节没有记入总锚链', new.chain, new.seq),
            '每一节封存都有总锚', '请用 fisc seal 封存');
    end if;
    return null;
end $$;
drop trigger if exists guard_anchored on ledger.seal;
create constraint trigger guard_anchored after insert on ledger.seal deferrable initially deferred
    for each row execute function ledger.guard_anchored();
