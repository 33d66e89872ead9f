-- What holds over events of debt, whatever code writes them.

-- No more is settled than there was: between two levels, and in what a lower one charges of what was withheld.
create or replace function debt_guard_settled() returns trigger language plpgsql as $$
declare keys text[];
begin
    perform 1 from debt_event o where o.doc_key in (select settles_no from added) order by o.doc_key for update;
    keys := array(select s.settles_no from (
            select e.settles_no, sum(e.amount_fen) as fen from debt_event e
            where e.settles_no in (select settles_no from added where settles_no <> '')
              and e.state in ('draft', 'posted')
            group by e.settles_no, e.kind = 'debt_withheld_charged') s
        join debt_event o on o.doc_key = s.settles_no where s.fen > o.amount_fen order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '结清额超过原事项', '代偿、垫付、扣缴的本息按实结清（财库〔2015〕192号）',
            '请核对以前的结清', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_settled after insert on debt_event referencing new table as added
    for each statement execute function debt_guard_settled();

-- What is settled is settled with money of its own fund, and interest is none of bond money (预算法第三十五条).
create or replace function debt_guard_fund() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select e.doc_key from added e left join debt_event o on o.doc_key = e.settles_no
        where o.fund_type_code <> e.fund_type_code
           or (e.part = 'interest' and e.fund_type_code not in ('111', '121')) order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '资金性质不符', '往来按原资金结清；债券资金不付利息（财库〔2015〕192号 T22 至 T25、预算法第三十五条）',
            '请按所结清事项的资金性质办理；利息列 111 或 121', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_fund after insert on debt_event referencing new table as added
    for each statement execute function debt_guard_fund();

-- A payment carries no more of the debt than it paid: once as what was accrued, once as what went to the level above.
create or replace function debt_guard_paid() returns trigger language plpgsql as $$
declare keys text[];
begin
    perform pg_advisory_xact_lock(hashtextextended('debt paid ' || number, 71))
        from (select distinct pay_app_no as number from added where pay_app_no <> '') a order by number;
    keys := array(select s.pay_app_no from (
            select e.pay_app_no, sum(e.amount_fen) as fen from debt_event e
            where e.pay_app_no in (select pay_app_no from added where pay_app_no <> '')
              and e.state in ('draft', 'posted')
            group by e.pay_app_no, e.kind = 'interest_paid') s
        left join treasury_payments_on('infinity') p using (pay_app_no)
        where p.state is null or p.state not in ('paid', 'cleared')
           or s.fen > p.amount_fen - coalesce((select sum(r.amount_fen) from treasury_refunds_on('infinity') r
                                               where r.pay_app_no = s.pay_app_no), 0) order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '超过所列支付已付的金额', '付息、缴款以实际支付为准（财库〔2015〕192号）',
            '请核对支付申请号和以前的登记', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_paid after insert on debt_event referencing new table as added
    for each statement execute function debt_guard_paid();

-- Whoever judges what stands of the debt of governments waits for who does so already; in one order, so that no two
-- wait for each other.
create or replace function debt_wait_for(variadic places text[]) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('debt standing ' || place, 71))
        from unnest(places) place where place <> '' order by place;
end $$;

-- Nobody repays more than is owed: by region, budget, principal or interest, and by the lower government that owes.
-- Asked when the transaction ends, or sooner where it is told to: the entries of the document stand by then.
create or replace function debt_guard_standing() returns trigger language plpgsql as $$
declare short text;
begin
    perform debt_wait_for(new.mof_div_code, new.upper_div_code, new.lower_div_code);
    select format('%s %s（资金 %s）%s', s.mof_div_code, s.what, s.budget,
                  case when s.elements like 'interest%' then '利息' else '本金' end) into short
    from (select '应付转贷' as what, * from ledger.below_zero(
              new.id, array['treasury_2015:2026', 'treasury_2022_financial:2031'], array['debt_move_code'])
          union all select '应收转贷', * from ledger.below_zero(
              new.id, array['treasury_2015:1041', 'treasury_2022_financial:1041'],
              array['debt_move_code', 'rec_div_code'])) s limit 1;
    if short is not null then
        perform documents_refuse('FS104', '偿还超过账上的债务：' || short,
            '还本付息以账上的债务余额为限（财库〔2015〕192号 T20 至 T25）',
            '请核对金额；期初的债务请先登记年初余额，利息请先计提', array[new.doc_key]);
    end if;
    select format('%s %s（%s）差 %s 元', s.mof_div_code, s.what, trim(s.elements), round(-s.fen / 100.0, 2)) into short
    from (select '1036 其他应收款' as what, * from ledger.below_zero(new.id, array['treasury_2015:1036'],
              array['fund_type_code', 'rec_div_code', 'debt_move_code'])
          union all select '2015 其他应付款', * from ledger.below_zero(new.id, array['treasury_2015:2015'],
              array['fund_type_code', 'rec_div_code', 'debt_move_code'])
          -- what was converted from them has neither part
          union all select '1035 其他应收款', * from ledger.below_zero(new.id, array['treasury_2022_financial:1035'],
              array['fund_type_code'])
          union all select '2013 其他应付款', * from ledger.below_zero(new.id, array['treasury_2022_financial:2013'],
              array['fund_type_code'])) s limit 1;
    if short is not null then
        perform documents_refuse('FS104', '结清的往来没有在账上：' || short,
            '垫付、缴来、扣缴的本息按原来的资金、下级区划逐项结清（财库〔2015〕192号 T22 至 T25）',
            '请核对所结清的事项；已经结清的、以前按别的资金结清的，先冲销那次结清（fisc debt make-reversals）', array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists debt_standing on debt_event;
create constraint trigger debt_standing after update of state on debt_event deferrable initially deferred
    for each row when (new.state in ('posted', 'reversed')) execute function debt_guard_standing();

-- What goes through the books of two levels is of a debt between them: principal advanced and not settled stays within
-- what was lent on and not repaid, interest within what is receivable; interest that was not accrued is of a debt that
-- stands. And it is paid with cash of its own fund.
create or replace function debt_guard_claim() returns trigger language plpgsql as $$
declare
    of_budget text := left(new.fund_type_code, 2);
    claims text[] := array['treasury_2015:1041', 'treasury_2022_financial:1041'];
    one record;
    short record;
begin
    perform debt_wait_for(new.mof_div_code, new.upper_div_code, new.lower_div_code);
    for one in
        select m.part, m.word, coalesce(ledger.stands(new.upper_div_code, of_budget, claims,
                jsonb_build_object('rec_div_code', new.lower_div_code, 'debt_move_code', m.move)), 0) as claim_fen,
            (select coalesce(sum(e.amount_fen - coalesce(s.fen, 0)), 0) from debt_event e
             left join lateral (select sum(o.amount_fen) as fen from debt_event o
                                where o.settles_no = e.doc_key and o.state = 'posted') s on true
             where e.kind = 'lower_debt_advanced' and e.state = 'posted' and e.part = m.part
               and e.upper_div_code = new.upper_div_code and e.lower_div_code = new.lower_div_code
               and left(e.fund_type_code, 2) = of_budget) as open_fen
        from (values ('principal', '本金', ''), ('interest', '利息', 'interest')) m (part, word, move)
    loop
        if one.open_fen > greatest(one.claim_fen, 0) then
            perform documents_refuse('FS104', format('垫付超过 %s 所欠的转贷债务：%s应收 %s 元，垫付未结清 %s 元',
                    new.lower_div_code, one.word, round(one.claim_fen / 100.0, 2), round(one.open_fen / 100.0, 2)),
                '代下级垫付的是下级所欠的转贷本息（财库〔2015〕192号 T22）',
                '请核对下级区划、资金性质与金额；期初的转贷款请先登记年初余额，利息请先办“计提应收转贷利息”（fisc debt make-events）',
                array[new.doc_key]);
        end if;
    end loop;
    if new.state = 'posted' and new.kind like 'debt_withheld_from_lower%' and new.amount_fen > new.accrued_fen
       and new.part = 'interest' and coalesce(ledger.stands(new.upper_div_code, of_budget, claims,
               jsonb_build_object('rec_div_code', new.lower_div_code)), 0) <= 0 then
        perform documents_refuse('FS104', format('%s 没有所欠的转贷债务，不能扣缴利息', new.lower_div_code),
            '扣缴的是下级所欠的转贷本息（财库〔2015〕192号 T25）', '请核对下级区划与资金性质；期初的转贷款请先登记年初余额',
            array[new.doc_key]);
    end if;
    select s.fund_type_code, s.fen into short from registry_cash_short(new.id) s limit 1;
    if found and new.state = 'posted' and new.kind in ('lower_debt_advanced', 'lower_debt_paid_from_deposit')
       and not exists ( -- what the lower one paid in is passed on whatever else was spent
           select from debt_event d where d.doc_key = new.settles_no and d.kind = 'lower_debt_deposited') then
        perform documents_refuse('FS104', format('资金性质 %s 的国库存款不够付，缺 %s 元', short.fund_type_code,
                round(-short.fen / 100.0, 2)),
            '代下级还本付息以本级相应资金的库款支付（财库〔2015〕192号 T22）', '请用有库款的资金性质办理（同一预算即可）',
            array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists debt_claim on debt_event;
create constraint trigger debt_claim after update of state on debt_event deferrable initially deferred
    for each row when (new.state in ('posted', 'reversed') and new.lower_div_code <> '')
    execute function debt_guard_claim();

-- The same event is registered once, unless it is said why it is another: of one paper of the level that withholds, whatever
-- day and amount; of any other paper, or none, on one day with one amount. A paper is its number, however written.
create or replace function debt_guard_once() returns trigger language plpgsql as $$
declare other text;
begin
    if new.kind = 'debt_withheld_by_upper' and ledger.paper_number(new.basis_doc_no) = '' then
        perform documents_refuse('FS104', '上级扣缴没有依据文号', '上级扣缴凭上级的扣缴通知登记（会计法第十四条）',
            '请填写上级扣缴文件的文号（--basis-doc-no、basis_doc_no）', array[new.doc_key]);
    end if;
    -- who registers an event of one region waits for who does so already
    perform pg_advisory_xact_lock(hashtextextended('debt once ' || new.mof_div_code || new.kind, 71));
    select o.doc_key into other from debt_event o
        where o.mof_div_code = new.mof_div_code and o.kind = new.kind and o.part = new.part
          and left(o.fund_type_code, 2) = left(new.fund_type_code, 2) and o.lower_div_code = new.lower_div_code
          and (o.settles_no, o.pay_app_no, o.bgt_id) = (new.settles_no, new.pay_app_no, new.bgt_id)
          and ledger.paper_number(o.basis_doc_no) = ledger.paper_number(new.basis_doc_no)
          and ((o.happened_on, o.amount_fen) = (new.happened_on, new.amount_fen)
               or new.kind like 'debt_withheld%' and ledger.paper_number(new.basis_doc_no) <> '')
          and o.state not in ('discarded', 'reversed') limit 1;
    if other is not null and not registry_is_reason(new.confirm_reason) then
        perform documents_refuse('FS104', format('与债务收付单 %s 是同一份文件、同一事项', regexp_replace(other, '~[0-9]+$', '')),
            '一份原始凭证只登记一次（会计法第十四条）',
            '请核对是否重复登记；确为另一笔的，请写明核对情况（--confirm-reason、confirm_reason，至少四个汉字）',
            array[new.doc_key]);
    end if;
    return new;
end $$;
create or replace trigger guard_once before insert on debt_event for each row execute function debt_guard_once();

-- The interest of a year is no more than the debt bears at the highest rate that a region settles: what a region owes, and
-- what a lower one owes it. What was accrued is not counted again where it is withheld or paid in.
create or replace function debt_guard_interest() returns trigger language plpgsql as $$
declare
    of_budget text := left(new.fund_type_code, 2);
    one record;
    rate numeric;
    most numeric;
begin
    perform debt_wait_for(new.mof_div_code, new.upper_div_code, new.lower_div_code);
    for one in
        with owed (region, lower_div, word, accounts) as (values
            (case when new.kind like 'debt_withheld_from_lower%' then new.lower_div_code else new.mof_div_code end, '',
             '应付利息', array['treasury_2015:2026', 'treasury_2022_financial:2031']),
            (new.upper_div_code, new.lower_div_code, format('应收 %s 的转贷利息', new.lower_div_code),
             array['treasury_2015:1041', 'treasury_2022_financial:1041']))
        select w.*, s.fen from owed w cross join lateral (
            select sum(e.amount_fen - e.accrued_fen) as fen from debt_event e
            where e.part = 'interest' and e.state = 'posted' and e.fiscal_year = new.fiscal_year
              and left(e.fund_type_code, 2) = of_budget
              and case when w.lower_div = ''
                  then e.mof_div_code = w.region and e.kind in ('interest_payable_accrued', 'debt_withheld_by_upper')
                       or e.lower_div_code = w.region and e.kind like 'debt_withheld_from_lower%'
                  else e.upper_div_code = w.region and e.lower_div_code = w.lower_div
                       and (e.kind in ('interest_receivable_accrued', 'lower_debt_deposited')
                            or e.kind like 'debt_withheld_from_lower%') end) s
        where s.fen > 0
    loop
        rate := registry_check_number('debt', 'rate_max_bp', 'debt_rate_max', one.region, new.happened_on::text);
        most := ledger.stood_most(one.region, of_budget, new.fiscal_year, one.accounts, jsonb_build_object(
            'debt_move_code', '') || case one.lower_div when '' then '{}' else jsonb_build_object('rec_div_code', one.lower_div)
            end);
        continue when most is null and one.region <> new.mof_div_code; -- its books are kept elsewhere
        most := coalesce(most, 0);
        if one.fen > div(most * rate, 10000) then
            perform documents_refuse('FS104', format('%s 年%s（%s，资金 %s1）共 %s 元，超过债务 %s 元按年利率 %s%% 计的一年利息',
                    new.fiscal_year, one.word, one.region, of_budget, round(one.fen / 100, 2), round(most / 100, 2),
                    round(rate / 100, 2)),
                '利息按账上的债务计提、扣缴（财库〔2015〕192号 T18、T19、T24、T25）；利率上限由本地设定，未设定的按登记的上限（payment_checks.csv）',
                '请核对金额、资金性质与已计提额；期初的债务请先登记年初余额（fisc books make-openings）；'
                || '利率确实更高的，请设定债务利率上限（fisc registry make-settings）', array[new.doc_key]);
        end if;
    end loop;
    return null;
end $$;
drop trigger if exists debt_interest on debt_event;
create constraint trigger debt_interest after update of state on debt_event deferrable initially deferred
    for each row when (new.state = 'posted' and new.part = 'interest'
        and (new.kind in ('interest_payable_accrued', 'interest_receivable_accrued', 'lower_debt_deposited')
             or new.kind like 'debt_withheld%' and new.kind <> 'debt_withheld_charged'))
    execute function debt_guard_interest();

-- What was withheld of a lower government's debt and cleared with grants is not undone: the upper would owe it, and no
-- document says so.
create or replace function debt_guard_withheld() returns trigger language plpgsql as $$
declare
    lower_div text := coalesce(nullif(new.lower_div_code, ''), new.mof_div_code);
    short numeric;
begin
    perform pg_advisory_xact_lock(hashtextextended('transfers set off ' || new.upper_div_code || lower_div, 0));
    short := transfers_owed_unnumbered(new.upper_div_code, lower_div, new.fund_type_code);
    if short < 0 then
        perform documents_refuse('FS104', format('扣缴的本息已用补助抵拨 %s 元，不能冲销', round(-short / 100, 2)),
            '与下级往来、与上级往来按实结清（财库〔2015〕192号 T07、T24、T25）',
            '请先冲回抵拨（fisc transfers make-set-off-recoveries），再冲销扣缴', array[new.doc_key]);
    end if;
    return null;
end $$;
drop trigger if exists debt_withheld on debt_event;
create constraint trigger debt_withheld after update of state on debt_event deferrable initially deferred
    for each row when (new.state = 'reversed' and new.kind like 'debt_withheld%' and new.kind <> 'debt_withheld_charged')
    execute function debt_guard_withheld();

-- Principal is paid of what is owed, whoever posts, and lessens it in the same entry. What was withheld lessened it
-- before and is charged by a debt event, whose own guards hold; a published table tells of books kept elsewhere.
select ledger.pay_off('principal', array['treasury_2015:5041', 'treasury_2022_budget:7041'],
    array['treasury_2015:2026', 'treasury_2022_financial:2031'], '{"debt_move_code": ""}',
    array['debt_event'], array['published_table'],
    '还本超过账上的债务', '还本以账上的债务余额为限，并同时冲减（财库〔2015〕192号 T20）',
    '请核对金额与资金性质；期初的债务请先登记年初余额（fisc books make-openings）');
