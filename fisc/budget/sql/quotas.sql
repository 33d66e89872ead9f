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

-- What of it an adjustment takes into the own budget is noted beside the books by its number.
select ledger.raise_only_by('source_register', 'U200', array['budget_adjustment'],
    '上级资金没有按文号收回', '上级资金按上级文号追踪（财办〔2022〕36号）', '请按文号收回和安排');

-- What does not fit in quotas by themselves is refused, whatever code wrote them.
create or replace function budget_quota_fits() returns trigger language plpgsql as $$
declare bad text[];
begin
    select array_agg(m.what order by m.what) into bad from registry_misfits((
        select jsonb_agg(distinct jsonb_build_object(
            'y', a.fiscal_year, 'is_whole', a.bgt_exe_flag = '1',
            'said', jsonb_build_object('fund_type_code', a.fund_type_code, 'exp_func_code', a.exp_func_code,
                'gov_bgt_eco_code', a.gov_bgt_eco_code, 'dep_bgt_eco_code', a.dep_bgt_eco_code,
                'is_debt', a.is_debt, 'is_unified_pay', a.is_unified_pay, 'is_capital', a.is_capital,
                'is_gov_purchase', a.is_gov_purchase, 'pay_type_code', a.pay_type_code, 'mof_div_code', a.mof_div_code,
                'sup_bgt_doc_no', a.sup_bgt_doc_no, 'pro_code', a.pro_code))) from added a)) m;
    if bad is not null then
        perform ledger.refuse('FS104', '指标要素不符：' || array_to_string(bad[1:20], '；'),
            '要素按代码集和科目之间的对应填列（财办〔2020〕13号）；预算法第三十五条：债务只用于公益性资本支出',
            '请核对科目和资金性质', jsonb_build_object('items', to_jsonb(bad), 'refused', cardinality(bad)));
    end if;
    return null;
end $$;
-- A quota of direct funds bears their mark (直达资金标识), as the document from above has it.
create or replace function budget_quota_keeps_marks() returns trigger language plpgsql as $$
declare bad text[];
begin
    bad := array(
        select format('指标 %s 的直达资金标识为“%s”，上级文件 %s 的为“%s”', a.bgt_id, a.is_direct_fund, a.sup_bgt_doc_no,
            array_to_string(g.marks, '、'))
        from added a cross join lateral (
            select registry_grant_marks(a.mof_div_code, a.fiscal_year, a.fund_type_code, a.sup_bgt_doc_no) as marks) g
        where a.sup_bgt_doc_no <> '' and cardinality(g.marks) > 0 and g.marks <> '{""}'
          and a.is_direct_fund <> all(g.marks) order by 1 limit 20);
    if cardinality(bad) > 0 then
        perform ledger.refuse('FS104', array_to_string(bad, '；'),
            '直达资金标识贯穿下达、分配、支付全过程（财办〔2020〕13号）', '请按上级文件填列直达资金标识',
            jsonb_build_object('items', to_jsonb(bad), 'refused', cardinality(bad)));
    end if;
    return null;
end $$;
create or replace trigger keeps_marks after insert on budget_quota referencing new table as added
    for each statement execute function budget_quota_keeps_marks();

create or replace trigger fits after insert on budget_quota referencing new table as added
    for each statement execute function budget_quota_fits();

-- What a document spends says what it is spent on: whatever spends a quota holds it as applied for first.
select ledger.say_on('spent', array['quota:9402'], jsonb_build_object('exp_func_code', '支出功能分类',
        'gov_bgt_eco_code', '政府预算支出经济分类', 'dep_bgt_eco_code', '部门预算支出经济分类'),
    'registry_may_lack', '支出所用的指标没有写明',
    '支出按功能分类编列到项、按经济分类编列到款（预算法第三十二条、第四十六条）',
    '请先补填指标的科目（调剂到写明科目的指标）；本地另有规定的，可在地区设定中改为提示');

-- A project stays with its unit while quotas of it stand with another.
create or replace function budget_project_stays() returns trigger language plpgsql as $$
declare held text;
begin
    select q.agency_code into held from budget_quota q
    left join lateral registry_department(q.mof_div_code, q.fiscal_year, q.agency_code) a on true
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
select registry_watch_projects('project_stays', 'budget_project_stays', 'agency_code');

-- A project that debt pays for is not called after what debt may not pay, afterwards either.
create or replace function budget_project_keeps_its_name() returns trigger language plpgsql as $$
declare told text[];
begin
    select registry_debt_words(new.name, to_jsonb(q), new.mof_div_code, make_date(new.fiscal_year, 12, 31)) into told
    from budget_quota q where q.pro_code = new.pro_code and q.fiscal_year = new.fiscal_year
        and q.mof_div_code = new.mof_div_code and registry_is_debt(to_jsonb(q)) limit 1;
    if cardinality(told) > 0 then
        perform ledger.refuse('FS104', format('预算项目 %s 有债务资金的指标，名称不能改为“%s”：含有“%s”', new.pro_code, new.name,
                array_to_string(told, '、')),
            '预算法第三十五条：举借的债务只能用于公益性资本支出，不得用于经常性支出',
            '请据实写明项目名称；项目确属经常性支出的，先收回债务资金的指标',
            jsonb_build_object('keys', jsonb_build_array(new.pro_code)));
    end if;
    return null;
end $$;
select registry_watch_projects('project_keeps_its_name', 'budget_project_keeps_its_name', 'name');

-- What is advanced is one paper, one unit, one day and one amount.
select registry_asked_once('budget_advance', '预拨经费',
    $$x.mof_div_code, x.fiscal_year, x.agency_code, left(x.fund_type_code, 2), x.amount_fen, x.trail -> 0 ->> 3,
      ledger.paper_number(x.basis_doc_no)$$);

-- What an advance is for, and what a project is called, is nothing that public money does not buy.
select registry_guard_words('budget_advance', 'purpose', '用途');
select registry_guard_words('budget_library_project', 'name', '项目名称');

-- Nor is the reason for which a document gives a quota; why one is cut or taken back may well say so. Asked when it leaves
-- its maker's hands: its lines stand by then.
create or replace function budget_guard_reason_words() returns trigger language plpgsql as $$
begin
    perform registry_judge_words((
        select jsonb_agg(distinct coalesce(to_jsonb(q), '{}') || to_jsonb(new)
                || jsonb_build_object('coding_id', coalesce(l.coding_id, q.coding_id)))
        from budget_quota_line l left join budget_quota q on q.bgt_id = l.bgt_id
        where l.doc_key = new.doc_key and l.revision = new.revision and l.amount_fen > 0), 'reason', '事由');
    return null;
end $$;
create or replace trigger reason_words after update of state on budget_quota_document for each row
    when (old.state = 'draft' and new.state not in ('draft', 'discarded') and new.reason <> ''
        and new.operation in ('enter', 'append', 'assign', 'swap', 'reserve', 'settle_advance'))
    execute function budget_guard_reason_words();

-- Whether a document of the ledger carries quotas over into its year.
create or replace function budget_is_carry_over(of_document bigint) returns boolean language sql stable as $$
    select exists (select from budget_quota_document d where d.id = of_document and d.operation = 'carry_over')
$$;

-- Money of a document from above keeps its number through every quota document: what is taken under a number goes where
-- that number stands, and what comes under it comes from there, or from what the own budget holds of it.
create or replace function budget_keep_numbers(moved jsonb) returns void language plpgsql as $$
declare bad record;
begin
    select m.sup_bgt_doc_no, min(m.natural_key) as entry_key into bad
        from jsonb_to_recordset(moved) as m(mof_div_code text, fund_type_code text, sup_bgt_doc_no text,
            document_id bigint, kind text, natural_key text, fen bigint)
        where m.kind = 'quota_document' and m.sup_bgt_doc_no <> ''
        group by m.document_id, m.mof_div_code, m.fund_type_code, m.sup_bgt_doc_no having sum(m.fen) <> 0
        order by 2 limit 1;
    if found then
        perform ledger.refuse_entry('FS104', format('上级文件 %s 的资金离开了它的文号：%s', bad.sup_bgt_doc_no, bad.entry_key),
            bad.entry_key, '上级资金按上级文号追踪（财办〔2022〕36号）', '请在同一上级文号之内办理');
    end if;
end $$;
select ledger.watch('numbers', array(select 'quota:' || code from unnest(
        '{9101,9102,9103,9104,9105,9199,9200,9201,9202,9203,9301,9302,9303,9304,9305,9401,9402,9501,9502,9601}'::text[]) code)
    || '{source_register:U200}', 'budget_keep_numbers');

-- What is advanced is there, and is no debt. Asked when the transaction ends: the entry stands by then.
create or replace function budget_guard_advance_cash() returns trigger language plpgsql as $$
begin
    perform registry_spare_debt(new.id, new.doc_key);
    perform registry_require_cash(new.id, new.doc_key);
    return null;
end $$;
drop trigger if exists advance_cash on budget_advance;
create constraint trigger advance_cash after update of state on budget_advance deferrable initially deferred
    for each row when (new.state = 'issued') execute function budget_guard_advance_cash();

-- What was charged of an advance and what came back; of drafts as well, where what they would settle is kept for them.
create or replace function budget_advance_settled(of_advance text, with_drafts boolean) returns bigint
language sql stable as $$
    select (coalesce((select sum(l.amount_fen) from budget_quota_line l
                join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision
                where l.ori_bgt_id = of_advance and d.operation = 'settle_advance' and d.state = 'issued'), 0)
        + coalesce((select sum(r.amount_fen) from budget_advance_return r
                where r.advance = of_advance and (r.state = 'posted' or with_drafts and r.state = 'draft')), 0))::bigint
$$;

-- An advance is charged and comes back for no more than was advanced, and comes back to whom advanced it, of its fund. Who
-- settles one waits for who does so already.
create or replace function budget_require_advances(settled text[]) returns void language plpgsql as $$
declare
    keys text[];
    over bigint;
begin
    perform 1 from budget_advance a where a.doc_key = any (settled) order by a.doc_key for update;
    select array_agg(t.key order by t.key), sum(t.fen) into keys, over
        from (select s.key, budget_advance_settled(s.key, true) - coalesce(a.amount_fen, 0) as fen
              from (select distinct unnest(settled) as key) s
              left join budget_advance a on a.doc_key = s.key and a.state = 'issued') t
        where t.fen > 0;
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', format('核销超过预拨（连同收回的）共 %s 元', round(over / 100.0, 2)),
            '预拨经费按实核销，没有核销的收回（财库〔2015〕192号 T34）',
            '请核对以前的核销和收回（fisc budget list-open-advances）；收回单没有入账的先作废', keys);
    end if;
end $$;
create or replace function budget_guard_advance_return() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select n.doc_key from added n join budget_advance a on a.doc_key = n.advance
        where (n.mof_div_code, n.fund_type_code) <> (a.mof_div_code, a.fund_type_code)
           or n.fiscal_year <> extract(year from n.happened_on) order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '收回的区划、资金性质或年度与预拨不符', '预拨经费由原预拨的财政收回（财库〔2015〕192号 T34）',
            '请按预拨单的区划和资金性质办理，年度按发生日', keys);
    end if;
    perform budget_require_advances(array(select advance from added));
    return null;
end $$;
create or replace trigger guard_advance after insert on budget_advance_return referencing new table as added
    for each statement execute function budget_guard_advance_return();
create or replace function budget_guard_advance_charged() returns trigger language plpgsql as $$
begin
    perform budget_require_advances(array(select distinct l.ori_bgt_id from budget_quota_line l
        where l.doc_key = new.doc_key and l.revision = new.revision));
    return null;
end $$;
create or replace trigger guard_advance_charged after update of state on budget_quota_document for each row
    when (new.operation = 'settle_advance' and new.state = 'issued' and old.state <> 'issued')
    execute function budget_guard_advance_charged();

-- What comes back wrongly and is reversed leaves the treasury again: the cash is there.
create or replace function budget_guard_return_cash() returns trigger language plpgsql as $$
begin
    perform registry_require_cash(new.id, new.doc_key);
    return null;
end $$;
drop trigger if exists return_cash on budget_advance_return;
create constraint trigger return_cash after update of state on budget_advance_return deferrable initially deferred
    for each row when (new.state in ('posted', 'reversed')) execute function budget_guard_return_cash();

-- What was carried over or borrowed stays with its project and item when it is swapped, and is no other money afterwards.
-- Money of a government fund stays with its kind.
create or replace function budget_swap_keeps_purpose() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare keys text[];
begin
    keys := array(
        select distinct s.doc_key from (
            select n.doc_key, sum(l.amount_fen) as fen from after n join before o on o.id = n.id
            join budget_quota_line l on l.doc_key = n.doc_key and l.revision = n.revision
            left join budget_quota q on q.bgt_id = l.bgt_id
            cross join lateral ledger.blocks(coalesce(l.coding_id, q.coding_id)) c
            cross join lateral (select c.bgt_type_code = '2' or registry_is_debt(to_jsonb(c)) as is_bound,
                registry_kind_of_fund(c.fund_type_code, '', c.exp_func_code) as fund_kind) k
            where n.operation = 'swap' and n.state = 'issued' and o.state <> 'issued'
              and (k.is_bound or c.fund_type_code = '121')
            group by n.doc_key, l.stage, c.fund_type_code, c.sup_bgt_doc_no, c.bgt_type_code, k.is_bound,
                case when k.is_bound then c.pro_code || ' ' || c.exp_func_code else k.fund_kind end) s
        where s.fen <> 0 order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '调剂改变了上年结转或债务资金的项目、功能分类，或政府性基金的种类',
            '预算法第四十二条：结转按原用途使用；第三十五条：举借的债务用于规定的公益性资本支出；第九条：政府性基金专款专用',
            '请在原项目、原功能分类之内调剂，政府性基金在同一种类之内调剂；债券调整用途的请编制预算调整方案（make-adjustments）', keys);
    end if;
    return null;
end $$;
create or replace trigger swap_keeps_purpose after update on budget_quota_document
    referencing old table as before new table as after
    for each statement execute function budget_swap_keeps_purpose();
