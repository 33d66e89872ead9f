"""`verify` proves the ledger from its postings and names the first row that differs.

It trusts nothing that can be derived: every entry is added up again by book, every
balance again by account, coding block and month, every control balance against its
floor, every seal from the text of its rows, and every head of a chain from the anchors; what is closed
is sealed. One snapshot, read only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Final, NamedTuple

import psycopg
from psycopg import sql

from fisc.kernel import anchors
from fisc.kernel.chains import Seal, list_seals
from fisc.kernel.coding import OWN
from fisc.kernel.money import format_fen
from fisc.kernel.seals import MASTER, WHOLE_TABLES, entries_digest, master_digest

#: Entries added up in one query: bounds memory whatever the size of the ledger.
_CHUNK = 500_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Check:
    """One proof: what was checked, over how many rows, and the first row that differs, if any."""

    name: str
    rows: int
    difference: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.difference


class _Whole(NamedTuple):
    """A proof over one whole table: the first row that differs, by a query, and how it is put in words."""

    name: str
    table: str
    difference: bytes
    words: Callable[..., str]


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """All proofs of one run, and how many entries stand outside any seal yet."""

    checks: list[Check] = field(default_factory=list)
    unsealed_entries: int = 0

    @property
    def ok(self) -> bool:
        """Whether every proof holds."""
        return all(check.ok for check in self.checks)


def verify(conn: psycopg.Connection, progress: Progress | None = None) -> VerifyReport:
    """Prove the ledger in one snapshot. `progress(step, done, total)` is told how far it is.

    The seals are derived beside the other proofs, on a second connection that sees the same
    snapshot: `progress` may be called from another thread, but never twice at once.
    """
    tell = _one_at_a_time(progress) if progress else _tell_nobody
    with conn.transaction():
        _settle_in(conn)
        with _twin(conn) as twin, ThreadPoolExecutor(1, "seals") as beside:
            seals = beside.submit(lambda: list(_check_seals(twin, tell)))
            return VerifyReport([*_checks(conn, tell), *seals.result()], _unsealed(conn))


def verify_within(conn: psycopg.Connection) -> VerifyReport:
    """Prove the ledger as the caller's own transaction has it, before it is committed."""
    conn.execute("set local work_mem = '256MB'")
    conn.execute(WHOLE_TABLES)
    checks = [*_checks(conn, _tell_nobody), *_check_seals(conn, _tell_nobody)]
    return VerifyReport(checks, _unsealed(conn))


def _checks(conn: psycopg.Connection, tell: Progress) -> Iterator[Check]:
    """What is proven from entries and postings, one after another."""
    yield _check_entries(conn, tell)
    for proof in _WHOLES:
        yield _check_whole(conn, tell, proof)


def _tell_nobody(_step: str, _done: int, _total: int) -> None:
    pass


def _one_at_a_time(progress: Progress) -> Progress:
    turn = Lock()

    def tell(step: str, done: int, total: int) -> None:
        with turn:
            progress(step, done, total)

    return tell


def _settle_in(conn: psycopg.Connection, snapshot: str = "") -> None:
    """Make the transaction see one snapshot (that one, if given), read only, with room to add up."""
    conn.execute("set transaction isolation level repeatable read, read only")
    if snapshot:
        conn.execute(sql.SQL("set transaction snapshot {}").format(snapshot))
    conn.execute("set local work_mem = '256MB'")
    conn.execute(WHOLE_TABLES)


@contextmanager
def _twin(conn: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A second connection to the same database, in a transaction with the same snapshot."""
    row = conn.execute("select pg_export_snapshot()").fetchone()
    assert row is not None
    with (
        psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True) as twin,
        twin.transaction(),
    ):
        _settle_in(twin, row[0])
        yield twin


def _check_entries(conn: psycopg.Connection, tell: Progress) -> Check:
    """Every entry whole, of one period, zero in each book; no posting without its entry."""
    count, last = _one(conn, "select count(*), coalesce(max(id), 0) from ledger.entry")
    _, last_posting = _one(conn, "select 0, coalesce(max(entry_id), 0) from ledger.posting")
    done = 0
    for low in range(0, max(last, last_posting), _CHUNK):
        row = conn.execute(_ENTRY_DIFFERENCE, {"low": low + 1, "high": low + _CHUNK}).fetchone()
        if row:
            return Check("凭证借贷平衡", count, _entry_words(*row))
        done = min(low + _CHUNK, last)
        tell("凭证借贷平衡", done, last)
    return Check("凭证借贷平衡", count)


_ENTRY_DIFFERENCE = b"""
    with sums as (
        select p.entry_id, a.book, sum(p.amount_fen) as total, count(*) as lines,
               min(p.period) as first_period, max(p.period) as last_period
        from ledger.posting p left join ledger.account a on a.id = p.account_id
        where p.entry_id between %(low)s and %(high)s
        group by p.entry_id, a.book),
    entries as (
        select entry_id, max(abs(total)) as off, sum(lines) as lines, bool_or(book is null) as unknown,
               min(first_period) as first_period, max(last_period) as last_period
        from sums group by entry_id)
    select coalesce(e.id, s.entry_id), e.natural_key, s.off, s.lines, e.line_count
    from (select * from ledger.entry where id between %(low)s and %(high)s) e
    full join entries s on s.entry_id = e.id
    where e.id is null or s.entry_id is null or s.off <> 0 or s.unknown or s.lines <> e.line_count
       or s.first_period <> e.period or s.last_period <> e.period
    order by 1 limit 1"""


def _entry_words(
    entry_id: int, key: str | None, off: int | None, lines: int | None, expected: int | None
) -> str:
    if key is None:
        return f"分录指向不存在的凭证 {entry_id}"
    if lines != expected:
        return f"凭证 {entry_id}（{key}）应有 {expected} 行分录，实有 {lines or 0} 行"
    if off:
        return f"凭证 {entry_id}（{key}）借贷相差 {format_fen(off)} 元"
    return f"凭证 {entry_id}（{key}）的科目或会计期间与分录不符"


def _check_whole(conn: psycopg.Connection, tell: Progress, proof: _Whole) -> Check:
    tell(proof.name, 0, 1)
    (count,) = _one(conn, f"select count(*) from ledger.{proof.table}")
    row = conn.execute(proof.difference).fetchone()
    tell(proof.name, 1, 1)
    return Check(proof.name, count, proof.words(*row) if row else "")


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


_WHOLES: Final = (
    # every entry in a known region and period; its document and the entry it reverses exist
    _Whole("凭证有据可查", "entry", _REFERENCE_DIFFERENCE, _reference_words),
    # every closing noted and sealed, with what was posted in the period
    _Whole("结账与封存", "closing", _CLOSING_DIFFERENCE, _closing_words),
    # every coding block that an upgrade rewrote has the elements that its item meant, no others of ours
    _Whole("改写的要素组合", "coding_before", _REWRITTEN_DIFFERENCE, _rewritten_words),
    # turnover by account, coding block and period equals the postings
    _Whole("发生额与分录", "posting", _MONTH_DIFFERENCE, _month_words),
    # every control balance equals the turnover proven above, and none is below its floor
    _Whole("控制余额", "balance", _CONTROL_DIFFERENCE, _control_words),
    # what is kept of every region's cash, day by day, is what its postings come to, and not below its floor
    _Whole("资金不透支", "pool_balance", _POOL_DIFFERENCE, _pool_words),
)  # fmt: skip


def _check_seals(conn: psycopg.Connection, tell: Progress) -> Iterator[Check]:
    """Every chain unbroken and every digest as derived from its rows."""
    chains: dict[str, list[Seal]] = {}
    every = list_seals(conn)
    links, wrong = anchors.difference(conn, every)
    tell("总锚链", links, links)
    yield Check("总锚链", links, wrong)
    for seal in every:
        chains.setdefault(seal.chain, []).append(seal)
    for chain, seals in chains.items():
        difference = ""
        for done, seal in enumerate(seals, 1):
            before = seals[done - 2] if done > 1 else None
            difference = difference or _seal_words(conn, seal, before)
            tell(f"封存 {chain}", done, len(seals))
        yield Check(f"封存 {chain}", len(seals), difference)


def _seal_words(conn: psycopg.Connection, seal: Seal, before: Seal | None) -> str:
    """What is wrong with one seal, or ''."""
    if seal.seq != (before.seq + 1 if before else 1) or seal.previous != (before.digest if before else ""):
        return f"封存链 {seal.chain} 在第 {seal.seq} 节断开"
    if seal.chain == MASTER:
        after = before.row_counts if before else dict.fromkeys(seal.row_counts, 0)
        if master_digest(conn, after, seal.row_counts, seal.previous) != seal.digest:
            return f"封存链 {seal.chain} 第 {seal.seq} 节的基础数据被改动"
        return ""
    digest, counts = entries_digest(
        conn, seal.chain, before.last_id + 1 if before else 1, seal.last_id, seal.previous
    )
    if digest != seal.digest or counts != seal.row_counts:
        return f"封存链 {seal.chain} 第 {seal.seq} 节（凭证 {seal.first_id} 至 {seal.last_id}）的内容被改动"
    return ""


def _unsealed(conn: psycopg.Connection) -> int:
    (count,) = _one(
        conn,
        "select count(*) from ledger.entry e join ledger.region r on r.id = e.region_id "
        "left join (select chain, max(last_id) as last_id from ledger.seal group by chain) s "
        "on s.chain = r.mof_div_code where e.id > coalesce(s.last_id, 0)",
    )
    return int(count)


def _one(conn: psycopg.Connection, query: str) -> tuple[int, ...]:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row
