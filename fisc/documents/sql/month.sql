-- What belongs to a month that is closed is not drafted any more: it could never be posted.

create or replace function {function}() returns trigger language plpgsql as $$
declare keys text[];
begin
    -- closing takes this lock alone, before it asks for drafts
    perform ledger.keep_open(array(select n.mof_div_code from added n));
    keys := array(select n.doc_key from added n where ledger.is_closed(n.mof_div_code, {month}) order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS003', '{name}所属的月份已经关账，不能再编制', '已结账的期间不再接受凭证',
            '请核对日期；属于已关账月份的，在当前开放的月份登记', keys);
    end if;
    return null;
end $$;
