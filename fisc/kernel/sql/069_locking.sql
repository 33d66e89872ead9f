-- What is asked before a year is locked (its last period closed), as the domains that know it declare.

create table if not exists ledger.locking (function_name text primary key);

-- Declares a function of a region's code and a year that refuses where the year may not be locked.
create or replace function ledger.lock_when(of_function text) returns void language sql as $$
    insert into ledger.locking values (of_function) on conflict do nothing
$$;

create or replace function ledger.guard_locking() returns trigger language plpgsql as $$
declare
    one text;
    place text := (select r.mof_div_code from ledger.region r where r.id = new.region_id);
begin
    for one in select l.function_name from ledger.locking l order by 1 loop
        execute format('select %I($1, $2)', one) using place, new.period / 100;
    end loop;
    return null;
end $$;
create or replace trigger guard_locking after update of closed_at on ledger.period
    for each row when (new.period % 100 = 13 and old.closed_at is null and new.closed_at is not null)
    execute function ledger.guard_locking();

-- The first fund (whole code) of which more was handed over to the year after, on an account with a mark, than accounts of
-- balances open with; fen.
create or replace function ledger.handed_over_short(of_region text, of_year int, carried text, mark text, balances text[])
returns table (fund text, fen bigint) language sql stable as $$
    select c.fund_type_code, sum(m.debit_fen - m.credit_fen)::bigint
    from ledger.coding c join ledger.balance_month m on m.coding_id = c.id
    join ledger.account a on a.id = m.account_id
    where c.mof_div_code = of_region and m.period between of_year * 100 + 100 and of_year * 100 + 113
      and (a.book || ':' || a.code = carried and c.bgt_type_code = mark
           or a.book || ':' || a.code = any(balances) and m.period = of_year * 100 + 100)
    group by 1 having sum(m.debit_fen - m.credit_fen) > 0
        and sum(m.debit_fen - m.credit_fen) filter (where a.book || ':' || a.code = carried) > 0
    order by 1 limit 1
$$;

-- What accounts of balances handed over to the year after of a fund (its whole code), beyond what passed through an account
-- on its way there; fen.
create or replace function ledger.handed_over_beyond(of_region text, of_year int, of_fund text, balances text[], through text)
returns bigint language sql stable as $$
    select coalesce(sum(case when a.book || ':' || a.code = through then -m.debit_fen
                             else m.credit_fen - m.debit_fen end), 0)::bigint
    from ledger.coding c join ledger.balance_month m on m.coding_id = c.id
    join ledger.account a on a.id = m.account_id
    where c.mof_div_code = of_region and c.fund_type_code = of_fund
      and (a.book || ':' || a.code = through and m.period = of_year * 100 + 13
           or a.book || ':' || a.code = any(balances) and m.period = of_year * 100 + 100)
$$;
