-- What figures read of quotas and of papers beside the ledger (fisc/reading/beside.py).

-- A quota counts under one 三保 tag: the first in the order in which they are guaranteed.
create or replace view figure_mark with (security_invoker = true) as
    select q.coding_id,
           coalesce((select min(t.tag) from unnest(q.tags) t(tag) where t.tag like '003%'), '') as guarantee_code,
           case when exists (
               select from budget_library_project p
               where p.mof_div_code = q.mof_div_code and p.fiscal_year in (q.fiscal_year, q.first_year)
                 and p.declared_pro_code = q.pro_code and p.state in ('in_library', 'funded')
                 and exists (select from budget_performance_indicator i
                             where i.doc_key = p.doc_key and i.revision = p.revision)
           ) then '1' else '' end as has_goals
    from budget_quota q;

create or replace view figure_paper with (security_invoker = true) as
    select e.id as document_id, 'early_spending.' || e.kind as item, e.amount_fen::text as value,
           substr(e.doc_key, length(e.mof_div_code) + 7)
               || case e.basis when '' then '' else format('（依据：%s）', e.basis) end as paper
    from budget_early_spending e;
