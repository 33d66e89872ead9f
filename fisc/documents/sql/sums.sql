-- The guard of a document's sum, asked when its transaction ends: lines may come in several statements.

create or replace function {function}() returns trigger language plpgsql as $$
declare fen numeric;
begin
    select coalesce(sum(l."{amount}"), 0) into fen from "{lines}" l where l."{parent}" = new.doc_key{mine};
    if fen is distinct from new."{total}" then
        perform documents_refuse('FS104', format('明细合计 %s 元与单据合计 %s 元不符',
            round(fen / 100, 2), round(new."{total}" / 100.0, 2)),
            '单据与明细为一个整体', '请核对明细，与合计一并填报', array[new.doc_key]);
    end if;
    return null;
end $$;
