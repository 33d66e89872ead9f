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
from threading import Lock

import psycopg
from psycopg import sql

from fisc.kernel import anchors
from fisc.kernel.chains import Seal, list_seals
from fisc.kernel.money import format_fen
from fisc.kernel.seals import MASTER, WHOLE_TABLES, entries_digest, master_digest
from fisc.kernel.whole_tables import WHOLES, Whole

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
    for proof in WHOLES:
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


def _check_whole(conn: psycopg.Connection, tell: Progress, proof: Whole) -> Check:
    tell(proof.name, 0, 1)
    (count,) = _one(conn, f"select count(*) from ledger.{proof.table}")
    row = conn.execute(proof.difference).fetchone()
    tell(proof.name, 1, 1)
    return Check(proof.name, count, proof.words(*row) if row else "")


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
