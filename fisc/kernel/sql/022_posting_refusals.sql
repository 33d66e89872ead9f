-- What the guard of postings says where it refuses: of the year of a block, the account, the entry, the balance.

create or replace function ledger.refuse_other_year(bad_id bigint, of_year int) returns void language plpgsql as $$
declare e ledger.entry := (select e from ledger.entry e where e.id = bad_id);
begin
    perform ledger.refuse_entry('FS003',
        format('凭证 %s 把 %s 年的要素记入 %s 期间', e.natural_key, of_year, e.period), e.natural_key,
        '预算年度自公历一月一日起至十二月三十一日止：一年的收支记入当年的期间（预算法第十八条）',
        '请核对业务日期与预算年度；以前年度的收支按规定结转、或列入和冲减当年');
end $$;

create or replace function ledger.refuse_account(lines jsonb) returns void language plpgsql as $$
declare bad record;
begin
    select e.natural_key, n.period / 100 as year, a.book, a.code, a.name, y.first_year, y.last_year, a.legal_source
        into bad
        from jsonb_populate_recordset(null::ledger.posting, lines) n
        join ledger.entry e on e.id = n.entry_id
        join ledger.account a on a.id = n.account_id
        join ledger.account_years y on y.account_id = a.id
        where n.period / 100 not between y.first_year and coalesce(y.last_year, n.period / 100)
        order by n.entry_id, n.line limit 1;
    perform ledger.refuse_entry('FS003',
        format('凭证 %s 用了 %s 年没有的科目 %s %s（%s，%s用）', bad.natural_key, bad.year, bad.code, bad.name, bad.book,
            case when bad.last_year is null then bad.first_year || ' 年起'
                 else bad.first_year || ' 年至 ' || bad.last_year || ' 年' end),
        bad.natural_key, format('会计科目按各年度适用的制度使用（%s）', bad.legal_source),
        '请核对业务日期；以前年度的在它的年度更正，已转入新制度的按新科目办理');
end $$;

create or replace function ledger.refuse_entry(bad_id bigint, lines jsonb) returns void language plpgsql as $$
declare e ledger.entry; key text; wrong record;
begin
    select * into e from ledger.entry where id = bad_id;
    key := coalesce(e.natural_key, bad_id::text);
    if e.id is null then
        perform ledger.refuse('FS005', format('分录指向不存在的凭证 %s', key), '分录属于凭证', '请通过 post() 记账');
    elsif e.posted_xid <> pg_current_xact_id() then
        perform ledger.refuse('FS006', format('不能给已入账的凭证 %s 增加分录', key), '只增不改', '请另记一笔凭证');
    end if;
    select a.book, sum(n.amount_fen) as difference into wrong
        from jsonb_populate_recordset(null::ledger.posting, lines) n
        join ledger.account a on a.id = n.account_id
        group by a.book having sum(n.amount_fen) <> 0 order by a.book limit 1;
    if found then
        perform ledger.refuse('FS001',
            format('凭证 %s 在账簿 %s 中借贷不平，差额 %s 分', key, wrong.book, wrong.difference),
            '有借必有贷，借贷必相等', '请核对各行金额与方向',
            jsonb_build_object('natural_key', key, 'book', wrong.book, 'difference_fen', wrong.difference));
    elsif jsonb_array_length(lines) <> e.line_count then
        perform ledger.refuse('FS001',
            format('凭证 %s 应有 %s 行，实有 %s 行', key, e.line_count, jsonb_array_length(lines)),
            '凭证须完整', '请一次写入凭证的全部分录');
    end if;
    perform ledger.refuse('FS005', format('凭证 %s 的科目或会计期间与账上不符', key),
        '先设科目、先开期间', '请核对科目与期间');
end $$;

create or replace function ledger.refuse_shortfall(short jsonb) returns void language plpgsql as $$
declare first record;
begin
    select a.book, a.code, a.name, s.* into first
        from jsonb_to_recordset(short) as s(account_id smallint, coding_id int, available_fen bigint, requested_fen bigint)
        join ledger.account a on a.id = s.account_id order by s.account_id, s.coding_id limit 1;
    perform ledger.refuse('FS002',
        format('%s %s（%s）余额不足：可用 %s 元，需要 %s 元', first.code, first.name, first.book,
               round(first.available_fen / 100.0, 2), round(first.requested_fen / 100.0, 2)),
        '先有预算、再有指标、后有支出；指标余额控制支付（财办〔2022〕36号）',
        '请先追加或调剂指标，或减少金额', jsonb_build_object('short', short));
end $$;
