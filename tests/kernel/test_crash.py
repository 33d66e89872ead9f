"""Killed in the middle: nothing is half posted, and nothing that was answered is lost."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from fisc import store
from fisc.kernel import post, schema, verify
from fisc.store import server
from tests.store.conftest import home, made_home  # noqa: F401 (fixtures)

from . import world
from .world import count, left, pay

PATIENCE_SECONDS = 60
PRELUDE = """
import sys, psycopg
from fisc.kernel import post
from tests.kernel import world
conn = psycopg.connect(sys.argv[1], autocommit=True)
"""
#: One payment after the other; each is printed once it is answered.
SINGLE = (
    PRELUDE
    + """
n = 0
while True:
    post(conn, [world.pay(f"{sys.argv[2]}/{n}", 1)])
    print(f"{sys.argv[2]}/{n}", flush=True)
    n += 1
"""
)
#: A set so large that it is staged; it says so when its postings have been sent.
LARGE = (
    PRELUDE
    + """
from fisc.kernel import posting
stage = posting._stage
def staged(*given):
    stage(*given)
    print("staged", flush=True)
posting._stage = staged
post(conn, [world.pay(f"large/{n}", 1) for n in range(20_000)])
print("answered", flush=True)
"""
)


class Poster:
    """A process that posts and says what was answered."""

    def __init__(self, code: str, *arguments: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def line(self) -> str:
        assert self.popen.stdout is not None
        assert select.select([self.popen.stdout], [], [], PATIENCE_SECONDS)[0], "it says nothing"
        return self.popen.stdout.readline().strip()

    def kill(self) -> None:
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(PATIENCE_SECONDS)

    def rest(self) -> list[str]:
        """What else it said before it ended."""
        assert self.popen.stdout is not None
        self.popen.wait(PATIENCE_SECONDS)
        return self.popen.stdout.read().split()


@pytest.fixture
def start() -> Iterator[Callable[..., Poster]]:
    started: list[Poster] = []

    def run(code: str, *arguments: str) -> Poster:
        started.append(Poster(code, *arguments))
        return started[-1]

    yield run
    for poster in started:
        poster.kill()
        assert poster.popen.stdout is not None
        poster.popen.stdout.close()


def wait_until_alone(conn: psycopg.Connection) -> None:
    """Until the killed client's session has noticed."""
    query = ("select count(*) from pg_stat_activity where datname = current_database() "
             "and pid <> pg_backend_pid() and backend_type = 'client backend'")  # fmt: skip
    while conn.execute(query).fetchone() != (0,):
        conn.execute("select pg_sleep(0.01)")


def test_a_client_killed_inside_a_large_set_leaves_all_or_nothing(
    city: psycopg.Connection, city_db: str, start: Callable[..., Poster]
) -> None:
    world.give(city, 20_000)
    poster = start(LARGE, city_db)
    assert poster.line() == "staged"
    poster.kill()
    wait_until_alone(city)
    assert (count(city), left(city)) in {(1, 20_000), (20_001, 0)}
    assert verify(city).ok
    assert post(city, [pay("large/0", 1)]).entry_ids, "the key can be asked for again"


def test_a_session_killed_inside_a_set_leaves_nothing(city: psycopg.Connection, city_db: str) -> None:
    world.give(city, 100)
    with psycopg.connect(city_db) as other:
        world.left(other)
        post(other, [pay("p", 60)])
        city.execute("select pg_terminate_backend(%s, 10000)", [other.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            other.execute("select 1")
    assert (count(city), left(city)) == (1, 100)
    assert post(city, [pay("p", 100)]).is_new == [True]


@pytest.fixture
def own_dsn(home: Path) -> str:  # noqa: F811
    """A ledger on a server of the test's own, which may be killed; its commits are durable."""
    with store.connect(autocommit=True) as conn:
        schema.install(conn)
        world.found(conn)
        world.give(conn, 10**6)
    return store.dsn()


def kill_server(victim: str) -> None:
    """kill -9 the postmaster, or one of its sessions (which makes it restart the others)."""
    pid = server.status().pid
    assert pid is not None
    if victim == "session":
        with store.connect(autocommit=True) as conn:
            # the newest: an older one may be of a client that has left, and go by itself before it is killed
            row = conn.execute(
                "select pid from pg_stat_activity where backend_type = 'client backend' "
                "and pid <> pg_backend_pid() order by backend_start desc limit 1"
            ).fetchone()
            assert row is not None
            pid = int(row[0])
    os.kill(pid, signal.SIGKILL)


def reconnect() -> psycopg.Connection:
    """A connection to the server as soon as it has recovered."""
    for _ in range(200):
        try:
            return store.connect(autocommit=True)
        except (store.StoreError, psycopg.OperationalError):
            select.select([], [], [], 0.1)
    raise AssertionError("the server does not come back")


@pytest.mark.heavy
@pytest.mark.parametrize("victim", ["postmaster", "session"])
def test_what_was_answered_survives_the_server_s_death(
    own_dsn: str, start: Callable[..., Poster], victim: str
) -> None:
    posters = [start(SINGLE, own_dsn, name) for name in "abc"]
    answered = {poster.line() for poster in posters for _ in range(30)}
    kill_server(victim)
    answered |= {key for poster in posters for key in poster.rest()}
    with reconnect() as conn:
        standing = {row[0] for row in conn.execute("select natural_key from ledger.entry")}
        assert answered <= standing
        assert len(standing - answered) <= len(posters) + 1, "one each may have been under way, and the grant"
        assert left(conn) == 10**6 - (len(standing) - 1)
        assert verify(conn).ok
        assert post(conn, [pay(key, 1) for key in sorted(answered)]).posted_count == 0
        post(conn, [pay("after", 1)])


@pytest.mark.heavy
def test_a_large_set_under_way_when_the_server_dies(own_dsn: str, start: Callable[..., Poster]) -> None:
    poster = start(LARGE, own_dsn)
    assert poster.line() == "staged"
    kill_server("postmaster")
    answered = "answered" in poster.rest()
    with reconnect() as conn:
        assert count(conn) == (20_001 if answered else 1)
        assert left(conn) == 10**6 - (20_000 if answered else 0)
        assert verify(conn).ok
        assert post(conn, [pay(f"large/{n}", 1) for n in range(20_000)]).posted_count == (
            0 if answered else 20_000
        )
        assert verify(conn).ok
