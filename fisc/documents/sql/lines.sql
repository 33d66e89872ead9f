-- The guard of lines: they come with the step that writes them, as lines of that document and its edition.

create or replace function {function}() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare keys text[];
begin
    keys := array(select distinct n."{parent}" from added n
        where {strange}
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '明细只能与单据的编制或修改一并写入，属于该单据及其这一版',
            '单据与明细为一个整体', '内容有误请作废后另编，或退回后修改', keys);
    end if;
{whole}    return null;
end $$;
