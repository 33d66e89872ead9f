"""The one store: PostgreSQL, a private server by default, yours by `DATABASE_URL`."""

from __future__ import annotations

from typing import Any

import psycopg

from fisc.store import config, external, server
from fisc.store.errors import StoreError

__all__ = ["StoreError", "connect", "dsn", "server"]


def dsn() -> str:
    """A libpq connection string of the database in force; starts the private server when needed.

    The process counts as a user of the private server until it ends. Raises StoreError
    when the database cannot be used.
    """
    url = config.database_url()
    if url is not None:
        external.check(url)
        return url
    return server.start().dsn


def connect(**options: Any) -> psycopg.Connection:
    """A psycopg connection to the database in force; `options` go to `psycopg.connect`.

    Raises StoreError when the database cannot be used.
    """
    try:
        return psycopg.connect(dsn(), **({"application_name": "fisc"} | options))
    except psycopg.OperationalError as error:
        raise StoreError(f"连不上数据库：{str(error).strip()}", hint="请用 fisc db status 查看数据库") from error
