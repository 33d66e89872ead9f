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

-- What documents brought a region of a fund in a year that its budget counts on already, less what was taken back, by class
-- of income (款); debt, which the budget counts apart, is none of it.
create or replace function transfers_budgeted(of_region text, of_fund text, in_year int)
returns table (class text, fen bigint) language sql stable as $$
    select left(l.rev_func_code, 5), sum(l.amount_fen - l.taken_back_fen)::bigint from transfers_line l
    where l.rec_div_code = of_region and l.fiscal_year = in_year and l.fund_type_code = of_fund
      and l.is_budgeted and not l.is_issue and l.category <> 'bond' and l.effective_on is not null
    group by 1
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

-- Money from above is of the first budget (年初预算) where it was told before the year: what comes within the year is not.
create or replace function transfers_guard_initial() returns trigger language plpgsql as $$
begin
    if not exists (select from transfers_lines_under(new.mof_div_code, new.fiscal_year, new.fund_type_code,
                       new.sup_bgt_doc_no) l
                   where l.fiscal_year = new.fiscal_year and l.source_type_code = '1') then
        perform documents_refuse('FS104', format('%s 的资金不是年初预算的来源', new.sup_bgt_doc_no),
            '提前下达的转移支付编入年初预算（预算法第三十八条）；年度中收到的不在其内',
            '预算来源请用 2 调整；确是提前下达的，请核对收到该文件时是否登记为提前下达', array[new.doc_key]);
    end if;
    return null;
end $$;
create or replace trigger initial_told_early after insert or update of source_type_code on transfers_arrangement
    for each row when (new.source_type_code = '1' and not new.is_return) execute function transfers_guard_initial();
