-- When a region was settled is kept. (What a row may hold is bounded in 012_bounds.sql.)

create table ledger.settled (
    region_id   smallint primary key references ledger.region,
    settled_at  timestamptz not null
) with (fillfactor = 50);
