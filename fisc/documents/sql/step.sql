-- The guard of a step on one kind of document, made from its declaration: a step of the flow, by who may
-- take it, that changes no content and writes only what that step may write.

-- The row before and the row after have no index: without nested loops a set costs what its rows cost,
-- also where the plan was made for a single document.
create or replace function {function}() returns trigger language plpgsql
set enable_nestloop = off set plan_cache_mode = force_generic_plan as $$
declare
    bad record;
    backs constant text[] := {backs};
begin
    -- the few steps of this table are looked up once, not the table of all steps for each document
    with moves as materialized (
        select m.move, m.source, m.target, m.move_name, m.duty, m.duty_name, m.not_by
        from documents_transition m where m.table_name = tg_table_name),
    -- `last` is what the step wrote: taken out of the trail once a row (offset 0 keeps it so)
    step as materialized (
        select n.doc_key, n.mof_div_code, n.state as target, o.state as source,
               n.last ->> 0 as move, n.last ->> 2 as officer, o.trail as past,
               o.last ->> 3 as before_on, n.last ->> 3 as on_day,
               (o.id is not null and n.doc_key = o.doc_key and n.mof_div_code = o.mof_div_code
                and n.fiscal_year = o.fiscal_year
                and {unchanged}) as same_key,
               (jsonb_array_length(n.trail) = jsonb_array_length(o.trail) + 1
                and documents_is_step(n.last)
                and n.trail - (-1) = o.trail
                and (n.last ->> 1)::int = (o.last ->> 1)::int
                    + case when o.last ->> 0 = any (backs) then 1 else 0 end) as one_step
        from (select a.*, a.trail -> -1 as last from after a offset 0) n
        left join (select b.*, b.trail -> -1 as last from before b offset 0) o on o.id = n.id),
    judged as (
        select s.doc_key, case
            when s.same_key is not true then 1
            when s.one_step is not true then 2
            when t.move is null then 3
            when f.code is null or not t.duty = any (f.duties)
                 or not f.mof_div_code in ('', s.mof_div_code) then 4
            when cardinality(t.not_by) > 0 and exists (
                 select from jsonb_array_elements(s.past) e
                 where e ->> 0 = any (t.not_by) and e ->> 2 = s.officer) then 5
            when s.on_day < s.before_on then 6
            end as fault, s.on_day, s.before_on, s.source, coalesce(t.move_name, s.move) as move, t.duty_name, s.officer
        from step s
        left join moves t on t.move = s.move and t.source = s.source and t.target = s.target
        left join documents_officer f on f.code = s.officer)
    select fault, array_agg(doc_key order by doc_key) as keys, min(source) as source, min(move) as move,
           min(duty_name) as duty, min(officer) as officer, min(on_day) as on_day, max(before_on) as before_on
        into bad from judged where fault is not null group by fault order by fault limit 1;
    if not found then
        return null;
    end if;
    case bad.fault
    when 1 then perform documents_refuse('FS104', '单据号、区划、年度和内容一经编制不再改变；其他各列只随规定的步骤写入',
        '单据以单据号为准', '内容有误请作废后另编', bad.keys);
    when 2 then perform documents_refuse('FS104', '每次办理只记一步，过程只增不改', '单据按流程表办理',
        '请通过业务服务办理', bad.keys);
    when 3 then perform documents_refuse('FS101',
        format('单据处于状态“%s”，不能办理“%s”', bad.source, bad.move), '单据按流程表办理',
        '请核对单据的状态', bad.keys);
    when 4 then perform documents_refuse('FS102',
        format('人员 %s 没有本区划的岗位“%s”，不能办理“%s”', bad.officer, bad.duty, bad.move),
        '内部控制规范：按岗位授权（财会〔2012〕21号）', '请由持有该岗位的本区划人员办理', bad.keys);
    when 5 then perform documents_refuse('FS103',
        format('人员 %s 已办理前面的步骤，不能再办理“%s”', bad.officer, bad.move),
        '不相容岗位相互分离（财会〔2012〕21号）', '请由另一人办理', bad.keys);
    else perform documents_refuse('FS104',
        format('“%s”的日期 %s 早于上一步的日期 %s', bad.move, bad.on_day, bad.before_on),
        '单据逐步办理，后一步不早于前一步', '请核对业务日期', bad.keys);
    end case;
    return null;
end $$;
