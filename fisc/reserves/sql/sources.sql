-- What the sources of a budget rest on, whoever posts them: the kinds are those of budget_sources.csv. The first budget of a
-- year may foresee what comes, and a borrowing is decided before it is borrowed; but as much of the budget as is still to
-- come is neither given out nor carried over. Whoever adds another source later names what is there.

-- Why a source of the quota book is one; null where it needs nothing: own revenue is a plan, units' money is their own.
create or replace function reserves_source_kind(of_account text, of_class text) returns text language sql immutable as $$
    select case of_account
        when 'quota:9104' then case when of_class ~ '^11009' then 'moved_in' when of_class ~ '^11015' then 'drawn'
                                    else 'brought' end
        when 'quota:9103' then 'borrowed'
        when 'quota:9102' then case when of_class ~ '^110(06|21)' then 'sent_up' else 'from_above' end end
$$;

-- Accounts of sources, of budgets not given out and of what was given on, and of what came.
create or replace function reserves_source_accounts(of_use text) returns text[] language sql immutable as $$
    select case of_use
        when 'sources' then array['quota:9102', 'quota:9103', 'quota:9104']
        when 'budgets' then array['quota:9200', 'quota:9201', 'quota:9202']
        when 'bases' then array(
            select 'treasury_2015:' || code from unnest('{3001,3002,3003,3031,4012,4013,4021,4031,4041,4042}'::text[]) code
            union all select 'treasury_2022_budget:' || code
            from unnest('{8001,8002,8003,8031,6012,6013,6021,6031,6041,6042}'::text[]) code) end
$$;

-- A region's budget of a fund (its whole code) in a year: of each kind of source what it counts on, what came of it, and what
-- of the whole is not given out. Nothing where it counts on none. What was carried over with its quotas or by its
-- document, and what stands under a document's number, has a floor of its own.
create or replace function reserves_sources(of_region text, of_fund text, in_year int)
returns table (bound text, counted_fen bigint, came_fen bigint, waiting_fen bigint) language plpgsql stable as $$
#variable_conflict use_column
begin
    if not exists (
        select from ledger.moved_on(of_region, reserves_source_accounts('sources'), in_year, 12) m
        where m.fund_type_code = of_fund and m.bgt_type_code <> '2' and m.sup_bgt_doc_no = '' and m.fen <> 0) then
        return;
    end if;
    -- read after whoever changes them now
    perform pg_advisory_xact_lock(hashtextextended('reserves standing ' || of_region, 72));
    return query
    with moved as materialized (
        select m.account, m.fund_type_code = of_fund as is_own, m.rev_func_code, m.exp_func_code, m.fen,
               m.bgt_type_code = '2' as is_marked, m.sup_bgt_doc_no <> '' as is_numbered
        from ledger.moved_on(of_region, reserves_source_accounts('sources') || reserves_source_accounts('budgets')
                             || reserves_source_accounts('bases') || '{quota:9305}', in_year, 12) m
    ), counted as (
        select reserves_source_kind(account, rev_func_code) as bound, -sum(fen) as fen from moved
        where is_own and account ~ '^quota:910' and not is_marked and not is_numbered group by 1
    ), stood as (
        select coalesce(sum(fen) filter (where account ~ ':[38]00[123]$'), 0) as balance,
               coalesce(-sum(fen) filter (where account = 'quota:9104' and is_marked), 0) as carried,
               coalesce(sum(fen) filter (where account ~ ':[46]021$'), 0) as moved_in,
               coalesce(sum(fen) filter (where account ~ ':[46]031$'), 0) as drawn,
               coalesce(sum(fen) filter (where account ~ ':[46]04[12]$'), 0) as borrowed,
               -- what governments below give back of a document is the level's above
               coalesce(sum(fen) filter (where account ~ ':[46]01[23]$' and not is_numbered), 0) as sent_up,
               coalesce(-sum(fen) filter (where account = 'quota:9103' and is_numbered), 0) as numbered,
               coalesce(sum(fen) filter (where account = 'quota:9305' and not is_numbered), 0) as given_on,
               -- what other means than quotas spend waits for none
               coalesce(sum(fen) filter (where account ~ '^quota:920' and not is_marked and not is_numbered
                   and exp_func_code !~ '^230(0|1[156])'), 0) as waiting
        from moved where is_own
    ), others as (
        select coalesce(sum(fen) filter (where account ~ '^quota:920[12]' and exp_func_code ~ '^23008'), 0) as given_over
        from moved where not is_own
    ), told as (
        -- a document of one class is not what the budget counts on of another
        select coalesce(sum(least(c.fen, b.fen)), 0) as fen
        from (select left(rev_func_code, 5) as class, -sum(fen) as fen from moved
              where is_own and not is_marked and not is_numbered
                and reserves_source_kind(account, rev_func_code) = 'from_above' group by 1) c
        join transfers_budgeted(of_region, of_fund, in_year) b using (class)
    )
    select c.bound, c.fen::bigint, case c.bound
            when 'brought' then greatest(s.balance - greatest(s.carried, 0), 0)
            when 'moved_in' then greatest(s.moved_in, case of_fund when '111' then o.given_over else 0 end)
            when 'drawn' then case of_fund when '111' then s.drawn + coalesce(ledger.stands(of_region, '11',
                array['treasury_2015:3031', 'treasury_2022_budget:8031'], '{}'), 0) else 0 end
            when 'borrowed' then greatest(s.borrowed, transfers_granted(of_region, of_fund, in_year)) - s.numbered + s.given_on
            when 'sent_up' then s.sent_up else t.fen end::bigint, s.waiting::bigint
    from counted c, stood s, others o, told t where c.bound is not null and c.fen <> 0;
end $$;

create or replace function reserves_source_words(of_bound text, counted_fen bigint, came_fen bigint) returns text
language sql immutable as $$
    select format('%s列入 %s 元，%s %s 元', case of_bound when 'brought' then '上年结余收入' when 'moved_in' then '调入资金'
            when 'drawn' then '动用预算稳定调节基金' when 'borrowed' then '债务收入'
            when 'sent_up' then '上解收入和地区间援助收入' else '没有写明文号的上级转移支付' end,
        round(counted_fen / 100.0, 2), case of_bound when 'from_above' then '其中登记为已列预算的文件' else '有来源的' end,
        round(came_fen / 100.0, 2))
$$;

create or replace function reserves_require_sources(moved jsonb) returns void language plpgsql as $$
declare
    sources text[] := reserves_source_accounts('sources');
    one record;
    bad text;
begin
    for one in
        select m.mof_div_code, case when m.exp_func_code ~ '^23008' then '111' else m.fund_type_code end as fund,
               m.period / 100 as in_year, min(m.natural_key) as entry_key,
               array_agg(distinct reserves_source_kind(m.account, m.rev_func_code)) filter (
                   where m.account = any(sources) and m.fen < 0 and m.bgt_type_code <> '2' and m.sup_bgt_doc_no = ''
                     and m.kind <> 'draft') as named,
               bool_or(m.account = any(sources) and m.fen < 0 and m.bgt_type_code = '2'
                   and m.kind not in ('year_end', 'fund_move') and not budget_is_carry_over(m.document_id)) as is_marked,
               bool_or(m.account = any(sources) and m.fen > 0 and m.rev_func_code ~ '^11015') as is_undrawn
        from jsonb_to_recordset(moved) as m(account text, mof_div_code text, fund_type_code text, rev_func_code text,
            exp_func_code text, bgt_type_code text, sup_bgt_doc_no text, period int, document_id bigint, kind text,
            natural_key text, fen bigint)
        where m.period % 100 <= 12 and m.kind <> 'published_table' and (m.account = any(sources) or m.fen < 0)
        group by 1, 2, 3 order by 1, 2, 3
    loop
        if one.is_marked then
            perform ledger.refuse_entry('FS104', format('上年结转的来源只由结转转入，凭证 %s 不能列入', one.entry_key),
                one.entry_key, '结转按上年的指标和上级文件办理，一笔只转一次（预算法第四十二条，财办〔2022〕36号）',
                '请办理结转（fisc year-end carry、carry-sources）；安排上年结余的，指标类型不填 2');
        end if;
        select string_agg(reserves_source_words(s.bound, s.counted_fen, s.came_fen), '；' order by s.bound) into bad
            from reserves_sources(one.mof_div_code, one.fund, one.in_year) s
            where s.bound = any(one.named) and s.bound <> 'borrowed'
              and (s.bound = 'from_above' or s.counted_fen > greatest(s.came_fen, 0));
        if bad is not null then
            perform ledger.refuse_entry('FS104', format('%s %s 年资金 %s 的预算来源没有依据：%s（凭证 %s）', one.mof_div_code,
                    one.in_year, one.fund, bad, one.entry_key),
                one.entry_key, '没有来源不得安排支出：结转结余、调入资金、预算稳定调节基金以现有的为限，上级资金凭文件（预算法第十二条、第四十二条、第六十六条）',
                '请核对金额；上年的余额请先结转下年或登记年初余额，调入资金同时列调出预算的支出（23008），上级资金登记文件后写明文号');
        end if;
        select string_agg(reserves_source_words(s.bound, s.counted_fen, s.came_fen), '；' order by s.bound)
               || format('；没有下达的预算剩 %s 元，须留 %s 元%s', round(min(s.waiting_fen) / 100.0, 2),
                         round((sum(s.counted_fen - s.came_fen) + min(k.fen)) / 100.0, 2),
                         case when min(k.fen) > 0 then format('（其中须写明文号使用的 %s 元）',
                                                              round(min(k.fen) / 100.0, 2)) else '' end) into bad
            from reserves_sources(one.mof_div_code, one.fund, one.in_year) s
            cross join lateral (select transfers_registered(one.mof_div_code, one.fund, one.in_year) as fen) k
            where s.bound <> 'sent_up' and s.counted_fen > s.came_fen
            having min(s.waiting_fen) < sum(s.counted_fen - s.came_fen) + min(k.fen);
        if bad is not null then
            perform ledger.refuse_entry('FS104', format('%s %s 年资金 %s 的预算有来源还没有到，不能再下达：%s（凭证 %s）',
                    one.mof_div_code, one.in_year, one.fund, bad, one.entry_key),
                one.entry_key, '先有来源、后有支出：预算可以预计来源，下达和支付不超过已有的（预算法第十二条、第三十八条、第六十六条，财办〔2022〕36号）',
                '请先办理上年结转、登记年初余额、调入，或登记收到的上级文件（预算已列的写明 --is-budgeted）；或减少下达；来源不再有的请调整预算，先收回已下达的指标');
        end if;
        select format('当年已动用 %s 元，预算只剩 %s 元', round(max(m.drawn) / 100.0, 2), round(max(m.counted) / 100.0, 2)) into bad
            from (select coalesce(sum(fen) filter (where account ~ ':[46]031$'), 0) as drawn,
                         coalesce(-sum(fen) filter (where account = 'quota:9104' and rev_func_code ~ '^11015'), 0) as counted
                  from ledger.moved_of_funds(one.mof_div_code, array[one.fund], one.in_year, 12)) m
            where one.is_undrawn having max(m.drawn) > max(m.counted);
        if bad is not null then
            perform ledger.refuse_entry('FS104', format('%s %s 年动用预算稳定调节基金的预算不能调减到已经动用的以下：%s（凭证 %s）',
                    one.mof_div_code, one.in_year, bad, one.entry_key),
                one.entry_key, '动用预算稳定调节基金须列入预算或预算调整（预算法第六十七条）', '请先冲销动用的单据，再调减预算');
        end if;
    end loop;
end $$;
select ledger.watch('sources', reserves_source_accounts('sources') || reserves_source_accounts('budgets')
                    || reserves_source_accounts('bases') || '{source_register:U200}', 'reserves_require_sources');

-- What a budget of a fund counts on in a year and what did not come of it.
create or replace function reserves_still_to_come(of_region text, of_fund text, in_year int) returns bigint
language sql stable as $$
    select coalesce(sum(greatest(s.counted_fen - s.came_fen, 0)), 0)::bigint
    from reserves_sources(of_region, of_fund, in_year) s where s.bound <> 'sent_up'
$$;

-- What went on of a fund out of a year, with quotas and by numbers, and what there is to go on: what was budgeted or
-- issued and is not spent, less what did not come.
create or replace function reserves_carried(of_region text, of_fund text, in_year int)
returns table (carried_fen bigint, unspent_fen bigint, missing_fen bigint) language sql stable as $$
    select (select coalesce(-sum(m.fen), 0) from ledger.moved_by_kinds(of_region, 'quota:9104', in_year + 1,
                array['quota_document', 'year_end']) m where m.fund_type_code = of_fund and m.bgt_type_code = '2')::bigint,
           (select coalesce(sum(m.fen), 0) from ledger.moved_on(of_region, array(select 'quota:' || code from unnest(
                '{9200,9201,9202,9301,9302,9303,9304,9401,9402}'::text[]) code), in_year, 12) m
            where m.fund_type_code = of_fund)::bigint,
           reserves_still_to_come(of_region, of_fund, in_year)
$$;

-- What goes on into the next year is there: whichever paper carries it, quotas and documents together.
create or replace function reserves_require_carried(moved jsonb) returns void language plpgsql as $$
declare
    one record;
    bad record;
begin
    for one in
        select m.mof_div_code, m.fund_type_code, m.period / 100 - 1 as in_year, min(m.natural_key) as entry_key
        from jsonb_to_recordset(moved) as m(mof_div_code text, fund_type_code text, bgt_type_code text, period int,
            document_id bigint, kind text, natural_key text, fen bigint)
        where m.bgt_type_code = '2' and m.period % 100 <= 12 and m.fen < 0
          and (m.kind = 'year_end' or budget_is_carry_over(m.document_id))
        group by 1, 2, 3 order by 1, 2, 3
    loop
        perform pg_advisory_xact_lock(hashtextextended('reserves standing ' || one.mof_div_code, 72));
        select c.* into bad from reserves_carried(one.mof_div_code, one.fund_type_code, one.in_year) c
            where c.carried_fen > c.unspent_fen - c.missing_fen;
        if found then
            perform ledger.refuse_entry('FS104',
                format('%s %s 年资金 %s 结转下年的共 %s 元，超过可以结转的 %s 元：没有用完的预算和指标 %s 元，其中预算预计而没有来的 %s 元（凭证 %s）',
                    one.mof_div_code, one.in_year, one.fund_type_code, round(bad.carried_fen / 100.0, 2),
                    round((bad.unspent_fen - bad.missing_fen) / 100.0, 2), round(bad.unspent_fen / 100.0, 2),
                    round(bad.missing_fen / 100.0, 2), one.entry_key), one.entry_key,
                '结转的是当年已有、没有用完的资金，随指标或按文号只转一次（预算法第四十二条、第六十六条，财办〔2022〕36号）',
                '预算预计的上级资金已收到的，先登记文件（写明 --is-budgeted）；没有收到的，先收回这部分指标再结转；按文号多结转的，退回文号后再办一次上级资金结转（fisc year-end carry-sources）');
        end if;
    end loop;
end $$;
select ledger.watch('carried', '{quota:9104}', 'reserves_require_carried');

-- What a year holds for principal because it reduced a deficit: what came for it (its source bears the class of principal),
-- and what quotas carried on of that of the year before.
create or replace function reserves_principal_due(of_region text, in_year int) returns bigint language plpgsql stable as $$
declare
    came bigint := (select coalesce(-sum(m.fen), 0) from ledger.moved_on(of_region, array['quota:9104'], in_year, 12) m
        where m.fund_type_code = '111' and m.exp_func_code = '2310301' and m.bgt_type_code = '2');
    carried bigint := (
        select coalesce(sum(m.fen), 0)
        from ledger.moved_by(of_region, array['quota:9301', 'quota:9302'], in_year, '2310301') m
        where m.fund_type_code = '111' and m.bgt_type_code = '2' and budget_is_carry_over(m.document_id));
begin
    if carried > 0 then
        came := came + least(carried, greatest(reserves_principal_due(of_region, in_year - 1) - (
            select coalesce(sum(m.fen), 0)
            from ledger.moved_on(of_region, array['quota:9501', 'quota:9502'], in_year - 1, 12) m
            where m.fund_type_code = '111' and m.exp_func_code = '2310301' and m.bgt_type_code = '2'), 0));
    end if;
    return came;
end $$;

-- What reduces a deficit stays for principal: what a year's budgets and quotas hold of it, spent or not, is never less.
create or replace function reserves_require_principal(moved jsonb) returns void language plpgsql as $$
declare
    one record;
    bad text;
begin
    for one in
        select m.mof_div_code, m.period / 100 as in_year, min(m.natural_key) as entry_key
        from jsonb_to_recordset(moved) as m(account text, mof_div_code text, fund_type_code text, exp_func_code text,
            bgt_type_code text, period int, natural_key text, fen bigint)
        where m.period % 100 <= 12 and m.fund_type_code = '111' and m.exp_func_code = '2310301' and m.bgt_type_code = '2'
          and m.fen < 0
        group by 1, 2 order by 1, 2
    loop
        select format('应留 %s 元，只剩 %s 元', round(s.came / 100.0, 2), round(s.kept / 100.0, 2)) into bad from (
            select reserves_principal_due(one.mof_div_code, one.in_year) as came,
                   coalesce(sum(m.fen) filter (where m.account <> 'quota:9104'), 0) as kept
            from ledger.moved_on(one.mof_div_code, reserves_principal_accounts(), one.in_year, 12) m
            where m.fund_type_code = '111' and m.exp_func_code = '2310301' and m.bgt_type_code = '2') s
            where s.kept < s.came;
        if bad is not null then
            perform ledger.refuse_entry('FS104', format('%s %s 年冲减赤字的资金不能改作他用：%s（凭证 %s）', one.mof_div_code,
                    one.in_year, bad, one.entry_key),
                one.entry_key, '超收收入冲减赤字的，只用于偿还一般债券本金（预算法第六十六条）',
                '请留在 2310301 还本；不再冲减的请先冲销冲减赤字的决定');
        end if;
    end loop;
end $$;
create or replace function reserves_principal_accounts() returns text[] language sql immutable as $$
    select array(select 'quota:' || code from unnest(
        '{9104,9201,9202,9301,9302,9303,9304,9401,9402,9501,9502}'::text[]) code)
$$;
select ledger.watch('principal', reserves_principal_accounts(), 'reserves_require_principal');
