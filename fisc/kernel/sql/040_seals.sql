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
