-- From which accounts payments are paid.

-- The accounts that may pay a kind of payment of a region, best first: one of its own kind, else the fiscal
-- zero-balance account, at the agent bank; 实拨 from the treasury's own account.
create or replace function banking_payer_accounts(region text, pay_type text, agent_bank_no text)
returns text[] language sql stable as $$
    select coalesce(array_agg(a.acct_no order by k.turn, a.acct_no), '{}')
    from (values ('direct', '11', 1), ('authorised', '12', 1), ('authorised', '11', 2),
                 ('payroll', '61', 1), ('payroll', '11', 2), ('entity', '21', 1)) k(pay_type, kind, turn)
    join banking_account a on a.kind = k.kind
    where k.pay_type = $2 and a.mof_div_code = $1 and (a.kind = '21' or $3 in ('', a.bank_no))
$$;

-- Whether a bank's name of a party may be ours: it says none, or the same words; a name within a longer one is
-- another name, but for what is cut off where a message's name ends (70 signs).
create or replace function banking_may_be(theirs text, ours text) returns boolean language sql immutable as $$
    select t = '' or t = o or length(theirs) >= 70 and starts_with(o, t)
    from (select registry_plain_words(theirs), registry_plain_words(ours)) n(t, o)
$$;

-- Whether who the bank says is on the other side may be our payee: by the account where it says one, else by name.
create or replace function banking_is_payee(their_acct text, their_name text, our_acct text, our_name text)
returns boolean language sql immutable as $$
    select case when their_acct <> '' then their_acct = our_acct else banking_may_be(their_name, our_name) end
$$;

-- Whether a bank that a booking names (its number, or the class of bank) is another than that of a number.
create or replace function banking_is_other(theirs text, ours text) returns boolean language sql immutable as $$
    select theirs <> '' and ours ~ '^[0-9]{12}$' and not starts_with(ours, theirs)
$$;

-- What a statement's number counts, of a number that bears the date before it, or the year, the rest.
create or replace function banking_count_in(number bigint, day date) returns bigint language sql immutable as $$
    select coalesce(nullif(substr(number::text, length(p.said) + 1), ''), '0')::bigint
    from unnest(array[to_char(day, 'YYYYMMDD'), case when number > 99999999 then to_char(day, 'YYYYMM') end,
                      to_char(day, 'YYMMDD'), case when number > 99999 then to_char(day, 'YYYY') end, ''])
         with ordinality p(said, turn)
    where number::text ^@ p.said order by p.turn limit 1
$$;

-- Of accounts, the statements that end after a day, first after it, and what of them is of the day and before: a day in
-- the middle of a statement has no balance of its own but the one that its lines come to. `is_told`: it says that it is
-- of the day.
create or replace function banking_cuts(accts text[], at_day date)
returns table (id bigint, is_told boolean, is_dated boolean, lines bigint, payments_fen bigint, clearing_fen bigint,
               other_fen bigint)
language sql stable as $$
    select m.id, coalesce(m.covers_from <= at_day, false), m.is_dated, l.*
    from unnest(accts) a(acct_no)
    cross join lateral (
        select min(n.business_on) as day from banking_message n
        where n.acct_no = a.acct_no and n.business_on > at_day and n.kind ^@ 'camt.053'
          and n.state not in ('voided', 'superseded')) next
    join banking_message m on m.acct_no = a.acct_no and m.business_on = next.day and m.kind ^@ 'camt.053'
      and m.state not in ('voided', 'superseded')
    cross join lateral (
        select count(*), coalesce(sum(s.fen) filter (where s.role = 'pay'), 0)::bigint,
               coalesce(sum(s.fen) filter (where s.role = 'clear'), 0)::bigint,
               coalesce(sum(s.fen) filter (where s.role = 'other'), 0)::bigint
        from (select l.role, case l.side when 'DBIT' then l.amount_fen else -l.amount_fen end as fen
              from banking_line l
              where l.message_key = m.id and l.source = 'S' and l.told_on <= at_day) s) l
$$;

-- Which statements a reconciliation of a region's day rests on, in short: what has come since, or is void, is another.
create or replace function banking_basis(place text, at_day date) returns text language sql stable as $$
    select md5(coalesce(string_agg(m.bank_no || ' ' || m.message_id, '\n' order by m.bank_no collate "C", m.message_id collate "C"), ''))
    from banking_account a join banking_message m using (acct_no)
    left join banking_cuts(array(select o.acct_no from banking_account o where o.mof_div_code = place), at_day) c
      on c.id = m.id
    where a.mof_div_code = place and (m.business_on <= at_day or c.is_told or c.lines > 0) and m.kind ^@ 'camt.053'
      and m.state not in ('voided', 'superseded')
$$;

-- Statements of accounts as wholes, with all their pages: whether every page is there, and they add up. Of one that ends
-- after the day (`is_cut`) as much as is of the day; where none ends on the day, the next one tells whether it follows.
drop function if exists banking_wholes(text[], date);  -- its columns grow
create function banking_wholes(accts text[], at_day date)
returns table (acct_no text, mof_div_code text, message_id text, business_on date, covers_from date, sequence_no bigint,
               place int, opening_fen bigint, closing_fen bigint, is_every boolean, is_whole boolean, lines bigint,
               starts_at timestamptz, ends_at timestamptz, is_cut boolean, is_told boolean)
language sql stable as $$
    select acct_no, mof_div_code, message_id, business_on, covers_from, sequence_no, place, opening_fen,
           case when is_cut then opening_fen - told_fen else closing_fen end,
           is_every, is_every and opening_fen - closing_fen = outflow_fen, lines, starts_at, ends_at,
           is_cut, is_told
    from (select pages.*, max(business_on) filter (where not is_cut) over w as last_on,
                 min(place) filter (where is_cut) over w as first_place
          from (select m.acct_no, min(m.mof_div_code) as mof_div_code, m.business_on, m.sequence_no,
                 min(m.place_in_day) as place, (array_agg(m.message_id order by m.page_no))[1] as message_id,
                 min(coalesce(m.covers_from, m.business_on)) as covers_from,
                 (array_agg(m.opening_fen order by m.page_no))[1] as opening_fen,
                 (array_agg(m.closing_fen order by m.page_no desc))[1] as closing_fen,
                 min(m.page_no) = 1 and count(*) = max(m.page_no) and bool_or(m.is_last_page) as is_every,
                 sum(m.payments_fen + m.clearing_fen + m.other_fen) as outflow_fen,
                 sum(c.payments_fen + c.clearing_fen + c.other_fen) as told_fen,
                 sum(coalesce(c.lines, m.line_count))::bigint as lines,
                 min(m.starts_at) as starts_at, max(m.ends_at) as ends_at,
                 m.business_on > at_day as is_cut, bool_or(coalesce(c.is_told, true)) as is_told
          from banking_message m left join banking_cuts(accts, at_day) c on c.id = m.id
          where m.acct_no = any(accts) and (m.business_on <= at_day or c.id is not null) and m.kind ^@ 'camt.053'
            and m.state not in ('voided', 'superseded')
          group by m.acct_no, m.business_on, m.sequence_no,
                   case when m.page_no = 1 and m.is_last_page then m.id::text else 'p' || m.statement_no end) pages
          window w as (partition by acct_no)) told
    where not is_cut or is_told or lines > 0 or last_on < at_day and place = first_place
$$;

-- They in their order, each with the one before it, and whether one is missing between: `is_torn` where a page has not
-- come, or balances do not follow; `is_again` where it tells what the one before told (from the balance at which that
-- one began and ended, of the same time: what its hours or its number tell apart are parts of a day); `is_skip` where
-- the bank's own numbers leave one out. Numbers may begin again with 1 on any day, and may stand still through a month.
-- Where numbers do not follow by one, days that lie between may have had a statement (`is_apart`).
drop function if exists banking_chain(text[], date);  -- its columns grow
create function banking_chain(accts text[], at_day date)
returns table (acct_no text, mof_div_code text, message_id text, business_on date, covers_from date, opening_fen bigint,
               closing_fen bigint, is_every boolean, is_whole boolean, before_id text, before_on date, before_fen bigint,
               number bigint, before_no bigint, is_torn boolean, is_again boolean, is_skip boolean, is_gap boolean,
               is_apart boolean, is_cut boolean, is_told boolean)
language sql stable as $$
    with told as (
        select w.*, c.n, w.sequence_no > 0 and c.n = min(c.n) over m and c.n = max(c.n) over m as is_still
        from banking_wholes(accts, at_day) w
        cross join lateral (select banking_count_in(w.sequence_no, w.business_on) as n) c
        window m as (partition by w.acct_no, date_trunc('month', w.business_on))
    ), linked as (
        select t.*, lag(t.message_id) over w as before_id, lag(t.business_on) over w as before_on,
               lag(t.closing_fen) over w as before_fen, lag(t.sequence_no) over w as before_no, lag(t.n) over w as p,
               lag(t.is_still) over w as was_still, lag(t.lines) over w as before_lines,
               lag(t.opening_fen) over w as before_opening_fen, lag(t.starts_at) over w as before_starts_at,
               lag(t.ends_at) over w as before_ends_at
        from told t window w as (partition by t.acct_no order by t.business_on, t.place, t.message_id)
    ), judged as (
        select l.*, coalesce(not l.is_whole or l.before_fen <> l.opening_fen, false) as is_torn,
               coalesce(l.before_lines > 0 and l.before_opening_fen = l.opening_fen and l.before_fen = l.opening_fen
                        and case when l.starts_at is not null and l.before_ends_at is not null
                                 then l.starts_at < l.before_ends_at and l.before_starts_at < l.ends_at
                                 else l.covers_from <= l.before_on
                                      and not (l.sequence_no > 0 and l.before_no not in (0, l.sequence_no)) end,
                        false) as is_again,
               coalesce(l.n > 0 and l.p > 0 and l.n <> l.p + 1
                        and case when l.business_on = l.before_on then l.n <> l.p
                                 else l.n > 1 and not (l.n = l.p and l.is_still and l.was_still) end, false) as is_skip
        from linked l
    )
    select j.acct_no, j.mof_div_code, j.message_id, j.business_on, j.covers_from, j.opening_fen, j.closing_fen,
           j.is_every, j.is_whole, j.before_id, j.before_on, j.before_fen, j.sequence_no, j.before_no,
           j.is_torn, j.is_again, j.is_skip, j.is_torn or j.is_again or j.is_skip,
           j.covers_from - j.before_on > 1 and not (j.n > 0 and j.n = j.p + 1), j.is_cut, j.is_told
    from judged j
$$;

-- Of accounts, where up to a day statements do not follow one another. What pages or balances show stays so until the
-- statements come; of what only numbers or likeness show, two officers may find at the bank that nothing is missing.
create or replace function banking_gaps(accts text[], at_day date)
returns table (acct_no text, message_id text, business_on date, is_every boolean) language sql stable as $$
    select c.acct_no, c.message_id, c.business_on, c.is_every from banking_chain(accts, at_day) c
    where c.is_gap and (c.is_torn or not exists (
        select from documents_findings_of('message.statement_gap', array[c.mof_div_code]) f
        where f.state = 'closed' and f.ended_by = 'close'
          and f.about || ' ' ^@ concat_ws(' ', c.message_id, c.acct_no, c.before_id, '')))
    order by c.acct_no, c.business_on, c.message_id
$$;

-- Of accounts, what leaves a day without a balance, in words: the last statement ends within the day, and no next one
-- begins as it ended; or the day is in the middle of a statement that does not say when it booked.
create or replace function banking_unstated(accts text[], at_day date)
returns table (acct_no text, message_id text, what text) language sql stable as $$
    select l.acct_no, l.message_id, format('%s 的对账单 %s 只到日中，没有当日的期末余额', l.business_on, l.message_id)
    from unnest(accts) a(acct_no)
    cross join lateral (
        select m.* from banking_message m
        where m.acct_no = a.acct_no and m.business_on <= at_day and m.kind ^@ 'camt.053'
          and m.state not in ('voided', 'superseded')
        order by m.business_on desc, m.place_in_day desc, m.page_no desc limit 1) l
    where not l.is_day_end and l.closing_fen is distinct from (
        select n.opening_fen from banking_message n
        where n.acct_no = l.acct_no and n.business_on > l.business_on and n.kind ^@ 'camt.053'
          and n.state not in ('voided', 'superseded')
        order by n.business_on, n.place_in_day, n.page_no limit 1)
    union all
    select m.acct_no, m.message_id, format('%s 至 %s 的对账单 %s 没有写明每笔的入账日，没有 %s 的余额',
                                           m.covers_from, m.business_on, m.message_id, at_day)
    from banking_cuts(accts, at_day) c join banking_message m on m.id = c.id
    where c.is_told and not c.is_dated
$$;

-- Of regions, what at a day is not proven against the bank, account by account in words: never stated, stated to an
-- earlier day, or not reconciled without a difference. '' as the account: none is registered.
create or replace function banking_unproven(places text[], at_day date)
returns table (mof_div_code text, acct_no text, what text) language sql stable as $$
    with report as (
        select distinct on (r.mof_div_code) r.mof_div_code, r.fault_count, r.is_proven,
               r.basis = banking_basis(r.mof_div_code, at_day) as is_current
        from banking_reconciliation r
        where r.mof_div_code = any(places) and r.day = at_day order by r.mof_div_code, r.edition desc
    ), account as (
        select a.mof_div_code, a.acct_no, (
            select max(m.business_on) from banking_message m where m.acct_no = a.acct_no
                and m.mof_div_code = a.mof_div_code and m.kind ^@ 'camt.053' and m.state not in ('voided', 'superseded')
        ) as last_on
        from banking_account a
        where a.mof_div_code = any(places) and (a.opened_on is null or a.opened_on <= at_day)
    ), gap as (
        select distinct on (g.acct_no) g.acct_no, case
            when g.is_every then format('%s 的对账单 %s 与前一份之间的未到或有误', g.business_on, g.message_id)
            else format('%s 的对账单 %s 有页未到', g.business_on, g.message_id) end as what
        from account a cross join lateral banking_gaps(array[a.acct_no], at_day) g
        order by g.acct_no, g.business_on, g.message_id
    ), void as (
        -- days of which a statement is void, and no other has come
        select f.mof_div_code, split_part(f.about, ' ', 1) as acct_no, min(split_part(f.about, ' ', 2)) as day
        from documents_findings_of('message.statement_voided', places) f
        where f.state <> 'closed'
          and split_part(f.about, ' ', 2) <= at_day::text
        group by 1, 2
    ), unstated as (
        select a.acct_no, min(u.what) as what
        from account a cross join lateral banking_unstated(array[a.acct_no], at_day) u group by 1
    ), told as (
        select a.mof_div_code, a.acct_no, case
            when a.last_on is null then '从未收到对账单'
            when a.last_on < at_day then format('对账单只到 %s', a.last_on)
            when g.acct_no is not null then g.what
            when v.acct_no is not null then format('%s 的对账单已作废，没有当日的另一份', v.day)
            when u.acct_no is not null then u.what
            when r.mof_div_code is null then format('%s 没有对账', at_day)
            when r.fault_count > 0 then format('%s 对账有差错 %s 项', at_day, r.fault_count)
            when not r.is_proven then format('%s 对账不平', at_day)
            when not r.is_current then format('%s 对账之后，当日或以前的对账单又有收到、更正或作废，须重新对账', at_day)
            end as what
        from account a left join report r on r.mof_div_code = a.mof_div_code
        left join gap g on g.acct_no = a.acct_no
        left join unstated u on u.acct_no = a.acct_no
        left join void v on v.acct_no = a.acct_no and v.mof_div_code = a.mof_div_code
    )
    select t.mof_div_code::text, t.acct_no, t.what from told t where t.what is not null
    union all
    select place, '', '没有登记国库账户，库款无从与银行核对' from unnest(places) place
    where not exists (select from account a where a.mof_div_code = place)
    order by 1, 2
$$;

-- Of regions, what is not proven at the end of a year, and the approved document that says why, as it stands.
create or replace function banking_unproven_at_end(places text[], in_year int)
returns table (mof_div_code text, acct_no text, what text, note_no text) language sql stable as $$
    select u.*, (select min(n.doc_key) from banking_unproven_note n where n.mof_div_code = u.mof_div_code
                 and n.fiscal_year = in_year and n.state = 'approved' and ltrim(u.acct_no || ' ' || u.what) = any(n.unproven))
    from banking_unproven(places, make_date(in_year, 12, 31)) u order by 1, 2
$$;

-- Of numbers of vouchers (or of persons' pay) those that the bank's statements have booked out and nothing has
-- brought back since: its references. A credit counts once, whether a notice or a statement tells it.
create or replace function banking_standing_debits(numbers text[])
returns table (ref_no text, refs text) language sql stable as $$
    select l.ref_no, string_agg(l.bank_ref, ' ' order by l.booked_on, l.id) filter (where l.side = 'DBIT')
    from banking_line l left join banking_voucher_match v on v.pay_cert_no = l.ref_no
    where l.ref_no = any(numbers) and l.document_no = '' and (v.pay_cert_no is null or l.acct_no = any(v.payer_accts))
      and (l.role = 'pay' or l.acct_kind = '61' and l.code not in ('FEE', 'INT', 'DIFF'))
      and l.source in ('S', case l.side when 'CRDT' then 'N' end)
    group by l.ref_no
    having coalesce(sum(l.amount_fen) filter (where l.side = 'DBIT'), 0) > greatest(
        coalesce(sum(l.amount_fen) filter (where l.side = 'CRDT' and l.source = 'S'), 0),
        coalesce(sum(l.amount_fen) filter (where l.side = 'CRDT' and l.source = 'N'), 0))
$$;
