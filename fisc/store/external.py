"""The user's own PostgreSQL, named by `DATABASE_URL`."""

from __future__ import annotations

import psycopg

from fisc.store import config
from fisc.store.errors import StoreError

_checked: set[str] = set()


def check(url: str) -> None:
    """See once per process that the server at `url` can hold a ledger; raises StoreError."""
    if url in _checked:
        return
    try:
        with psycopg.connect(url, connect_timeout=10) as conn:
            _check_server(conn)
    except psycopg.ProgrammingError:  # the text itself is wrong; it may hold a password, so it is not shown
        raise StoreError(
            "DATABASE_URL 不是 PostgreSQL 连接串", hint="写法如 postgresql://用户:密码@主机:5432/数据库"
        ) from None
    except psycopg.OperationalError as error:
        raise StoreError(
            f"连不上 DATABASE_URL 指定的数据库：{str(error).strip()}",
            hint="请检查地址、用户、密码和数据库是否已启动",
        ) from None
    _checked.add(url)


def _check_server(conn: psycopg.Connection) -> None:
    major = conn.info.server_version // 10000
    if major < config.MINIMUM_MAJOR:
        raise StoreError(
            f"DATABASE_URL 指定的是 PostgreSQL {major}，版本太旧",
            rule=f"fisc 需要 PostgreSQL {config.MINIMUM_MAJOR} 或更新版本",
            hint="请升级数据库，或去掉 DATABASE_URL 改用内置数据库",
        )
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"DATABASE_URL 指定的数据库编码是 {encoding}",
            rule="账务文字须以 UTF8 存放",
            hint="请用 CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0 新建数据库",
        )
