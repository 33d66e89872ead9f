-- The guard of a table of lines or facts: later events count up, what was noted stands. Rows before and after
-- are met by hash, however few there were when the plan was made.

create or replace function {function}() returns trigger language plpgsql
set enable_nestloop = off set plan_cache_mode = force_generic_plan as $$
begin
    if exists (select from after n left join before o on o.{key} = n.{key}
               where o.{key} is null or not ({unchanged})) then
        perform documents_refuse('FS104', '已登记的内容不能修改', '单据与明细一经登记不再改变',
            '内容有误请另编一份', array[tg_table_name::text]);
    end if;
    return null;
end $$;
