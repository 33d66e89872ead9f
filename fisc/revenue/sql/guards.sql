-- What holds over the papers of revenue whatever code writes them.

-- A paper of the treasury speaks of a day that has been.
create or replace function revenue_guard_day() returns trigger language plpgsql as $$
declare keys text[];
begin
    execute format('select array_agg(doc_key order by doc_key) from added where %I > (trail -> 0 ->> 3)::date', tg_argv[0])
        into keys;
    if keys is not null then
        perform documents_refuse('FS104', '单据所说的日期晚于登记的日期', '只登记已经发生的事（国库当日的日报）',
            '请核对日期', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_day after insert on revenue_daily_report referencing new table as added
    for each statement execute function revenue_guard_day('received_on');
create or replace trigger guard_day after insert on revenue_receipt referencing new table as added
    for each statement execute function revenue_guard_day('received_on');
create or replace trigger guard_day after insert on revenue_refund referencing new table as added
    for each statement execute function revenue_guard_day('refunded_on');
create or replace trigger guard_day after insert on revenue_relief referencing new table as added
    for each statement execute function revenue_guard_day('reported_on');

-- What a daily report takes back, it takes out of a report of the same treasury that stands: of each code and fund no
-- more than that one posted, together with what others took out of it before.
create or replace function revenue_guard_red() returns trigger language plpgsql as $$
declare keys text[];
begin
    if not exists (select from after n join before o on o.id = n.id
                   where n.state = 'posted' and o.state <> 'posted'
                     and exists (select from jsonb_array_elements(n.lines) l where (l ->> 2)::bigint < 0)) then
        return null;
    end if;
    -- who takes out of one report waits for who does so already
    perform from revenue_daily_report d
        where d.doc_key in (select corrects_no from after where corrects_no <> '') order by d.doc_key for update;
    keys := array(
        select distinct n.doc_key
        from after n join before o on o.id = n.id and n.state = 'posted' and o.state <> 'posted'
        cross join lateral jsonb_array_elements(n.lines) l
        left join revenue_daily_report d on d.doc_key = n.corrects_no and d.id <> n.id and d.state = 'posted'
             and d.mof_div_code = n.mof_div_code and d.received_on < n.received_on
        where (l ->> 2)::bigint < 0
          and coalesce((select sum((s ->> 2)::bigint) from jsonb_array_elements(d.lines) s
                        where s ->> 0 = l ->> 0 and s ->> 1 = l ->> 1), 0)
              + (select coalesce(sum((t ->> 2)::bigint), 0)
                 from revenue_daily_report x cross join lateral jsonb_array_elements(x.lines) t
                 where x.corrects_no = n.corrects_no and x.state = 'posted' and (t ->> 2)::bigint < 0
                   and t ->> 0 = l ->> 0 and t ->> 1 = l ->> 1) < 0
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '红字日报没有指明所更正的日报，或者冲减超过那份日报的入账额',
            '红字只冲减已入账的原单（会计基础工作规范第五十一条以下）；退库凭收入退还书办理',
            '请写明同一国库以前日期、已入账的日报编号；退库的请登记收入退还书', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_red after update on revenue_daily_report
    referencing old table as before new table as after for each statement execute function revenue_guard_red();
create index if not exists revenue_report_corrects on revenue_daily_report (corrects_no) where corrects_no <> '';

-- By one paper the same is refunded once, unless it is said why it is another. A paper is its number, however
-- written; one without a number is what it is called.
create or replace function revenue_paper(number text, called text) returns text language sql immutable parallel safe
return coalesce(nullif(ledger.paper_number(number), ''), called);
create or replace function revenue_guard_paper() returns trigger language plpgsql as $$
begin
    -- who refunds by one paper waits for who does so already
    perform pg_advisory_xact_lock(hashtextextended('revenue_guard_paper ' || new.mof_div_code || revenue_paper(new.source_no, new.source_name), 0));
    if not registry_is_reason(new.confirm_reason) and exists (
        select from revenue_refund o
        where o.mof_div_code = new.mof_div_code and o.refunded_on = new.refunded_on and o.full_fen = new.full_fen
          and o.rev_func_code = new.rev_func_code and o.fund_type_code = new.fund_type_code
          and revenue_paper(o.source_no, o.source_name) = revenue_paper(new.source_no, new.source_name)
          and o.state not in ('discarded', 'reversed')) then
        perform documents_refuse('FS104', '同一份退还书、同一科目、日期和金额已登记退库',
            '一份收入退还书只退一次（会计法第十四条）', '请核对是否重复登记；确为另一笔的，请写明核对情况',
            array[new.doc_key]);
    end if;
    return new;
end $$;
create or replace trigger guard_paper before insert on revenue_refund
    for each row execute function revenue_guard_paper();
create index if not exists revenue_refund_day on revenue_refund (mof_div_code, refunded_on);
