"""What `verify` proves of whole tables: for each a query for the first row that differs, and its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from fisc.kernel.coding import OWN
from fisc.kernel.money import format_fen


class Whole(NamedTuple):
    """A proof over one whole table: the first row that differs, by a query, and how it is put in words."""

    name: str
    table: str
    difference: bytes
    words: Callable[..., str]


def _reference_words(entry_id: int, key: str, wrong: str) -> str:
    return f"凭证 {entry_id}（{key}）的{wrong}"


#: Seals of a region, from the first that an anchor names: an entry was known after the seal before it, and no
#: later than its own. (The number of last ids below an entry's tells its place among them.)
_REFERENCE_DIFFERENCE = """
    with sealed as (
        select r.id as region_id, array_agg(s.last_id order by s.seq) as lasts,
               array_agg(s.sealed_at order by s.seq) as at
        from ledger.seal s join ledger.region r on r.mof_div_code = s.chain
        where s.seq >= (select min((a.heads -> s.chain ->> 0)::int) from ledger.anchor a)
        group by r.id),
    placed as (
        select e.*, s.at, width_bucket(e.id - 1, s.lasts) as place
        from ledger.entry e left join sealed s on s.region_id = e.region_id)
    select e.id, e.natural_key,
           case when r.id is null then '区划不存在' when p.period is null then '会计期间不存在'
                when d.id is null or a.document_id <> e.document_id then '单据不存在'
                when e.reverses_id is not null and o.id is null then '原凭证不存在'
                when e.posted_at > p.closed_at then '入账时刻在它的会计期间结账之后'
                else '入账时刻与它的封存不符' end
    from placed e
    left join ledger.region r on r.id = e.region_id
    left join ledger.period p on p.region_id = e.region_id and p.period = e.period
    left join ledger.document d on d.id = e.document_id
    left join ledger.entry o on o.id = e.reverses_id
    left join ledger.adopted a on a.id = e.id
    where r.id is null or p.period is null or d.id is null
       or (e.reverses_id is not null and o.id is null) or a.document_id <> e.document_id
       or e.posted_at > p.closed_at
       or (e.place > 0 and (e.posted_at < e.at[e.place] or e.posted_at > e.at[e.place + 1]))
    order by e.id limit 1""".encode()


def _closing_words(region: str, period: int, wrong: str) -> str:
    return f"区划 {region} 会计期间 {period} {wrong}"


#: Of every closed period: that its closing is noted as it stands, that the seal of the master data covers it,
#: and that what the region posted there is sealed.
_CLOSING_DIFFERENCE = """
    with master as (
        select coalesce((select (s.row_counts ->> 'closing')::bigint from ledger.seal s
                         where s.chain = 'master' order by s.seq desc limit 1), 0) as last_id),
    ends as (
        select r.id as region_id, coalesce(max(s.last_id), 0) as last_id
        from ledger.region r left join ledger.seal s on s.chain = r.mof_div_code group by r.id),
    bare as (
        select distinct e.region_id, e.period from ends join ledger.entry e
          on e.region_id = ends.region_id and e.id > ends.last_id)
    select r.mof_div_code, period,
           case when c.id is null then '的结账没有记录' when p.closed_at is null then '结账后又被打开'
                when p.closed_at <> c.closed_at then '的结账时刻被改动'
                when c.id > (select last_id from master) then '的结账没有封存（结账即封存，是后来不见的）'
                else '已结账，其中有没有封存的凭证' end
    from (select * from ledger.period where closed_at is not null) p
    full join ledger.closing c using (region_id, period)
    left join ledger.region r on r.id = region_id
    where p.closed_at is distinct from c.closed_at or c.id > (select last_id from master)
       or exists (select from bare b where b.region_id = c.region_id and b.period = c.period)
    order by 1, 2 limit 1""".encode()


def _rewritten_words(coding: int, item: str) -> str:
    return f"要素组合 {coding} 原项目“{item}”，现在的要素与之不符"


_REWRITTEN_DIFFERENCE = f"""
    select b.id, b.item_code from ledger.coding_before b left join ledger.coding c on c.id = b.id
    where c.id is null or exists (
        select from unnest('{{{",".join(OWN)}}}'::text[]) as own(name)
        where to_jsonb(c) ->> own.name
              <> coalesce(ledger.elements_of_item(b.element, b.item_code) ->> own.name, ''))
    order by b.id limit 1""".encode()


def _month_words(account: str, coding: int, period: int, *sums: int) -> str:
    return (
        f"科目 {account} 要素组合 {coding} 期间 {period}："
        f"发生额表为借 {sums[0]} 贷 {sums[1]} 共 {sums[2]} 笔，"
        f"分录为借 {sums[3]} 贷 {sums[4]} 共 {sums[5]} 笔"
    )


_MONTH_DIFFERENCE = b"""
    select a.book || ':' || a.code, coding_id, period, coalesce(m.debit, 0), coalesce(m.credit, 0),
           coalesce(m.n, 0), coalesce(p.debit, 0), coalesce(p.credit, 0), coalesce(p.n, 0)
    from (select account_id, coding_id, period, sum(debit_fen) as debit, sum(credit_fen) as credit,
                 sum(posting_count) as n from ledger.balance_month group by 1, 2, 3) m
    full join (select account_id, coding_id, period,
                      coalesce(sum(amount_fen) filter (where side = 1), 0) as debit,
                      coalesce(-sum(amount_fen) filter (where side = -1), 0) as credit, count(*) as n
               from ledger.posting group by 1, 2, 3) p using (account_id, coding_id, period)
    left join ledger.account a on a.id = account_id
    where (m.debit, m.credit, m.n) is distinct from (p.debit, p.credit, p.n)
    order by account_id, coding_id, period limit 1"""


def _control_words(account: str, coding: int, *sums: int | None) -> str:
    balance, floor, proper, derived = map(_yuan, sums)
    return (
        f"科目 {account} 要素组合 {coding}：余额表为{balance}（下限{floor}），"
        f"由分录推出{derived}（科目下限{proper}）"
    )


def _yuan(fen: int | None) -> str:
    return "无" if fen is None else f" {format_fen(fen)} 元"


_CONTROL_DIFFERENCE = b"""
    select a.book || ':' || a.code, coding_id, b.balance_fen, b.floor_fen, a.floor_fen,
           coalesce(d.derived, 0)
    from ledger.balance b
    full join (select m.account_id, m.coding_id,
                      sum(m.debit_fen - m.credit_fen) * min(a.normal_side) as derived
               from ledger.balance_month m
               join ledger.account a on a.id = m.account_id and a.floor_fen is not null
               group by 1, 2) d using (account_id, coding_id)
    left join ledger.account a on a.id = account_id
    where b.balance_fen is distinct from coalesce(d.derived, 0) or b.floor_fen <> a.floor_fen
       or b.balance_fen < a.floor_fen
    order by account_id, coding_id limit 1"""


def _pool_words(region: str, name: str, day: date, *sums: int | None) -> str:
    balance, floor, derived = map(_yuan, sums)
    return f"区划 {region} 的{name} {day}：余额表为{balance}（下限{floor}），由分录推出{derived}"


#: Every day that is kept of a purse or on which postings moved one: what was kept against their sums.
_POOL_DIFFERENCE = b"""
    with kept as (
        select pool_id, region_id, last_day as day, balance_fen, floor_fen from ledger.pool_balance
        union all select pool_id, region_id, day, balance_fen, floor_fen from ledger.pool_day),
    derived as (
        select pool_id, region_id, day, balance_fen, floor_fen, c.fen as closing,
               count(c.fen) over (partition by pool_id, region_id order by day) as moves
        from kept full join ledger.pool_closings() c using (pool_id, region_id, day)),
    carried as (
        select *, coalesce(max(closing) over (partition by pool_id, region_id, moves), 0) as fen
        from derived),
    proven as (
        select *, lag(fen, 1, 0::bigint) over (partition by pool_id, region_id order by day) as before_fen
        from carried)
    select r.mof_div_code, p.name, d.day, d.balance_fen, d.floor_fen, d.fen
    from proven d
    left join ledger.pool p on p.id = pool_id
    left join ledger.region r on r.id = region_id
    where d.balance_fen <> d.fen or d.balance_fen < d.floor_fen
       or (d.balance_fen is null and d.fen <> d.before_fen)
    order by region_id, pool_id, day limit 1"""


WHOLES: Final = (
    # every entry in a known region and period; its document and the entry it reverses exist
    Whole("凭证有据可查", "entry", _REFERENCE_DIFFERENCE, _reference_words),
    # every closing noted and sealed, with what was posted in the period
    Whole("结账与封存", "closing", _CLOSING_DIFFERENCE, _closing_words),
    # every coding block that an upgrade rewrote has the elements that its item meant, no others of ours
    Whole("改写的要素组合", "coding_before", _REWRITTEN_DIFFERENCE, _rewritten_words),
    # turnover by account, coding block and period equals the postings
    Whole("发生额与分录", "posting", _MONTH_DIFFERENCE, _month_words),
    # every control balance equals the turnover proven above, and none is below its floor
    Whole("控制余额", "balance", _CONTROL_DIFFERENCE, _control_words),
    # what is kept of every region's cash, day by day, is what its postings come to, and not below its floor
    Whole("资金不透支", "pool_balance", _POOL_DIFFERENCE, _pool_words),
)  # fmt: skip
