-- The guard of making a document of one kind: it begins at the beginning, with nothing that only steps write.
-- Who acts: known, of that region, holding the duty. What it says stands in the ledger's directory. Rows are
-- found by index, whatever plan an earlier and larger set left in the session.
create or replace function {function}() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
declare
    t documents_transition;
    one record;
    worst integer;
    keys text[];
    bounds record;
begin
    bounds := ledger.clock_bounds();
    select * into t from documents_transition where table_name = tg_table_name and move = 'make';
    if not found then
        perform documents_refuse('FS104', '单据表没有流程', '单据按流程表办理', '请先登记流程',
            array[tg_table_name::text]);
    end if;
    for one in
        select * from (select n.doc_key, case
            when (n.state = t.target and jsonb_array_length(n.trail) = 1 and documents_is_step(n.trail -> 0)
                  and n.trail -> 0 ->> 0 = 'make' and n.trail -> 0 ->> 1 = '1' and cardinality(n.known_at) = 1
                  and n.known_at[1] between bounds.earliest and bounds.latest) is not true then 1
            when f.code is null or not t.duty = any (f.duties)
                 or not f.mof_div_code in ('', n.mof_div_code)
                 or not coalesce(f.agency_code = any ({owners}), true) then 2
            when not ledger.is_recorded(n.id, '{prefix}:' || n.doc_key, n.mof_div_code, n.fiscal_year) then 3
            when not ({unwritten}) then 4
            when {is_early} then 5
            end as fault
        from added n left join documents_officer f on f.code = n.trail -> 0 ->> 2) judged
        where fault is not null order by fault, doc_key
    loop
        worst := coalesce(worst, one.fault);
        exit when one.fault > worst;
        keys := keys || one.doc_key;
    end loop;
    case worst
    when 1 then perform documents_refuse('FS101', '单据须从编制开始，不能直接处于后面的状态', '单据按流程表办理',
            '请先编制，再逐步办理', keys);
    when 2 then perform documents_refuse('FS102', format('经办人没有本区划的岗位“%s”，不能编制', t.duty_name),
            '内部控制规范：按岗位授权（财会〔2012〕21号）', '请由持有该岗位的本区划、本单位人员办理', keys);
    when 3 then perform documents_refuse('FS104', '单据没有在总账的单据目录中登记', '凭证须有据可查（会计法第十四条）',
            '请通过业务服务编制', keys);
    when 4 then perform documents_refuse('FS104', '编制时不能填写由以后步骤写入的栏目', '其他各列只随规定的步骤写入',
            '请先编制，再逐步办理', keys);
    when 5 then perform documents_refuse('FS104', '重新登记的日期早于原单据冲销的日期', '先冲销，后重新登记（会计基础工作规范第五十一条以下）',
            '请把业务日期改为冲销当日或以后', keys);
    else null;
    end case;
    return null;
end $$;
