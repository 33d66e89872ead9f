-- Clearing documents against what the treasury moved and what the agent bank received, as of a day.
-- The three are grouped by lqd_cert_no; a group that agrees is closed as one.
with open_refs as (
    select distinct mof_div_code as region, ref_no from banking_line
    where mof_div_code = any(%(regions)s) and closed_on is null and role = 'clear'
      and (source = 'S' and told_on <= %(day)s or source = 'V')
), ours as (
    select d.mof_div_code as region, d.lqd_cert_no as ref_no, d.amount_fen, d.act_lqd_date, d.agent_bank_no
    from treasury_debits_on(%(day)s) d
    where d.mof_div_code = any(%(regions)s)
      and (exists (select from open_refs o where o.ref_no = d.lqd_cert_no and o.region = d.mof_div_code)
           or not exists (select from banking_line l where l.ref_no = d.lqd_cert_no and l.source = 'S'
                          and l.role = 'clear' and l.closed_on is not null))
), refs as (
    select region, ref_no from open_refs union select region, ref_no from ours
), theirs as (
    select r.region, r.ref_no, o.ref_no is not null as is_ours,
           -- strangers bear one word, or none: what came and what went are not one
           case when o.ref_no is not null then 0 when r.ref_no = '' then l.id
                else (l.acct_kind = '21' and l.side = 'CRDT')::int end as part,
           count(*) filter (where l.acct_kind = '21' and l.side = 'DBIT') as debits,
           coalesce(sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end)
               filter (where l.acct_kind = '21'), 0) as moved_fen,
           coalesce(sum(case when l.side = 'CRDT' then l.amount_fen else -l.amount_fen end)
               filter (where l.acct_kind <> '21'), 0) as received_fen,
           -- what another bank received of it
           string_agg(distinct l.acct_no, '、') filter (where l.acct_kind <> '21' and not exists (
               select from banking_account a where a.acct_no = l.acct_no and o.agent_bank_no in ('', a.bank_no)
               )) as astray_acct_no,
           count(*) filter (where l.acct_kind = '21') as moves,
           coalesce(bool_and(l.amount_fen = abs(o.amount_fen)) filter (where l.acct_kind = '21'), false) as is_regular,
           count(*) filter (where l.acct_kind <> '21') as receipts,
           string_agg(l.bank_ref, ' ' order by l.booked_on, l.bank_ref) as refs, min(l.booked_on) as first_on
    from refs r left join ours o on o.ref_no = r.ref_no and o.region = r.region
    join banking_line l on l.ref_no = r.ref_no and l.mof_div_code = r.region
    where l.source = 'S' and l.role = 'clear' and l.told_on <= %(day)s
      and (o.ref_no is not null or r.ref_no <> '' or l.closed_on is null)
    group by 1, 2, 3, 4
), judged as materialized (
    select r.region, r.ref_no, coalesce(o.amount_fen, 0) as amount_fen, coalesce(t.moved_fen, 0) as moved_fen,
           coalesce(t.received_fen, 0) as received_fen, coalesce(t.refs, '') as refs, t.astray_acct_no,
           o.agent_bank_no,
           coalesce(o.act_lqd_date, t.first_on) as since,
           case
           when o.ref_no is null and coalesce(t.moves, 0) > 0 then 'treasury_without_clearing'
           when coalesce(t.moves, 0) = 0 and coalesce(t.receipts, 0) > 0 then 'credit_without_clearing'
           when coalesce(t.moves, 0) = 0 and %(day)s - o.act_lqd_date > %(clearing_late)s
               then 'clearing_not_executed'
           when coalesce(t.moves, 0) = 0 then 'awaiting_clearing'
           when t.moved_fen <> o.amount_fen and t.debits > 1 then 'cleared_twice'
           when t.moved_fen <> o.amount_fen then 'clearing_amount_differs'
           when t.astray_acct_no is not null then 'clearing_astray'
           when t.received_fen = t.moved_fen and not t.is_regular then 'clearing_amount_differs'
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
               and l.told_on <= %(day)s and exists (
                   -- from the account of the batch, to the person's, all of it or nothing
                   select from rosters_attempts(l.mof_div_code) t
                   join banking_message m on m.direction = 'out' and m.message_id = t.message_id
                     and m.acct_no = l.acct_no
                   join banking_line b on b.ref_no = t.ref_no and b.acct_no = l.acct_no and b.source = 'S'
                     and b.role = 'other' and b.told_on <= %(day)s and b.document_no = ''
                   where t.ref_no = l.ref_no group by t.ref_no, t.amount_fen, t.payee_acct_no
                   having sum(case b.side when 'DBIT' then b.amount_fen else -b.amount_fen end)
                          in (0, t.amount_fen)
                     and bool_and(b.party_acct_no in ('', t.payee_acct_no)))
           or l.source = 'V' and l.role <> 'pay')
)
select region, kind, ref_no, refs, amount_fen, moved_fen::bigint, since,
       case when kind = 'clearing_astray' then '应划往代理银行 ' || agent_bank_no || '，记入账户 ' || astray_acct_no
            when kind = 'clearing_amount_differs' and received_fen = moved_fen and moved_fen = amount_fen
                then '合计相符，逐笔与划款凭证不符'
            when received_fen = moved_fen then ''
            when received_fen = 0 then '代理银行没有收到'
            when received_fen > 0 then '代理银行收到 ' || to_char(abs(received_fen) / 100.0, 'FM999,999,999,999,990.00') || ' 元'
            else '代理银行退回 ' || to_char(abs(received_fen) / 100.0, 'FM999,999,999,999,990.00') || ' 元' end
from judged where kind <> '=' order by 1, 2, 3
