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

-- A class of a government fund is fed by the income of its kind. What is spent of kinds beyond their own income comes from
-- what is of none: money from above, moved in or carried over. What leaves the budget, and service of debt whose class
-- names no kind, is fed by any, and makes room for any where an adjustment takes it away. -> document, what of it is not fed.
create or replace function budget_unfed(lines jsonb) returns table(doc_key text, said text) language sql stable as $$
    with told as (
        select l.doc_key, l.fen, l.side = 'source' as is_source, l.rev ~ '^103' as is_own,
               l.exp <> '' and (k.kind <> '' or l.exp !~ '^23[0-3]') as is_bound, k.kind
        from jsonb_to_recordset(lines) as l(doc_key text, side text, fund text, rev text, exp text, fen bigint)
        cross join lateral (select registry_kind_of_fund(l.fund, l.rev, l.exp) as kind) k
        where l.fund = '121'),
    over as (
        select t.doc_key, t.kind, sum(case when is_source then -fen else fen end) as fen
        from told t where is_source and is_own or not is_source and is_bound group by 1, 2),
    short as (
        select o.doc_key, sum(o.fen) as fen, array_agg(format('%s 超过 %s 元',
                coalesce(nullif(registry_fund_kind_name(o.kind), ''), '没有对应基金种类的科目'),
                round(o.fen / 100.0, 2)) order by o.kind) as said
        from over o where o.fen > 0 group by 1)
    select s.doc_key, array_to_string(s.said[1:20], '、') from short s
    where s.fen > (select greatest(coalesce(sum(t.fen) filter (where is_source and not is_own), 0), 0)
                        + greatest(coalesce(-sum(t.fen) filter (where not is_source and not is_bound), 0), 0)
                   from told t where t.doc_key = s.doc_key)
$$;
create or replace function budget_refuse_unfed(lines jsonb) returns void language plpgsql as $$
declare keys text[]; said text;
begin
    select array_agg(u.doc_key order by u.doc_key), string_agg(u.said, '；' order by u.doc_key) into keys, said
        from budget_unfed(lines) u;
    if keys is not null then
        perform documents_refuse('FS104', '政府性基金的支出没有本种类的收入：' || said,
            '预算法第九条：政府性基金预算按基金项目编制，以收定支，专款专用',
            '请按基金种类收支相抵安排（收入写到项）；确有调入、上级补助、上年结余的，列相应的来源', keys);
    end if;
end $$;
create or replace function budget_draft_is_fed() returns trigger language plpgsql as $$
begin
    perform budget_refuse_unfed((
        select jsonb_agg(jsonb_build_object('doc_key', l.doc_key, 'side', l.side, 'fund', l.fund_type_code,
            'rev', l.rev_func_code, 'exp', l.exp_func_code, 'fen', l.amount_fen))
        from budget_draft_line l where l.doc_key = new.doc_key and l.revision = new.revision and l.fund_type_code = '121'));
    return null;
end $$;
create or replace trigger is_fed after update of state on budget_draft for each row
    when (new.state in ('submitted', 'approved') and new.state <> old.state) execute function budget_draft_is_fed();
create or replace function budget_require_fed(keys text[]) returns void language plpgsql as $$
begin
    perform budget_refuse_unfed((
        select jsonb_agg(jsonb_build_object('doc_key', a.doc_key, 'side', l.side, 'fund', c.fund_type_code,
            'rev', c.rev_func_code, 'exp', c.exp_func_code, 'fen', l.amount_fen))
        from budget_adjustment a join budget_adjustment_line l on l.doc_key = a.doc_key and l.revision = a.revision
        cross join lateral ledger.blocks(l.coding_id) c
        where a.doc_key = any(keys) and c.fund_type_code = '121'));
end $$;
-- Asked as a plan is made, with all its lines in one statement, and again as it comes into force.
create or replace function budget_adjustment_is_fed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform budget_require_fed(array(select distinct doc_key from added));
    else
        perform budget_require_fed(array[new.doc_key]);
    end if;
    return null;
end $$;
create or replace trigger is_fed after insert on budget_adjustment_line referencing new table as added
    for each statement execute function budget_adjustment_is_fed();
create or replace trigger is_fed after update of state on budget_adjustment for each row
    when (new.state = 'resolved' and old.state <> 'resolved') execute function budget_adjustment_is_fed();
