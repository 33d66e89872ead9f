-- Heads of chains are anchored in one chain, and closings are rows of their own. Closings of before are taken over in the
-- order in which they were; the upgrade seals and anchors what stands.

create table ledger.anchor (
    seq          integer primary key check (seq >= 1),
    anchored_us  bigint not null,
    heads        jsonb not null,
    previous     text not null,
    digest       text not null
);

create table ledger.closing (
    id         bigint generated always as identity primary key,
    region_id  smallint not null references ledger.region,
    period     integer not null,
    closed_at  timestamptz not null,
    unique (region_id, period)
);

insert into ledger.closing (region_id, period, closed_at)
    select region_id, period, closed_at from ledger.period where closed_at is not null
    order by closed_at, region_id, period;
