-- An account is used in the years of the rules that have it; what was posted before is not judged.

create table ledger.account_years (
    account_id  smallint primary key references ledger.account,
    first_year  smallint not null,
    last_year   smallint check (last_year >= first_year)
);
