-- What was recorded of a figure stays as it was recorded.
create or replace function figures_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '已记录的指标不能修改或删除' using errcode = 'FS006',
        hint = '口径或数据变了，请另行记录', detail = '{"rule": "只增不改"}';
end $$;
create or replace trigger append_only before update or delete or truncate on figures_recordedfigure
    for each statement execute function figures_refuse_change();
