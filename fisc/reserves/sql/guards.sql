-- What holds over money between budgets and over reserves, whatever code writes their documents.

-- What a budget of one fund has and needs in a year, by kind of fund ('' where classes tell none, and of other money):
-- what it holds (its balance, with income, less outlay, as the closing of the year does), budgeted and collected income,
-- budgets and quotas that are not spent, what is to be passed on still, and what went on into the next year (quotas,
-- money from above, what reduces the deficit). Money set aside or moved to another budget is no need: free money is
-- for that, budgeted or not.
drop function if exists reserves_free(text, int);
drop function if exists reserves_held(text, text, int);
create or replace function reserves_needs(of_region text, of_fund text, in_year int)
returns table (kind text, held numeric, budgeted numeric, collected numeric, unspent numeric, to_pass_on numeric,
               carried numeric)
language sql stable as $$
    with moved as (
        select registry_kind_of_fund(of_fund, rev_func_code, exp_func_code) as kind, account, rev_func_code, exp_func_code,
               tp_func_code, fen
        from ledger.moved_of_funds(of_region, array[of_fund], in_year, 13)
        -- what stands under a number is of the kind of its document
        union all select k.kind, n.account, n.rev_func_code, n.exp_func_code, n.tp_func_code, k.sign * n.fen
        from transfers_moved_by_kind(of_region, in_year, 13) n
        cross join lateral (values (n.kind, 1), (n.of_class, -1)) k (kind, sign) where of_fund = '121'
    ), onward as (
        select coalesce(-sum(fen), 0) as fen from ledger.moved_of_funds(of_region, array[of_fund], in_year + 1, 12)
        where account = 'quota:9104' and bgt_type_code = '2'
    ), waiting as (
        -- in the pools of documents: of the year, and what went on into the next one
        select k.kind, w.year, sum(w.fen) as fen
        from (select in_year as year, * from ledger.moved_on(of_region, '{quota:9200}', in_year, 13)
              union all select in_year + 1, * from ledger.moved_on(of_region, '{quota:9200}', in_year + 1, 0)) w
        join transfers_fund_kinds(of_region, in_year) k on not k.is_issue and k.number = w.sup_bgt_doc_no
        where of_fund = '121' and w.fund_type_code = of_fund group by 1, 2
    ), of_quotas as (
        select registry_kind_of_fund(of_fund, '', exp_func_code) as kind, sum(fen) as fen
        from budget_carried_out(of_region, of_fund, in_year) group by 1
    ), parts as (
        select kind,
            coalesce(sum(fen) filter (where account ~
                '^(treasury_2015:(300[123]|[45])|treasury_2022_budget:(800[123]|[67]))'), 0) as held,
            coalesce(-sum(fen) filter (where account ~ '^quota:910[123]'
                or account = 'quota:9104' and rev_func_code ~ '^110(09|15)'), 0) as budgeted,
            coalesce(sum(fen) filter (where account ~ '^(treasury_2015:4|treasury_2022_budget:6)'), 0) as collected,
            coalesce(sum(fen) filter (where account ~ '^quota:(920[12]|930[1-4]|940[12])'
                and not (exp_func_code ~ '^230(08|15)' or tp_func_code ~ '^230(08|15)')), 0) as unspent,
            coalesce(sum(fen) filter (where account = 'quota:9305'), 0)
                + coalesce(sum(fen) filter (where account ~ '^(treasury_2015:501|treasury_2022_budget:701)[1-3]'), 0)
                as to_pass_on,
            0 as carried
        from moved group by 1
        union all select kind, 0, 0, 0, 0, 0, fen from of_quotas where kind <> ''
        union all select kind, 0, 0, 0, fen, 0, 0 from waiting where year = in_year
        union all select kind, 0, 0, 0, 0, 0, fen from waiting where year > in_year and kind <> ''
        union all select '', 0, 0, 0, 0, 0, onward.fen - coalesce((select sum(fen) from of_quotas where kind <> ''), 0)
            - coalesce((select sum(fen) from waiting where year > in_year and kind <> ''), 0)
        from onward
        union all select kind, fen, 0, 0, 0, 0, 0 from transfers_kind_moves(of_region, in_year) where of_fund = '121'
    )
    select kind, sum(held), sum(budgeted), sum(collected), sum(unspent), sum(to_pass_on), sum(carried)
    from parts group by 1
$$;

-- What a budget of one fund holds in a year; of a kind ('': of all) no more than the fund does.
create or replace function reserves_held(of_region text, of_fund text, of_kind text, in_year int) returns bigint
language sql stable as $$
    select least(coalesce(sum(held), 0), case when of_kind <> '' then coalesce(sum(held) filter (where kind = of_kind), 0) end)::bigint
    from reserves_needs(of_region, of_fund, in_year)
$$;

-- What a budget of one fund holds in a year that it does not need: what it holds, with budgeted income still to come,
-- less what is not spent, not passed on and what went on into the next year. 预算法第六十六条: over-collected revenue and
-- surplus feed the stabilisation fund. Of a kind of fund ('': of all) no more than the fund has together; what tells no
-- kind and lacks money may be of any.
create or replace function reserves_free(of_region text, of_fund text, of_kind text, in_year int) returns bigint
language sql stable as $$
    with free as (
        select kind, held + greatest(budgeted - collected, 0) - unspent - greatest(to_pass_on, 0) - carried as fen
        from reserves_needs(of_region, of_fund, in_year)
    ), together as (
        select coalesce(sum(held) + greatest(sum(budgeted) - sum(collected), 0) - sum(unspent)
                        - greatest(sum(to_pass_on), 0) - sum(carried), 0) as fen
        from reserves_needs(of_region, of_fund, in_year)
    )
    select least(together.fen, case when of_kind <> '' then coalesce(sum(free.fen) filter (where kind = of_kind), 0)
                     + least(coalesce(sum(free.fen) filter (where kind = ''), 0), 0) end)::bigint
    from together left join free on true group by together.fen
$$;

-- What of a year's revenue reduces its deficit.
create or replace function reserves_against_deficit(of_region text, in_year int) returns bigint language sql stable as $$
    select coalesce(sum(amount_fen), 0)::bigint from reserves_move
    where mof_div_code = of_region and fiscal_year = in_year and kind = 'deficit_reduced' and state = 'posted'
$$;

-- What decisions of a year gave to its stabilisation fund.
create or replace function reserves_set_aside(of_region text, in_year int) returns bigint language sql stable as $$
    select coalesce(sum(amount_fen), 0)::bigint from reserves_move
    where mof_div_code = of_region and fiscal_year = in_year and kind = 'stabilisation_set_aside' and state = 'posted'
$$;

-- What a year's own revenue of the general budget came to beyond its adjusted budget (超收): nothing where none was
-- budgeted. Transfers and debt stand apart (实施条例第七十八条). What people are told, also of a past moment, is the same
-- sum (`fisc.closing.rules.surplus`); a test holds them together.
create or replace function reserves_over_collected(of_region text, in_year int) returns bigint language sql stable as $$
    select case when count(*) filter (where account = 'quota:9101') = 0 then 0
                else greatest(coalesce(sum(fen), 0), 0) end::bigint
    from ledger.moved_of_funds(of_region, array['111'], in_year, 12)
    where account in ('quota:9101', 'treasury_2015:4001', 'treasury_2022_budget:6001')
$$;

-- The deficit of a year's general budget: what it borrows for itself, less principal; as its adjusted budget has it and
-- as it came, whichever is less.
create or replace function reserves_deficit(of_region text, in_year int) returns bigint language sql stable as $$
    select greatest(least(
        coalesce(-sum(fen) filter (where account = 'quota:9103'
            or account ~ '^quota:9[2-5]' and (exp_func_code ~ '^231' or tp_func_code ~ '^23011')), 0),
        coalesce(sum(fen) filter (where account ~ '^(treasury_2015:[45]|treasury_2022_budget:[67])04[12]$'), 0)), 0)::bigint
    from ledger.moved_of_funds(of_region, array['111', '112', '113', '114'], in_year, 12)
$$;

-- What is no way of money, and what a budget does not have: the ways are those of routes.csv.
create or replace function reserves_guard_bounds() returns trigger language plpgsql as $$
declare
    short bigint;
    what text;
    -- the budget that money leaves
    giver text := case when new.kind in ('stabilisation_set_aside', 'deficit_reduced', 'fund_transfer', 'working_capital_set')
                  then new.fund_type_code else '' end;
    of_kind text := case when giver = '121' then new.fund_kind_code else '' end;
begin
    if (case when new.kind = 'fund_transfer'
            then (new.fund_type_code, new.to_fund_type_code) not in (('121', '111'), ('13', '111'))
            else new.fund_type_code <> '111' end) then
        perform documents_refuse('FS104',
            format('没有规定允许资金 %s %s', new.fund_type_code,
                   case new.kind when 'fund_transfer' then '调入 ' || new.to_fund_type_code else '进出储备' end),
            '债券等专用资金不得用于其他预算（预算法第三十五条）；预算间的调入调出按预算法第九条、第十条',
            '请核对资金性质', array[new.doc_key]);
    end if;
    if (new.kind = 'fund_transfer' and new.fund_type_code = '121') <> (new.fund_kind_code ~ '^10301[0-9]{2}$')
       or new.fund_kind_code !~ '^(10301[0-9]{2})?$' then
        perform documents_refuse('FS104', format('没有写明调出哪一种基金：%s', coalesce(nullif(new.fund_kind_code, ''), '（空）')),
            '政府性基金按种类专款专用，结余分种类核算（财库〔2015〕192号 C03）',
            '基金种类写政府性基金收入的项（10301 开头的七位），只在调出政府性基金时写', array[new.doc_key]);
    end if;
    perform pg_advisory_xact_lock(hashtextextended('reserves standing ' || new.mof_div_code, 72));
    if new.kind = 'deficit_reduced' then
        short := least(reserves_over_collected(new.mof_div_code, new.fiscal_year),
                       reserves_deficit(new.mof_div_code, new.fiscal_year))
                 - reserves_against_deficit(new.mof_div_code, new.fiscal_year);
        what := '超收收入和赤字（预算与执行中举借的债务减转贷、还本）中较少的一个减已经冲减的';
    end if;
    if coalesce(short, 0) >= 0 and giver <> '' then
        short := reserves_free(new.mof_div_code, giver, of_kind, new.fiscal_year);
        what := case giver when '111' then '一般公共预算当年可以安排的超收和结余' else '该资金可以调出的超收和结余' end
            || '（收支相抵后的余额，加预算中尚未入库的收入，减尚未支出的预算和指标、已结转下年的部分）';
    end if;
    if coalesce(short, 0) >= 0 and giver <> '' then
        short := reserves_held(new.mof_div_code, giver, of_kind, new.fiscal_year);
        what := '该资金当年收支相抵后的余额';
    end if;
    if short < 0 then
        perform documents_refuse('FS104',
            format('超过现有的余额：%s %s 年%s为 %s 元，不够安排 %s 元', new.mof_div_code, new.fiscal_year, what,
                   round((short + new.amount_fen) / 100.0, 2), round(new.amount_fen / 100.0, 2)),
            '超收收入只用于冲减赤字或补充预算稳定调节基金，调出资金以现有的为限（预算法第六十六条、财库〔2015〕192号 T30、T32）',
            '请核对金额；上年结转结余还没有转入本年的先办理结转，期初的余额请先登记年初余额', array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists reserves_bounds on reserves_move;
create constraint trigger reserves_bounds after update of state on reserves_move deferrable initially deferred
    for each row when (new.state = 'posted') execute function reserves_guard_bounds();

-- A government moves what it has: no fund's cash and no reserve falls below zero. Asked when the transaction ends,
-- or sooner where it is told to: the entries of the document stand by then.
create or replace function reserves_guard_standing() returns trigger language plpgsql as $$
declare short text;
begin
    perform pg_advisory_xact_lock(hashtextextended('reserves standing ' || new.mof_div_code, 72));
    select format('%s %s（差 %s 元）', s.mof_div_code, s.what, (-s.fen / 100.0)::numeric(20, 2)) into short
    from (select '预算稳定调节基金' as what, mof_div_code, fen from ledger.below_zero(
              new.id, array['treasury_2015:3031', 'treasury_2022_budget:8031'], array[]::text[])
          union all select '预算周转金', mof_div_code, fen from ledger.below_zero(
              new.id, array['treasury_2015:3033', 'treasury_2022_budget:8033'], array[]::text[])
          union all select '一般公共预算结转结余', mof_div_code, fen from ledger.below_zero(
              new.id, array['treasury_2015:3001', 'treasury_2022_budget:8001'], array[]::text[])
          union all select '国库存款（资金 ' || fund_type_code || '）', mof_div_code, fen from registry_cash_short(new.id)
         ) s limit 1;
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

-- What was drawn or moved over is not taken back once it is spent: the budget that had it holds it still.
create or replace function reserves_guard_undone() returns trigger language plpgsql as $$
declare
    had text := coalesce(nullif(new.to_fund_type_code, ''), new.fund_type_code);
    held bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended('reserves standing ' || new.mof_div_code, 72));
    held := reserves_held(new.mof_div_code, had, '', new.fiscal_year);
    if held < 0 then
        perform documents_refuse('FS104',
            format('超过现有的余额：%s %s 年资金 %s 收支相抵后差 %s 元，动用、调入的已经支出，不能冲销', new.mof_div_code,
                   new.fiscal_year, had, round(-held / 100.0, 2)),
            '储备资金与调出资金以现有的为限（预算法第六十六条、财库〔2015〕192号 T30、T31）',
            '请先落实其他收入或收回支出，再冲销', array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists reserves_undone on reserves_move;
create constraint trigger reserves_undone after update of state on reserves_move deferrable initially deferred
    for each row when (new.state = 'reversed' and new.kind in ('stabilisation_drawn', 'fund_transfer'))
    execute function reserves_guard_undone();
