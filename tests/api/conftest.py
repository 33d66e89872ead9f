"""A server of the API in a thread of this process, over a database of its own, with officers signed in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn

from fisc import app as fisc_app
from fisc.documents.sessions import open_session
from tests.conftest import _copy_of, _furnished
from tests.treasury.paying import furnish


@dataclass
class Api:
    """The address of a server, its database, and calls to it as an officer."""

    address: str
    dsn: str
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, officer: str) -> str:
        if officer not in self.tokens:
            with psycopg.connect(self.dsn, autocommit=True) as conn:
                self.tokens[officer] = open_session(conn, officer)
        return self.tokens[officer]

    def call(self, officer: str, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(officer)}"} if officer else {}
        headers |= given.pop("headers", {})
        return httpx.request(method, f"{self.address}{path}", headers=headers, timeout=60, **given)


def serving(dsn: str) -> Iterator[Api]:
    """A server that listens as long as the generator lives."""
    fisc_app.configure(dsn)
    from fisc.api.app import asgi

    server = uvicorn.Server(uvicorn.Config(asgi(dsn), port=0, log_level="error", lifespan="on"))
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    try:
        while not server.started:
            running.join(0.05)
            assert running.is_alive(), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Api(f"http://127.0.0.1:{port}/api", dsn)
    finally:
        server.should_exit = True
        running.join(30)


@pytest.fixture
def api(server_dsn: str) -> Iterator[Api]:
    """Over a city that can pay."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_paying", furnish)) as dsn:
        yield from serving(dsn)
