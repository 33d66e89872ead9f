-- What holds over the lines of transfers and the items between governments, whatever code writes them.

create function transfers_refuse_change() returns trigger language plpgsql as $$
begin
    perform documents_refuse('FS104', '转移支付的明细与往来一经登记，金额、双方与文号不再改变',
        '按文件下达，按原单结清（财办〔2022〕36号、财库〔2015〕192号）', '减少请用收回单，增加请另发文件',
        array[tg_table_name::text]);
    return null;
end $$;

create trigger line_stands before update of line_key, doc_key, line_no, is_issue, giver_div_code, rec_div_code,
    fiscal_year, fund_type_code, cor_bgt_doc_no, sup_bgt_doc_no, rev_func_code, tp_func_code, exp_func_code,
    category, source_type_code, is_direct_fund, is_advance, is_budgeted, amount_fen on transfers_line
    for each statement execute function transfers_refuse_change();
create trigger line_in_force before update of effective_on on transfers_line
    for each row when (old.effective_on is not null and new.effective_on is distinct from old.effective_on)
    execute function transfers_refuse_change();
create trigger line_kept before delete or truncate on transfers_line
    for each statement execute function transfers_refuse_change();

create trigger item_stands before update of cash_no, kind, giver_div_code, rec_div_code, fiscal_year,
    fund_type_code, opened_on, amount_fen on transfers_current
    for each statement execute function transfers_refuse_change();
create trigger item_kept before delete or truncate on transfers_current
    for each statement execute function transfers_refuse_change();

-- What a document was made with never changes: another amount is another document.
create trigger amount_stands before update of amount_fen, line_key on transfers_take_back
    for each statement execute function transfers_refuse_change();
create trigger amount_stands before update of amount_fen, line_key, ref_no, giver_div_code, rec_div_code
    on transfers_cash for each statement execute function transfers_refuse_change();
create trigger amount_stands before update of amount_fen, func_code, sup_bgt_doc_no on transfers_arrangement
    for each statement execute function transfers_refuse_change();
