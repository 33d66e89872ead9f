"""Where the demonstration's simulated city lives: a private server of its own, below the one in force.

What an older version of the program simulated there is set aside, and the city lives anew: the ledger says
that it is simulated, so nothing is lost that the seed does not give again. A real ledger is left as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def place() -> Path:
    """The data directory of the simulated city, below the one in force."""
    from fisc.store import config

    return config.home() / "simulated"


@contextmanager
def in_force() -> Iterator[str]:
    """The simulated city's own server is in force, afterwards the one that was; what was set aside, or ''.

    Raises OtherVersion, before anything is moved, where an older version set up the database in force:
    the real book could not be taken in beside.
    """
    from fisc import store

    home = place()
    _require_real()
    given = {name: os.environ[name] for name in ("FISC_HOME", "DATABASE_URL") if name in os.environ}
    os.environ.pop("DATABASE_URL", None)
    os.environ["FISC_HOME"] = str(home)
    try:
        yield _set_aside() if (home / "postgres").exists() else ""
    finally:
        del os.environ["FISC_HOME"]
        os.environ |= given
        store.forget()  # what is told is not told of the simulated city alone


def _require_real() -> None:
    from fisc import app, store
    from fisc.store import config

    if config.database_url() is None and not config.layout().data.exists():
        return  # nothing was ever set up there
    dsn = store.dsn()
    app.configure(dsn)
    app.require_not_older(dsn)


def aside_words(name: str) -> str:
    """That an older version's simulated city was set aside under a name."""
    return f"旧版本程序的模拟数据已另存为 {name}，现重新模拟"


def _set_aside() -> str:
    """Set an older version's simulated city aside: its name, or '' where there is none of that kind."""
    import psycopg

    from fisc import app, store
    from fisc.kernel.simulation import is_marked
    from fisc.store import setaside

    dsn = store.dsn()
    app.configure(dsn)
    if app.stands(dsn) is not app.Stands.OLDER:
        return ""
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        is_simulated = is_marked(conn)
    return setaside.put_aside(dsn) if is_simulated else ""
