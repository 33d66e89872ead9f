-- Of which kind of government fund money is that stands under the number of a document: income, what is passed on, given
-- back or waits bears no class of its own, so the document tells its kind; what is given to a quota is of the quota's kind.

-- The kind of each document of funds that a region received by a year (`is_issue` false), or issued, by its number there: of
-- the classes that its lines name; '' where they name none, or classes of several kinds: of what stands under the number
-- nobody knows then of which it is, until quotas tell. What is passed on is of the kind of the document it came by.
create or replace function transfers_fund_kinds(of_region text, by_year int)
returns table (is_issue boolean, number text, kind text) language sql stable as $$
    with line as (
        select l.rec_div_code = of_region as is_received, l.is_issue and l.sup_bgt_doc_no <> l.cor_bgt_doc_no as is_passed_on,
               case when l.rec_div_code = of_region then coalesce(nullif(l.rec_bgt_doc_no, ''), l.sup_bgt_doc_no)
                    else l.cor_bgt_doc_no end as number, l.sup_bgt_doc_no as origin,
               registry_kind_of_fund('121', l.rev_func_code, l.exp_func_code) as kind, l.amount_fen - l.taken_back_fen as fen
        from transfers_line l
        where of_region in (l.rec_div_code, l.giver_div_code) and (l.rec_div_code = of_region or l.is_issue)
          and l.fund_type_code = '121' and l.fiscal_year <= by_year and l.effective_on is not null
    ), named as (
        select is_received, number, min(origin) as origin, bool_or(is_passed_on) as is_passed_on,
               case when min(kind) = max(kind) then min(kind) else '' end as kind
        from line where fen <> 0 group by is_received, number
    )
    select not n.is_received, n.number,
           case when not n.is_received and n.is_passed_on then coalesce(o.kind, '') else n.kind end
    from named n left join named o on o.is_received and o.number = n.origin
$$;

-- What a region's year moved on accounts under numbers of funds, where the number tells the kind: `of_class` is the kind that
-- classes tell, `kind` that of the document. Classes of budgets under a number tell what it may become, not what it is.
create or replace function transfers_moved_by_kind(of_region text, in_year int, last_month int)
returns table (account text, rev_func_code text, exp_func_code text, tp_func_code text, bgt_type_code text, of_class text,
               kind text, fen bigint) language sql stable as $$
    with moved as (
        select m.*, registry_kind_of_fund('121', m.rev_func_code, m.exp_func_code) as of_class
        from ledger.moved_by_number(of_region, '{quota,treasury_2015,treasury_2022_budget}', '121', in_year, last_month) m
    )
    select m.account, m.rev_func_code, m.exp_func_code, m.tp_func_code, m.bgt_type_code, m.of_class, k.kind, m.fen
    from moved m join transfers_fund_kinds(of_region, in_year) k
      on k.is_issue = (m.cor_bgt_doc_no <> '')
     and k.number = coalesce(nullif(m.cor_bgt_doc_no, ''), m.sup_bgt_doc_no)
    where (m.of_class = '' or m.account ~ '^quota:920[12]$') and k.kind <> m.of_class
$$;

-- What of documents of funds a region's year gave to quotas of other kinds than the documents', by kind: each has so much
-- more, and the documents' so much less. What quotas brought from the year before was of their kind there.
create or replace function transfers_kind_moves(of_region text, in_year int)
returns table (kind text, fen bigint) language sql stable as $$
    with used as (
        select m.sup_bgt_doc_no as number, registry_kind_of_fund('121', '', m.exp_func_code) as kind, m.fen::numeric as fen
        from ledger.moved_by_number(of_region, '{quota}', '121', in_year, 12) m
        where m.sup_bgt_doc_no <> '' and m.exp_func_code <> ''
          and m.account ~ ':(930[1-4]|940[12]|950[12]|9104)$'
        union all
        select b.sup_bgt_doc_no, registry_kind_of_fund('121', '', b.exp_func_code), -b.fen
        from budget_carried_under(of_region, '121', in_year - 1) b
    ), moved as (
        select u.kind, k.kind as of_document, sum(u.fen) as fen
        from used u join transfers_fund_kinds(of_region, in_year) k on not k.is_issue and k.number = u.number
        where u.kind <> k.kind group by 1, 2
    )
    select s.kind, sum(s.fen)::bigint
    from (select kind, fen from moved union all select of_document, -fen from moved) s (kind, fen)
    group by 1 having sum(s.fen) <> 0
$$;

-- What the own budget of a fund holds of a document is spent without its number: the document names the class then, and
-- classes of one kind, or nobody could tell its kind.
create or replace function transfers_guard_kind() returns trigger language plpgsql as $$
begin
    if new.exp_func_code <> '' or not new.is_budgeted then
        if exists (
            select from transfers_line l
            where l.rec_div_code = new.rec_div_code and not l.is_issue and l.fund_type_code = '121'
              and l.effective_on is not null and (l.is_budgeted or new.is_budgeted)
              and coalesce(nullif(l.rec_bgt_doc_no, ''), l.sup_bgt_doc_no)
                  = coalesce(nullif(new.rec_bgt_doc_no, ''), new.sup_bgt_doc_no)
              and registry_kind_of_fund('121', l.rev_func_code, l.exp_func_code)
                  <> registry_kind_of_fund('121', new.rev_func_code, new.exp_func_code)) then
            perform documents_refuse('FS104', format('一份文件里有几种政府性基金的补助，又写明已列预算：%s', new.line_key),
                '政府性基金专款专用，结转结余按基金种类核算（财库〔2015〕192号 C03）',
                '请不写已列预算，按文号下达指标；或按基金种类分别登记', array[new.line_key]);
        end if;
        return null;
    end if;
    perform documents_refuse('FS104', format('已列预算的政府性基金补助没有写明用于哪一种基金的支出：%s', new.line_key),
        '政府性基金专款专用，结转结余按基金种类核算（财库〔2015〕192号 C03）',
        '请按上级文件填写支出功能分类', array[new.line_key]);
    return null;
end $$;
create or replace trigger kind_of_budgeted after insert or update of effective_on on transfers_line for each row
    when (not new.is_issue and new.fund_type_code = '121' and new.category = 'fund' and new.effective_on is not null)
    execute function transfers_guard_kind();
