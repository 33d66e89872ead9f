    -- A document whose lines add up takes no more: the sum may have been asked already (`set constraints
    -- ... immediate`), or not be asked again (a step that leaves sum and edition as they were).
    keys := keys || array(select d.doc_key from "{table}" d
        join (select n."{parent}" as parent, sum(n."{amount}") as fen from added n{of_kind} group by 1) a
             on a.parent = d.doc_key
        where a.fen <> 0 and d."{total}" = (
            select sum(l."{amount}") from "{lines}" l where l."{parent}" = d.doc_key{mine}) - a.fen
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '明细合计已与单据合计相符，不能再增加明细',
            '单据与明细为一个整体', '请把明细一次填报齐全', keys);
    end if;
