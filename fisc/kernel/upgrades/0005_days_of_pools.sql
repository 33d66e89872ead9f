-- Cash keeps its floor on every day, not in sum only: what purses held at the end of each day is added up from the
-- postings. A day that was below zero keeps that as its floor, which rises with it.

create table ledger.pool_day (
    pool_id      smallint not null references ledger.pool,
    region_id    smallint not null references ledger.region,
    day          date not null,
    balance_fen  bigint not null,
    floor_fen    bigint not null check (floor_fen <= 0),
    primary key (pool_id, region_id, day),
    constraint pool_day_not_below_floor check (balance_fen >= floor_fen)
) with (fillfactor = 70);

lock table ledger.posting, ledger.pool_balance in share row exclusive mode;
create temporary table closing on commit drop as
    select m.pool_id, e.region_id, e.business_date as day, (sum(sum(n.amount_fen)) over by_day)::bigint as fen,
           lead(e.business_date) over by_day is null as is_last
    from ledger.pool_account m
    join ledger.pool p on p.id = m.pool_id
    join ledger.posting n on n.account_id = m.account_id
    join ledger.entry e on e.id = n.entry_id
    join ledger.document d on d.id = e.document_id
    where d.kind <> all (p.told_by)
    group by m.pool_id, e.region_id, e.business_date
    window by_day as (partition by m.pool_id, e.region_id order by e.business_date);
insert into ledger.pool_day (pool_id, region_id, day, balance_fen, floor_fen)
    select pool_id, region_id, day, fen, least(0, fen) from closing where not is_last;

alter table ledger.pool_balance add column last_day date;
-- (a ledger of before purses has no row of theirs yet; a later one has rows, which postings alone may write)
alter table ledger.pool_balance disable trigger user;
update ledger.pool_balance b set last_day = c.day from closing c
    where c.is_last and c.pool_id = b.pool_id and c.region_id = b.region_id;
alter table ledger.pool_balance enable trigger user;
alter table ledger.pool_balance alter column last_day set not null;
