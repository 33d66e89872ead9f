"""Many sign-ins at once: who guesses holds up themselves, and an officer who comes among them is served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from fisc.api.turns import MOST_OF_ONE, MOST_WAITING
from fisc.documents import sessions
from tests.api.conftest import Api

PASSWORD = "long-enough-1"
MANY = 2 * MOST_WAITING
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


def among(guess: Callable[[int], int], real: Callable[[], int]) -> tuple[Counter[int], int]:
    """What is answered to many guesses at once, and to a sign-in that comes when some were turned away."""
    with ThreadPoolExecutor(MANY) as pool:
        guesses = [pool.submit(guess, number) for number in range(MANY)]
        while not any(one.done() and one.result() == 503 for one in guesses):
            assert not all(one.done() for one in guesses), "none was turned away"
        found = real()
        return Counter(one.result() for one in guesses), found


def test_who_comes_from_elsewhere_is_served_among_guesses_for_many_numbers(founded: Api) -> None:
    told, real = among(
        lambda number: sign_in(founded, f"nobody-{number}", "wrong-password-1", ELSEWHERE),
        lambda: sign_in(founded, "admin", PASSWORD),
    )
    assert real == 200
    assert told.keys() == {401, 503}


def test_who_guesses_at_one_number_holds_up_that_number_alone(founded: Api) -> None:
    told, real = among(
        lambda _: sign_in(founded, "nobody", "wrong-password-1"),
        lambda: sign_in(founded, "admin", PASSWORD),
    )
    assert real == 200
    assert told.keys() == {401, 503} and told[503] > MOST_OF_ONE
