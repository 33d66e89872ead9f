-- Purses of cash: how the guard of postings changes them, what it says where they would be overdrawn, and what they
-- hold by the postings themselves.

-- Purses are changed where they stay above their floors; what would not is returned, and refused by the caller.
-- The floor of one that was below zero rises with it.
create or replace function ledger.change_pools(wanted jsonb) returns jsonb language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    for attempt in 1..2 loop
        with w as materialized (
            select * from jsonb_to_recordset(wanted) as w(pool_id smallint, region_id smallint, delta_fen bigint)),
        moved as (
            update ledger.pool_balance b set balance_fen = b.balance_fen + w.delta_fen,
                   floor_fen = greatest(b.floor_fen, least(0, b.balance_fen + w.delta_fen))
            from w where b.pool_id = w.pool_id and b.region_id = w.region_id
              and b.balance_fen + w.delta_fen >= b.floor_fen
            returning b.pool_id, b.region_id)
        select jsonb_agg(to_jsonb(w) order by w.pool_id, w.region_id) into wanted
            from w where (w.pool_id, w.region_id) not in (select pool_id, region_id from moved);
        exit when wanted is null or attempt = 2;
        insert into ledger.pool_balance (pool_id, region_id, balance_fen, floor_fen)
            select w.pool_id, w.region_id, 0, 0
            from jsonb_to_recordset(wanted) as w(pool_id smallint, region_id smallint)
            order by 1, 2 on conflict do nothing;
    end loop;
    return wanted;
end $$;

create or replace function ledger.refuse_overdraft(overdrawn jsonb) returns void language plpgsql as $$
declare first record;
begin
    select p.name, r.mof_div_code, o.delta_fen, coalesce(b.balance_fen, 0) as stands_fen into first
        from jsonb_to_recordset(overdrawn) as o(pool_id smallint, region_id smallint, delta_fen bigint)
        join ledger.pool p on p.id = o.pool_id join ledger.region r on r.id = o.region_id
        left join ledger.pool_balance b on b.pool_id = o.pool_id and b.region_id = o.region_id
        order by o.region_id, o.pool_id limit 1;
    perform ledger.refuse('FS009',
        format('区划 %s 的%s不足：现有 %s 元，这次要减少 %s 元，差 %s 元', first.mof_div_code, first.name,
               round(first.stands_fen / 100.0, 2), round(-first.delta_fen / 100.0, 2),
               round((-first.delta_fen - first.stands_fen) / 100.0, 2)),
        '国库存款等货币资金不得透支（中国人民银行法第二十九条：人民银行不得对政府财政透支）',
        '请先登记已经入库的收入、上级调度的库款（刚启用的账簿先登记年初余额），或者减少、推迟支付；冲减收入的请核对金额',
        jsonb_build_object('region', first.mof_div_code, 'pool', first.name, 'available_fen', first.stands_fen,
                           'requested_fen', -first.delta_fen));
end $$;

-- What pools hold by the postings themselves.
create or replace function ledger.pool_sums() returns table (pool_id smallint, region_id smallint, fen bigint)
language sql stable as $$
    select m.pool_id, e.region_id, sum(n.amount_fen)::bigint
    from ledger.pool_account m
    join ledger.pool p on p.id = m.pool_id
    join ledger.posting n on n.account_id = m.account_id
    join ledger.entry e on e.id = n.entry_id
    join ledger.document d on d.id = e.document_id
    where d.kind <> all (p.told_by)
    group by m.pool_id, e.region_id
$$;

-- What accounts that join a pool hold already is added up once, while nobody posts.
create or replace function ledger.fill_pools() returns trigger language plpgsql as $$
begin
    lock table ledger.posting, ledger.pool_balance in share row exclusive mode;
    insert into ledger.pool_balance (pool_id, region_id, balance_fen, floor_fen)
        select d.pool_id, d.region_id, d.fen, least(0, d.fen) from ledger.pool_sums() d
        where d.pool_id in (select a.pool_id from added a)
        on conflict (pool_id, region_id) do update
            set balance_fen = excluded.balance_fen, floor_fen = excluded.floor_fen;
    return null;
end $$;
create or replace trigger fill_pools after insert on ledger.pool_account
    referencing new table as added for each statement execute function ledger.fill_pools();
