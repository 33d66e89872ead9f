-- What holds over statements and their lines, whatever code writes them.

-- What banks said of a region's accounts is worked on by one at a time until the transaction ends: which statement of a
-- day counts follows from all of them, so none may come unseen while that is judged.
create or replace function banking_hold(region text) returns void language plpgsql as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        -- an older snapshot does not see what came meanwhile
        perform documents_refuse('FS104', '收取、核对银行对账单须用 read committed 隔离级别',
            '哪一份对账单作数以此刻收到的为准', '请改用默认的事务隔离级别', array[region]);
    end if;
    perform pg_advisory_xact_lock(x'5245434F'::int, left(region, 6)::int);  -- 'RECO'
end $$;

create or replace function banking_guard_turn() returns trigger language plpgsql as $$
begin
    perform banking_hold(new.mof_div_code);
    return new;
end $$;
create or replace trigger banking_statement_in_turn before insert on banking_message
    for each row when (new.kind ^@ 'camt.053') execute function banking_guard_turn();

-- Whatever a statement's balances count, its lines show: looked at when the transaction ends, when all is written.
create or replace function banking_guard_statement() returns trigger language plpgsql as $$
declare lines_fen numeric; said_fen bigint := new.payments_fen + new.clearing_fen + new.other_fen;
begin
    select coalesce(sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end), 0) into lines_fen
    from banking_line l where l.message_key = new.id;
    if lines_fen <> said_fen
       or new.page_no = 1 and new.is_last_page and new.opening_fen - new.closing_fen <> said_fen then
        perform documents_refuse('FS104', format('对账单 %s 的余额变动与逐笔入账不符', new.message_id),
            '期初余额 + 发生额 = 期末余额，每一笔都有入账明细', '请退回对方更正后重发', array[new.message_id]);
    end if;
    return null;
end $$;
drop trigger if exists banking_statement_is_whole on banking_message;
create constraint trigger banking_statement_is_whole after insert on banking_message
    deferrable initially deferred for each row when (new.direction = 'in' and new.kind ^@ 'camt.053')
    execute function banking_guard_statement();

-- Of an account only the bank that keeps it speaks, and only to the region whose it is.
create or replace function banking_guard_speaker() returns trigger language plpgsql as $$
begin
    if not exists (select from banking_account a where a.acct_no = new.acct_no and a.bank_no = new.bank_no
                   and a.mof_div_code = new.mof_div_code) then
        perform documents_refuse('FS104', format('报文 %s 不是账户 %s 的开户行出具的', new.message_id, new.acct_no),
            '账户的收付只由开户行告知', '请核对报文的来源；开户行行号有变更的，请先登记', array[new.message_id]);
    end if;
    return null;
end $$;
create or replace trigger banking_message_speaker after insert on banking_message
    for each row when (new.direction = 'in' and new.acct_no <> '') execute function banking_guard_speaker();

-- What a bank tells has happened: nothing it sends is of a day after the one on which it was taken in.
create or replace function banking_guard_day() returns trigger language plpgsql as $$
begin
    perform documents_refuse('FS104',
        format('报文 %s 说的是 %s 的事，晚于收取日 %s', new.message_id, new.business_on, new.recorded_on),
        '银行报文告知已经发生的收付，日期不晚于收取日', '请核对报文的日期和收取日；银行写错日期的，请退回更正后重发',
        array[new.message_id]);
    return null;
end $$;
create or replace trigger banking_message_day after insert on banking_message
    for each row when (new.direction = 'in' and new.acct_no <> '' and new.business_on > new.recorded_on)
    execute function banking_guard_day();

-- An affair that explains a booking stands as long as that explanation does: the bank's money would be without its paper.
create or replace function banking_guard_affair() returns trigger language plpgsql as $$
declare number text;
begin
    select x.doc_key into number from banking_explanation x
    where x.disposition = 'affair' and x.basis = new.doc_key and (x.state = 'draft' or x.state = 'approved'
        and exists (select from banking_line b where b.mof_div_code = x.mof_div_code
                    and b.document_no = x.doc_key and b.source = 'S'))
    order by 1 limit 1;
    if number is not null then
        perform documents_refuse('FS104', format('国库事项 %s 说明了银行入账（说明 %s），不能冲销', new.doc_key, number),
            '账与银行逐笔核对，银行入账须有我方凭证', '银行入账属实的另行登记事项结清；说明有误、还没有核准的请先作废说明',
            array[new.doc_key]);
    end if;
    return null;
end $$;
select treasury_reversals_guarded_by('banking_guard_affair');

-- A statement is void by a document of two officers, and stays so: one alone hides no booking.
create or replace function banking_guard_void() returns trigger language plpgsql as $$
begin
    if new.state = 'voided' and not exists (
        select from banking_statement_void v where v.bank_no = new.bank_no and v.message_id = new.message_id
        and v.mof_div_code = new.mof_div_code and v.state = 'approved')
    then
        perform documents_refuse('FS104', format('对账单 %s 没有经审核的作废单，不能作废', new.message_id),
            '对账单由两名人员作废：一人编制，另一人审核', '请办理作废单（fisc banking make-statement-voids、approve-statement-voids）',
            array[new.message_id]);
    elsif new.state <> 'voided' then
        perform documents_refuse('FS104', format('对账单 %s 已经作废，不能恢复', new.message_id),
            '作废的对账单留存备查', '请收取银行当日的另一份对账单', array[new.message_id]);
    end if;
    return null;
end $$;
create or replace trigger banking_message_void_by_two after update of state on banking_message
    for each row when ((old.state = 'voided') <> (new.state = 'voided')) execute function banking_guard_void();
create or replace trigger banking_message_void_at_once after insert on banking_message
    for each row when (new.state = 'voided') execute function banking_guard_void();

-- What a statement has booked out comes back by a booking: no answer, and no hand, undoes it before.
create or replace function banking_refuse_undoing(numbers text[], called text, undone text) returns void language plpgsql as $$
declare keys text[] := array(select b.ref_no from banking_standing_debits(numbers) b order by 1);
begin
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', format('对账单已记%s %s 付出，银行没有记收回，不能作%s', called, keys[1], undone),
            '付没付以银行入账为准：已入账的款，由银行入账退回', '请与银行核实；已退回的，收取银行的退回入账', keys);
    end if;
end $$;

create or replace function banking_guard_return() returns trigger language plpgsql as $$
begin
    perform banking_refuse_undoing(array(select a.pay_cert_no from added a), '支付凭证', '退票');
    return null;
end $$;
select treasury_returns_guarded_by('banking_guard_return');

-- The same of persons: an attempt that the account has booked out is not returned before it comes back.
create or replace function banking_guard_person() returns trigger language plpgsql as $$
begin
    perform banking_refuse_undoing(array(
        select rosters_attempt(a.line_id, a.step_no) from added a where a.kind = 'returned'), '个人款项', '退回');
    return null;
end $$;
select rosters_guarded_by('banking_guard_person');

-- From when on an account must be stated is never later than was said: days without a statement would not be missed.
create or replace function banking_guard_opening() returns trigger language plpgsql as $$
begin
    perform documents_refuse('FS104', format('账户 %s 的启用日是 %s，不能改晚', new.acct_no, old.opened_on),
        '启用日以后的收付都要有对账单', '请核对启用日', array[new.acct_no::text]);
    return null;
end $$;
create or replace trigger banking_account_opening before update on banking_account
    for each row when (new.opened_on > old.opened_on or new.opened_on is null and old.opened_on is not null)
    execute function banking_guard_opening();

-- Who says why a bank is not proven says it of what stands.
create or replace function banking_guard_note() returns trigger language plpgsql as $$
begin
    if new.unproven = '{}' or new.unproven is distinct from array(
        select ltrim(u.acct_no || ' ' || u.what) from banking_unproven_at_end(array[new.mof_div_code::text], new.fiscal_year) u
        order by u.acct_no, u.what)
    then
        perform documents_refuse('FS104', case when new.unproven = '{}'
                then format('%s 各账户 %s 年末都已对平，不需要说明', new.mof_div_code, new.fiscal_year)
                else format('%s 年末对账的情况已经不是说明 %s 所写的', new.fiscal_year, new.doc_key) end,
            '年末未对平说明写明审核时各账户的情况', '请核对（fisc year-end status）；情况有变的作废后另行编制', array[new.doc_key]);
    end if;
    return null;
end $$;
create or replace trigger banking_note_says_what_stands after insert or update of state on banking_unproven_note
    for each row when (new.state <> 'discarded') execute function banking_guard_note();

-- A year is locked when the bank proves its end, or two officers said why not, of each account as it stands.
create or replace function banking_may_lock(place text, locked_year int) returns void language plpgsql as $$
declare told text;
begin
    select string_agg(ltrim(u.acct_no || ' ' || u.what), '；' order by u.acct_no) into told
    from banking_unproven_at_end(array[place], locked_year) u where u.note_no is null;
    if told is not null then
        perform documents_refuse('FS104', format('%s %s 年末银行存款未对平，不能封账：%s', place, locked_year, told),
            '年终前与国库、银行核对库款（财库〔2015〕192号第四十四条、预算法实施条例第六十七条）',
            '请收取年末的对账单并办理 12 月 31 日的对账（fisc banking reconcile）；确实对不平的由两名人员说明原因'
            || '（fisc banking make-unproven-notes、approve-unproven-notes）', array[place]);
    end if;
end $$;
select ledger.lock_when('banking_may_lock');
