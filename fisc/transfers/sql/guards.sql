-- What holds over the lines of transfers, whatever code writes them.

create or replace function transfers_refuse_change() returns trigger language plpgsql as $$
begin
    perform documents_refuse('FS104', '转移支付的明细与往来一经登记，金额、双方与文号不再改变',
        '按文件下达，按原单结清（财办〔2022〕36号、财库〔2015〕192号）', '减少请用收回单，增加请另发文件',
        array[tg_table_name::text]);
    return null;
end $$;

-- A line comes into force once.
create or replace trigger line_in_force before update of effective_on on transfers_line
    for each row when (old.effective_on is not null and new.effective_on is distinct from old.effective_on)
    execute function transfers_refuse_change();

-- Numbers of documents as they are compared: brackets, widths and case do not tell them apart.
create or replace function transfers_same_number(number text) returns text language sql immutable parallel safe
    return lower(translate(regexp_replace(normalize(number, nfkc), '\s', '', 'g'),
                           '〔〕[]【】{}〈〉<>', '()()()()()()'));

-- What a document grants stands once: by the giver's issue, or by the receiver's receipt.
create or replace function transfers_guard_once() returns trigger language plpgsql as $$
begin
    -- who issues and who registers wait for each other: the second sees what the first did
    perform pg_advisory_xact_lock(hashtextextended('transfers_guard_once ' || new.giver_div_code, 0));
    if exists (select from transfers_line o
               where o.rec_div_code = new.rec_div_code and o.fiscal_year = new.fiscal_year
                 and o.giver_div_code = new.giver_div_code and o.is_issue <> new.is_issue
                 and o.effective_on is not null and o.amount_fen > o.taken_back_fen
                 and transfers_same_number(o.cor_bgt_doc_no) = transfers_same_number(new.cor_bgt_doc_no)) then
        perform documents_refuse('FS104', '这份文件的资金已经记入接收方',
            '一份文件的资金在双方账上各记一次（财办〔2022〕36号）',
            '下达时已同时记入下级，下级不必再登记；请核对文号', array[new.line_key]);
    end if;
    return null;
end $$;
create or replace trigger granted_once after update of effective_on on transfers_line
    for each row when (old.effective_on is null and new.effective_on is not null)
    execute function transfers_guard_once();
