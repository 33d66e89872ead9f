"""`post`: the one way into the ledger, atomic, set-based and idempotent.

One entry or a million go through the same statement. Entries are interned into columns
(`EntryColumns`), handed to `ledger.post` in the database, and checked there as a set:
zero in every book, open period, floors of control accounts. Either all of it stands
or none of it does.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from numbers import Integral
from typing import TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from fisc.kernel.columns import EntryColumns
from fisc.kernel.directory import Directory
from fisc.kernel.entries import CREDIT, DEBIT, Entry, Line, PostResult, period_of
from fisc.kernel.errors import LedgerError, StoreBusy, UnbalancedEntry, is_lost, lost, translate
from fisc.kernel.memory import Ids, Memory, memory_of
from fisc.kernel.money import MAX_FEN

T = TypeVar("T")


class Overtaken(Exception):
    """What was read without a lock was no longer so when it was to be written: the work is done again."""


#: What means "try again", never "not enough": serialization failure, deadlock, having been overtaken.
_RETRYABLE = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected, Overtaken)
_ATTEMPTS = 12
#: Lines of one entry at most (line_count is a smallint).
_MOST_LINES = 32_767

#: From this many lines on, a set is staged by COPY instead of travelling as arrays.
STAGE_FROM_LINES = 10_000

_TEXTS = ("e_key", "e_source_ref", "e_rule", "e_summary")
_ARGUMENTS = (
    "e_region", "e_period", "e_date", "e_document", "e_reverses", "e_lines", *_TEXTS,
    "p_entry", "p_line", "p_account", "p_coding", "p_amount", "p_side",
)  # fmt: skip


def posting_call(**instead: str) -> str:
    """`ledger.post` as SQL, for a statement that does more: takes `EntryColumns.parameters`.

    `instead` says in SQL what stands in place of an argument.
    """
    given = (instead.get(name, f"%({name}){'s' if name in _TEXTS else 'b'}") for name in _ARGUMENTS)
    return f"ledger.post({', '.join(given)})"


_POST = f"select * from {posting_call()}".encode()


def post(conn: psycopg.Connection, entries: Iterable[Entry]) -> PostResult:
    """Post `entries`, all or none; entries whose natural key stands already are left as they are.

    Inside a transaction of the caller's it joins that transaction. As the outermost
    transaction it is durable on return, and deadlocks are retried.

    Raises UnbalancedEntry, QuotaShortfall, PeriodClosed, DuplicateConflict, UnknownAccount,
    and StoreBusy when the database stays contended.
    """
    given = list(entries)
    if not given:
        return PostResult([], [])
    memory = memory_of(conn)
    if conn.info.transaction_status == TransactionStatus.IDLE:
        return _post_remembering(conn, given, memory)
    return in_transaction(conn, lambda: _post_columns(conn, columns_of(conn, given)))


def _post_remembering(conn: psycopg.Connection, entries: Sequence[Entry], memory: Memory) -> PostResult:
    """`post` as the outermost transaction, keeping the ids it looked up in `memory` once durable."""
    lines = _lines(entries)
    known = memory.ids(entries, lines)
    if known:
        return post_columns(conn, _columns(entries, lines, known))
    directory = Directory(conn, memory)
    result = in_transaction(conn, lambda: _post_columns(conn, to_columns(directory, entries)))
    directory.remember()
    return result


def columns_of(conn: psycopg.Connection, entries: Sequence[Entry]) -> EntryColumns:
    """`entries` as columns, with what the connection remembers of the ledger's ids."""
    return to_columns(Directory(conn, memory_of(conn)), entries)


def _lines(entries: Sequence[Entry]) -> list[Line]:
    return [line for entry in entries for line in entry.lines]


def post_columns(conn: psycopg.Connection, columns: EntryColumns) -> PostResult:
    """`post` for entries that are columns already: the same path, the same refusals."""
    if not len(columns):
        return PostResult([], [])
    is_single = len(columns.line_entry) < STAGE_FROM_LINES
    return in_transaction(conn, lambda: _post_columns(conn, columns), is_single=is_single)


def _post_columns(conn: psycopg.Connection, columns: EntryColumns) -> PostResult:
    with conn.cursor(binary=True) as cursor:
        if len(columns.line_entry) >= STAGE_FROM_LINES:
            _stage(cursor, columns)
            row = cursor.execute(b"select * from ledger.post_staged()").fetchone()
        else:
            row = cursor.execute(_POST, columns.parameters()).fetchone()
    assert row is not None  # a function call always answers
    return PostResult(row[0], row[1])


def _stage(cursor: psycopg.Cursor, columns: EntryColumns) -> None:
    cursor.execute(b"select ledger.stage()")
    # a quoted empty string stays an empty string: only \x01 would read as null
    with cursor.copy("copy pg_temp.given_entry from stdin (format csv, null E'\\x01')") as copy:
        copy.write(columns.staged_entries())
    with cursor.copy("copy pg_temp.given_line from stdin (format csv)") as copy:
        copy.write(columns.staged_lines())


def in_transaction(conn: psycopg.Connection, work: Callable[[], T], *, is_single: bool = False) -> T:
    """Run `work` in a transaction, in words for people, retrying what concurrency refused.

    Only the outermost transaction can be retried; inside one of the caller's this is a savepoint, and the
    caller must. Inside the work of another `in_transaction` it joins that one, without a savepoint: the
    services of one call stand or fall together. Who catches a refusal there and goes on takes a savepoint
    of his own (`conn.transaction()`). With `is_single` the work writes with one statement, which an
    autocommit connection needs no begin and commit around: two round trips less.
    """
    memory = memory_of(conn)
    if memory.is_within:
        return _in_words(work)
    outermost = conn.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)
    is_bare = is_single and outermost and conn.autocommit
    opened = partial(_outermost if outermost else _open, conn, memory, work, is_bare=is_bare)
    for attempt in range(_ATTEMPTS if outermost else 1):
        try:
            return _in_words(opened)
        except _RETRYABLE as contention:
            last = contention
            if outermost:
                time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 6)))
    raise StoreBusy(
        "数据库正忙，这批凭证没有入账",
        rule="并发冲突不等于余额不足",
        hint="请稍后重试；重复提交不会重复入账",
    ) from last


def is_alone(conn: psycopg.Connection) -> bool:
    """Whether a statement asked now would be a transaction of its own.

    Work that reads and then writes with one statement needs no other: it reads without locks, and the
    statement sees to it that what was read still holds, or says `Overtaken`.
    """
    is_idle = conn.info.transaction_status == TransactionStatus.IDLE
    return is_idle and conn.autocommit and not memory_of(conn).is_within


def _keep_plans(conn: psycopg.Connection) -> None:
    """Have the server plan a statement once for a connection, not at each call.

    What services ask is found by key, whatever the values; planning it took a third of a single call.
    """
    conn.execute("set plan_cache_mode = force_generic_plan")
    if not conn.autocommit:
        conn.commit()


def _outermost(conn: psycopg.Connection, memory: Memory, work: Callable[[], T], *, is_bare: bool) -> T:
    """Run `work` in a transaction of its own. Raises StoreLost where the connection ends.

    Until `work` has returned no commit was sent, and nothing was done; a bare statement commits itself.
    """
    may_be_done = is_bare

    def to_the_end() -> T:
        nonlocal may_be_done
        result = work()
        may_be_done = True
        return result

    try:
        if not memory.has_plans:
            _keep_plans(conn)
            memory.has_plans = True
        memory.begin()
        return _open(conn, memory, to_the_end, is_bare=is_bare)
    except psycopg.Error as error:
        if is_lost(error):
            raise lost(is_unsure=may_be_done) from error
        raise


def _open(conn: psycopg.Connection, memory: Memory, work: Callable[[], T], *, is_bare: bool) -> T:
    """Run `work` in a transaction, or a savepoint, that others may join."""
    with nullcontext() if is_bare else conn.transaction():
        memory.is_within = True
        try:
            return work()
        finally:
            memory.is_within = False


def _in_words(work: Callable[[], T]) -> T:
    """Run `work`; what the database refuses is said in words, save what may be tried again."""
    try:
        return work()
    except _RETRYABLE:
        raise
    except UnicodeEncodeError as error:
        raise LedgerError(
            f"文字里有不能保存的字符（{error.object[max(error.start - 10, 0) : error.start]!r} 之后）",
            rule="文字是可印的字符", hint="请重新录入这一栏，不要从损坏的文件中复制",
        ) from error  # fmt: skip
    except psycopg.Error as error:
        if refusal := translate(error):
            raise refusal from error
        raise


def to_columns(directory: Directory, entries: Sequence[Entry]) -> EntryColumns:
    """`entries` as columns of the ledger's ids; new coding blocks are interned."""
    lines = _lines(entries)
    return _columns(entries, lines, directory.ids(entries, lines))


def _columns(entries: Sequence[Entry], lines: Sequence[Line], ids: Ids) -> EntryColumns:
    region, account, coding = ids
    return EntryColumns(
        region=region,
        period=[period_of(e.business_date) if e.period is None else e.period for e in entries],
        business_date=[e.business_date.toordinal() for e in entries],
        document_id=[e.document_id for e in entries],
        reverses_id=[e.reverses_id or 0 for e in entries],
        line_count=[_line_count(e) for e in entries],
        natural_key=[e.natural_key for e in entries],
        source_ref=[e.source_ref for e in entries],
        rule_code=[e.rule_code for e in entries],
        summary=[e.summary for e in entries],
        line_entry=[number for number, e in enumerate(entries, 1) for _ in e.lines],
        line=[number for e in entries for number in range(1, len(e.lines) + 1)],
        account=account,
        coding=coding,
        amount_fen=[_signed(line) for line in lines],
        side=[line.side for line in lines],
    )


def _line_count(entry: Entry) -> int:
    if len(entry.lines) > _MOST_LINES:
        raise LedgerError(
            f"凭证 {entry.natural_key} 有 {len(entry.lines)} 行分录，最多 {_MOST_LINES} 行",
            rule="一批业务一张凭证，明细记入明细账",
            hint="请按要素组合汇总后记账，明细另记明细账",
        )
    if len(entry.lines) < 2:
        raise UnbalancedEntry(
            f"凭证 {entry.natural_key} 只有 {len(entry.lines)} 行分录",
            rule="有借必有贷，借贷必相等",
            hint="每笔凭证至少一借一贷",
        )
    return len(entry.lines)


def _signed(line: Line) -> int:
    """The amount with debit positive; refuses what the ledger cannot hold."""
    fen = line.amount_fen
    if type(fen) is not int or not 0 != fen <= MAX_FEN or fen < -MAX_FEN or line.side not in _SIDES:
        _require_sound(line)
    return fen * line.side


_SIDES = (DEBIT, CREDIT)


def _require_sound(line: Line) -> None:
    fen = line.amount_fen
    if fen == 0:
        raise UnbalancedEntry(
            f"科目 {line.account} 有一行金额为零", rule="分录金额不为零", hint="请去掉金额为零的行"
        )
    if line.side not in (DEBIT, CREDIT):
        raise LedgerError(
            f"科目 {line.account} 有一行的方向是 {line.side}",
            rule="一行分录非借即贷",
            hint="借方为 1，贷方为 -1",
        )
    # a fraction of a fen would be cut off on its way into the ledger
    if not isinstance(fen, Integral) or abs(int(fen)) > MAX_FEN:
        raise LedgerError(
            f"科目 {line.account} 有一行金额 {fen!r}，不是账务可记的分数",
            rule="金额是整数分",
            hint="请把金额换算成整数分，如 1.23 元为 123",
        )
