-- What holds over the lines of transfers, whatever code writes them.

create or replace function transfers_refuse_change() returns trigger language plpgsql as $$
begin
    perform documents_refuse('FS104', '转移支付的明细与往来一经登记，金额、双方与文号不再改变',
        '按文件下达，按原单结清（财办〔2022〕36号、财库〔2015〕192号）', '减少请用收回单，增加请另发文件',
        array[tg_table_name::text]);
    return null;
end $$;

-- Lines in force that brought a region money under a number from above, by a year; what was taken back of it is none.
create or replace function transfers_lines_under(of_region text, by_year int, of_fund text, of_number text)
returns setof transfers_line language sql stable as $$
    select l.* from transfers_line l
    where (l.sup_bgt_doc_no = of_number or l.cor_bgt_doc_no = of_number) and l.rec_div_code = of_region
        and l.fiscal_year <= by_year and l.fund_type_code = of_fund and l.effective_on is not null
        and l.amount_fen > l.taken_back_fen and coalesce(nullif(l.rec_bgt_doc_no, ''), l.sup_bgt_doc_no) = of_number
$$;

-- What came to a region under a document from above, by a year, for the registry (`registry_misused_grant`, `fits_asked`).
create or replace function registry_grants(of_region text, by_year int, of_fund text, of_number text)
returns table (rev_func_code text, exp_func_code text) language sql stable as $$
    select distinct l.rev_func_code, l.exp_func_code
    from transfers_lines_under(of_region, by_year, of_fund, of_number) l
$$;

-- Whether money of a document has a purpose, on-lent debt too: what comes back of it stays under its number.
create or replace function registry_grant_is_bound(of_region text, by_year int, of_fund text, of_number text) returns boolean
language sql stable as $$
    select coalesce(bool_or(l.category not in ('returns', 'general') or l.exp_func_code <> ''), false)
    from transfers_lines_under(of_region, by_year, of_fund, of_number) l
$$;

-- Marks of direct funds (直达资金标识) that money of a document bears, '' where a line of it bears none; for the registry.
create or replace function registry_grant_marks(of_region text, by_year int, of_fund text, of_number text) returns text[]
language sql stable as $$
    select coalesce(array_agg(distinct l.is_direct_fund::text order by l.is_direct_fund::text), '{}')
    from transfers_lines_under(of_region, by_year, of_fund, of_number) l
$$;

-- Whether money from above has a purpose, so that it is spent under its number alone: all but tax returns, general money
-- that names no class, and on-lent debt, which is bound by its fund (`Purpose.has_purpose` of the program).
create or replace function transfers_is_bound(of_region text, by_year int, of_fund text, of_number text) returns boolean
language sql stable as $$
    select coalesce(bool_or(l.category not in ('returns', 'general') or l.exp_func_code <> ''), false)
    from transfers_lines_under(of_region, by_year, of_fund, of_number) l where l.category <> 'bond'
$$;

drop function if exists transfers_class_of(text, int, text, text);
-- The classes (类) of spending that money of a document is for ('' of lines that name none), and what came for each.
create or replace function transfers_classes_of(of_region text, by_year int, of_fund text, of_number text)
returns table (class text, fen numeric) language sql stable as $$
    select left(m.code, 3), sum(l.amount_fen - l.taken_back_fen)
    from transfers_lines_under(of_region, by_year, of_fund, of_number) l
    cross join lateral registry_grant_meant(l.rev_func_code, l.exp_func_code, by_year) m
    group by 1
$$;

-- What the register says that the own budget holds of money with a purpose is there: classes without numbers are not
-- given out below it. What is arranged of such money stands in its class under its number instead.
create or replace function transfers_keep_purposes(moved jsonb) returns void language plpgsql as $$
declare
    one record;
    bad record;
begin
    select m.natural_key, m.sup_bgt_doc_no into bad
        from jsonb_to_recordset(moved) as m(account text, mof_div_code text, fund_type_code text, sup_bgt_doc_no text,
            period int, kind text, natural_key text, fen bigint)
        where m.account = 'source_register:U200' and m.kind = 'transfer_arrangement' and m.fen > 0
          and transfers_is_bound(m.mof_div_code, m.period / 100, m.fund_type_code, m.sup_bgt_doc_no) limit 1;
    if found then
        perform ledger.refuse_entry('FS104', format('上级文件 %s 的资金安排到了不分文号的预算：%s', bad.sup_bgt_doc_no,
            bad.natural_key), bad.natural_key, '上级资金按上级文号追踪，专款专用（财办〔2022〕36号、预算法第十六条）',
            '请按文号安排');
    end if;
    for one in
        select m.mof_div_code, m.fund_type_code, m.period / 100 as in_year, min(m.natural_key) as entry_key
        from jsonb_to_recordset(moved) as m(account text, mof_div_code text, fund_type_code text, sup_bgt_doc_no text,
            bgt_type_code text, period int, kind text, natural_key text, fen bigint)
        where m.period % 100 <= 12 and m.kind <> 'published_table'
          and case m.account when 'source_register:U200' then m.fen > 0
              else m.fen < 0 and m.sup_bgt_doc_no = '' and m.bgt_type_code <> '2' end
        group by 1, 2, 3 order by 1, 2, 3
    loop
        -- nothing to hold where the register holds nothing
        continue when not exists (
            select from ledger.moved_on(one.mof_div_code, '{source_register:U200}', one.in_year, 12) r
            where r.fund_type_code = one.fund_type_code and r.fen > 0);
        -- read after whoever changes them now
        perform pg_advisory_xact_lock(hashtextextended('transfers purposes ' || one.mof_div_code, 81));
        with registered as materialized (
            select r.sup_bgt_doc_no, r.fen
            from ledger.moved_on(one.mof_div_code, '{source_register:U200}', one.in_year, 12) r
            where r.fund_type_code = one.fund_type_code and r.fen > 0
              and transfers_is_bound(one.mof_div_code, one.in_year, one.fund_type_code, r.sup_bgt_doc_no)
        ), budgets as materialized (
            select b.account, left(b.exp_func_code, 3) as class, sum(b.fen) as fen
            from ledger.moved_on(one.mof_div_code, '{quota:9200,quota:9201,quota:9202}', one.in_year, 12) b
            where b.fund_type_code = one.fund_type_code and b.sup_bgt_doc_no = '' and b.bgt_type_code <> '2'
            group by 1, 2
        ), held as (
            -- of several classes each holds what the others cannot have given
            select m.class, sum(r.fen - m.others) as fen,
                   string_agg(r.sup_bgt_doc_no, '、' order by r.sup_bgt_doc_no) as numbers
            from registered r cross join lateral (
                select c.class, sum(c.fen) over () - c.fen as others from transfers_classes_of(
                    one.mof_div_code, one.in_year, one.fund_type_code, r.sup_bgt_doc_no) c) m
            where m.class <> '' and r.fen > m.others group by 1
            union all select '', sum(r.fen), string_agg(r.sup_bgt_doc_no, '、' order by r.sup_bgt_doc_no) from registered r
        )
        select h.class, h.fen, h.numbers, b.fen as left_fen into bad from held h
        cross join lateral (select coalesce(sum(b.fen), 0) as fen from budgets b
                            where h.class = '' or b.account <> 'quota:9201' or b.class = h.class) b
        where h.fen > b.fen order by h.class desc limit 1;
        if found then
            perform ledger.refuse_entry('FS104',
                format('%s %s 年资金 %s%s 的预算中有上级文件 %s 的资金 %s 元，没有下达的只剩 %s 元（凭证 %s）',
                    one.mof_div_code, one.in_year, one.fund_type_code, ' ' || bad.class, bad.numbers,
                    round(bad.fen / 100.0, 2), round(bad.left_fen / 100.0, 2), one.entry_key), one.entry_key,
                '上级资金按上级文号追踪，专款专用（财办〔2022〕36号、预算法第十六条）',
                '用这些资金的指标请写明上级文号；已列预算的文件，预算须列有其科目的支出');
        end if;
    end loop;
end $$;
select ledger.watch('purposes', '{quota:9200,quota:9201,quota:9202,source_register:U200}', 'transfers_keep_purposes');

-- Money of special transfers is used for what it came for, line by line and fen by fen, whatever else came under its
-- number: what is spent, given to quotas or passed on of a class is no more than lines for it, and lines for none, brought.
-- What came back of a class was not used.
create or replace function transfers_keep_classes(moved jsonb) returns void language plpgsql as $$
declare
    -- where a year has it in use, and what of earlier years stays used
    used constant text[] := '{quota:9201,quota:9202,quota:9301,quota:9302,quota:9303,quota:9304,quota:9305,quota:9401,quota:9402,quota:9501}';
    gone constant text[] := '{quota:9305,quota:9501}';
    one record;
    bad record;
begin
    for one in
        select m.mof_div_code, m.fund_type_code, m.sup_bgt_doc_no, m.in_year, min(m.entry_key) as entry_key
        from (
            select m.mof_div_code, m.fund_type_code, m.sup_bgt_doc_no, m.exp_func_code, m.period / 100 as in_year,
                   min(m.natural_key) as entry_key
            from jsonb_to_recordset(moved) as m(mof_div_code text, fund_type_code text, exp_func_code text,
                sup_bgt_doc_no text, period int, kind text, natural_key text, fen bigint)
            where m.sup_bgt_doc_no <> '' and m.period % 100 <= 12 and m.kind <> 'published_table'
            group by 1, 2, 3, 4, 5 having sum(m.fen) > 0) m
        group by 1, 2, 3, 4 order by 1, 2, 3, 4
    loop
        continue when not exists (
            select from transfers_lines_under(one.mof_div_code, one.in_year, one.fund_type_code, one.sup_bgt_doc_no) l
            cross join lateral registry_grant_meant(l.rev_func_code, l.exp_func_code, one.in_year) m where m.is_bound
        ) or registry_notes_purposes(one.mof_div_code, one.in_year);
        perform pg_advisory_xact_lock(hashtextextended('transfers classes ' || one.mof_div_code, 82));
        with line as (
            select case when not m.is_bound then '' when length(m.code) = 7 then m.code else left(m.code, 3) end as code,
                   sum(l.amount_fen - l.taken_back_fen) as fen
            from transfers_lines_under(one.mof_div_code, one.in_year, one.fund_type_code, one.sup_bgt_doc_no) l
            cross join lateral registry_grant_meant(l.rev_func_code, l.exp_func_code, one.in_year) m group by 1
        ), use as (
            select coalesce(nullif(u.exp_func_code, ''), o.class, '') as code, greatest(sum(u.fen), 0) as fen
            from (
                select * from ledger.moved_under(one.mof_div_code, used, one.in_year, one.in_year, one.fund_type_code, one.sup_bgt_doc_no)
                union all
                select * from ledger.moved_under(one.mof_div_code, gone, 0, one.in_year - 1, one.fund_type_code, one.sup_bgt_doc_no)
                union all
                select * from ledger.moved_under(one.mof_div_code, '{quota:9104}', 0, one.in_year, one.fund_type_code, one.sup_bgt_doc_no) b
                where b.exp_func_code <> '') u
            left join registry_purpose_of(u.tp_func_code, one.in_year) o on u.tp_func_code <> ''
            group by 1
        ), item as (
            select left(coalesce(l.code, u.code), 3) as class, greatest(coalesce(u.fen, 0) - coalesce(l.fen, 0), 0) as over,
                   greatest(coalesce(l.fen, 0) - coalesce(u.fen, 0), 0) as spare
            from (select * from line where length(code) > 3) l full join (select * from use where length(code) > 3) u using (code)
        ), class as (
            select c.class, greatest(coalesce(i.over, 0) + greatest(coalesce(u.fen, 0) - coalesce(i.spare, 0), 0)
                                     - coalesce(l.fen, 0), 0) as over
            from (select left(code, 3) as class from line union select left(code, 3) from use) c
            left join (select class, sum(over) as over, sum(spare) as spare from item group by 1) i using (class)
            left join line l on l.code = c.class left join use u on u.code = c.class
            where c.class <> ''
            union all select '', u.fen from use u where u.code = ''
        )
        select string_agg(format('%s %s 元', coalesce(nullif(c.class, ''), '未分类'), round(c.over / 100.0, 2)), '、'
                          order by c.class) filter (where c.over > 0) as classes,
               sum(c.over) as fen, (select coalesce(sum(l.fen), 0) from line l where l.code = '') as free_fen
            into bad from class c;
        if bad.fen > bad.free_fen then
            perform ledger.refuse_entry('FS104', format('上级文件 %s 的专项资金用于其他功能分类：超出来源的有 %s，没有限定用途的来源只有 %s 元（凭证 %s）',
                    one.sup_bgt_doc_no, bad.classes, round(bad.free_fen / 100.0, 2), one.entry_key), one.entry_key,
                '专款专用：专项转移支付用于办理特定事项，一份文件几类资金的逐行计算（预算法第十六条）',
                '请按上级文件各行的科目和金额安排，或改用其他资金');
        end if;
    end loop;
end $$;
select ledger.watch('classes', '{quota:9201,quota:9202,quota:9301,quota:9302,quota:9305}', 'transfers_keep_classes');

-- What the own budget holds of documents is said by what brings or arranges them; a quota gives none of it back there.
select ledger.raise_only_by('source_register', 'U200', array['transfer_receipt', 'transfer_issue', 'transfer_arrangement',
        'transfer_take_back', 'year_end'],
    '上级资金没有按文号收回', '上级资金按上级文号追踪（财办〔2022〕36号）', '请按文号收回和安排');

-- Special transfers are arranged and passed on for what they came for; quotas of them are judged where they are made.
create or replace function transfers_guard_purpose() returns trigger language plpgsql as $$
declare used jsonb := to_jsonb(new);
begin
    if registry_misused_grant(coalesce(used ->> 'giver_div_code', used ->> 'mof_div_code'), new.fiscal_year,
            new.fund_type_code, new.sup_bgt_doc_no,
            coalesce(used ->> 'exp_func_code', case when used ->> 'use' = 'own' then used ->> 'func_code' else '' end),
            coalesce(used ->> 'tp_func_code', case when used ->> 'use' = 'own' then '' else used ->> 'func_code' end)) then
        perform documents_refuse('FS104', '专项转移支付用于其他功能分类', '专款专用：专项转移支付用于办理特定事项（预算法第十六条）',
            '请改用上级文件所列的类，或改用其他资金', array[coalesce(used ->> 'line_key', used ->> 'doc_key')]);
    end if;
    return null;
end $$;
create or replace trigger guard_purpose after update of state on transfers_arrangement for each row
    when (new.state = 'arranged' and not new.is_return) execute function transfers_guard_purpose();
create or replace trigger guard_purpose after update of effective_on on transfers_line for each row
    when (new.is_issue and old.effective_on is null and new.effective_on is not null)
    execute function transfers_guard_purpose();

-- A line comes into force once.
create or replace trigger line_in_force before update of effective_on on transfers_line
    for each row when (old.effective_on is not null and new.effective_on is distinct from old.effective_on)
    execute function transfers_refuse_change();

-- What a document grants stands once: by the giver's issue, or by the receiver's receipt.
create or replace function transfers_guard_once() returns trigger language plpgsql as $$
begin
    -- who issues and who registers wait for each other: the second sees what the first did
    perform pg_advisory_xact_lock(hashtextextended('transfers_guard_once ' || new.giver_div_code, 0));
    if exists (select from transfers_line o
               where o.rec_div_code = new.rec_div_code and o.fiscal_year = new.fiscal_year
                 and o.giver_div_code = new.giver_div_code and o.is_issue <> new.is_issue
                 and o.effective_on is not null and o.amount_fen > o.taken_back_fen
                 and ledger.paper_number(o.cor_bgt_doc_no) = ledger.paper_number(new.cor_bgt_doc_no)) then
        perform documents_refuse('FS104', '这份文件的资金已经记入接收方',
            '一份文件的资金在双方账上各记一次（财办〔2022〕36号）',
            '下达时已同时记入下级，下级不必再登记；请核对文号', array[new.line_key]);
    end if;
    return null;
end $$;
-- Whether a line is within what of on-lent debt was taken back in the years before, which hold what arrived alone.
create or replace function transfers_is_rest(line transfers_line) returns boolean language sql stable as $$
    select line.category = 'bond'
        and coalesce(bool_and(o.amount_fen = o.taken_back_fen + o.booked_fen)
                     filter (where o.fiscal_year <> line.fiscal_year), true)
        and sum(o.amount_fen - o.taken_back_fen)
            <= sum(o.amount_fen) filter (where o.fiscal_year = f.first_year)
    from transfers_line o cross join lateral (
        select min(b.fiscal_year) as first_year from transfers_line b
        where b.rec_div_code = line.rec_div_code and b.giver_div_code = line.giver_div_code and not b.is_issue
          and b.effective_on is not null
          and ledger.paper_number(b.cor_bgt_doc_no) = ledger.paper_number(line.cor_bgt_doc_no)) f
    where o.rec_div_code = line.rec_div_code and o.giver_div_code = line.giver_div_code and not o.is_issue
      and o.effective_on is not null
      and ledger.paper_number(o.cor_bgt_doc_no) = ledger.paper_number(line.cor_bgt_doc_no)
    group by f.first_year
$$;
-- A document is received for one year: what of it is left goes on from that year, not from a second receipt. Debt that
-- was lent on by it and did not arrive is taken back there, and so much is received of the year in which it arrives.
create or replace function transfers_guard_one_year() returns trigger language plpgsql as $$
declare other_year smallint;
begin
    perform pg_advisory_xact_lock(hashtextextended('transfers_guard_once ' || new.giver_div_code, 0));
    select o.fiscal_year into other_year from transfers_line o
        where o.rec_div_code = new.rec_div_code and o.giver_div_code = new.giver_div_code
          and o.fiscal_year <> new.fiscal_year and not o.is_issue
          and o.effective_on is not null and o.amount_fen > o.taken_back_fen
          and ledger.paper_number(o.cor_bgt_doc_no) = ledger.paper_number(new.cor_bgt_doc_no)
        order by o.fiscal_year limit 1;
    if other_year is not null and not transfers_is_rest(new) then
        perform documents_refuse('FS104', format('这份文件的资金已登记为 %s 年收到', other_year),
            '一份文件的资金只收到一次，未用完的由当年结转（财办〔2022〕36号、预算法第四十二条）',
            '请核对文号与预算年度；登记错年度的，请先收回（make-take-backs）再登记', array[new.line_key]);
    end if;
    return null;
end $$;
create or replace trigger received_once after update of effective_on on transfers_line
    for each row when (old.effective_on is null and new.effective_on is not null and not new.is_issue)
    execute function transfers_guard_one_year();

-- Money from above becomes a source by a receipt of its document, or by a budget that was approved (which the
-- budget declares): nothing else raises 9102 and 9103. Published books stand for the budgets that they publish.
select ledger.raise_only_by('quota', code, array['transfer_receipt', 'transfer_issue', 'published_table'],
    '上级资金没有登记收到的文件，不能作为预算来源',
    '先有预算、再有指标：上级资金凭登记的上级文件安排（财办〔2022〕36号）',
    '请先登记收到的上级文件（fisc transfers make-receipts、receive），再按文号安排')
from unnest(array['9102', '9103']) code;

-- Who, above or below a region, registered a giver's document too: the same money on its way down.
create or replace function transfers_on_the_way(receiver text, giver text, number text)
returns table (rec_div_code text) language sql stable as $$
    select distinct l.rec_div_code::text from transfers_line l
    where l.giver_div_code = giver and not l.is_issue and l.effective_on is not null and l.amount_fen > l.taken_back_fen
      and l.rec_div_code <> receiver and ledger.paper_number(l.cor_bgt_doc_no) = ledger.paper_number(number)
      and (registry_is_above(l.rec_div_code, receiver) or registry_is_above(receiver, l.rec_div_code))
$$;
-- What a government that keeps books here gives arrives by its issue; a document is received by one of those who stand
-- one above the other.
create or replace function transfers_guard_giver() returns trigger language plpgsql as $$
declare other text;
begin
    perform pg_advisory_xact_lock(hashtextextended('transfers_guard_once ' || new.giver_div_code, 0));
    if reading_keeps_books(new.giver_div_code, new.fiscal_year) then
        perform documents_refuse('FS104', format('下达方 %s 在本系统记账，没有下达这份文件', new.giver_div_code),
            '转移支付由上级政府逐级下达，一份文件的资金只收到一次（预算法第十六条、财办〔2022〕36号）',
            '请与下达方核对，由其下达；下达时自动记入本级，不必登记', array[new.line_key]);
    end if;
    select o.rec_div_code into other
        from transfers_on_the_way(new.rec_div_code, new.giver_div_code, new.cor_bgt_doc_no) o order by 1 limit 1;
    if other is not null then
        perform documents_refuse('FS104', format('这份文件已由 %s 登记收到', other),
            '转移支付由上级政府逐级下达，一份文件的资金只收到一次（预算法第十六条、财办〔2022〕36号）',
            '中间一级登记的，由其下达后自动记入本级；下级直接登记的，请先由下级收回', array[new.line_key]);
    end if;
    return null;
end $$;
create or replace trigger arrives_by_itself after update of effective_on on transfers_line
    for each row when (old.effective_on is null and new.effective_on is not null and not new.is_issue)
    execute function transfers_guard_giver();

create or replace trigger granted_once after update of effective_on on transfers_line
    for each row when (old.effective_on is null and new.effective_on is not null)
    execute function transfers_guard_once();

-- A line names an item (项) of spending of its fund's budget, of its year; of a special transfer one of its code's class.
create or replace function transfers_guard_class() returns trigger language plpgsql as $$
begin
    if not registry_spends_on(new.fund_type_code, new.exp_func_code, new.fiscal_year)
       or registry_is_parted(new.fund_type_code, new.exp_func_code, new.fiscal_year) then
        perform documents_refuse('FS104', format('%s 年资金性质 %s 的预算没有支出功能分类 %s，或其下还有细的科目',
                new.fiscal_year, new.fund_type_code, new.exp_func_code),
            '政府收支分类科目（按年度、按预算）', '请改用该资金所属预算当年有效的、最细一级的科目', array[new.line_key]);
    end if;
    if registry_strange_grant(new.rev_func_code, new.exp_func_code, new.fiscal_year)
       and not registry_notes_purposes(case when new.is_issue then new.giver_div_code else new.rec_div_code end,
                                       new.fiscal_year) then
        perform documents_refuse('FS104', format('专项转移支付 %s 不是用于支出功能分类 %s 的', new.rev_func_code,
                new.exp_func_code),
            '专款专用：专项转移支付用于办理特定事项（预算法第十六条）', '请改用收入科目所列的类，或核对收入科目',
            array[new.line_key]);
    end if;
    return null;
end $$;
create or replace trigger class_of_fund after insert or update of effective_on on transfers_line for each row
    when (new.exp_func_code <> '') execute function transfers_guard_class();

-- What is received stands under an official number in its one form, of the fiscal year or a year beside it.
-- Receipts of before keep how theirs were written.
create or replace function transfers_guard_number() returns trigger language plpgsql as $$
begin
    if new.sup_bgt_doc_no !~ '^[^〔〕0-9[:space:][:punct:]]{2,10}〔[0-9]{4}〕[1-9][0-9]*号$'
       or abs(substring(new.sup_bgt_doc_no from '〔([0-9]{4})〕')::int - new.fiscal_year) > 1 then
        perform documents_refuse('FS104', '文号不是上级文件的文号，或者年份与预算年度不符',
            '上级资金凭上级文件登记，一份文件一个文号（财办〔2022〕36号）',
            '发文字号写成：机关代字〔四位年份〕序号号，年份为预算年度或其前后一年', array[new.sup_bgt_doc_no]);
    end if;
    return new;
end $$;
create or replace trigger official_number before insert or update of sup_bgt_doc_no, fiscal_year on transfers_receipt
    for each row execute function transfers_guard_number();
create or replace trigger official_number before insert or update of sup_bgt_doc_no, cor_bgt_doc_no, fiscal_year
    on transfers_line for each row when (not new.is_issue) execute function transfers_guard_number();

-- What stands on the account between two governments beside advances, accruals and uploads that are open under their own
-- numbers: what the lower one owes, of one fund (its whole code), by which the account is kept. The upper's account tells,
-- the lower's where the upper's books are kept elsewhere. What is set off or withheld moves it, and whichever moves it
-- leaves it at zero or above.
drop function if exists transfers_owed_unnumbered(text, text, text);
create or replace function transfers_owed_unnumbered(upper text, lower text, of_fund text) returns numeric
language sql stable as $$
    select coalesce(
        ledger.stands(upper, left(of_fund, 2), array['treasury_2015:1031', 'treasury_2022_financial:1032'],
                      jsonb_build_object('rec_div_code', lower, 'fund_type_code', of_fund)),
        ledger.stands(lower, left(of_fund, 2), array['treasury_2015:2012', 'treasury_2022_financial:2012'],
                      jsonb_build_object('fund_type_code', of_fund)), 0)
        - coalesce((
            select sum((c.amount_fen - c.settled_fen) * case c.kind when 'accrued' then -1 else 1 end)
            from transfers_current c where c.fund_type_code = of_fund
              and (c.giver_div_code, c.rec_div_code) in ((upper, lower), (lower, upper))), 0)
$$;

-- A line is paid with what the lower government owes on the account, and with no more; what was set off is undone on
-- the line that it was set off on, and once.
create or replace function transfers_guard_set_off() returns trigger language plpgsql as $$
declare short numeric;
begin
    perform pg_advisory_xact_lock(hashtextextended('transfers set off ' || new.giver_div_code || new.rec_div_code, 0));
    short := transfers_owed_unnumbered(new.giver_div_code, new.rec_div_code, new.fund_type_code);
    if new.kind = 'set_off' and short < 0 then
        perform documents_refuse('FS104', format('抵拨超过 %s 与 %s 往来中下级所欠的（资金 %s），多 %s 元', new.giver_div_code,
                new.rec_div_code, new.fund_type_code, round(-short / 100, 2)),
            '与下级往来、与上级往来按实结清（财库〔2015〕192号 T07、T25）',
            '抵拨的是同一资金性质、扣缴等没有单号的往来；调度款随文件列支（make-charges），年终应拨的拨付（make-accrual-payments）',
            array[new.doc_key]);
    end if;
    select sum(c.amount_fen * case c.kind when 'set_off' then 1 else -1 end) into short from transfers_cash c
        where c.line_key = new.line_key and c.state = 'booked' and c.kind in ('set_off', 'set_off_recovered');
    if short < 0 then
        perform documents_refuse('FS104', format('这一明细抵拨的不够冲回，少 %s 元', round(-short / 100, 2)),
            '抵拨的按原明细冲回（财库〔2015〕192号 T07）', '请核对明细和金额；已拨付的资金用收回（make-recoveries）',
            array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists transfers_set_off on transfers_cash;
create constraint trigger transfers_set_off after update of state on transfers_cash deferrable initially deferred
    for each row when (new.kind in ('set_off', 'set_off_recovered') and new.state = 'booked')
    execute function transfers_guard_set_off();

-- What comes back of a line was paid: an accrual that is not paid yet moved no cash.
create or replace function transfers_guard_recovered() returns trigger language plpgsql as $$
declare short numeric;
begin
    select l.booked_fen - coalesce((
            select sum(c.amount_fen - c.settled_fen) from transfers_current c
            join transfers_cash d on d.doc_key = c.cash_no
            where d.line_key = new.line_key and c.kind = 'accrued'), 0) into short
        from transfers_line l where l.line_key = new.line_key and l.effective_on is not null;
    if short < 0 then
        perform documents_refuse('FS104', format('收回超过这一明细实际拨付的，多 %s 元：年终挂账的还没有拨付',
                round(-short / 100, 2)),
            '资金收付按实际（财库〔2015〕192号 T05 至 T07、T09）：挂账没有付款，收不回资金',
            '请核对已拨付的金额；挂账的先拨付（make-accrual-payments），再收回', array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists transfers_recovered on transfers_cash;
create constraint trigger transfers_recovered after update of state on transfers_cash deferrable initially deferred
    for each row when (new.kind in ('recovered', 'set_off_recovered') and new.state = 'booked')
    execute function transfers_guard_recovered();

-- What documents in force grant a region of a fund (its whole code) in a year, less what was taken back.
create or replace function transfers_granted(of_region text, of_fund text, in_year int) returns bigint language sql stable as $$
    select coalesce(sum(l.amount_fen - l.taken_back_fen), 0)::bigint from transfers_line l
    where l.rec_div_code = of_region and l.fiscal_year = in_year and l.fund_type_code = of_fund
      and l.effective_on is not null
$$;

-- A year is locked when what was lent on to its government, or by it, arrived or was taken back.
create or replace function transfers_may_lock(place text, locked_year int) returns void language plpgsql as $$
declare waiting text[] := array(select l.line_key from transfers_line l
        where place in (l.rec_div_code, l.giver_div_code) and l.fiscal_year = locked_year and l.category = 'bond'
          and l.effective_on is not null and l.amount_fen > l.taken_back_fen + l.booked_fen order by 1 limit 20);
begin
    if cardinality(waiting) > 0 then
        perform documents_refuse('FS104', format('%s 年还有转贷资金未到账，不能封账', locked_year),
            '债务转贷收入以实际到账为准，没有到账的不是结转的来源（财库〔2015〕192号 T16）',
            '已到账的请登记（fisc transfers make-arrivals）；没有到账的请收回（fisc transfers make-take-backs）', waiting);
    end if;
end $$;
select ledger.lock_when('transfers_may_lock');
