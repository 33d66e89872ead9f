"""Many sign-ins at once: who guesses holds up themselves, and an officer who comes among them is served."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import islice

import httpx
import psycopg
import pytest

from fisc.api.serving import SIGNERS
from fisc.api.turns import MOST_OF_ONE, MOST_WAITING, Turns
from fisc.documents import sessions
from tests.api.conftest import Api

PASSWORD = "long-enough-1"
MANY = 2 * MOST_WAITING
#: The class of advisory locks that sign-ins with one number take.
GUESSES = 0x7FC0
#: Another address of this machine.
ELSEWHERE = "127.0.0.2"


@pytest.fixture
def founded(api: Api) -> Api:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        sessions.found_admin(conn, "admin", "管理员", PASSWORD)
    return api


def sign_in(api: Api, officer: str, password: str, local: str = "127.0.0.1") -> int:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=local), timeout=120) as client:
        said = {"officer": officer, "password": password}
        return client.post(f"{api.address}/sessions", json=said).status_code


@contextmanager
def held(api: Api, numbers: Sequence[str]) -> Iterator[None]:
    """While sign-ins with these numbers are judged, nothing is answered: whoever else comes must wait."""
    with psycopg.connect(api.dsn) as holding:
        for number in numbers:
            holding.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [GUESSES, number])
        yield


def first(asked: Sequence[Future[int]], count: int) -> list[int]:
    """What is answered first."""
    return [one.result() for one in islice(as_completed(asked), count)]


def test_who_comes_from_elsewhere_is_served_among_guesses_for_many_numbers(founded: Api) -> None:
    numbers = [f"nobody-{number}" for number in range(MANY)]
    with ThreadPoolExecutor(MANY + 1) as pool:
        with held(founded, numbers):
            asked = [pool.submit(sign_in, founded, one, "wrong-password-1", ELSEWHERE) for one in numbers]
            beyond = MANY - MOST_WAITING - SIGNERS
            assert first(asked, beyond) == [503] * beyond
            real = pool.submit(sign_in, founded, "admin", PASSWORD)
            assert first([one for one in asked if not one.done()], 1) == [503]  # one of theirs makes room
        assert real.result() == 200
        assert Counter(one.result() for one in asked) == {401: MANY - beyond - 1, 503: beyond + 1}


def test_who_guesses_at_one_number_holds_up_that_number_alone(founded: Api) -> None:
    with ThreadPoolExecutor(MANY) as pool, held(founded, ["nobody"]):
        asked = [pool.submit(sign_in, founded, "nobody", "wrong-password-1") for _ in range(MANY)]
        assert first(asked, MANY - MOST_OF_ONE) == [503] * (MANY - MOST_OF_ONE)
        assert sign_in(founded, "admin", PASSWORD) == 200


def test_room_is_made_by_who_gives_up_at_that_very_moment() -> None:
    async def take(turns: Turns, number: str, address: str, until: asyncio.Event) -> None:
        async with turns.turn(number, address):
            await until.wait()

    async def crowd() -> None:
        turns, over = Turns(1), asyncio.Event()
        many = [asyncio.create_task(take(turns, f"n{n}", "there", over)) for n in range(MOST_WAITING + 1)]
        await asyncio.sleep(0)  # one of them is judged, and the others stand in line
        many[-1].cancel()
        over.set()
        async with turns.turn("admin", "elsewhere"):
            pass
        gone = [one for one in await asyncio.gather(*many, return_exceptions=True) if one is not None]
        assert list(map(type, gone)) == [asyncio.CancelledError]

    asyncio.run(asyncio.wait_for(crowd(), 60))
