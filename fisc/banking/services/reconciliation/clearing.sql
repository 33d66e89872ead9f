-- Clearing documents against what the treasury moved and what the agent bank received, as of a day.
-- The three are grouped by lqd_cert_no; a group that agrees is closed as one.
with open_refs as (
    select distinct mof_div_code as region, ref_no from banking_line
    where mof_div_code = any(%(regions)s) and closed_on is null and role = 'clear'
      and (source = 'S' and told_on <= %(day)s or source = 'V')
), ours as (
    select d.mof_div_code as region, d.lqd_cert_no as ref_no, d.amount_fen, d.act_lqd_date
    from treasury_debits_on(%(day)s) d
    where d.mof_div_code = any(%(regions)s)
      and (exists (select from open_refs o where o.ref_no = d.lqd_cert_no and o.region = d.mof_div_code)
           or not exists (select from banking_line l where l.ref_no = d.lqd_cert_no and l.source = 'S'
                          and l.role = 'clear' and l.closed_on is not null))
), refs as (
    select region, ref_no from open_refs union select region, ref_no from ours
), theirs as (
    select r.region, r.ref_no,
           count(*) filter (where l.acct_kind = '21' and l.side = 'DBIT') as debits,
           coalesce(sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end)
               filter (where l.acct_kind = '21'), 0) as moved_fen,
           coalesce(sum(case when l.side = 'CRDT' then l.amount_fen else -l.amount_fen end)
               filter (where l.acct_kind <> '21'), 0) as received_fen,
           count(*) filter (where l.acct_kind = '21') as moves,
           count(*) filter (where l.acct_kind <> '21') as receipts,
           string_agg(l.bank_ref, ' ' order by l.booked_on, l.bank_ref) as refs, min(l.booked_on) as first_on
    from refs r join banking_line l on l.ref_no = r.ref_no and l.mof_div_code = r.region
    where l.source = 'S' and l.role = 'clear' and l.told_on <= %(day)s
    group by 1, 2
), judged as materialized (
    select r.region, r.ref_no, coalesce(o.amount_fen, 0) as amount_fen, coalesce(t.moved_fen, 0) as moved_fen,
           coalesce(t.received_fen, 0) as received_fen, coalesce(t.refs, '') as refs,
           coalesce(o.act_lqd_date, t.first_on) as since,
           case
           when o.ref_no is null and coalesce(t.moves, 0) > 0 then 'treasury_without_clearing'
           when coalesce(t.moves, 0) = 0 and coalesce(t.receipts, 0) > 0 then 'credit_without_clearing'
           when coalesce(t.moves, 0) = 0 and %(day)s - o.act_lqd_date > %(clearing_late)s
               then 'clearing_not_executed'
           when coalesce(t.moves, 0) = 0 then 'awaiting_clearing'
           when t.moved_fen <> o.amount_fen and t.debits > 1 then 'cleared_twice'
           when t.moved_fen <> o.amount_fen then 'clearing_amount_differs'
           when t.received_fen = t.moved_fen then '='
           when t.receipts = 0 and %(day)s - t.first_on <= %(clearing_late)s then 'awaiting_clearing'
           when t.receipts = 0 then 'clearing_not_credited'
           else 'clearing_amount_differs' end as kind
    from refs r left join ours o using (region, ref_no) left join theirs t using (region, ref_no)
), stamped as (
    update banking_line l set closed_on = case when j.kind = '=' then %(day)s::date end
    from judged j where l.ref_no = j.ref_no and l.mof_div_code = j.region
      and l.source = 'S' and l.role = 'clear' and l.told_on <= %(day)s and (l.closed_on is null) = (j.kind = '=')
), passed as (
    update banking_line l set closed_on = %(day)s
    where l.mof_div_code = any(%(regions)s) and l.closed_on is null
      -- what persons of a batch get is proven person by person
      and (l.source = 'S' and l.role = 'other' and l.acct_kind = '61' and l.code <> all(%(others)s)
               and l.told_on <= %(day)s
           or l.source = 'V' and l.role <> 'pay')
)
select region, kind, ref_no, refs, amount_fen, moved_fen::bigint, since,
       case when received_fen = moved_fen then ''
            when received_fen = 0 then '代理银行没有收到'
            when received_fen > 0 then '代理银行收到 ' || to_char(abs(received_fen) / 100.0, 'FM999,999,999,999,990.00') || ' 元'
            else '代理银行退回 ' || to_char(abs(received_fen) / 100.0, 'FM999,999,999,999,990.00') || ' 元' end
from judged where kind <> '=' order by 1, 2, 3
