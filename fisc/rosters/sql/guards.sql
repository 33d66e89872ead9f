-- What holds over person lines and their steps, whatever code writes them.

-- Lines are a sub-ledger: they add up to their vouchers and stay as they are.
select ledger.define_subledger('rosters_line');

-- A step is a fact: it is noted once and stays.
create or replace trigger append_only before update or delete or truncate on rosters_step
    for each statement execute function ledger.refuse_change();

-- A line is sent before it is paid, repaired before it is sent again, and never paid while it is paid.
create or replace function rosters_guard_step() returns trigger language plpgsql as $$
declare keys text[];
begin
    perform 1 from rosters_line l where l.id in (select line_id from added) order by l.id for update;
    keys := array(
        select coalesce(l.line_key, s.line_id::text)
        from (select o.*, lag(o.kind, 1, '') over w as before, lag(o.happened_on) over w as before_on,
                     row_number() over w as place
              from rosters_step o where o.line_id in (select line_id from added)
              window w as (partition by o.line_id order by o.step_no)) s
        left join rosters_line l on l.id = s.line_id
        where l.id is null or s.step_no <> s.place or s.happened_on < s.before_on
           or s.amount_fen <> l.amount_fen or s.mof_div_code <> l.mof_div_code
           or (s.kind = 'sent') <> (s.ref_no <> '' and s.message_id <> '' and s.acct_no <> '' and s.kind = 'sent')
           or not (s.before, s.kind) in (('', 'sent'), ('repaired', 'sent'), ('sent', 'paid'),
                ('sent', 'returned'), ('paid', 'returned'), ('returned', 'repaired'))
        order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '名册明细的步骤不合顺序、日期或金额',
            '逐人发放：先发送，后支付或退回；退回的更正后再发，任何时候只付一次', '请按名册的状态办理', keys);
    end if;
    return null;
end $$;
create or replace trigger guard_step after insert on rosters_step referencing new table as added
    for each statement execute function rosters_guard_step();

-- Whoever pays the batches guards the steps too: its trigger function finds them in `added`.
create or replace function rosters_guarded_by(guard regproc) returns void language plpgsql as $$
begin
    execute format('create or replace trigger %I after insert on rosters_step referencing new table as added '
                   'for each statement execute function %s()', guard::text, guard);
end $$;

-- And the lines, as they come.
create or replace function rosters_lines_guarded_by(guard regproc) returns void language plpgsql as $$
begin
    execute format('create or replace trigger %I after insert on rosters_line referencing new table as added '
                   'for each statement execute function %s()', guard::text, guard);
end $$;

-- Where each line stands: the state after its last step, and the account it goes to.
create or replace view rosters_state as
    select l.id, l.line_key, l.round_no, l.batch_no, l.mof_div_code, l.period, l.agency_code, l.per_code,
           l.per_name, l.item_name, l.amount_fen,
           case coalesce(s.kind, '') when '' then 'waiting' when 'repaired' then 'waiting' else s.kind end as state,
           coalesce(s.step_no, 0) as step_no, s.happened_on, coalesce(s.reason_code, '') as reason_code,
           coalesce(s.reason, '') as reason, coalesce(s.ref_no, '') as ref_no,
           coalesce((select r.acct_no from rosters_step r where r.line_id = l.id and r.kind = 'repaired'
                     order by r.step_no desc limit 1), l.payee_acct_no) as acct_no
    from rosters_line l
    left join lateral (select o.* from rosters_step o where o.line_id = l.id
                       order by o.step_no desc limit 1) s on true;
