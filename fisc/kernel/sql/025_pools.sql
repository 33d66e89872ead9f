-- Purses of cash: how the guard of postings changes them, what it says where they would be overdrawn, and what they
-- hold by the postings themselves.

-- Purses are changed where they stay above their floors, on every day from the day of the entries on; what would not is
-- returned, and refused by the caller. Entries of the day that was booked last change one row; where any is of another
-- day, purses are changed one by one, in their order.
create or replace function ledger.change_pools(wanted jsonb) returns jsonb language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare one record; short jsonb; overdrawn jsonb;
begin
    with w as materialized (
        select * from jsonb_to_recordset(wanted)
            as w(pool_id smallint, region_id smallint, delta_fen bigint, first_day date, last_day date, days jsonb)),
    today as materialized (
        select bool_and((b.last_day = w.first_day and b.last_day = w.last_day) is true) as is_so
        from w left join ledger.pool_balance b using (pool_id, region_id)),
    moved as (
        update ledger.pool_balance b set balance_fen = b.balance_fen + w.delta_fen,
               floor_fen = greatest(b.floor_fen, least(0, b.balance_fen + w.delta_fen))
        from w where b.pool_id = w.pool_id and b.region_id = w.region_id
          and (select is_so from today) and b.last_day = w.last_day
          and b.balance_fen + w.delta_fen >= b.floor_fen
        returning b.pool_id, b.region_id)
    select jsonb_agg(to_jsonb(w) order by w.pool_id, w.region_id) into wanted
        from w where (w.pool_id, w.region_id) not in (select pool_id, region_id from moved);
    for one in select * from jsonb_to_recordset(coalesce(wanted, '[]'))
                   as w(pool_id smallint, region_id smallint, days jsonb) loop
        short := ledger.change_pool_days(one.pool_id, one.region_id, one.days);
        if short is not null then
            overdrawn := coalesce(overdrawn, '[]') || jsonb_build_array(short);
        end if;
    end loop;
    return overdrawn;
end $$;

-- One purse is changed by what entries of several days add and take. `pool_day` keeps what it held at the end of each
-- day before the last that was booked; the first entry of a later day closes that one, and what is entered of an
-- earlier day changes every day from then on. The floor of a day that was below zero rises with it.
-- Returns the first day that would fall below its floor, with what it holds; null where none does.
create or replace function ledger.change_pool_days(of_pool smallint, of_region smallint, days jsonb)
returns jsonb language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    first_day date;
    newest date;
    stands ledger.pool_balance;
    short jsonb;
begin
    select min(key::date), max(key::date) into first_day, newest from jsonb_each_text(days);
    insert into ledger.pool_balance (pool_id, region_id, balance_fen, floor_fen, last_day)
        values (of_pool, of_region, 0, 0, newest) on conflict do nothing;
    select * into stands from ledger.pool_balance b
        where b.pool_id = of_pool and b.region_id = of_region for update;
    newest := greatest(newest, stands.last_day);
    insert into ledger.pool_day (pool_id, region_id, day, balance_fen, floor_fen)
        select of_pool, of_region, d.day, c.fen, least(0, c.fen)
        from (select key::date as day from jsonb_each_text(days) union select stands.last_day) d
        cross join lateral (select case when d.day >= stands.last_day then stands.balance_fen else coalesce((
            select p.balance_fen from ledger.pool_day p
            where p.pool_id = of_pool and p.region_id = of_region and p.day < d.day
            order by p.day desc limit 1), 0) end as fen) c
        where d.day < newest on conflict do nothing;
    with given as materialized (select key::date as day, value::bigint as fen from jsonb_each_text(days)),
    after as materialized (
        select p.day, p.balance_fen, p.floor_fen, (select sum(g.fen) from given g where g.day <= p.day)::bigint as delta_fen
        from ledger.pool_day p
        where p.pool_id = of_pool and p.region_id = of_region and p.day >= first_day and p.day < newest
        union all
        select newest, stands.balance_fen, stands.floor_fen, (select sum(g.fen) from given g)::bigint),
    moved as (
        update ledger.pool_day p set balance_fen = p.balance_fen + a.delta_fen,
               floor_fen = greatest(p.floor_fen, least(0, p.balance_fen + a.delta_fen))
        from after a where p.pool_id = of_pool and p.region_id = of_region and p.day = a.day and a.delta_fen <> 0
          and a.balance_fen + a.delta_fen >= a.floor_fen),
    last_moved as (
        update ledger.pool_balance b set balance_fen = b.balance_fen + a.delta_fen, last_day = newest,
               floor_fen = greatest(b.floor_fen, least(0, b.balance_fen + a.delta_fen))
        from after a where b.pool_id = of_pool and b.region_id = of_region and a.day = newest
          and a.balance_fen + a.delta_fen >= a.floor_fen)
    select jsonb_build_object('pool_id', of_pool, 'region_id', of_region, 'delta_fen', a.delta_fen,
                              'stands_fen', a.balance_fen, 'day', nullif(a.day, newest)) into short
        from after a where a.balance_fen + a.delta_fen < a.floor_fen order by a.day limit 1;
    return short;
end $$;

create or replace function ledger.refuse_overdraft(overdrawn jsonb) returns void language plpgsql as $$
declare first record;
begin
    select p.name, r.mof_div_code, o.delta_fen, o.stands_fen, o.day into first
        from jsonb_to_recordset(overdrawn)
            as o(pool_id smallint, region_id smallint, delta_fen bigint, stands_fen bigint, day date)
        join ledger.pool p on p.id = o.pool_id join ledger.region r on r.id = o.region_id
        order by o.region_id, o.pool_id limit 1;
    perform ledger.refuse('FS009',
        format('区划 %s 的%s%s不足：%s %s 元，这次要减少 %s 元，差 %s 元', first.mof_div_code, first.name,
               case when first.day is null then '' else format('在 %s ', first.day) end,
               case when first.day is null then '现有' else '该日终了有' end,
               round(first.stands_fen / 100.0, 2), round(-first.delta_fen / 100.0, 2),
               round((-first.delta_fen - first.stands_fen) / 100.0, 2)),
        '国库存款等货币资金不得透支（中国人民银行法第二十九条：人民银行不得对政府财政透支）',
        case when first.day is null
             then '请先登记已经入库的收入、上级调度的库款（刚启用的账簿先登记年初余额），或者减少、推迟支付；冲减收入的请核对金额'
             else '补记的业务自其发生之日起减少库款，此后每一日都不得透支：请核对发生日期，或先补记该日以前已经入库的收入、上级调度的库款'
        end,
        jsonb_strip_nulls(jsonb_build_object('region', first.mof_div_code, 'pool', first.name,
            'available_fen', first.stands_fen, 'requested_fen', -first.delta_fen, 'day', first.day)));
end $$;

-- What pools hold at the end of each day on which they were moved, by the postings themselves.
drop function if exists ledger.pool_sums();
create or replace function ledger.pool_closings()
returns table (pool_id smallint, region_id smallint, day date, fen bigint, is_last boolean) language sql stable as $$
    select m.pool_id, e.region_id, e.business_date, (sum(sum(n.amount_fen)) over by_day)::bigint,
           lead(e.business_date) over by_day is null
    from ledger.pool_account m
    join ledger.pool p on p.id = m.pool_id
    join ledger.posting n on n.account_id = m.account_id
    join ledger.entry e on e.id = n.entry_id
    join ledger.document d on d.id = e.document_id
    where d.kind <> all (p.told_by)
    group by m.pool_id, e.region_id, e.business_date
    window by_day as (partition by m.pool_id, e.region_id order by e.business_date)
$$;

-- What accounts that join a pool hold already is added up once, day by day, while nobody posts.
create or replace function ledger.fill_pools_of(pools smallint[]) returns void language plpgsql as $$
begin
    delete from ledger.pool_day where pool_id = any (pools);
    with closing as materialized (select * from ledger.pool_closings() c where c.pool_id = any (pools)),
    earlier as (
        insert into ledger.pool_day (pool_id, region_id, day, balance_fen, floor_fen)
            select pool_id, region_id, day, fen, least(0, fen) from closing where not is_last)
    insert into ledger.pool_balance (pool_id, region_id, balance_fen, floor_fen, last_day)
        select pool_id, region_id, fen, least(0, fen), day from closing where is_last
        on conflict (pool_id, region_id) do update
            set balance_fen = excluded.balance_fen, floor_fen = excluded.floor_fen, last_day = excluded.last_day;
end $$;
create or replace function ledger.fill_pools() returns trigger language plpgsql as $$
begin
    lock table ledger.posting, ledger.pool_balance, ledger.pool_day in share row exclusive mode;
    perform ledger.fill_pools_of(array(select distinct pool_id from added));
    return null;
end $$;
create or replace trigger fill_pools after insert on ledger.pool_account
    referencing new table as added for each statement execute function ledger.fill_pools();
