"""The one store: PostgreSQL, a private server by default, yours by `DATABASE_URL`."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from fisc.store import config, external, server
from fisc.store.errors import StoreError
from fisc.store.os_faults import is_full

__all__ = ["StoreError", "asked_for", "connect", "dsn", "forget", "server"]

_asked: list[str] = []


def dsn() -> str:
    """A libpq connection string of the database in force; starts the private server when needed.

    The process counts as a user of the private server until it ends. Raises StoreError
    when the database cannot be used.
    """
    url = config.database_url()
    if url is not None:
        external.check(url)
    _asked[:] = [url or server.start().dsn]
    return _asked[0]


def asked_for() -> str | None:
    """The connection string that was asked for last, since `forget`: what the program speaks of."""
    return _asked[0] if _asked else None


def forget() -> None:
    """Begin anew: nothing was asked for yet."""
    _asked.clear()


def connect(**options: Any) -> psycopg.Connection:
    """A psycopg connection to the database in force; `options` go to `psycopg.connect`.

    Raises StoreError when the database cannot be used.
    """
    try:
        return _connect(options)
    except psycopg.OperationalError as error:
        if config.database_url() is None:
            return _connect_again(options)
        raise _unreachable(error) from error


def _connect(options: dict[str, Any]) -> psycopg.Connection:
    return psycopg.connect(dsn(), **({"application_name": "fisc"} | options))


def _connect_again(options: dict[str, Any]) -> psycopg.Connection:
    """The private server may have died after `dsn` looked: it takes a moment to show."""
    time.sleep(0.2)
    try:
        return _connect(options)
    except psycopg.OperationalError as error:
        raise _unreachable(error) from error


def _unreachable(error: psycopg.Error) -> StoreError:
    if is_full(error):
        return StoreError("数据库所在的磁盘已满，连不上", hint="请腾出空间后再办")
    return StoreError(f"连不上数据库：{str(error).strip()}", hint="请用 fisc db status 查看数据库")
