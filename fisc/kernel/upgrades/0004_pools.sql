-- Cash of a region gets a floor: purses over the accounts that say it; what stands is added up when the
-- accounts are named.

-- Cash that stands together (资金池): what several accounts say of a region's one purse, across books and years, and
-- never below its floor. What only tells of cash that others hold (published tables) moves none.
create table ledger.pool (
    id            smallint generated always as identity primary key,
    code          text not null unique check (code <> ''),
    name          text not null,
    told_by       text[] not null default '{}',
    legal_source  text not null,
    is_verified   boolean not null
);
create table ledger.pool_account (
    pool_id     smallint not null references ledger.pool,
    account_id  smallint not null references ledger.account,
    primary key (pool_id, account_id)
);
create index pool_account_by_account on ledger.pool_account (account_id);

-- A purse that was below zero before it had a floor has that as its floor, which rises with it.
create table ledger.pool_balance (
    pool_id      smallint not null references ledger.pool,
    region_id    smallint not null references ledger.region,
    balance_fen  bigint not null,
    floor_fen    bigint not null check (floor_fen <= 0),
    primary key (pool_id, region_id),
    constraint pool_not_below_floor check (balance_fen >= floor_fen)
) with (fillfactor = 50);
