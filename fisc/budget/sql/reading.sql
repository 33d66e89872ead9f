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

-- What quotas of a region's year and a fund took into the next year, by document from above and class of outlay, less what
-- the next year cut of them with their source.
create or replace function budget_carried_under(of_region text, of_fund text, in_year int)
returns table (sup_bgt_doc_no text, exp_func_code text, fen bigint) language sql stable as $$
    select q.sup_bgt_doc_no::text, q.exp_func_code::text,
           sum(l.amount_fen * case d.operation when 'carry_over' then 1 else -1 end)::bigint
    from budget_quota_document d
    join budget_quota_line l on l.doc_key = d.doc_key and l.revision = d.revision
    join budget_quota q on q.bgt_id = case d.operation when 'carry_over' then l.ori_bgt_id else l.bgt_id end
    where d.operation in ('carry_over', 'cut_with_source') and d.state = 'issued' and d.fiscal_year = in_year + 1
      and d.mof_div_code = of_region and q.fund_type_code = of_fund
      and (d.operation = 'carry_over' or q.bgt_type_code = '2')
    group by 1, 2
$$;

-- As `budget_carried_under`, by class of outlay alone.
create or replace function budget_carried_out(of_region text, of_fund text, in_year int)
returns table (exp_func_code text, fen bigint) language sql stable as $$
    select b.exp_func_code, sum(b.fen)::bigint from budget_carried_under(of_region, of_fund, in_year) b group by 1
$$;

-- Sources of a region's draft budget of a year that was put to the congress and is not decided on, of a fund.
create or replace function budget_submitted_sources(of_region text, in_year int, of_fund text)
returns table (rev_func_code text, fen bigint) language sql stable as $$
    select l.rev_func_code::text, sum(l.amount_fen)::bigint
    from budget_draft d join budget_draft_line l on l.doc_key = d.doc_key and l.revision = d.revision
    where d.mof_div_code = of_region and d.fiscal_year = in_year and d.state = 'submitted'
      and l.side = 'source' and l.fund_type_code = of_fund
    group by 1
$$;
