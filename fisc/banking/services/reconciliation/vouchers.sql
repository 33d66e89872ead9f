-- Vouchers of some regions against bank lines, as of a day. A voucher and all the lines of its region that
-- name it are judged as one: what agrees is closed, what does not stays open (or is opened again) under the
-- name of its difference. What is met row by row is met by index: sets are as large as the day is.
with at as materialized (
    select * from unnest(%(regions)s::text[], %(lasts)s::date[], %(covereds)s::date[]) as a(region, last, covered)
), lines as (
    select l.id, l.mof_div_code as region, l.ref_no, l.side, l.amount_fen, l.booked_on, l.bank_ref, l.party_acct_no,
           l.party_name, l.party_bank_no, l.ultimate_name, l.remark, l.acct_no, l.message_key, l.place
    from banking_line l
    where l.mof_div_code = any(%(regions)s) and l.closed_on is null and l.source = 'S' and l.role = 'pay'
      and l.told_on <= %(day)s
), refunded as (
    select distinct at.region, v.pay_cert_no
    from at join treasury_refunds_on(%(day)s) r on r.mof_div_code = at.region
    join treasury_payments_on(%(day)s) p on p.pay_app_no = r.pay_app_no
    join banking_voucher_match v on v.pay_cert_no = p.pay_cert_no
    -- what came since, and what the bank has not credited in full so far
    where r.refunded_on > at.last or v.outcome = 'paid'
), wanted as (
    select mof_div_code as region, pay_cert_no from banking_voucher_match
    where mof_div_code = any(%(regions)s) and closed_on is null and sent_on <= %(day)s
    union select region, ref_no from lines
    -- what was matched with a statement that is void since
    union select mof_div_code, ref_no from banking_line
    where mof_div_code = any(%(regions)s) and closed_on is null and source = 'V' and role = 'pay'
    union select region, pay_cert_no from refunded
), vouchers as materialized (
    select at.region, at.covered, v.pay_cert_no, v.amount_fen, v.payee_acct_no, p.payee_name, p.payee_bank_no, v.payer_accts, v.sent_on, v.outcome,
           v.settled_fen, v.closed_on, v.is_outside, r.returned_on,
           case when r.pay_cert_no is not null then 'returned' else p.state end as state,
           p.paid_on, p.agent_business_no,
           coalesce(f.fen, 0) as refunds_fen, coalesce(f.late_fen, 0) as late_refunds_fen, f.last_on as refunded_on
    from wanted w join at on at.region = w.region
    join banking_voucher_match v on v.pay_cert_no = w.pay_cert_no and v.mof_div_code = w.region
    join treasury_payments_on(%(day)s) p on p.pay_app_no = v.pay_app_no
    left join treasury_returns_on(%(day)s) r on r.pay_cert_no = v.pay_cert_no
    left join lateral (
        select sum(o.amount_fen)::bigint as fen, max(o.refunded_on) as last_on,
               sum(o.amount_fen) filter (where o.refunded_on > at.covered)::bigint as late_fen
        from treasury_refunds_on(%(day)s) o
        where o.pay_app_no = v.pay_app_no and o.mof_div_code = v.mof_div_code) f on true
    where v.sent_on <= %(day)s
), named as materialized (
    select v.*, b.debits, coalesce(b.net_fen, 0) as net_fen, coalesce(b.refs, '') as refs,
           b.first_on, b.astray_acct_no, b.astray_name, b.astray_bank_no, b.is_regular,
           case
           when v.state in ('paid', 'cleared') then case
               when b.debits = 0 and v.paid_on > v.covered then
                   case when %(day)s - v.paid_on > %(late)s then 'late' else 'awaiting_statement' end
               when b.debits = 0 and v.state = 'cleared' then 'cleared_without_payment'
               when b.debits = 0 then 'paid_not_booked'
               when b.is_astray and b.net_fen <> 0 then 'wrong_payee'
               when b.net_fen = v.amount_fen - v.refunds_fen then
                   case when v.refunds_fen > 0 then '=refunded' else '=paid' end
               when b.debits = 1 and b.debit_fen = v.amount_fen and b.net_fen > v.amount_fen - v.refunds_fen
                   then '=paid'  -- it was paid as the books say; what the bank has not credited is a matter of its own
               when b.debits > 1 and b.net_fen > v.amount_fen - v.refunds_fen then 'paid_twice'
               when b.credits > 0 and b.net_fen < v.amount_fen - v.refunds_fen then 'returned_marked_paid'
               else 'amount_differs' end
           when v.state in ('returned', 'withdrawn', 'corrected') then case
               when coalesce(b.net_fen, 0) > 0 then 'paid_after_return'
               when coalesce(b.net_fen, 0) < 0 then 'amount_differs'
               when b.debits = 0 and v.returned_on > v.covered then 'awaiting_statement'
               else '=returned' end
           else case
               when b.debits = 0 and %(day)s - v.sent_on > %(late)s then 'late'
               when b.debits = 0 then 'in_transit'
               when b.is_astray and b.net_fen <> 0 then 'wrong_payee'
               when b.debits > 1 and b.net_fen > v.amount_fen then 'paid_twice'
               when b.net_fen not in (0, v.amount_fen) then 'amount_differs'
               when %(day)s - b.first_on > %(late)s then 'late'
               else 'bank_first' end
           end as said
    from vouchers v cross join lateral (
        select count(*) filter (where l.side = 'DBIT') as debits,
               count(*) filter (where l.side = 'CRDT') as credits,
               sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end) as net_fen,
               sum(l.amount_fen) filter (where l.side = 'DBIT') as debit_fen,
               bool_or(l.side = 'DBIT' and not banking_is_payee(
                       l.party_acct_no, l.party_name, v.payee_acct_no, v.payee_name)
                   or l.side = 'DBIT' and banking_is_other(l.party_bank_no, v.payee_bank_no)) as is_astray,
               max(l.party_bank_no) filter (where l.side = 'DBIT'
                   and banking_is_other(l.party_bank_no, v.payee_bank_no)) as astray_bank_no,
               max(l.party_name) filter (where l.party_acct_no = '' and l.side = 'DBIT'
                   and not banking_may_be(l.party_name, v.payee_name)) as astray_name,
               string_agg(l.bank_ref, ' ' order by l.booked_on, l.bank_ref) as refs,
               min(l.booked_on) as first_on,
               max(l.party_acct_no) filter (where l.party_acct_no not in ('', v.payee_acct_no)) as astray_acct_no,
               -- what comes back left before, and never has more left than is paid, or is paid again
               min(l.out_fen) >= 0 and (max(l.out_fen) <= v.amount_fen
                   or bool_and(l.side = 'CRDT' or l.amount_fen = v.amount_fen)) as is_regular
        from (select l.*, sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end) over (
                  order by l.booked_on, m.place_in_day, l.message_key, l.place) as out_fen
        from banking_line l join banking_message m on m.id = l.message_key
        -- what officers explained otherwise is no booking of the voucher, nor what another account booked
        where l.ref_no = v.pay_cert_no and l.mof_div_code = v.region and l.acct_no = any(v.payer_accts)
          and l.source = 'S' and l.role = 'pay' and l.told_on <= %(day)s and l.document_no = '') l) b
), told as (
    select *, case when is_regular or said not in ('=paid', '=refunded', '=returned', 'bank_first') then said
                   when debits = 0 then said else 'lines_differ' end as kind
    from named
), judged as materialized (
    select *,
           -- of refunds: what the bank has not credited yet
           case when kind = '=paid' then net_fen - (amount_fen - refunds_fen) else 0 end::bigint as uncredited_fen,
           kind like '=%%' and closed_on is not null and settled_fen = net_fen as is_still,
           -- what agrees now: all of a voucher, or of one that agreed before what has moved since
           case when closed_on is null then amount_fen else abs(net_fen - settled_fen) end as agreed_fen
    from told
), marked as (
    update banking_voucher_match m
    set outcome = case when j.kind like '=%%' then substr(j.kind, 2) else '' end,
        settled_fen = case when j.kind like '=%%' then j.net_fen else 0 end,
        closed_on = case when j.kind like '=%%' then %(day)s::date end
    from judged j
    where m.pay_cert_no = j.pay_cert_no and (j.kind like '=%%' or j.closed_on is not null) and not j.is_still
), stamped as (
    update banking_line l set closed_on = case when j.kind like '=%%' then %(day)s::date end
    from judged j
    where l.ref_no = j.pay_cert_no and l.mof_div_code = j.region and l.acct_no = any(j.payer_accts)
      and l.source = 'S' and l.role = 'pay'
      and l.document_no = '' and l.told_on <= %(day)s and (l.closed_on is null) = (j.kind like '=%%')
), voided as (
    update banking_line l set closed_on = %(day)s
    where l.mof_div_code = any(%(regions)s) and l.closed_on is null and l.source = 'V' and l.role = 'pay'
), strangers as materialized (
    select l.* from lines l where not exists (
        select from banking_voucher_match v
        where v.pay_cert_no = l.ref_no and v.mof_div_code = l.region and l.acct_no = any(v.payer_accts)
          and v.sent_on <= %(day)s)
), reversed as (
    -- what the bank booked without a voucher and took back itself, afterwards
    update banking_line l set closed_on = %(day)s
    where l.id = any(%(taken_back)s) and l.id in (select s.id from strangers s)
    returning l.id
), sums as (
    select at.region, coalesce(sum(amount_fen) filter (where kind like '=%%'), 0)::bigint
             - coalesce(sum(amount_fen) filter (where closed_on is not null), 0)::bigint as closed_fen,
           coalesce(sum(net_fen) filter (where kind like '=%%'), 0)::bigint
             - coalesce(sum(settled_fen) filter (where closed_on is not null), 0)::bigint as settled_fen,
           coalesce(sum(change), 0)::bigint as matched_count,
           coalesce(sum(case when change > 0 then agreed_fen else amount_fen end * change), 0)::bigint
               as matched_fen
    from at left join (
        -- what this day's reconciliation closes; where the day was reconciled before, closes more of or no more
        select *, case when is_still then 0 when kind like '=%%' then (closed_on is distinct from %(day)s)::int
                       else -coalesce(closed_on = %(day)s, false)::int end as change
        from judged) j on j.region = at.region group by at.region
)
select region, kind, pay_cert_no, refs, amount_fen, net_fen,
       case when kind in ('bank_first', 'paid_twice', 'wrong_payee', 'paid_after_return') then first_on
            else sent_on end,
       case when kind = 'wrong_payee' and astray_acct_no is null and astray_name is null
                then '凭证的收款银行 ' || payee_bank_no || '，银行写的是 ' || coalesce(astray_bank_no, '')
            when kind = 'wrong_payee' and astray_acct_no is null
                then '凭证的收款人 ' || payee_name || '，银行的 ' || coalesce(astray_name, '')
            when kind = 'wrong_payee' then '凭证的收款账号 ' || payee_acct_no || '，银行的 ' || coalesce(astray_acct_no, '')
            when agent_business_no <> '' then '银行流水号 ' || agent_business_no
            else '' end
from judged where kind not like '=%%'
union all
select region, case when uncredited_fen > late_refunds_fen then 'refund_without_credit' else 'refund_awaited' end,
       pay_cert_no, refs, -uncredited_fen, 0, refunded_on, ''
from judged where uncredited_fen > 0
union all
select l.region, case when l.side = 'DBIT' then 'no_voucher' else 'credit_unexplained' end, l.ref_no, l.bank_ref, 0,
       case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end, l.booked_on,
       concat_ws('，',
           (select '记入 ' || l.acct_no || '，凭证的付款账户是 ' || array_to_string(v.payer_accts, '、')
            from banking_voucher_match v where v.pay_cert_no = l.ref_no and l.acct_no <> all(v.payer_accts)),
           case when l.party_name <> '' then '对方 ' || l.party_name end,
           case when l.ultimate_name <> '' then '实际 ' || l.ultimate_name end,
           case when l.party_acct_no <> '' then '对方账号 ' || l.party_acct_no end, nullif(l.remark, ''))
from strangers l where l.id not in (select id from reversed)
union all
select region, '=sums', '', '', closed_fen, settled_fen, null, matched_count || ' ' || matched_fen from sums
order by 1, 2, 3, 4
