-- What capital is put into an enterprise for is nothing that public money does not buy.
select registry_guard_words('capital_injection', 'uses', '用途明细');

-- One paper is registered once, however its number is written: a receipt for one repayment; a report, a resolution or a
-- slip for one share, one declaration, one income of an enterprise. Rows of before are not judged.
create or replace function capital_guard_evidence() returns trigger language plpgsql as $$
declare other text;
begin
    perform pg_advisory_xact_lock(hashtextextended(tg_table_name || ledger.paper_number(new.evidence_no), 73));
    execute format('select x.doc_key from %1$I x where ledger.paper_number(x.evidence_no) = ledger.paper_number(($1).evidence_no) '
            'and x.doc_key <> ($1).doc_key and x.state not in (''discarded'', ''reversed'') and %2$s order by x.id limit 1',
        tg_table_name, tg_argv[0]) into other using new;
    if other is not null then
        perform documents_refuse('FS104', format('凭据 %s 已由单据 %s 登记', new.evidence_no, regexp_replace(other, '~[0-9]+$', '')),
            '一份原始凭证只登记一次，号码不论怎样书写（会计法第十四条）', '请核对号码；登错的先作废或冲销原单据', array[new.doc_key]);
    end if;
    return new;
end $$;
create or replace trigger evidence_once before insert on capital_prepayment
    for each row execute function capital_guard_evidence('true');
create or replace trigger evidence_once before insert on capital_income
    for each row execute function capital_guard_evidence(
        '(x.mof_div_code, x.kind, x.enterprise_code, x.declared_no, x.rev_func_code) = '
        '(($1).mof_div_code, ($1).kind, ($1).enterprise_code, ($1).declared_no, ($1).rev_func_code)');
create index if not exists capital_prepayment_paper on capital_prepayment (ledger.paper_number(evidence_no));
create index if not exists capital_income_paper on capital_income (ledger.paper_number(evidence_no));
