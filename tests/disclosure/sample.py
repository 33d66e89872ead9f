"""The sample city's published book in a database, made once per run."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from fisc.app import configure
from fisc.disclosure.services import ImportResult, import_book
from fisc.sample import BOOK
from tests.conftest import _HOME_OF_RUN, Shared, _copy_of, _furnished


@contextmanager
def imported_sample(server_dsn: str) -> Iterator[tuple[Shared, ImportResult]]:
    """A connection to a copy of that database, and what importing the book said."""
    said = Path(os.environ[_HOME_OF_RUN]) / "fisc_sample.said"

    def furnish(conn: Shared) -> None:
        configure(server_dsn)
        said.write_bytes(pickle.dumps(import_book(BOOK, conn)))

    with (
        _copy_of(server_dsn, _furnished(server_dsn, "fisc_sample", furnish)) as dsn,
        psycopg.connect(dsn) as conn,
    ):
        configure(dsn)
        yield conn, pickle.loads(said.read_bytes())
