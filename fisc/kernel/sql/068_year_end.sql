-- Income and outlay of a year are those of its months: what follows December (month 13) only closes them, from kinds of
-- documents that the domain of closing declares. So what is asked of a whole year is asked of its months.

create table if not exists ledger.closing_kind (kind text primary key);

create or replace function ledger.close_by(of_kind text) returns void language sql as $$
    insert into ledger.closing_kind values (of_kind) on conflict do nothing
$$;

create or replace function ledger.guard_year_end() returns trigger language plpgsql as $$
declare bad record;
begin
    if not exists (select from added where period % 100 = 13) then
        return null;
    end if;
    select e.natural_key, a.book || ':' || a.code as account, p.period into bad from added p
        join ledger.account a on a.id = p.account_id and a.class ~ '(income|outlay|expense)$'
        join ledger.entry e on e.id = p.entry_id
        join ledger.document d on d.id = e.document_id
        where p.period % 100 = 13 and d.kind not in (select k.kind from ledger.closing_kind k)
        order by e.id limit 1;
    if found then
        perform ledger.refuse_entry('FS003',
            format('凭证 %s 在年终期间 %s 记收支科目 %s', bad.natural_key, bad.period, bad.account), bad.natural_key,
            '收入、支出列入当年十二个月，年终期间只作年终转账（财库〔2015〕192号第四十四条、C01）',
            '请记入十二月；十二月已结账的，列入下年');
    end if;
    return null;
end $$;
create or replace trigger guard_year_end after insert on ledger.posting
    referencing new table as added for each statement execute function ledger.guard_year_end();
