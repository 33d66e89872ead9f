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
