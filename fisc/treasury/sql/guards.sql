-- What holds over the treasury's documents whatever code writes them.

-- More than was paid never comes back.
create or replace function treasury_guard_refund() returns trigger language plpgsql as $$
declare keys text[];
begin
    perform 1 from treasury_payment p where p.doc_key in (select pay_app_no from added)
        order by p.doc_key for update;
    keys := array(select p.pay_app_no from (
            select r.pay_app_no, sum(r.amount_fen) as fen from treasury_refund r
            where r.pay_app_no in (select pay_app_no from added) group by r.pay_app_no) p
        left join treasury_payment t on t.doc_key = p.pay_app_no
        where t.doc_key is null or t.state not in ('paid', 'cleared') or p.fen > t.amount_fen order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '退款超过已支付额', '退款不超过已支付额（财办〔2022〕36号）',
            '请核对退款额与以前的退款', keys);
    end if;
    keys := array(select a.doc_key from added a join treasury_payment p on p.doc_key = a.pay_app_no
        where (a.kind = 'this_year') <> (extract(year from a.refunded_on) = p.fiscal_year)
            or (a.kind = 'last_year_held' and btrim(a.reason) = '') order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '退款方式与年度不符，或暂存没有原因',
            '以前年度支出收回的冲减当年支出，财政部门另有规定的除外（财库〔2015〕192号）',
            '请改退款方式，或写明暂存的原因', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_refund after insert on treasury_refund referencing new table as added
    for each statement execute function treasury_guard_refund();

-- Books of a year are kept in one way: once its payments are paid, its setting says no other.
create or replace function treasury_guard_setting() returns trigger language plpgsql as $$
declare was text := case when tg_op = 'UPDATE' then old.cash_basis || ' ' || old.has_payment_agency else ' false' end;
begin
    if (new.has_payment_agency or new.cash_basis = 'clearing')::int
            <> (was in (' true', 'clearing true', 'clearing false'))::int
        or (tg_op = 'UPDATE' and new.has_payment_agency <> old.has_payment_agency) then
        if exists (select from treasury_payment p where p.mof_div_code = new.mof_div_code
                and p.fiscal_year = new.fiscal_year and p.paid_on is not null) then
            perform documents_refuse('FS104', '已有支付，不能改变库款列支基础',
                '会计处理方法一个年度内不得随意变更（财库〔2015〕192号）', '请从下一年度起改变',
                array[new.mof_div_code || ' ' || new.fiscal_year]);
        end if;
    end if;
    return null;
end $$;
create or replace trigger guard_setting after insert or update on treasury_setting
    for each row execute function treasury_guard_setting();

-- The central-bank treasury moves no more than it was notified of.
create or replace function treasury_guard_debit() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select g.doc_key from (
            select max(doc_key) as doc_key, mof_div_code, cleared_for, fund_type_code, agent_bank_no
            from added group by 2, 3, 4, 5) g
        where (select sum(d.amount_fen) from treasury_clearing_debit d
               where (d.mof_div_code, d.cleared_for, d.fund_type_code, d.agent_bank_no)
                   = (g.mof_div_code, g.cleared_for, g.fund_type_code, g.agent_bank_no))
            > coalesce((select sum(n.amount_fen) from treasury_clearing_notice n
               where (n.mof_div_code, n.cleared_for, n.fund_type_code, n.agent_bank_no)
                   = (g.mof_div_code, g.cleared_for, g.fund_type_code, g.agent_bank_no)), 0) order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '划款超过清算额度', '划款不超过清算额度通知单（国库集中支付清算）',
            '请先下达清算额度通知单，或与国库核对划款凭证', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_debit after insert on treasury_clearing_debit referencing new table as added
    for each statement execute function treasury_guard_debit();

-- No more is settled than there was.
create or replace function treasury_guard_affair() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select s.settles_no from (
            select a.settles_no, sum(a.amount_fen) as fen from treasury_affair a
            where a.settles_no in (select settles_no from added where settles_no <> '') and a.state not in ('discarded', 'reversed')
            group by a.settles_no) s
        join treasury_affair o on o.doc_key = s.settles_no where s.fen > o.amount_fen order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '结清额超过原事项', '往来款按实结清（财库〔2015〕192号）',
            '请核对以前的结清', keys);
    end if;
    perform 1 from treasury_refund r where r.doc_key in (select refund_no from added where refund_no <> '')
        order by r.doc_key for update;
    keys := array(select s.refund_no from (
            select a.refund_no, sum(a.amount_fen) as fen, bool_or(btrim(a.basis_doc_no) = '') as is_bare
            from treasury_affair a
            where a.refund_no in (select refund_no from added where refund_no <> '') and a.state not in ('discarded', 'reversed')
            group by a.refund_no) s
        left join treasury_refund r on r.doc_key = s.refund_no and r.kind = 'last_year_held'
        where r.doc_key is null or s.is_bare or s.fen > r.amount_fen order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '处理额超过暂存的退款，或没有决定文号',
            '暂存的款项按财政部门的决定处理（财库〔2015〕192号）', '请核对退款编号、以前的处理与决定文号', keys);
    end if;
    -- Money that came from above for a purpose keeps its number when it comes back.
    keys := array(select a.doc_key from added a join treasury_refund r on r.doc_key = a.refund_no
        join treasury_payment p on p.doc_key = r.pay_app_no cross join lateral ledger.blocks(p.coding_id) c
        where a.kind in ('held_refund_recognised', 'held_refund_to_surplus') and c.sup_bgt_doc_no <> ''
            and registry_grant_is_bound(a.mof_div_code, a.fiscal_year, a.fund_type_code, c.sup_bgt_doc_no)
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '上级资金的退款列作收入或结余',
            '专款专用：上级资金退回后仍按文号用于原用途（预算法第十六条、财办〔2022〕36号）', '请冲减当年支出，资金回到该文号', keys);
    end if;
    -- An affair is no way around the papers of revenue, and a deposit brings no more than it can.
    keys := array(select a.doc_key from added a cross join lateral ledger.blocks(a.coding_id) c
        left join treasury_affair o on o.doc_key = a.settles_no
        where not registry_affair_takes(a.kind, case when a.bgt_id <> '' then c.exp_func_code else c.rev_func_code end)
                and (a.bgt_id <> '' or c.rev_func_code <> '')
            or a.kind = 'payment_carryover_accrued' and a.happened_on < make_date(a.fiscal_year, 12, 1)
            or a.interest_fen > coalesce(div(a.amount_fen::numeric * greatest(a.happened_on - o.happened_on, 0)
                * registry_check_number('cash', 'rate_max_bp', 'treasury_cash_rate_max', a.mof_div_code,
                    a.happened_on::text), 10000 * 365), 0)
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '科目、资金、利息或时间不是这类事项的',
            '国库事项按记账规则办理（财库〔2015〕192号）；税收、补助和债务收入各有单据', '请核对收入分类或指标、利息与发生日', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_affair after insert on treasury_affair referencing new table as added
    for each statement execute function treasury_guard_affair();

-- What begins an affair is one paper, one party, one day and one amount; what settles one is bound by it.
select registry_asked_once('treasury_affair', '国库事项',
    $$x.mof_div_code, x.fiscal_year, x.kind, left(x.fund_type_code, 2), x.amount_fen, x.happened_on, x.bgt_id,
      registry_plain_words(x.counterparty), ledger.paper_number(x.basis_doc_no)$$,
    $$new.settles_no = '' and new.refund_no = ''$$);

-- Affairs by which cash leaves of itself, to be settled later (`takes_out` of fisc/treasury/rules/other.py: a test compares).
create or replace function treasury_hands_out(kind text) returns boolean language sql immutable parallel safe as $$
    select kind in ('cash_placed', 'funds_advanced', 'money_lent', 'temporary_payment')
$$;

-- What an affair says that spends a quota or hands cash out is judged as the purpose of a payment, and what one says that is
-- charged to a quota with it; what brings money back may say what it was.
create or replace function treasury_guard_affair_words() returns trigger language plpgsql as $$
begin
    perform registry_judge_words((select jsonb_agg(to_jsonb(a)) from added a
        where a.bgt_id <> '' or treasury_hands_out(a.kind)), 'summary', '摘要');
    perform registry_judge_words((select jsonb_agg(to_jsonb(a) || jsonb_build_object('summary', o.summary))
        from added a join treasury_affair o on o.doc_key = a.settles_no where a.bgt_id <> ''), 'summary', '所转列事项的摘要');
    return null;
end $$;
create or replace trigger words_of_spending after insert on treasury_affair referencing new table as added
    for each statement execute function treasury_guard_affair_words();

-- An affair takes no more cash than its fund has; and none of debt, but to settle what stands or a refund that is held:
-- debt is spent by payments of its quotas. Asked when the transaction ends, or sooner where it is told to: the entries
-- of the affair stand by then. What posts cash of a region waits for its purse.
create or replace function treasury_guard_affair_cash() returns trigger language plpgsql as $$
begin
    if new.state = 'posted' and new.settles_no = '' and new.refund_no = '' then
        perform registry_spare_debt(new.id, new.doc_key);
    end if;
    perform registry_require_cash(new.id, new.doc_key);
    return null;
end $$;
drop trigger if exists affair_cash on treasury_affair;
create constraint trigger affair_cash after update of state on treasury_affair deferrable initially deferred
    for each row when (new.state in ('posted', 'reversed')) execute function treasury_guard_affair_cash();

-- What other domains hold against reversing an affair: their function is asked with its row, as `new`.
create or replace function treasury_reversals_guarded_by(of_function text) returns void language plpgsql as $$
begin
    execute format('create or replace trigger %I after update of state on treasury_affair '
        'for each row when (new.state = ''reversed'') execute function %I()', of_function, of_function);
end $$;

-- Whoever knows what banks booked guards returns (退票): its trigger function finds them in `added`.
create or replace function treasury_returns_guarded_by(guard regproc) returns void language plpgsql as $$
begin
    execute format('create or replace trigger %I after insert on treasury_return referencing new table as added '
                   'for each statement execute function %s()', guard::text, guard);
end $$;

-- A person is paid or returned only where the batch was paid.
create or replace function treasury_guard_person() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select distinct b.batch_no from rosters_batches(array(select line_id from added)) b
        left join treasury_payment p on p.doc_key = b.batch_no
        where p.state is null or p.state not in ('paid', 'cleared') order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '批次尚未支付，不能逐人发放', '先支付到代发账户，后逐人发放',
            '请先办理支付确认', keys);
    end if;
    return null;
end $$;
select rosters_guarded_by('treasury_guard_person');

-- Lines of persons are written while their payment is a draft, on its own voucher and quota.
create or replace function treasury_guard_roster_lines() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select a.batch_no from (
            select distinct batch_no, entry_id, coding_id, mof_div_code, agency_code from added) a
        left join treasury_payment p on p.doc_key = a.batch_no
        where p.id is null or p.pay_type <> 'payroll' or p.state <> 'draft' or not ledger.is_of(a.entry_id, p.id)
            or (a.coding_id, a.mof_div_code, a.agency_code) <> (p.coding_id, p.mof_div_code, p.agency_code)
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '名册明细不是这笔工资统发的草稿、凭证、指标或单位的',
            '批次的金额等于名册逐人之和，名册随支付申请编制', '请按工资表申请支付（fisc treasury payroll）', keys);
    end if;
    return null;
end $$;
select rosters_lines_guarded_by('treasury_guard_roster_lines');

-- Pay leaves its maker's hands with a roster that comes to it, or it is withdrawn.
create or replace function treasury_guard_roster() returns trigger language plpgsql as $$
begin
    if new.amount_fen is distinct from (select t.fen from rosters_totals(array[new.doc_key]) t) then
        perform documents_refuse('FS104', '工资统发没有逐人名册，或名册合计不等于支付金额',
            '批次的金额等于名册逐人之和（保工资：逐人逐项只发一次）',
            '请撤销这笔申请，按工资表重新申请支付（fisc treasury payroll）', array[new.doc_key]);
    end if;
    return null;
end $$;
create or replace trigger guard_roster after update on treasury_payment for each row
    when (old.state = 'draft' and new.state not in ('draft', 'withdrawn') and new.pay_type = 'payroll')
    execute function treasury_guard_roster();

-- A plan that was opened holds its amount of the quota: it is cut, never raised.
create or replace function treasury_guard_plan() returns trigger language plpgsql as $$
begin
    perform documents_refuse('FS104', '已开启的用款计划只能核减', '用款计划按月编制、按程序调整（预算法实施条例第五十七条）',
        '要增加的请另编用款计划', array[new.doc_key]);
    return null;
end $$;
create or replace trigger guard_plan after update on treasury_plan
    for each row when (old.state = 'opened' and new.amount_fen > old.amount_fen)
    execute function treasury_guard_plan();

-- Who is paid for what, from which quota and on which day: one application for each, or a reason. Who is paid is told
-- by the name, however it is written: codes and accounts of one name are one payee. The key changes with no step but
-- a withdrawal, so that a step leaves the index alone.
drop function if exists treasury_is_reason(text);
drop function if exists treasury_han_signs(text);
create or replace function treasury_once_key(bgt text, payee text, fen bigint, purpose text, day text)
returns uuid language sql immutable parallel safe
return md5(bgt || E'\x1f' || registry_plain_words(payee) || E'\x1f' || fen::text || E'\x1f' || day || E'\x1f'
    || registry_plain_words(purpose))::uuid;
alter table treasury_payment add column if not exists once_key uuid generated always as (
    case when state <> 'withdrawn'
        then treasury_once_key(bgt_id, payee_name, amount_fen, purpose, trail -> 0 ->> 3) end) stored;
create index if not exists treasury_payment_said on treasury_payment (once_key);
create index if not exists treasury_payment_payee on treasury_payment
    (registry_plain_words(payee_name), (trail -> 0 ->> 3), agency_code);

-- Who pays the same payee waits here for the other, and sees then what that one wrote. Of the many payees few locks
-- are made, taken in order and before any balance: who writes in several statements takes them all at first.
create or replace function treasury_wait_for(payees text[]) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(1179864144, b.bucket)  -- 'FSLP' as a number
        from (select distinct hashtext(payee) & 255 as bucket from unnest(payees) payee order by 1) b;
end $$;
create or replace function treasury_wait_for_payees(region text, names text[]) returns void language sql as $$
    select treasury_wait_for(array(select region || ' ' || registry_plain_words(name) from unnest(names) name))
$$;

-- What says the same as another has a reason; what a unit pays one payee on one day is large together. Of those that
-- come in one statement each is judged beside those before it, as if they came one after the other.
create or replace function treasury_require_paid_once(numbers text[]) returns void language plpgsql as $$
declare bad text[];
begin
    perform treasury_wait_for(array(select p.mof_div_code || ' ' || registry_plain_words(p.payee_name)
                                    from treasury_payment p where p.doc_key = any (numbers)));
    bad := array(
        select p.doc_key from treasury_payment p
        where p.doc_key = any (numbers) and not registry_is_reason(p.repeat_reason)
            and (exists (select from treasury_payment o where o.once_key = p.once_key
                         and (o.id < p.id or o.doc_key <> all (numbers)))
                or exists ( -- pay says its month in words of its own: beside a payroll the purpose does not tell
                    select from treasury_payment o
                    where registry_plain_words(o.payee_name) = registry_plain_words(p.payee_name)
                      and o.trail -> 0 ->> 3 = p.trail -> 0 ->> 3 and o.agency_code = p.agency_code
                      and (o.bgt_id, o.amount_fen, o.mof_div_code) = (p.bgt_id, p.amount_fen, p.mof_div_code)
                      and (o.pay_type = 'payroll') <> (p.pay_type = 'payroll') and o.state <> 'withdrawn'
                      and (o.id < p.id or o.doc_key <> all (numbers))))
        order by 1);
    if cardinality(bad) > 0 then
        perform documents_refuse('FS104', '同一收款人、金额、用途、指标和日期的支付申请已有一笔（与工资统发的不论用途）',
            '防止重复支付：同一收款人、金额、用途、指标和日期的只付一笔，确有两笔的须写明理由',
            '请核对是否重复录入；确为另一笔的，请填写“确认重复的理由”（--repeat-reason、repeat_reason，至少四个汉字）后再提交',
            bad);
    end if;
    bad := array(
        with mine as (
            select p.doc_key, p.mof_div_code, p.agency_code, registry_plain_words(p.payee_name) as payee,
                   p.trail -> 0 ->> 3 as day, cardinality(p.attachments) = 0 as is_bare, p.amount_fen,
                   sum(p.amount_fen) over (partition by p.mof_div_code, p.agency_code,
                       registry_plain_words(p.payee_name), p.trail -> 0 ->> 3 order by p.id) as fen
            from treasury_payment p where p.doc_key = any (numbers) and p.state <> 'withdrawn'),
        together as (
            select g.*, registry_check_number('R13', 'threshold_fen', 'attachment_threshold', g.mof_div_code, g.day)
                       as large_fen,
                   (select sum(o.amount_fen) from treasury_payment o
                    where registry_plain_words(o.payee_name) = g.payee and o.trail -> 0 ->> 3 = g.day
                        and o.agency_code = g.agency_code and o.mof_div_code = g.mof_div_code
                        and o.state <> 'withdrawn') - g.mine_fen as beside_fen
            from (select mof_div_code, agency_code, payee, day, sum(amount_fen) as mine_fen from mine
                  group by 1, 2, 3, 4 having bool_or(is_bare)) g)
        select m.doc_key from mine m join together t using (mof_div_code, agency_code, payee, day)
        where m.is_bare and t.beside_fen + m.fen >= t.large_fen order by 1);
    if cardinality(bad) > 0 then
        perform documents_refuse('FS104', '同日付给同一收款人的达到大额标准，没有附件', 'R13 大额支付须附依据（分笔的合并计算）',
            '请附上依据：附件写作“文件名:SM3摘要”（openssl dgst -sm3 文件名）；已生成凭证的请撤销后重新申请', bad);
    end if;
end $$;
create or replace function treasury_guard_paid_once() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform treasury_require_paid_once(array(select doc_key from added));
    else
        perform treasury_require_paid_once(array[new.doc_key]);
    end if;
    return null;
end $$;
create or replace trigger guard_paid_once after insert on treasury_payment referencing new table as added
    for each statement execute function treasury_guard_paid_once();
create or replace trigger guard_paid_once_anew after update on treasury_payment for each row
    when (new.state <> 'withdrawn' and (new.once_key <> old.once_key or new.repeat_reason <> old.repeat_reason
        or new.attachments <> old.attachments)) execute function treasury_guard_paid_once();

-- What is paid for is nothing that public money does not buy, or that debt does not pay.
select registry_guard_words('treasury_payment', 'purpose', '用途');

-- Rows grow with each step: room on the page keeps a step from moving the row.
alter table treasury_payment set (fillfactor = 60);
