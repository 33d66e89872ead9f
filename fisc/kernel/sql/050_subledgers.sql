-- Sub-ledgers: the lines of a batch (a payroll, a subsidy run) in a domain's own table.
-- The table has entry_id, account_id, coding_id and amount_fen (signed, debit positive), and
-- this guard: the lines of a voucher arrive with it, at once, and sum to its postings.

create or replace function ledger.guard_subledger() returns trigger language plpgsql set work_mem = '256MB' as $$
declare bad record; again bigint;
begin
    select coalesce(s.entry_id, p.entry_id) as entry_id, s.total as lines_fen, p.total as voucher_fen into bad
        from (select entry_id, account_id, coding_id, sum(amount_fen) as total
              from added group by entry_id, account_id, coding_id) s
        full join (select entry_id, account_id, coding_id, sum(amount_fen) as total from ledger.posting
                   where entry_id = any (array(select distinct entry_id from added))
                     and account_id = any (array(select distinct account_id from added))
                   group by entry_id, account_id, coding_id) p
             on (p.entry_id, p.account_id, p.coding_id) = (s.entry_id, s.account_id, s.coding_id)
        where s.total is distinct from p.total limit 1;
    if found then
        perform ledger.refuse('FS001',
            format('凭证 %s 的明细合计 %s 分，与凭证金额 %s 分不符',
                   (select natural_key from ledger.entry where id = bad.entry_id),
                   coalesce(bad.lines_fen, 0), coalesce(bad.voucher_fen, 0)),
            '明细之和等于凭证', '请核对明细的金额与要素组合');
    end if;
    execute format('select l.entry_id from %I.%I l where l.entry_id = any ($1) group by l.entry_id '
                   'having count(*) <> (select count(*) from added a where a.entry_id = l.entry_id) limit 1',
                   tg_table_schema, tg_table_name)
        into again using array(select distinct entry_id from added);
    if again is not null then
        perform ledger.refuse('FS006', '不能给已有明细的凭证再加明细', '只增不改', '请另记一笔凭证');
    end if;
    return null;
end $$;

create or replace function ledger.define_subledger(subledger regclass) returns void language plpgsql as $$
begin
    execute format('create or replace trigger guard_subledger after insert on %s referencing new table as added '
                   'for each statement execute function ledger.guard_subledger()', subledger);
    execute format('create or replace trigger append_only before update or delete or truncate on %s '
                   'for each statement execute function ledger.refuse_change()', subledger);
end $$;
