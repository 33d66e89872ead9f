-- Money from above is used for what it came for, under its number, whatever code writes it.

-- Whether money from above has a purpose, so that it is spent under its number alone: all but tax returns, general money
-- that names no class, and on-lent debt, which is bound by its fund (`Purpose.has_purpose` of the program).
create or replace function transfers_is_bound(of_region text, by_year int, of_fund text, of_number text) returns boolean
language sql stable as $$
    select coalesce(bool_or(l.category not in ('returns', 'general') or l.exp_func_code <> ''), false)
    from transfers_lines_under(of_region, by_year, of_fund, of_number) l where l.category <> 'bond'
$$;

-- What the register says that a budget of a fund holds in a year of money with a purpose: it is given out under its number.
create or replace function transfers_registered(of_region text, of_fund text, in_year int) returns bigint
language sql stable as $$
    select coalesce(sum(r.fen), 0)::bigint from ledger.moved_on(of_region, '{source_register:U200}', in_year, 12) r
    where r.fund_type_code = of_fund and r.fen > 0 and transfers_is_bound(of_region, in_year, of_fund, r.sup_bgt_doc_no)
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
                where b.exp_func_code <> '' or b.tp_func_code <> '') u
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
