-- The guard of the lines of one kind: they come with the step that writes them.

create or replace function {function}() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare keys text[];
begin
    keys := array(select distinct n.{parent} from added n where not exists (
        select from ({documents}) d(doc_key, trail, row_xid) where d.doc_key = n.{parent}
            and documents_is_ours(d.row_xid) and d.trail -> -1 ->> 0 in ({moves})) order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '明细只能与单据的编制或修改一并写入', '单据与明细为一个整体',
            '内容有误请作废后另编，或退回后修改', keys);
    end if;
    return null;
end $$;
