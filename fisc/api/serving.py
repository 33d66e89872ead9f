"""What requests share: connections for who looks, the desk for who acts, and a thread for each that waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

import psycopg
from psycopg_pool import ConnectionPool

from fisc.api.turns import Turns
from fisc.documents.desk import Desk
from fisc.kernel.gathering import is_gone
from fisc.kernel.simulation import is_marked

Conn = psycopg.Connection[Any]
T = TypeVar("T")
#: Requests that look at the database at once; others wait.
READERS: Final = 4
#: Sign-ins at once: each costs a hash that is slow on purpose, and anybody may ask for one.
SIGNERS: Final = 2
#: Seconds that a request waits for a connection, before it is told that there is none.
PATIENCE: Final = 5.0


def _require_alive(conn: Conn) -> None:
    """What the pool asks of a connection that lay idle: one that ended meanwhile costs no request."""
    if is_gone(conn):
        raise psycopg.OperationalError("the connection has ended")


class _Lane:
    """Threads, each with a connection, for one sort of work: its queue holds up nobody else's."""

    def __init__(self, dsn: str, name: str, width: int) -> None:
        self._threads = ThreadPoolExecutor(width, thread_name_prefix=name)
        self._pool: ConnectionPool[Conn] = ConnectionPool(
            dsn, min_size=0, max_size=width, open=False, timeout=PATIENCE, reconnect_timeout=PATIENCE,
            check=_require_alive,
            kwargs={"autocommit": True, "application_name": f"fisc api {name}"},
        )  # fmt: skip

    def open(self) -> None:
        self._pool.open()

    def close(self) -> None:
        self._pool.close()
        self._threads.shutdown()

    async def run(self, work: Callable[[Conn], T]) -> T:
        def on_connection() -> T:
            with self._pool.connection() as conn:
                return work(conn)

        return await asyncio.get_running_loop().run_in_executor(self._threads, on_connection)


class Serving:
    """Connections and desk of one process. Begun with the server's loop, ended with it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._readers = _Lane(dsn, "reader", READERS)
        self._signers = _Lane(dsn, "signer", SIGNERS)
        self._turns = Turns(SIGNERS)
        self.desk = Desk(self._connect)
        #: Whether the ledger says that it is a simulation; None until it was asked.
        self._marked: bool | None = None

    def _connect(self) -> Conn:
        return psycopg.connect(self._dsn, autocommit=True, application_name="fisc api desk")

    @property
    def is_simulated(self) -> bool:
        """Whether what is answered is of a simulated ledger, as far as it was asked: each answer says so."""
        return bool(self._marked)

    async def begin(self) -> None:
        """Open what requests need."""
        self._readers.open()
        self._signers.open()
        with suppress(psycopg.Error):  # a database that is not there yet is asked when the first request is
            self._marked = await self._readers.run(is_marked)
        await self.desk.__aenter__()

    async def end(self) -> None:
        """Answer what waits, and close."""
        await self.desk.__aexit__(None, None, None)
        self._readers.close()
        self._signers.close()

    async def read(self, work: Callable[[Conn], T]) -> T:
        """What `work` finds, on a connection of its own in a thread of its own."""
        if self._marked is None:
            self._marked = await self._readers.run(is_marked)
        return await self._readers.run(work)

    async def sign(self, work: Callable[[Conn], T], officer: str, address: str) -> T:
        """What `work` with an officer's password gives, apart from all other requests, when it is its turn.

        `address` is where it comes from. Raises TooManySignIns.
        """
        async with self._turns.turn(officer, address):
            return await self._signers.run(work)


_running: list[Serving] = []


def is_simulated() -> bool:
    """Whether this process answers of a simulated ledger."""
    return bool(_running) and _running[-1].is_simulated


def current() -> Serving:
    """The serving of this process. Raises LookupError outside a running server."""
    if not _running:
        raise LookupError("the server is not running")
    return _running[-1]


async def begin(dsn: str) -> None:
    """The server's process begins."""
    serving = Serving(dsn)
    await serving.begin()
    _running.append(serving)


async def end() -> None:
    """The server's process ends."""
    while _running:
        await _running.pop().end()
