-- What holds over money between budgets and over reserves, whatever code writes their documents.

-- A government moves what it has: no fund's cash and no reserve falls below zero. Asked when the transaction ends,
-- or sooner where it is told to: the entries of the document stand by then.
create or replace function reserves_guard_standing() returns trigger language plpgsql as $$
declare short text;
begin
    perform pg_advisory_xact_lock(hashtextextended('reserves standing ' || new.mof_div_code, 72));
    select format('%s %s（差 %s 元）', s.mof_div_code, s.what, (-s.fen / 100.0)::numeric(20, 2)) into short
    from (select '预算稳定调节基金' as what, * from ledger.below_zero(
              new.id, array['treasury_2015:3031', 'treasury_2022_budget:8031'], array[]::text[])
          union all select '预算周转金', * from ledger.below_zero(
              new.id, array['treasury_2015:3033', 'treasury_2022_budget:8033'], array[]::text[])
          union all select '一般公共预算结转结余', * from ledger.below_zero(
              new.id, array['treasury_2015:3001', 'treasury_2022_budget:8001'], array[]::text[])
          union all select '国库存款', * from ledger.below_zero(
              new.id, array['treasury_2015:1001', 'treasury_2022_financial:1001'], array[]::text[])) s limit 1;
    if short is not null then
        perform documents_refuse('FS104', '超过现有的余额：' || short,
            '储备资金与调出资金以现有的为限（预算法第六十六条、财库〔2015〕192号 T30 至 T33）',
            '请核对金额；期初的余额请先登记年初余额', array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists reserves_standing on reserves_move;
create constraint trigger reserves_standing after update of state on reserves_move deferrable initially deferred
    for each row when (new.state in ('posted', 'reversed')) execute function reserves_guard_standing();
