-- What holds over the balances that first books begin with, whatever code writes them.

-- They are entered and corrected while the first month is open, in books that no earlier year leads to:
-- afterwards the year before hands its balances over, or a correction belongs to the month in which it is made.
create or replace function closing_guard_opening() returns trigger language plpgsql as $$
begin
    if ledger.first_period(new.mof_div_code) < new.fiscal_year * 100 then
        perform documents_refuse('FS104', '以前年度在这里有账，年初余额由上年结转',
            '年初余额只登记第一个年度的，以后由上年结转（财库〔2022〕41号）',
            '请办理上年的结转下年（fisc year-end open-next）', array[new.doc_key]);
    end if;
    if not ledger.is_open(new.mof_div_code, new.fiscal_year * 100 + 1) then
        perform documents_refuse('FS104', '这个年度没有开账，或一月已经关账', '年初余额在第一个月关账前登记、审核和更正',
            '没有开账的请先开账（fisc books open-year）；已经关账的在当前月份登记调整事项', array[new.doc_key]);
    end if;
    if new.state = 'posted' then
        -- whether balances stand already is asked after this: of two papers at once one waits for the other
        perform pg_advisory_xact_lock(hashtextextended(
            format('opening:%s:%s', new.mof_div_code, new.fiscal_year), 54));
    end if;
    return null;
end $$;
create or replace trigger guard_opening after insert or update of state on closing_opening
    for each row when (new.state <> 'discarded') execute function closing_guard_opening();

-- What a government fund leaves over stands by kind, whoever posts it. The year's end closes and carries what was posted
-- before; a published table tells of books kept elsewhere.
select ledger.name_on('fund_kind', array['treasury_2015:3002', 'treasury_2022_budget:8002'], '121', 'rev_func_code',
    '^10301[0-9]{2}$', array['year_end', 'published_table'], '政府性基金结转结余没有写明基金种类',
    '政府性基金预算结转结余按基金种类核算（财库〔2015〕192号 C03）',
    '请写明收入分类：基金种类是政府性基金收入的项（10301 开头的七位）');

-- A year is locked when its balances hold what was carried over from it, and of the general budget nothing else: what is
-- not carried over reduces the deficit or feeds the stabilisation fund (预算法第六十六条), in the year or, by a decision on
-- record, in the next one. Other budgets go on for themselves.
create or replace function closing_may_lock(place text, locked_year int) returns void language plpgsql as $$
declare
    short record;
    undecided bigint := ledger.handed_over_beyond(place, locked_year, '111',
            array['treasury_2015:3001', 'treasury_2022_budget:8001'], 'quota:9601')
        - reserves_against_deficit(place, locked_year) - reserves_set_aside(place, locked_year + 1);
begin
    if undecided > 0 then
        perform documents_refuse('FS104', format('一般公共预算的年末结转结余还有 %s 元没有结转，也没有决定去处，不能封账',
                round(undecided / 100.0, 2)),
            '超收收入和结余只用于冲减赤字或补充预算稳定调节基金（预算法第六十六条），由本级政府决定',
            '要结转的请补登指标后结转；其余凭批准文号补充预算稳定调节基金（fisc reserves make-moves，事项“安排预算稳定调节基金”；'
            '十二月已经关账的，业务日期在下年）', array[place]);
    end if;
    select * into short from ledger.handed_over_short(place, locked_year, 'quota:9104', '2',
        array['treasury_2015:3001', 'treasury_2015:3002', 'treasury_2015:3003', 'treasury_2022_budget:8001',
              'treasury_2022_budget:8002', 'treasury_2022_budget:8003']);
    if found then
        perform documents_refuse('FS104', format('资金性质 %s 结转下年的比年末结转结余多 %s 元，不能封账', short.fund,
                round(short.fen / 100.0, 2)),
            '结转以年末结转结余为限（预算法第四十二条、第六十六条）',
            '请核对未到账的资金；短收的动用预算稳定调节基金、调入资金，或收回结转的指标', array[place]);
    end if;
end $$;
select ledger.lock_when('closing_may_lock');

-- What closes a year's income and outlay in the period after December.
select ledger.close_by('year_end');

-- What a year's end moves between budgets and into the stabilisation fund is there: no fund's cash and no reserve falls
-- below zero. Asked when the transaction ends, or sooner where it is told to: the entries of the paper stand by then.
create or replace function closing_guard_settled() returns trigger language plpgsql as $$
declare short text;
begin
    perform pg_advisory_xact_lock(hashtextextended('reserves standing ' || new.mof_div_code, 72));
    select format('%s %s（差 %s 元）', s.mof_div_code, s.what, (-s.fen / 100.0)::numeric(20, 2)) into short
    from (select '国库存款（资金 ' || fund_type_code || '）' as what, mof_div_code, fen
          from registry_cash_short(new.id)
          union all select '预算稳定调节基金', mof_div_code, fen from ledger.below_zero(
              new.id, array['treasury_2015:3031', 'treasury_2022_budget:8031'], array[]::text[])) s limit 1;
    if short is not null then
        perform documents_refuse('FS104', '超收和结余处理超过现有的余额：' || short,
            '调出资金和储备资金以现有的为限（预算法第六十六条、财库〔2015〕192号 T30、T32）',
            '请核对该资金的收支和调出；已经动用的预算稳定调节基金先冲销动用', array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists closing_settled on closing_year_end;
create constraint trigger closing_settled after update of state on closing_year_end deferrable initially deferred
    for each row when (new.kind = 'surplus' and new.state = 'posted') execute function closing_guard_settled();

-- Money from above that lies for the second year is surplus (实施条例第五十条): by number goes on no more of it than came
-- back of earlier payments in the year. The funds are those that law binds (`bound` of quota_rules.csv), the years those
-- of legal_limits.csv.
create or replace function closing_keep_lying(moved jsonb) returns void language plpgsql as $$
declare
    one record;
    back bigint;
    went_on bigint;
begin
    for one in
        select m.mof_div_code, m.fund_type_code, m.sup_bgt_doc_no,
               m.period / 100 - case when m.account = 'quota:9200' then 1 else 0 end as in_year,
               min(m.natural_key) as entry_key
        from jsonb_to_recordset(moved) as m(account text, mof_div_code text, fund_type_code text, exp_func_code text,
            sup_bgt_doc_no text, period int, natural_key text, fen bigint)
        where m.fen > 0 and m.sup_bgt_doc_no <> '' and left(m.fund_type_code, 3) not in ('112', '113', '114', '122')
          and case m.account when 'quota:9200' then m.period % 100 = 0
              else m.period % 100 <= 12 and m.exp_func_code <> '' end
        group by 1, 2, 3, 4 order by 1, 2, 3, 4
    loop
        continue when one.in_year + 1 - 2 < coalesce((
            select min(l.fiscal_year) from transfers_lines_under(one.mof_div_code, one.in_year, one.fund_type_code,
                                                                 one.sup_bgt_doc_no) l), one.in_year);
        perform pg_advisory_xact_lock(hashtextextended('closing lying ' || one.mof_div_code, 83));
        select coalesce(-sum(b.fen), 0) into back from ledger.moved_under(one.mof_div_code, '{quota:9104}', one.in_year,
            one.in_year, one.fund_type_code, one.sup_bgt_doc_no) b where b.exp_func_code <> '';
        select coalesce(sum(p.fen), 0) into went_on
            from ledger.moved_on(one.mof_div_code, '{quota:9200}', one.in_year + 1, 0) p
            where p.fund_type_code = one.fund_type_code and p.sup_bgt_doc_no = one.sup_bgt_doc_no;
        if went_on > back then
            perform ledger.refuse_entry('FS104', format('上级文件 %s 的资金连续两年未用完，结转的比当年退回的多 %s 元：当年退回 %s 元，已结转 %s 元（凭证 %s）',
                    one.sup_bgt_doc_no, round((went_on - back) / 100.0, 2), round(back / 100.0, 2),
                    round(went_on / 100.0, 2), one.entry_key), one.entry_key,
                '连续两年未用完的结转资金作结余，退回的只结转一次（预算法第四十二条、实施条例第五十条）',
                '退回的已经结转，不能再结转；要冲销退款的，请先冲回已结转的');
        end if;
    end loop;
end $$;
select ledger.watch('lying', '{quota:9200,quota:9104}', 'closing_keep_lying');
