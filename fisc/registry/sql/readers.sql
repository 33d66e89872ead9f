-- What domains ask of elements in sets, beside names: relations that are planned as a part of the statement
-- that asks (each is one select without settings of its own).

-- Accounts of a year's payees, and what kind of payee each belongs to.
create or replace function registry_account_kinds(year integer)
returns table (acct_no text, kind text) language sql stable as $$
    select a.acct_no, y.kind from registry_payee_account a
    join registry_payee y on y.payee_code = a.payee_code and y.fiscal_year = a.fiscal_year
    where a.fiscal_year = year
$$;

drop function if exists registry_accounts_beside(text, integer);

-- The department of an agency in a year: one row, or none where the agency is unknown.
create or replace function registry_department(region text, year integer, agency text)
returns table (dept_code text) language sql stable as $$
    select a.dept_code from registry_agency a
    where a.mof_div_code = region and a.fiscal_year = year and a.agency_code = agency
$$;

drop function if exists registry_grant_class(text, text, int);

-- Whether a region settled that money used beside its purpose is noted, not refused. What a region settles is kept above
-- the registry: the body is bound when it is asked.
create or replace function registry_notes_purposes(region text, year int) returns boolean language plpgsql stable as $$
begin
    return coalesce((select s.value from registry_own_settings() with ordinality s
        where s.mof_div_code = region and s.setting = 'grant_purpose' and s.valid_from <= make_date(year, 12, 31)
        order by s.ordinality desc limit 1), '') = 'note';
end $$;

-- The class of outlay that a code of revenue, or of what is passed on, names by its name; no row where it names none.
create or replace function registry_purpose_of(code text, in_year int)
returns table (class text, is_bound boolean) language sql stable as $$
    select p.exp_func_code::text, p.control = 'refuse' from registry_grant_purpose p
    where p.rev_func_code = '110' || substr(code, 4)
        and in_year between p.valid_from_year and coalesce(p.valid_to_year, in_year)
$$;

-- What a line of money from above is for: the class that it names, else that of its code of revenue, out of which a special
-- transfer never goes; '' of neither. `is_bound`: it is a special transfer.
create or replace function registry_grant_meant(rev text, func text, in_year int)
returns table (code text, is_bound boolean) language sql stable as $$
    select case when func = '' or p.is_bound and not starts_with(func, p.class) then coalesce(p.class, '') else func end,
           coalesce(p.is_bound, false)
    from (select 1) one left join registry_purpose_of(rev, in_year) p on true
$$;

-- Whether a line of a special transfer names a class outside that of its code, or one that is parted further.
create or replace function registry_strange_grant(rev text, func text, in_year int) returns boolean language sql stable as $$
    select exists (select from registry_purpose_of(rev, in_year) p where p.is_bound and not starts_with(func, p.class))
$$;
create or replace function registry_is_parted(of_fund text, func text, in_year int) returns boolean language sql stable as $$
    select exists (select from registry_classification c where c.kind = 'exp_func' and c.parent = func
        and in_year between c.valid_from_year and coalesce(c.valid_to_year, in_year)
        and c.fund in ('', case when of_fund like '11%' then '111' when of_fund like '12%' then '121' else of_fund end))
$$;

-- Whether money from above is used, all of which came as special transfers for other classes: of own spending by its
-- functional class, of what is passed on by its code, and the class that it names (`purpose_misfits` of the program).
-- What came under a number is kept above the registry: the body is bound when it is asked.
create or replace function registry_misused_grant(region text, year int, fund text, paper text, func text, passed text)
returns boolean language plpgsql stable as $$
begin
    return (func <> '' or passed <> '') and coalesce((
        select bool_and(m.is_bound and (
            func <> '' and not starts_with(func, m.code) and not starts_with(m.code, func)
            or passed <> '' and left(m.code, 3) <> coalesce(o.class, case when func = '' then '' else left(m.code, 3) end)))
        from registry_grants(region, year, fund, paper) g
        cross join lateral registry_grant_meant(g.rev_func_code, g.exp_func_code, year) m
        left join registry_purpose_of(passed, year) o on true
    ), false) and not registry_notes_purposes(region, year);
end $$;

-- Whether the budget of a fund has a class of spending in a year.
create or replace function registry_spends_on(of_fund text, func text, in_year int) returns boolean language sql stable as $$
    select exists (select from registry_classification c where c.kind = 'exp_func' and c.code = func
        and in_year between c.valid_from_year and coalesce(c.valid_to_year, in_year)
        and c.fund in ('', case when of_fund like '11%' then '111' when of_fund like '12%' then '121' else of_fund end))
$$;

-- The government directly above, as the database records it, else as its code says (GB/T 2260); '' above a province.
create or replace function registry_parent(place text) returns text language sql stable as $$
    select coalesce((select r.parent from registry_region r where r.mof_div_code = place),
        case when place ~ '^[0-9]{2}0000' then '' when place ~ '^[0-9]{4}00' then left(place, 2) || '0000000'
             else left(place, 4) || '00000' end)
$$;
create or replace function registry_is_above(upper text, lower text) returns boolean language sql stable as $$
    with recursive way (place) as (
        select registry_parent(lower) union select registry_parent(way.place) from way where way.place <> '')
    select exists (select from way where way.place = upper)
$$;

-- What does not fit in blocks of quotas by themselves, in words: by the tables from which services judge it
-- (fisc/registry/fitting.py, fit_terms.py). One question, whatever the number of quotas.
-- `blocks` is [{y, is_whole, said: {element: code}}], is_whole where money may be paid from it.
create or replace function registry_misfits(blocks jsonb)
returns table (what text) language sql stable as $$
    with block as (
        select r.y, r.is_whole, r.said, r.said ->> 'exp_func_code' as func, r.said ->> 'fund_type_code' as fund,
               case when r.said ->> 'fund_type_code' like '11%' then '111'
                    when r.said ->> 'fund_type_code' like '12%' then '121'
                    else r.said ->> 'fund_type_code' end as budget
        from jsonb_to_recordset(blocks) r(y smallint, is_whole boolean, said jsonb)),
    spoken as (
        select b.said, r.rule, r.element, r.name from block b join registry_quota_rule r
            on r.rule in ('debt', 'recurrent', 'capital', 'no_quota')
            and b.y between r.valid_from_year and coalesce(r.valid_to_year, b.y)
            and starts_with(b.said ->> r.element, r.prefix)),
    debt as (
        select b.*, c.element from block b
        cross join (values ('gov_bgt_eco_code'), ('dep_bgt_eco_code')) c(element)
        where exists (select from spoken s where s.said = b.said and s.rule = 'debt')),
    found as (
        select format('支出功能分类 %s 没有列到最细一级', b.func) as what from block b
        where b.func <> '' and exists (
            select from registry_classification c where c.kind = 'exp_func' and c.parent = b.func
                and b.y between c.valid_from_year and coalesce(c.valid_to_year, b.y)
                and c.fund in ('', b.budget))
        union all
        select format('%s 不是本级支出', s.name) from spoken s where s.rule = 'no_quota'
        union all
        select format('债务资金不得安排经常性支出：%s', s.name) from spoken s
        where s.rule = 'recurrent' and exists (select from debt d where d.said = s.said)
        union all
        select format('债务资金不得安排经常性支出：%s', c.name)
        from debt d join registry_classification c on c.kind = 'exp_func' and c.code = d.func
            and d.y between c.valid_from_year and coalesce(c.valid_to_year, d.y) and c.fund in ('', d.budget)
        join registry_quota_rule r on r.rule = 'recurrent' and r.element = 'exp_func_name'
            and starts_with(c.name, r.prefix)
        union all
        select format('债务资金不能用于项目“%s”：名称含有“%s”', p.name, array_to_string(w.hits, '、'))
        from debt d join registry_project p on p.fiscal_year = d.y and p.mof_div_code = d.said ->> 'mof_div_code'
            and p.pro_code = d.said ->> 'pro_code'
        cross join lateral (select registry_debt_words(p.name, d.said, p.mof_div_code, make_date(d.y, 12, 31)) as hits) w
        where cardinality(w.hits) > 0
        union all
        select '债务资金没有写明政府和部门预算支出经济分类' from debt d
        where d.is_whole and d.said ->> d.element = ''
        union all
        select format('债务资金只能列资本性支出，不能列经济分类 %s', d.said ->> d.element) from debt d
        where d.said ->> d.element <> '' and not exists (
            select from spoken s where s.said = d.said and s.rule = 'capital' and s.element = d.element)
        union all
        select format('%s 与 %s 不符：%s', b.said ->> p.when_element, b.said ->> p.element, p.name)
        from block b join registry_element_pair p on starts_with(b.fund, p.fund_prefix)
            and b.y between p.valid_from_year and coalesce(p.valid_to_year, b.y)
            and starts_with(b.said ->> p.when_element, p.when_prefix)
        where b.said ->> p.element <> '' and not exists (
            select from unnest(string_to_array(p.prefixes, ' ')) q where starts_with(b.said ->> p.element, q))
        union all
        select format('上级文件 %s 的专项资金不是用于支出功能分类 %s 的', b.said ->> 'sup_bgt_doc_no', b.func)
        from block b where b.said ->> 'sup_bgt_doc_no' <> '' and registry_misused_grant(
            b.said ->> 'mof_div_code', b.y, b.fund, b.said ->> 'sup_bgt_doc_no', b.func, ''))
    select distinct what from found
$$;

-- A number that a rule judges by on a day (fen, or basis points): as the region settled it, as shipped for it or for
-- all; null where nothing says it (`check_parameter` of the program). What a region settles is kept above the
-- registry, so the body is bound when it is asked.
drop function if exists registry_large_fen(text, text);
create or replace function registry_check_number(rule text, named text, settled_as text, region text, day text)
returns bigint language plpgsql stable as $$
begin
    return coalesce(
        (select (s.value::numeric * 100)::bigint from registry_own_settings() with ordinality s
         where s.mof_div_code = region and s.setting = settled_as and s.valid_from <= day::date
         order by s.ordinality desc limit 1),
        (select nullif(c.value, '')::bigint from registry_payment_check c
         where c.rule_id = rule and c.parameter = named and c.mof_div_code in (region, '')
             and c.valid_from <= day and (c.valid_to = '' or c.valid_to >= day)
         order by c.mof_div_code desc, c.valid_from desc limit 1));
end $$;

-- Whether money may be paid on a block that leaves an element unsaid: an economic class where the unit is an enterprise,
-- or the region settled that it is noted. What a region settles is kept above: the body is bound when it is asked.
create or replace function registry_may_lack(block jsonb, element text) returns boolean language plpgsql stable as $$
begin
    return element in ('gov_bgt_eco_code', 'dep_bgt_eco_code') and (
        exists (select from registry_agency a where a.mof_div_code = block ->> 'mof_div_code'
            and a.fiscal_year = (block ->> 'fiscal_year')::smallint and a.agency_code = block ->> 'agency_code'
            and a.kind = 'enterprise')
        or coalesce((select s.value from registry_own_settings() with ordinality s
            where s.mof_div_code = block ->> 'mof_div_code' and s.setting = 'eco_classes'
                and s.valid_from <= make_date((block ->> 'fiscal_year')::int, 12, 31)
            order by s.ordinality desc limit 1), '') = 'note');
end $$;

-- Whether an affair of the treasury of a kind may bring revenue of a class, or spend a quota of one.
create or replace function registry_affair_takes(of_kind text, code text) returns boolean language sql stable as $$
    select coalesce(bool_or(starts_with(code, a.code_prefix)), true) from registry_affair_code a where a.kind = of_kind
$$;

-- Funds of which an entry of a document, or its reversal, took more cash of the treasury than they have: by region.
create or replace function registry_cash_short(of_document bigint)
returns table (mof_div_code text, fund_type_code text, fen bigint) language sql stable as $$
    select s.mof_div_code, s.elements, s.fen
    from ledger.below_zero(of_document, ledger.accounts_of_pool('treasury'), array['fund_type_code']) s
$$;

-- Whether a coding block is money that was borrowed (rule `debt` of quota_rules.csv).
create or replace function registry_is_debt(block jsonb) returns boolean language sql stable as $$
    select exists (select from registry_quota_rule r where r.rule = 'debt'
        and (block ->> 'fiscal_year')::int between r.valid_from_year
            and coalesce(r.valid_to_year, (block ->> 'fiscal_year')::int)
        and starts_with(block ->> r.element, r.prefix))
$$;

-- Refuses a document that took more cash of a fund than it has.
create or replace function registry_require_cash(of_document bigint, of_key text) returns void language plpgsql as $$
declare short record;
begin
    select * into short from registry_cash_short(of_document) limit 1;
    if found then
        perform ledger.refuse('FS104', format('资金性质 %s 的国库存款不够付，缺 %s 元：%s', short.fund_type_code,
                round(-short.fen / 100.0, 2), of_key),
            '库款按资金性质支付，不得透支（中国人民银行法第二十九条；财库〔2015〕192号）',
            '请核对资金性质与金额；该资金还没有到账的，到账后办理',
            jsonb_build_object('keys', jsonb_build_array(of_key), 'refused', 1));
    end if;
end $$;

-- Refuses a document that took cash of debt, which is spent by payments of its quotas alone.
create or replace function registry_spare_debt(of_document bigint, of_key text) returns void language plpgsql as $$
begin
    if exists (select from ledger.lowered_by(of_document, ledger.accounts_of_pool('treasury')) c(block)
               where registry_is_debt(c.block)) then
        perform ledger.refuse('FS104', '债务资金不能借出、预拨、暂付、存出或转作专用基金：' || of_key,
            '预算法第三十五条：举借的债务只能用于公益性资本支出，不得挪作他用',
            '请用其他资金办理；债务资金按项目指标支付',
            jsonb_build_object('keys', jsonb_build_array(of_key), 'refused', 1));
    end if;
end $$;
