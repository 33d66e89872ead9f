"""The teller: many single requests, few durable commits.

Requests wait in a queue; a worker takes all that wait (up to a group), posts them as one
set in one durable transaction, and answers each. A request that cannot be met is refused
alone: its neighbours stand. Nobody is answered before the commit is on disk.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

from fisc.kernel.directory import Directory
from fisc.kernel.entries import Entry
from fisc.kernel.errors import FiscError, LedgerError, QuotaShortfall, StoreBusy
from fisc.kernel.memory import Memory
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction, post_remembering, post_within
from fisc.kernel.quotas import locked

Answer = int | FiscError


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    answer: asyncio.Future[int]


class Teller:
    """Posts single entries in groups. Use as `async with Teller(connect) as teller`.

    `connect` opens an autocommit connection; `workers` connections are kept, each posting
    one group of at most `group_size` entries at a time.
    """

    def __init__(
        self, connect: Callable[[], psycopg.Connection], workers: int = 2, group_size: int = 500
    ) -> None:
        self._connect = connect
        self._workers = workers
        self._group_size = group_size
        self._queue: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._connections: list[psycopg.Connection] = []
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="teller")
        self._memory = Memory()
        self._closing = False

    async def __aenter__(self) -> Teller:
        loop = asyncio.get_running_loop()
        for _ in range(self._workers):
            conn = await loop.run_in_executor(self._pool, self._connect)
            self._connections.append(conn)
            self._tasks.append(asyncio.create_task(self._serve(conn)))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._tasks)
        for conn in self._connections:
            conn.close()
        self._pool.shutdown()

    def post(self, entry: Entry) -> asyncio.Future[int]:
        """A future of the entry's id, done when it is durable; it raises what refused the entry.

        Posting the same natural key again answers with the first one's id.
        """
        if self._closing:
            raise StoreBusy("记账服务正在停止，未受理", hint="请稍后重新提交；重复提交不会重复入账")
        waiting = _Waiting(entry, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wake.set()
        return waiting.answer

    async def _serve(self, conn: psycopg.Connection) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not self._queue:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
            group = self._queue[: self._group_size]
            del self._queue[: self._group_size]
            try:
                answers = await loop.run_in_executor(
                    self._pool, post_group, conn, [w.entry for w in group], self._memory
                )
            except Exception as error:
                # the connection broke: whoever waits must hear it, and may submit again
                answers = [_broken(error)] * len(group)
            _answer(group, answers)
            if conn.closed:
                conn = await loop.run_in_executor(self._pool, self._connect_again, conn)

    def _connect_again(self, broken: psycopg.Connection) -> psycopg.Connection:
        """A new connection in place of `broken`; while there is none, the next group hears it."""
        try:
            fresh = self._connect()
        except psycopg.Error:
            return broken
        self._connections[self._connections.index(broken)] = fresh
        return fresh


def _broken(error: Exception) -> FiscError:
    return StoreBusy(
        f"数据库连接中断（{type(error).__name__}），不能确定是否已入账",
        rule="同一业务编号只入账一次",
        hint="请用同一业务编号重新提交；已入账的会返回原凭证",
    )


def _answer(group: Sequence[_Waiting], answers: Sequence[Answer]) -> None:
    for waiting, answer in zip(group, answers, strict=True):
        if waiting.answer.done():  # the caller gave up; the entry stands or not all the same
            continue
        if isinstance(answer, FiscError):
            waiting.answer.set_exception(answer)
        else:
            waiting.answer.set_result(answer)


def post_group(
    conn: psycopg.Connection, entries: Sequence[Entry], memory: Memory | None = None
) -> list[Answer]:
    """Post entries of independent requests: an id or a refusal for each, in order.

    One durable transaction in the usual case. Where control balances fall short, requests
    are granted in the order they came, as far as the balance goes. Any other refusal is
    narrowed down by halves to the entries it concerns.
    """
    memory = memory or Memory()
    try:
        return _granted(conn, entries, memory)
    except FiscError as other:
        refusal = other
    except _MALFORMED as error:
        refusal = _not_an_entry(error)
    return _by_halves(conn, entries, memory, refusal)


def _granted(conn: psycopg.Connection, entries: Sequence[Entry], memory: Memory) -> list[Answer]:
    """Ids, and shortfalls where balances fall short; raises any other refusal."""
    if len(entries) == 1 or not memory.fell_short:
        try:
            return list(post_remembering(conn, entries, memory).entry_ids)
        except QuotaShortfall:
            if len(entries) == 1:
                raise
    return _in_order(conn, entries, memory)


#: What a request raises whose fields are not of the types an Entry has.
_MALFORMED = (TypeError, ValueError, AttributeError, OverflowError)


def _not_an_entry(error: Exception) -> LedgerError:
    return LedgerError(
        f"凭证的内容不能识别（{error}）", rule="凭证各栏有规定的类型", hint="请核对日期、金额、科目与要素"
    )


def _by_halves(
    conn: psycopg.Connection, entries: Sequence[Entry], memory: Memory, refusal: FiscError
) -> list[Answer]:
    if len(entries) == 1:
        return [refusal]
    middle = len(entries) // 2
    return post_group(conn, entries[:middle], memory) + post_group(conn, entries[middle:], memory)


Cell = tuple[int, int]


def _in_order(conn: psycopg.Connection, entries: Sequence[Entry], memory: Memory) -> list[Answer]:
    """`_post_in_order` in a transaction. While requests fall short, the next group begins with it."""
    directory = Directory(conn, memory)
    answers = in_transaction(conn, lambda: _post_in_order(conn, entries, directory))
    directory.remember()
    memory.fell_short = any(isinstance(answer, QuotaShortfall) for answer in answers)
    return answers


def _post_in_order(conn: psycopg.Connection, entries: Sequence[Entry], directory: Directory) -> list[Answer]:
    """Grant `entries` one after the other while their control balances are held; post those granted.

    A natural key that stands already, or came before in this set, asks for nothing more.
    """
    changes = _changes(conn, entries, directory)
    left = _hold(conn, sorted({cell for wanted in changes for cell in wanted}))
    settled = _standing_keys(conn, entries)
    answers: dict[int, QuotaShortfall] = {}
    for position, (entry, wanted) in enumerate(zip(entries, changes, strict=True)):
        if entry.natural_key in settled or not _is_even(entry):
            continue  # what is not even is given to the ledger, which says so: it is no shortfall
        if any(change < 0 and left[cell] + change < 0 for cell, change in wanted.items()):
            answers[position] = _shortfall(entry, left, wanted)
            continue
        settled.add(entry.natural_key)
        for cell, change in wanted.items():
            left[cell] += change
    granted = [entry for position, entry in enumerate(entries) if position not in answers]
    ids = iter(post_within(conn, granted, directory).entry_ids if granted else ())
    return [answers[position] if position in answers else next(ids) for position in range(len(entries))]


def _is_even(entry: Entry) -> bool:
    """Whether debits and credits are equal in each book."""
    books: Counter[str] = Counter()
    for line in entry.lines:
        books[line.account.partition(":")[0]] += line.side * line.amount_fen
    return not any(books.values())


def _changes(
    conn: psycopg.Connection, entries: Sequence[Entry], directory: Directory
) -> list[dict[Cell, int]]:
    """Per entry, what it changes on control accounts, in the account's normal side."""
    _, accounts, codings = directory.ids(entries, [line for entry in entries for line in entry.lines])
    cells = zip(accounts, codings, strict=True)
    control: dict[int, int] = dict(
        conn.execute("select id, normal_side from ledger.account where floor_fen is not null").fetchall()
    )
    changes: list[dict[Cell, int]] = []
    for entry in entries:
        changed: dict[Cell, int] = {}
        for line in entry.lines:
            cell = next(cells)
            if cell[0] in control:
                changed[cell] = changed.get(cell, 0) + line.side * line.amount_fen * control[cell[0]]
        changes.append(changed)
    return changes


def _hold(conn: psycopg.Connection, cells: Sequence[Cell]) -> dict[Cell, int]:
    """Lock the balances of `cells`; fen available on each, from its floor up."""
    floors: dict[int, int] = dict(
        conn.execute("select id, floor_fen from ledger.account where floor_fen is not null").fetchall()
    )
    left = locked(conn, cells)
    return {cell: left.get(cell, -floors[cell[0]]) for cell in cells}


def _standing_keys(conn: psycopg.Connection, entries: Sequence[Entry]) -> set[str]:
    rows = conn.execute(
        "select natural_key from ledger.entry where natural_key = any(%s)", [[e.natural_key for e in entries]]
    ).fetchall()
    return {row[0] for row in rows}


def _shortfall(entry: Entry, left: dict[Cell, int], wanted: dict[Cell, int]) -> QuotaShortfall:
    cell, change = min(wanted.items(), key=lambda item: left[item[0]] + item[1])
    return QuotaShortfall(
        f"凭证 {entry.natural_key}：余额不足，"
        f"可用 {format_fen(left[cell])} 元，需要 {format_fen(-change)} 元",
        rule="先有预算、再有指标、后有支出；指标余额控制支付（财办〔2022〕36号）",
        hint="请先追加或调剂指标，或减少金额",
        details={"short": [{"account_id": cell[0], "coding_id": cell[1], "available_fen": left[cell],
                            "requested_fen": -change}]},
    )  # fmt: skip
