"""Gathering: many single requests, few durable commits.

Requests wait in a queue; a worker takes all that wait (up to a group), serves them as one set in one
durable transaction, and answers each. A request that cannot be met is refused alone: its neighbours
stand. Nobody is answered before the commit is on disk.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg

from fisc.kernel.errors import LedgerError, StoreBusy, StoreUnavailable, is_lost, lost, translate

Conn = psycopg.Connection[Any]
I = TypeVar("I")  # noqa: E741 -- what is asked
A = TypeVar("A")  # what is answered
#: Serves requests of a group as one set: an answer or a refusal for each, in order; a refusal raised
#: concerns the whole set, and nothing of it was done. So does a fault of the program (any other exception).
Serve = Callable[[Conn, Sequence[I]], Sequence[A | Exception]]


@dataclass(slots=True)
class _Waiting(Generic[I, A]):
    asked: I
    answer: asyncio.Future[A]


class Gatherer(Generic[I, A]):
    """Serves single requests in groups. Use as `async with Gatherer(connect, serve) as gatherer`.

    `connect` opens an autocommit connection; `workers` connections are kept, each serving one group of at
    most `group_size` requests at a time.
    """

    def __init__(
        self, connect: Callable[[], Conn], serve: Serve[I, A], workers: int = 2, group_size: int = 500
    ) -> None:
        self._connect, self._serve_set = connect, serve
        self._workers, self._group_size = workers, group_size
        self._queue: list[_Waiting[I, A]] = []
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._connections: list[Conn] = []
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="gatherer")
        self._closing = False

    async def __aenter__(self) -> Gatherer[I, A]:
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

    def ask(self, request: I) -> asyncio.Future[A]:
        """A future of the answer, done when it is durable; it raises what refused the request."""
        if self._closing:
            raise StoreBusy(
                "服务正在停止，未受理", rule="停止前受理的都办完，其后的不再受理",
                hint="请稍后重新提交；重复提交不会重复办理",
            )  # fmt: skip
        waiting: _Waiting[I, A] = _Waiting(request, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wake.set()
        return waiting.answer

    async def _serve(self, conn: Conn) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not self._queue:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
            group = self._queue[: self._group_size]
            del self._queue[: self._group_size]
            if is_gone(conn):
                conn = await loop.run_in_executor(self._pool, self._connect_again, conn)
            try:
                answers = await loop.run_in_executor(self._pool, self._answers, conn, group)
            except Exception as fault:
                answers = [fault] * len(group)
            _answer(group, answers)

    def _answers(self, conn: Conn, group: Sequence[_Waiting[I, A]]) -> Sequence[A | Exception]:
        return serve_group(conn, [waiting.asked for waiting in group], self._served)

    def _served(self, conn: Conn, asked: Sequence[I]) -> Sequence[A | Exception]:
        """A set served; where the database cannot, all of the set hear it, and only they.

        Whoever was served before in the group keeps their answers.
        """
        try:
            return self._serve_set(conn, asked)
        except StoreUnavailable as unavailable:
            return [unavailable] * len(asked)
        except psycopg.Error as error:
            if not is_lost(error):
                raise
            return [lost(is_unsure=True)] * len(asked)

    def _connect_again(self, broken: Conn) -> Conn:
        """A new connection in place of `broken`; while there is none, the next group hears it."""
        try:
            fresh = self._connect()
        except psycopg.Error:
            return broken
        self._connections[self._connections.index(broken)] = fresh
        return fresh


def is_gone(conn: Conn) -> bool:
    """Whether an idle autocommit connection has ended; without a word to the server where all is quiet.

    A server that ends a connection says so, and there is something to be read; else there is nothing.
    """
    if conn.closed:
        return True
    waiting = select.poll()
    waiting.register(conn.fileno(), select.POLLIN)
    if not waiting.poll(0):
        return False
    try:
        conn.execute("")  # what waits to be read may be a notice
    except psycopg.Error:
        return True
    return False


def serve_group(conn: Conn, asked: Sequence[I], serve: Serve[I, A]) -> Sequence[A | Exception]:
    """An answer or a refusal for each request of a group, in order.

    One durable transaction in the usual case. A refusal of the whole set is narrowed down by halves to the
    requests it concerns; so is a fault of the program, which the others are not to suffer from: it is the
    answer of the request that brings it about. Raises what is not the request's: the connection's end, a
    full disk.
    """
    refusal: Exception
    try:
        return serve(conn, asked)
    except StoreUnavailable:
        raise
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise translate(error) or error from None
    except (*_MALFORMED, psycopg.Error) as error:
        refusal = _not_sound(error)
    except Exception as other:
        refusal = other
    if len(asked) == 1:
        return [refusal]
    middle = len(asked) // 2
    return [*serve_group(conn, asked[:middle], serve), *serve_group(conn, asked[middle:], serve)]


#: What a request raises whose fields are not of the types that it should have.
_MALFORMED = (TypeError, ValueError, AttributeError, ArithmeticError)


def _not_sound(error: Exception) -> LedgerError:
    return LedgerError(
        f"内容不能识别（{error}）", rule="各栏有规定的类型", hint="请核对日期、金额、科目与要素"
    )


def _answer(group: Sequence[_Waiting[I, A]], answers: Sequence[A | Exception]) -> None:
    for waiting, answer in zip(group, answers, strict=True):
        if waiting.answer.done():  # the caller gave up; what was done stands all the same
            continue
        if isinstance(answer, Exception):
            waiting.answer.set_exception(answer)
        else:
            waiting.answer.set_result(answer)
