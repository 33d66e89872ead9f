-- The guards: what must hold whatever code writes to the ledger.

create or replace function ledger.refuse(state text, message text, rule text, hint text, facts jsonb default '{}')
returns void language plpgsql as $$
begin
    raise exception using errcode = state, message = message, hint = hint,
        detail = (facts || jsonb_build_object('rule', rule))::text;
end $$;

-- What a guard of postings says of one entry, by its natural key.
create or replace function ledger.refuse_entry(state text, message text, natural_key text, rule text, hint text)
returns void language sql as $$
    select ledger.refuse(state, message, rule, hint,
                         jsonb_build_object('keys', jsonb_build_array(natural_key), 'refused', 1))
$$;

-- 'FISC' as a number: the class of our advisory locks, one lock per region.
-- Posting holds it shared; closing a period, sealing and settling take it alone.
create or replace function ledger.lock_class() returns integer language sql immutable parallel safe
    return 1179210563;

create or replace function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    perform ledger.refuse('FS006',
        format('已入账的数据不能修改或删除（表 ledger.%s）', tg_table_name),
        '只增不改：更正一律用红字凭证',
        '请用 kernel.reverse() 红字冲销，再记一笔正确的凭证');
    return null;
end $$;

do $$
declare name text;
begin
    foreach name in array array['region', 'account', 'coding', 'document', 'entry', 'posting', 'seal', 'adopted',
                               'adopted_document', 'coding_before', 'pool', 'pool_account', 'anchor', 'closing'] loop
        execute format('create or replace trigger append_only before update or delete or truncate on ledger.%I '
                       'for each statement execute function ledger.refuse_change()', name);
    end loop;
end $$;

-- Balances follow from postings: only the posting trigger may write them. (The condition is asked where a
-- statement begins: within the trigger of postings it is one deep.)
create or replace function ledger.only_by_posting() returns trigger language plpgsql as $$
begin
    perform ledger.refuse('FS006', format('余额表 ledger.%s 只能由记账产生', tg_table_name),
        '余额由分录推出', '请通过记账改变余额');
    return null;
end $$;

do $$
declare name text;
begin
    foreach name in array array['balance', 'balance_month', 'writing', 'pool_balance', 'pool_day'] loop
        execute format('create or replace trigger only_by_posting before insert or update or delete on ledger.%I '
                       'for each statement when (pg_trigger_depth() < 1) execute function ledger.only_by_posting()',
                       name);
        execute format('create or replace trigger never_emptied before truncate on ledger.%I '
                       'for each statement execute function ledger.refuse_change()', name);
    end loop;
end $$;

-- The years of an account stand; how long it is used may be said once, when its rules end.
create or replace function ledger.guard_account_years() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' or (new.account_id, new.first_year) <> (old.account_id, old.first_year)
       or old.last_year is not null and new.last_year is distinct from old.last_year then
        perform ledger.refuse('FS006', '科目的适用年度不能修改或删除', '会计科目按各年度适用的制度使用',
            '只能补上停用的年度；改用新制度的另设科目');
    end if;
    return new;
end $$;
create or replace trigger guard_account_years before update or delete on ledger.account_years
    for each row execute function ledger.guard_account_years();
create or replace trigger never_emptied before truncate on ledger.account_years
    for each statement execute function ledger.refuse_change();

create or replace function ledger.guard_period() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.closed_at is not null or new.closed_at is null
       or (new.region_id, new.period) <> (old.region_id, old.period) then
        perform ledger.refuse('FS006', '会计期间只能由开放变为结账', '结账后不得反结账',
            '更正请记入当前开放期间');
    end if;
    return new;
end $$;
create or replace trigger guard_period before update or delete on ledger.period
    for each row execute function ledger.guard_period();
create or replace function ledger.note_closing() returns trigger language plpgsql as $$
begin
    insert into ledger.closing (region_id, period, closed_at)
        select region_id, period, closed_at from after a where closed_at is not null
          and not exists (select from ledger.closing c where (c.region_id, c.period) = (a.region_id, a.period))
        order by region_id, period;
    return null;
end $$;
create or replace trigger note_closing after update on ledger.period referencing new table as after
    for each statement execute function ledger.note_closing();
create or replace trigger never_emptied before truncate on ledger.period
    for each statement execute function ledger.refuse_change();

-- The first period that a region opened, whether one is open, or closed: what guards of documents ask.
create or replace function ledger.first_period(of_region text) returns integer language sql stable
    return (select min(p.period) from ledger.period p join ledger.region r on r.id = p.region_id
            where r.mof_div_code = of_region);
create or replace function ledger.is_open(of_region text, number integer) returns boolean language sql stable
    return exists (select from ledger.period p join ledger.region r on r.id = p.region_id
                   where r.mof_div_code = of_region and p.period = number and p.closed_at is null);
-- No period of these regions is closed before the transaction ends: who drafts into one takes the lock of posting with
-- its region, which closing takes alone; whoever closes one then sees what it did.
create or replace function ledger.keep_open(of_regions text[]) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(ledger.lock_class(), r.id)
        from (select id from ledger.region where mof_div_code = any(of_regions) order by id) r;
end $$;

create or replace function ledger.is_closed(of_region text, number integer) returns boolean language sql stable
    return exists (select from ledger.period p join ledger.region r on r.id = p.region_id
                   where r.mof_div_code = of_region and p.period = number and p.closed_at is not null);

-- Entries: stamped by this very transaction, in an open period of a known region, which is that of the day: its month, or
-- the opening or the end of its year. What was done for a year in the year before stands in its opening or first month; what
-- came after it in December, in its end, or (where it undoes that) in its opening.
create or replace function ledger.guard_entries() returns trigger language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare bad record; bounds record;
begin
    perform pg_advisory_xact_lock_shared(ledger.lock_class(), region_id)
        from (select distinct region_id from added order by region_id) r;
    if current_setting('transaction_isolation') <> 'read committed' then
        -- an older snapshot does not see that a period was closed meanwhile
        perform ledger.refuse('FS007', '记账须用 read committed 隔离级别', '期间是否已结账以此刻为准',
            '请改用默认的事务隔离级别');
    end if;
    bounds := ledger.clock_bounds();
    select judged.* into bad from (
        select a.id, a.natural_key, case
            when a.posted_xid <> pg_current_xact_id() or a.posted_at < bounds.earliest
                 or a.posted_at > bounds.latest
                 or a.id > pg_sequence_last_value('ledger.entry_id_seq') then 1
            -- (a scalar is looked up; an `exists` planned for a large batch reads the whole table for a small one)
            when (select d.id from ledger.document d where d.id = a.document_id) is null then 2
            when a.reverses_id is not null
                 and (select e.id from ledger.entry e where e.id = a.reverses_id) is null then 3
            when not case extract(year from a.business_date)::int - a.period / 100
                when 0 then a.period % 100 in (extract(month from a.business_date)::int, 0, 13)
                when -1 then a.period % 100 in (0, 1)
                else extract(year from a.business_date)::int > a.period / 100
                     and a.period % 100 in (0, 12, 13) end then 4 end as fault,
            a.period, a.business_date
        from added a) judged where fault is not null order by fault, id limit 1;
    case bad.fault
    when 1 then perform ledger.refuse('FS007', format('凭证 %s 的凭证号或入账时刻不是数据库给的', bad.natural_key),
            '凭证号与入账时刻由数据库记录', '请不要自行填写 id、posted_at、posted_xid');
    when 2 then perform ledger.refuse('FS005', format('凭证 %s 没有注明据以记账的单据', bad.natural_key),
            '凭证须有据可查（会计法第十四条）', '请先登记单据，再按单据记账');
    when 3 then perform ledger.refuse('FS005', format('凭证 %s 所指的原凭证不存在', bad.natural_key),
            '凭证须有据可查', '红字冲销请核对原凭证号');
    when 4 then perform ledger.refuse_entry('FS003',
            format('凭证 %s 的业务日期 %s 不在会计期间 %s 里', bad.natural_key, bad.business_date, bad.period),
            bad.natural_key, '凭证记入业务发生的期间；为一年在上年所做的记入年初，年后所做的记入十二月或年终（会计法第九条、第十一条）',
            '请核对业务日期与会计期间');
    else null;
    end case;
    select a.period, r.mof_div_code, p.closed_at, p.period is null as missing, sealed.last_id >= a.first_id as late,
           settled.settled_at > a.first_at as past
        into bad
        from (select region_id, period, min(id) as first_id, min(posted_at) as first_at
              from added group by region_id, period) a
        left join ledger.region r on r.id = a.region_id
        left join ledger.period p on p.region_id = a.region_id and p.period = a.period
        left join ledger.settled on settled.region_id = a.region_id
        left join lateral (select s.last_id from ledger.seal s where s.chain = r.mof_div_code
                           order by s.seq desc limit 1) sealed on true
        where p.period is null or p.closed_at is not null or sealed.last_id >= a.first_id
           or settled.settled_at > a.first_at
        order by a.region_id, a.period limit 1;
    if found and (bad.late or bad.past) and not bad.missing and bad.closed_at is null then
        perform ledger.refuse('FS007', format(case when bad.late then '区划 %s 的凭证号落在已封存的范围里'
                else '区划 %s 的凭证的入账时刻早于已确定的时刻' end, bad.mof_div_code),
            '封存之后、已确定的时刻之前不得插入凭证', '请重新提交，凭证号与入账时刻由数据库给出');
    end if;
    if found then
        perform ledger.refuse('FS003',
            format(case when bad.missing then '区划 %s 的会计期间 %s 尚未开设'
                        else '区划 %s 的会计期间 %s 已结账' end, bad.mof_div_code, bad.period),
            case when bad.missing then '凭证记入已开设的会计期间' else '已结账的期间不再接受凭证' end,
            case when bad.missing then format('请由区划 %s 的账簿管理人员开设 %s 年的账（fisc books open-year --region %s --year %s）',
                     bad.mof_div_code, bad.period / 100, bad.mof_div_code, bad.period / 100)
                 else '请记入当前开放的期间' end,
            jsonb_build_object('region', bad.mof_div_code, 'period', bad.period));
    end if;
    return null;
end $$;
create or replace trigger guard_entries after insert on ledger.entry
    referencing new table as added for each statement execute function ledger.guard_entries();

-- Postings: whole and balanced per entry and book, then carried into the balances.
-- Rows are found by index, whatever plan an earlier and larger batch left in the session.
create or replace function ledger.guard_postings() returns trigger language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set work_mem = '256MB'
set plan_cache_mode = force_generic_plan as $$
declare
    first_id bigint;
    last_id bigint;
    bad bigint;
    rest jsonb;
    one record;
    my_slot smallint := pg_backend_pid() % 8;
    -- per account id: its book as a number (null: no such account), its side where it is a control account
    book_of smallint[];
    control_side smallint[];
    -- per account id: whether it is of income or outlay, which are of one year
    flows boolean[];
    -- accounts of pools of cash, and the pools that would fall below their floors
    pooled smallint[];
    overdrawn jsonb;
    -- accounts that are posted to outside their years
    out_of_use smallint[];
begin
    select min(entry_id), max(entry_id) into first_id, last_id from added;
    if first_id is null then
        return null;
    end if;
    for one in select a.id, dense_rank() over (order by a.book)::smallint as book_no,
                      case when a.floor_fen is not null then a.normal_side end as side,
                      a.class ~ '(income|outlay|expense)$' as is_flow,
                      exists (select from ledger.pool_account m where m.account_id = a.id) as is_pooled,
                      w.since / 100 < y.first_year or w.upto / 100 > y.last_year as is_out
               from (select account_id, min(period) as since, max(period) as upto from added group by 1) w
               join ledger.account a on a.id = w.account_id
               left join ledger.account_years y on y.account_id = a.id loop
        book_of[one.id] := one.book_no;
        control_side[one.id] := one.side;
        flows[one.id] := one.is_flow;
        if one.is_pooled then
            pooled := pooled || one.id;
        end if;
        if one.is_out then
            out_of_use := out_of_use || one.id;
        end if;
    end loop;

    -- 1. every entry sums to zero in each of its books, is whole, and is written by this transaction:
    -- its row is read in the range of ids and counts against its lines (of several, the first is named)
    select min(w.entry_id) into bad from (
        select n.entry_id from (
            select entry_id, sum(amount_fen) <> 0 or book_of[account_id] is null as is_off, count(*) as lines,
                   0 as entries, min(period) as first_period, max(period) as last_period
            from added group by entry_id, book_of[account_id]
            union all
            select id, false, -line_count, 1, period, period from ledger.entry
            where id between first_id and last_id and posted_xid = pg_current_xact_id()) n
        group by n.entry_id
        having bool_or(n.entries = 0)
           and (bool_or(n.is_off) or sum(n.lines) <> 0 or sum(n.entries) <> 1
                or min(n.first_period) <> max(n.last_period))) w;
    if bad is not null then
        perform ledger.refuse_entry(bad, (
            select jsonb_agg(to_jsonb(n)) from added n where n.entry_id = bad));
    end if;

    -- 2. no block moves before its year, and on income and outlay none after it: what is owed, held or to be released
    -- of a year is settled in later ones. What is undone keeps the blocks it had.
    select min(n.entry_id) into bad from (
        select n.entry_id, n.period / 100 as year, flows[n.account_id] as is_flow,
               (select c.fiscal_year from ledger.coding c where c.id = n.coding_id) as of_year from added n) n
        where (n.of_year > n.year or n.of_year < n.year and n.is_flow)
          and (select e.reverses_id from ledger.entry e where e.id = n.entry_id) is null;
    if bad is not null then
        perform ledger.refuse_other_year(bad, (
            select min(c.fiscal_year) from added n join ledger.coding c on c.id = n.coding_id
            where n.entry_id = bad and c.fiscal_year <> n.period / 100));
    end if;

    -- nor is anything posted to an account that the rules of its year do not have, what is undone neither
    if out_of_use is not null then
        perform ledger.refuse_account((
            select jsonb_agg(to_jsonb(n) order by n.entry_id, n.line) from added n
            where n.account_id = any (out_of_use)));
    end if;

    insert into ledger.writing as w (pid, xid, upto)
        values (pg_backend_pid(), pg_current_xact_id(), last_id)
        on conflict (pid) do update set xid = excluded.xid, upto = excluded.upto
            where w.xid <> excluded.xid or w.upto < first_id;
    if not found then
        perform ledger.refuse('FS006',
            format('不能给凭证 %s 增加分录', (select e.natural_key from ledger.entry e where e.id = first_id)),
            '一笔凭证的分录一次写完，按凭证号的次序', '请另记一笔凭证');
    end if;

    -- 3. cash, first in every set and in one order: who waits for a purse of a region holds nothing else of it yet
    if pooled is not null then
        overdrawn := ledger.change_pools((
            select jsonb_agg(w order by w.pool_id, w.region_id) from (
                select d.pool_id, d.region_id, sum(d.fen)::bigint as delta_fen, min(d.day) as first_day,
                       max(d.day) as last_day, jsonb_object_agg(d.day, d.fen) as days
                from (
                    select m.pool_id, e.region_id, e.day, sum(n.amount_fen)::bigint as fen
                    from added n
                    cross join lateral (
                        select region_id, business_date as day,
                               (select d.kind from ledger.document d where d.id = document_id) as kind
                        from ledger.entry where id = n.entry_id offset 0) e
                    cross join lateral (
                        select pool_id, (select p.told_by from ledger.pool p where p.id = pool_id) as told_by
                        from ledger.pool_account where account_id = n.account_id offset 0) m
                    where n.account_id = any (pooled) and e.kind <> all (m.told_by)
                    group by m.pool_id, e.region_id, e.day having sum(n.amount_fen) <> 0) d
                group by d.pool_id, d.region_id) w));
    end if;

    -- 4. control balances: changed in one order where they stay above their floors
    with wanted as materialized (
        select account_id, coding_id, sum(amount_fen)::bigint * control_side[account_id] as delta_fen
        from added where control_side[account_id] is not null
        group by account_id, coding_id order by account_id, coding_id),
    changed as (
        update ledger.balance b set balance_fen = b.balance_fen + w.delta_fen from wanted w
        where b.account_id = w.account_id and b.coding_id = w.coding_id
          and b.balance_fen + w.delta_fen >= b.floor_fen
        returning b.account_id, b.coding_id)
    select case when (select count(*) from wanted) <> (select count(*) from changed) then (
               select jsonb_agg(to_jsonb(w) order by w.account_id, w.coding_id) from wanted w
               where (w.account_id, w.coding_id) not in (select account_id, coding_id from changed)) end
        into rest;
    if rest is not null then
        perform ledger.change_rest(rest);
    end if;
    -- without a quota nothing is paid: that is said first
    if overdrawn is not null then
        perform ledger.refuse_overdraft(overdrawn);
    end if;

    -- 5. turnover by month, in one order
    insert into ledger.balance_month as m
            (account_id, coding_id, period, slot, debit_fen, credit_fen, posting_count)
        select account_id, coding_id, period, my_slot, sum(case when side = 1 then amount_fen else 0 end),
               -sum(case when side = -1 then amount_fen else 0 end), count(*)
        from added group by account_id, coding_id, period order by account_id, coding_id, period
        on conflict (account_id, coding_id, period, slot) do update
            set debit_fen = m.debit_fen + excluded.debit_fen,
                credit_fen = m.credit_fen + excluded.credit_fen,
                posting_count = m.posting_count + excluded.posting_count;
    return null;
end $$;

-- The cells that the ordered pass left: new ones are opened, short ones are refused.
-- A shortfall is read without waiting, as it was committed; waiting here could meet a payment
-- that waits for us.
create or replace function ledger.change_rest(rest jsonb) returns void language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare short jsonb;
begin
    -- most are new, and stay above their floor with what is written to them now
    with wanted as (
        select w.*, a.floor_fen
        from jsonb_to_recordset(rest) as w(account_id smallint, coding_id int, delta_fen bigint)
        join ledger.account a on a.id = w.account_id),
    opened as (
        insert into ledger.balance (account_id, coding_id, balance_fen, floor_fen)
            select w.account_id, w.coding_id, w.delta_fen, w.floor_fen from wanted w
            where w.delta_fen >= w.floor_fen
              and not exists (select from ledger.balance b
                              where b.account_id = w.account_id and b.coding_id = w.coding_id)
            order by w.account_id, w.coding_id
            on conflict do nothing
            returning account_id, coding_id)
    select jsonb_agg(to_jsonb(w)) into rest from wanted w
        where (w.account_id, w.coding_id) not in (select account_id, coding_id from opened);
    if rest is null then
        return;
    end if;
    insert into ledger.balance (account_id, coding_id, balance_fen, floor_fen)
        select w.account_id, w.coding_id, 0, a.floor_fen
        from jsonb_to_recordset(rest) as w(account_id smallint, coding_id int, delta_fen bigint)
        join ledger.account a on a.id = w.account_id
        where not exists (select from ledger.balance b
                          where b.account_id = w.account_id and b.coding_id = w.coding_id)
        order by w.account_id, w.coding_id
        on conflict do nothing;
    select jsonb_agg(jsonb_build_object('account_id', w.account_id, 'coding_id', w.coding_id,
               'available_fen', b.balance_fen - b.floor_fen, 'requested_fen', -w.delta_fen)) into short
        from jsonb_to_recordset(rest) as w(account_id smallint, coding_id int, delta_fen bigint)
        join ledger.balance b on b.account_id = w.account_id and b.coding_id = w.coding_id
        where b.balance_fen + w.delta_fen < b.floor_fen;
    if short is not null then
        perform ledger.refuse_shortfall(short);
    end if;
    update ledger.balance b set balance_fen = b.balance_fen + w.delta_fen
        from jsonb_to_recordset(rest) as w(account_id smallint, coding_id int, delta_fen bigint)
        where b.account_id = w.account_id and b.coding_id = w.coding_id;
end $$;

create or replace trigger guard_postings after insert on ledger.posting
    referencing new table as added for each statement execute function ledger.guard_postings();
