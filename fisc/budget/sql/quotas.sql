-- What must hold over quotas and their documents, whatever code writes to them.

-- What is issued is what was made: as many lines, of the same total.
create or replace function budget_quota_complete() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare keys text[];
begin
    keys := array(
        select n.doc_key from after n join before o on o.id = n.id
        left join budget_quota_line l on l.doc_key = n.doc_key and l.revision = n.revision
        where n.state = 'issued' and o.state <> 'issued'
        group by n.doc_key, n.line_count, n.total_fen
        having count(l.id) <> n.line_count or coalesce(sum(l.amount_fen), 0) <> n.total_fen
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '指标文的明细与文头不符，不能下达', '明细合计等于文头',
            '请退回后修改', keys);
    end if;
    return null;
end $$;
create or replace trigger quota_complete after update on budget_quota_document
    referencing old table as before new table as after
    for each statement execute function budget_quota_complete();

-- Nothing disabled can be used: agencies, projects and themes of a quota are enabled in its year.
select registry_guard_table('budget_quota'::regclass);

-- What of money from above an approved budget, or an adjustment, holds is a source of it.
select ledger.raise_only_by('quota', code, array['draft', 'budget_adjustment'],
    '上级资金没有登记收到的文件，不能作为预算来源',
    '先有预算、再有指标：上级资金凭登记的上级文件安排（财办〔2022〕36号）',
    '请先登记收到的上级文件（fisc transfers make-receipts、receive），再按文号安排')
from unnest(array['9102', '9103']) code;

-- What does not fit in quotas by themselves, whatever code wrote them: by the tables from which services
-- judge it (fisc/registry/fitting.py, fit_terms.py). One question, whatever the number of quotas.
create or replace function budget_quota_fits() returns trigger language plpgsql as $$
declare bad text[];
begin
    with block as (
        select distinct a.fiscal_year as y, a.exp_func_code as func, a.bgt_exe_flag = '1' as is_whole,
               a.fund_type_code as fund,
               case when a.fund_type_code like '11%' then '111' when a.fund_type_code like '12%' then '121'
                    else a.fund_type_code end as budget,
               jsonb_build_object('fund_type_code', a.fund_type_code, 'exp_func_code', a.exp_func_code,
                   'gov_bgt_eco_code', a.gov_bgt_eco_code, 'dep_bgt_eco_code', a.dep_bgt_eco_code,
                   'is_debt', a.is_debt, 'is_unified_pay', a.is_unified_pay) as said
        from added a),
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
            select from unnest(string_to_array(p.prefixes, ' ')) q where starts_with(b.said ->> p.element, q)))
    select array_agg(distinct what) into bad from found;
    if bad is not null then
        perform ledger.refuse('FS104', '指标要素不符：' || array_to_string(bad[1:20], '；'),
            '要素按代码集和科目之间的对应填列（财办〔2020〕13号）；预算法第三十五条：债务只用于公益性资本支出',
            '请核对科目和资金性质', jsonb_build_object('items', to_jsonb(bad), 'refused', cardinality(bad)));
    end if;
    return null;
end $$;
create or replace trigger fits after insert on budget_quota referencing new table as added
    for each statement execute function budget_quota_fits();

-- A project stays with its unit while quotas of it stand with another.
create or replace function budget_project_stays() returns trigger language plpgsql as $$
declare held text;
begin
    select q.agency_code into held from budget_quota q
    left join registry_agency a on a.fiscal_year = q.fiscal_year and a.mof_div_code = q.mof_div_code
        and a.agency_code = q.agency_code
    where q.pro_code = new.pro_code and q.fiscal_year = new.fiscal_year
        and q.mof_div_code = new.mof_div_code and q.agency_code <> ''
        and new.agency_code not in ('', q.agency_code, coalesce(a.dept_code, '')) limit 1;
    if held is not null then
        perform ledger.refuse('FS104',
            format('预算项目 %s 还有单位 %s 的指标，不能改归 %s', new.pro_code, held, new.agency_code),
            '项目支出按项目库的申报单位安排（预算法实施条例第四十一条）',
            '请先收回或调剂这些指标，或在新年度改归', jsonb_build_object('keys', jsonb_build_array(new.pro_code)));
    end if;
    return null;
end $$;
create or replace trigger project_stays after update of agency_code on registry_project
    for each row when (new.agency_code is distinct from old.agency_code)
    execute function budget_project_stays();
