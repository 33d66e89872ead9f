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
