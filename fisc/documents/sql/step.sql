-- The guard of a step on one kind of document, made from its declaration: a step of the flow, by who may
-- take it, that changes no content and writes only what that step may write.

-- The row before and the row after have no index: without nested loops a set costs what its rows cost,
-- also where the plan was made for a single document.
create or replace function {function}() returns trigger language plpgsql
set enable_nestloop = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
    one record;
    bad record;
    keys text[];
    backs constant text[] := {backs};
    whys constant text[] := {whys};
    bounds record;
begin
    bounds := ledger.clock_bounds();
    -- Of rows that are as they should be nothing is gathered: a guard is asked far more often than it refuses.
    for one in
        select * from (select s.doc_key, case
            when s.same_key is not true then 1
            when (s.is_longer and documents_is_step(s.last) and (s.last ->> 1)::int = (s.past -> -1 ->> 1)::int
                  + case when s.past -> -1 ->> 0 = any (backs) then 1 else 0 end) is not true then 2
            when t.move is null then 3
            when f.code is null or not t.duty = any (f.duties)
                 or not f.mof_div_code in ('', s.mof_div_code)
                 or not coalesce(f.agency_code = any (s.owners), true) then 4
            when cardinality(t.not_by) > 0 and exists (
                 select from jsonb_array_elements(s.past) e
                 where e ->> 0 = any (t.not_by) and e ->> 2 = s.last ->> 2) then 5
            when s.last ->> 3 < s.past -> -1 ->> 3 then 6
            when {is_late} then 7
            when s.last ->> 3 < s.dated then 8
            when s.last ->> 4 <> '' and s.last ->> 0 = any (whys) and s.last ->> 2 <> 'system'
                 and not registry_is_reason(s.last ->> 4) then 9
            end as fault, s.dated, s.last, s.past, s.source, coalesce(t.move_name, s.last ->> 0) as move, t.duty_name
        -- `last` is what the step wrote: taken out of the trail once a row (offset 0 keeps it so)
        from (select n.doc_key, n.mof_div_code, n.fiscal_year, {owners} as owners, {dated} as dated, n.state as target, o.state as source, n.trail -> -1 as last,
                     o.trail as past, n.trail - (-1) = o.trail
                     and n.known_at = o.known_at || n.known_at[cardinality(n.known_at)]
                     and n.known_at[cardinality(n.known_at)] between bounds.earliest and bounds.latest as is_longer,
                     (o.id is not null and n.doc_key = o.doc_key and n.mof_div_code = o.mof_div_code
                      and n.fiscal_year = o.fiscal_year
                      and {unchanged}) as same_key
              from after n left join before o on o.id = n.id offset 0) s
        left join documents_transition t on t.table_name = tg_table_name
             and t.move = s.last ->> 0 and t.source = s.source and t.target = s.target
        -- only who acts is looked up, however many officers there are
        left join documents_officer f on f.code = s.last ->> 2
             and f.code = any (array(select a.trail -> -1 ->> 2 from after a))) judged
        where fault is not null order by fault, doc_key
    loop
        if keys is null then
            bad := one;
        end if;
        exit when one.fault > bad.fault;
        keys := keys || {told};
    end loop;
    if keys is null then
        return null;
    end if;
    case bad.fault
    when 1 then perform documents_refuse('FS104', '单据号、区划、年度和内容一经编制不再改变；其他各列只随规定的步骤写入',
        '单据以单据号为准', '内容有误请作废后另编', keys);
    when 2 then perform documents_refuse('FS104', '每次办理只记一步，过程只增不改', '单据按流程表办理',
        '请通过业务服务办理', keys);
    when 3 then perform documents_refuse('FS101',
        format('单据处于状态“%s”，不能办理“%s”', bad.source, bad.move), '单据按流程表办理',
        '请核对单据的状态', keys);
    when 4 then perform documents_refuse('FS102',
        format('人员 %s 没有本区划的岗位“%s”，不能办理“%s”', bad.last ->> 2, bad.duty_name, bad.move),
        '内部控制规范：按岗位授权（财会〔2012〕21号）', '请由持有该岗位的本区划、本单位人员办理', keys);
    when 5 then perform documents_refuse('FS103',
        format('人员 %s 已办理前面的步骤，不能再办理“%s”', bad.last ->> 2, bad.move),
        '不相容岗位相互分离（财会〔2012〕21号）', '请由另一人办理', keys);
    when 6 then perform documents_refuse('FS104',
        format('“%s”的日期 %s 早于上一步的日期 %s', bad.move, bad.last ->> 3, bad.past -> -1 ->> 3),
        '单据逐步办理，后一步不早于前一步', '请核对业务日期', keys);
    when 8 then perform documents_refuse('FS104',
        format('“%s”的日期 %s 早于文件的成文日期 %s', bad.move, bad.last ->> 3, bad.dated),
        '先有文件，后有批准和下达（财办〔2022〕36号）', '请核对成文日期与办理日期', keys);
    when 9 then perform documents_refuse('FS104',
        format('“%s”的说明“%s”说明不了理由', bad.move, left(bad.last ->> 4, 40)),
        '退回、作废和处理疑点，写明情况后办理（会计法第十四条）', '请写明情况，至少四个不同的汉字；可以不填的留空', keys);
    else perform documents_refuse('FS104',
        format('%s，不能在 %s 办理“%s”', {other_year}, bad.last ->> 3, bad.move), {year_rule}, {year_hint}, keys);
    end case;
    return null;
end $$;
