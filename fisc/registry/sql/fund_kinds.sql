-- Kinds of government funds, as `fund_kinds.py` tells them: by the revenue class where it is one of funds or serves
-- their bonds, else by the class of outlay; '' where the classes do not tell, and of other money.
create or replace function registry_kind_of_fund(of_fund text, of_revenue text, of_outlay text) returns text
language sql stable as $$
    select case
        when of_fund <> '121' then ''
        when of_revenue ~ '^10301' then coalesce(substring(of_revenue from '^[0-9]{7}'), '')
        else coalesce((select k.rev_func_code from registry_fund_kind k
                       where k.func_code in (left(of_revenue, 7), left(of_outlay, 7), left(of_outlay, 5))
                       order by k.func_code = left(of_revenue, 7) desc, length(k.func_code) desc limit 1), '')
    end
$$;

-- A kind as people call it; its code where no table names it.
create or replace function registry_fund_kind_name(of_kind text) returns text language sql stable as $$
    select coalesce((select format('%s（%s）', k.name, of_kind) from registry_fund_kind k
                     where k.rev_func_code = of_kind limit 1), of_kind)
$$;
