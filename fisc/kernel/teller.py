"""The teller: many single requests, few durable commits.

Requests wait in a queue; a worker takes all that wait (up to a group), posts them as one
set in one durable transaction, and answers each. A request that cannot be met is refused
alone: its neighbours stand. Nobody is answered before the commit is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

from fisc.kernel.catalog import account_ids
from fisc.kernel.coding import Coding, intern_codings
from fisc.kernel.directory import Memory
from fisc.kernel.entries import Entry
from fisc.kernel.errors import FiscError, QuotaShortfall, StoreBusy
from fisc.kernel.posting import post_remembering

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
                answers = await loop.run_in_executor(self._pool, post_group, conn, [w.entry for w in group])
            except Exception as error:
                # the connection broke: whoever waits must hear it, and may submit again
                answers = [_broken(error)] * len(group)
            _answer(group, answers)


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
    answers: list[Answer | None] = [None] * len(entries)
    pending = list(range(len(entries)))
    while pending:
        try:
            result = post_remembering(conn, [entries[i] for i in pending], memory)
        except QuotaShortfall as shortfall:
            refused = _refuse_in_order(conn, [entries[i] for i in pending], shortfall)
            for position, refusal in refused.items():
                answers[pending[position]] = refusal
            pending = [i for position, i in enumerate(pending) if position not in refused]
        except FiscError as refusal:
            return _merge(answers, pending, _by_halves(conn, [entries[i] for i in pending], memory, refusal))
        else:
            return _merge(answers, pending, list(result.entry_ids))
    return _merge(answers, [], [])


def _merge(answers: list[Answer | None], pending: Sequence[int], late: Sequence[Answer]) -> list[Answer]:
    for position, answer in zip(pending, late, strict=True):
        answers[position] = answer
    return [answer for answer in answers if answer is not None]


def _by_halves(
    conn: psycopg.Connection, entries: Sequence[Entry], memory: Memory, refusal: FiscError
) -> list[Answer]:
    if len(entries) == 1:
        return [refusal]
    middle = len(entries) // 2
    return post_group(conn, entries[:middle], memory) + post_group(conn, entries[middle:], memory)


Cell = tuple[int, int]


def _refuse_in_order(
    conn: psycopg.Connection, entries: Sequence[Entry], shortfall: QuotaShortfall
) -> dict[int, QuotaShortfall]:
    """Which of `entries` exceed what is available, taken in order; at least one is named."""
    left = {(s["account_id"], s["coding_id"]): int(s["available_fen"]) for s in shortfall.details["short"]}
    changes = _changes(conn, entries, set(left))
    refused: dict[int, QuotaShortfall] = {}
    for position, wanted in changes.items():
        if any(left[cell] + change < 0 for cell, change in wanted.items()):
            refused[position] = _shortfall(entries[position], left, wanted, shortfall)
        else:
            for cell, change in wanted.items():
                left[cell] += change
    return refused or {min(changes): shortfall}


def _changes(
    conn: psycopg.Connection, entries: Sequence[Entry], cells: set[Cell]
) -> dict[int, dict[Cell, int]]:
    """Per entry, what it changes on those control cells, in the account's normal side."""
    lines = [(i, line) for i, entry in enumerate(entries) for line in entry.lines]
    accounts = account_ids(conn, {line.account for _, line in lines})
    codings: dict[Coding, int] = intern_codings(conn, {line.coding for _, line in lines})
    sides: dict[int, int] = dict(conn.execute("select id, normal_side from ledger.account").fetchall())
    changes: dict[int, dict[Cell, int]] = {}
    for i, line in lines:
        cell = (accounts[line.account], codings[line.coding])
        if cell in cells:
            change = line.side * line.amount_fen * sides[cell[0]]
            changes.setdefault(i, {}).setdefault(cell, 0)
            changes[i][cell] += change
    return changes


def _shortfall(
    entry: Entry, left: dict[Cell, int], wanted: dict[Cell, int], group: QuotaShortfall
) -> QuotaShortfall:
    cell, change = min(wanted.items(), key=lambda item: left[item[0]] + item[1])
    return QuotaShortfall(
        f"凭证 {entry.natural_key}：余额不足，可用 {left[cell] / 100:.2f} 元，需要 {-change / 100:.2f} 元",
        rule=group.rule,
        hint=group.hint,
        details={"short": [{"account_id": cell[0], "coding_id": cell[1], "available_fen": left[cell],
                            "requested_fen": -change}]},
    )  # fmt: skip
