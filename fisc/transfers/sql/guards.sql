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
