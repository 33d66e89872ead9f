-- What must hold over the library and over lines, whatever code writes to them.

-- No goals, no entry (预算法实施条例第四十一条): output, benefit and satisfaction, weights 100 in all.
create or replace function budget_library_goals() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare keys text[];
begin
    keys := array(
        select n.doc_key from after n join before o on o.id = n.id
        left join budget_performance_indicator i on i.doc_key = n.doc_key and i.revision = n.revision
        where n.state = 'in_library' and o.state <> 'in_library'
        group by n.doc_key
        having coalesce(sum(i.weight_bp), 0) <> 10000
            or count(distinct i.kpi_lv1) filter (where i.kpi_lv1 in ('output', 'benefit', 'satisfaction')) < 3
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '项目没有完整的绩效目标，不能入库',
            '预算法实施条例第四十一条：项目支出实行项目库管理；没有绩效目标不得入库',
            '请补齐产出、效益、满意度指标，权重合计为 100', keys);
    end if;
    return null;
end $$;

create or replace trigger library_goals after update on budget_library_project
    referencing old table as before new table as after
    for each statement execute function budget_library_goals();

-- A budget is adopted for its year: in it, or in the last quarter of the year before, in which it was drafted. The adoption
-- of the standing committee that adjusts it is of the year that it adjusts: what is over is executed no more.
create or replace function budget_adopted_in_its_year() returns trigger language plpgsql as $$
declare
    is_first boolean := tg_table_name = 'budget_draft';
    adopted date := (to_jsonb(new) ->> case when is_first then 'approved_on' else 'session_on' end)::date;
    first_day date := make_date(new.fiscal_year - is_first::int, case when is_first then 10 else 1 end, 1);
begin
    if adopted not between first_day and make_date(new.fiscal_year, 12, 31) then
        perform documents_refuse('FS104',
            format(case when is_first then '%s 年预算的人大决议日期是 %s' else '调整 %s 年预算的常委会会议日期是 %s' end,
                new.fiscal_year, adopted),
            case when is_first then '预算草案在上年编制，经人代会审查批准后执行，预算年度自一月一日起至十二月三十一日止（预算法第十八条、第三十一条、第四十三条）'
                else '经批准的预算在执行中调整，预算年度终了不再调整（预算法第十八条、第六十七条、第六十九条）' end,
            format('请核对日期与预算年度：应在 %s 至 %s-12-31 之间', first_day, new.fiscal_year), array[new.doc_key]);
    end if;
    return null;
end $$;
create or replace trigger adopted_in_its_year after update of approved_on on budget_draft for each row
    when (new.approved_on is not null) execute function budget_adopted_in_its_year();
create or replace trigger adopted_in_its_year after insert or update of session_on on budget_adjustment for each row
    execute function budget_adopted_in_its_year();
