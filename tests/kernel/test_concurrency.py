"""Many processes on the same quotas: exactly what fits is accepted, each key once, no false shortage."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import psycopg
import pytest

from fisc.kernel import (
    Coding,
    Entry,
    FiscError,
    LedgerError,
    PostResult,
    QuotaShortfall,
    StoreBusy,
    post,
    posting,
    reverse,
    seal,
    verify,
)
from fisc.kernel.coding import intern_codings
from fisc.kernel.gathering import Gatherer

from . import world
from .world import CITY, YEAR, A, B, count, left, move, pay

WORKERS = 8
#: (natural key, 'posted' or the name of what refused it)
Answers = list[tuple[str, str]]


def said(answer: object) -> str:
    return "posted" if isinstance(answer, int | PostResult) else type(answer).__name__


def single(dsn: str, keys: list[str], fen: int) -> Answers:
    """Post each key by itself."""
    answers: Answers = []
    with psycopg.connect(dsn, autocommit=True) as conn:
        for key in keys:
            try:
                answers.append((key, said(post(conn, [pay(key, fen)]))))
            except FiscError as refusal:
                answers.append((key, said(refusal)))
    return answers


def grouped(dsn: str, keys: list[str], fen: int) -> Answers:
    """Submit all keys at once, to be gathered."""

    def serve(conn: psycopg.Connection, entries: Sequence[Entry]) -> list[int]:
        return post(conn, entries).entry_ids

    async def submit() -> list[int | BaseException]:
        async with Gatherer(lambda: psycopg.connect(dsn, autocommit=True), serve, 2, 7) as gatherer:
            return await asyncio.gather(*(gatherer.ask(pay(k, fen)) for k in keys), return_exceptions=True)

    return [(key, said(answer)) for key, answer in zip(keys, asyncio.run(submit()), strict=True)]


def shifting(dsn: str, seed: int, rounds: int) -> Answers:
    """Shift between random pairs of quotas, in sets that touch them in any order."""
    chance = random.Random(seed)
    answers: Answers = []
    with psycopg.connect(dsn, autocommit=True) as conn:
        for n in range(rounds):
            pairs = [chance.sample(BLOCKS, 2) for _ in range(3)]
            entries = [move(f"{seed}/{n}/{i}", 1, *pair) for i, pair in enumerate(pairs)]
            try:
                answers.append((str(n), said(post(conn, entries))))
            except FiscError as refusal:
                answers.append((str(n), said(refusal)))
    return answers


BLOCKS = [Coding(YEAR, CITY, "111", pro_code=str(n)) for n in range(4)]


@pytest.fixture(scope="module")
def processes() -> ProcessPoolExecutor:
    """Processes of their own, forked from one that has only imported."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        yield pool


def hammer(dsn: str, processes: ProcessPoolExecutor, keys_each: int) -> list[Answers]:
    """Half the processes post singly, half gathered; each key is asked for by two or more."""
    space = [f"k{n}" for n in range(WORKERS * keys_each // 2)]
    jobs = []
    for worker in range(WORKERS):
        keys = random.Random(worker).sample(space, keys_each)
        jobs.append(processes.submit(grouped if worker % 2 else single, dsn, keys, 1))
    return [job.result() for job in jobs]


def check_hammered(city: psycopg.Connection, budget: int, all_answers: list[Answers]) -> None:
    answers = [answer for each in all_answers for answer in each]
    outcomes = Counter(outcome for _, outcome in answers)
    assert set(outcomes) == {"posted", "QuotaShortfall"}, outcomes
    accepted = {key for key, outcome in answers if outcome == "posted"}
    standing = {
        row[0] for row in city.execute("select natural_key from ledger.entry where natural_key like 'k%'")
    }
    assert accepted == standing, "who was told 'posted' stands, and nobody else"
    assert len(standing) == budget, "not one fen left, not one over"
    assert left(city) == 0
    assert verify(city).ok


def test_one_quota(city: psycopg.Connection, city_db: str, processes: ProcessPoolExecutor) -> None:
    world.give(city, 60)
    check_hammered(city, 60, hammer(city_db, processes, 30))


@pytest.mark.heavy
def test_one_quota_at_length(city: psycopg.Connection, city_db: str, processes: ProcessPoolExecutor) -> None:
    world.give(city, 1_500)
    check_hammered(city, 1_500, hammer(city_db, processes, 500))


def test_nobody_is_refused_while_it_lasts(
    city: psycopg.Connection, city_db: str, processes: ProcessPoolExecutor
) -> None:
    world.give(city, 120)
    all_answers = hammer(city_db, processes, 30)
    assert {outcome for each in all_answers for _, outcome in each} == {"posted"}
    assert left(city) == 120 - (count(city) - 1)


@pytest.mark.parametrize("rounds", [12, pytest.param(300, marks=pytest.mark.heavy)])
def test_pairs_of_quotas_in_both_orders(
    city: psycopg.Connection, city_db: str, processes: ProcessPoolExecutor, rounds: int
) -> None:
    """Plenty everywhere, so whoever is refused was refused wrongly; deadlocks are retried."""
    city.execute("alter system set deadlock_timeout = '20ms'")
    city.execute("select pg_reload_conf()")
    post(city, [world.grant(f"g{n}", 10**6, block) for n, block in enumerate(BLOCKS)])
    jobs = [processes.submit(shifting, city_db, seed, rounds) for seed in range(WORKERS)]
    outcomes = Counter(outcome for job in jobs for _, outcome in job.result())
    assert outcomes == {"posted": WORKERS * rounds}
    assert sum(left(city, block) for block in BLOCKS) == 4 * 10**6
    assert verify(city).ok


def together(*works: object) -> list[object]:
    """Run them at once in threads; results, or what they raised."""
    start = threading.Barrier(len(works))

    def run(work: object) -> object:
        start.wait()
        try:
            return work()  # type: ignore[operator]
        except FiscError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


class Many:
    """Connections of a test, closed at its end."""

    def __init__(self, dsn: str, number: int) -> None:
        self.all = [psycopg.connect(dsn, autocommit=True) for _ in range(number)]

    def __enter__(self) -> list[psycopg.Connection]:
        return self.all

    def __exit__(self, *_: object) -> None:
        for conn in self.all:
            conn.close()


def test_the_same_set_from_many_at_once_is_posted_once(city: psycopg.Connection, city_db: str) -> None:
    world.give(city, 100)
    sets = [pay(f"p{n}", 1) for n in range(20)]
    with Many(city_db, 6) as conns:
        results = together(*(lambda c=c: post(c, sets) for c in conns))
    assert all(isinstance(result, PostResult) for result in results), results
    assert sum(result.posted_count for result in results) == 20  # type: ignore[attr-defined]
    assert len({tuple(result.entry_ids) for result in results}) == 1  # type: ignore[attr-defined]
    assert left(city) == 80


def test_sets_that_share_keys_in_other_orders(city: psycopg.Connection, city_db: str) -> None:
    world.give(city, 100)
    city.execute("alter system set deadlock_timeout = '20ms'")
    city.execute("select pg_reload_conf()")
    sets = [pay(f"p{n}", 1) for n in range(20)]
    with Many(city_db, 4) as conns:
        ways = [sets, sets[::-1], sets[10:] + sets[:10], sets[::2]]
        results = together(*(lambda c=c, w=w: post(c, w) for c, w in zip(conns, ways, strict=True)))
    assert all(isinstance(result, PostResult) for result in results), results
    assert (count(city), left(city)) == (21, 80)


def test_contradicting_sets_at_once_leave_one(city: psycopg.Connection, city_db: str) -> None:
    world.give(city, 100)
    with Many(city_db, 5) as conns:
        results = together(*(lambda c=c, n=n: post(c, [pay("p", n + 1)]) for n, c in enumerate(conns)))
    assert sorted(said(result) for result in results) == ["DuplicateConflict"] * 4 + ["posted"]
    assert left(city) == 100 - 1 - [said(result) for result in results].index("posted")


def test_coding_blocks_new_to_many_at_once_are_one_row_each(city_db: str) -> None:
    blocks = [Coding(YEAR, CITY, pro_code=f"new {n}") for n in range(30)]
    with Many(city_db, 6) as conns:
        ways = [random.Random(n).sample(blocks, 30) for n in range(6)]
        results = together(*(lambda c=c, w=w: intern_codings(c, w) for c, w in zip(conns, ways, strict=True)))
        assert all(result == results[0] for result in results)
        assert count(conns[0], "coding") == 30


def test_first_grants_of_a_new_block_at_once_add_up(city: psycopg.Connection, city_db: str) -> None:
    with Many(city_db, 6) as conns:
        results = together(
            *(lambda c=c, n=n: post(c, [world.grant(f"g{n}", 1, B)]) for n, c in enumerate(conns))
        )
    assert {said(result) for result in results} == {"posted"}
    assert left(city, B) == 6


def test_a_reversal_from_many_at_once_is_one(city: psycopg.Connection, city_db: str) -> None:
    world.give(city, 100)
    paid = post(city, [pay("p", 60)]).entry_ids
    with Many(city_db, 6) as conns:
        results = together(*(lambda c=c, n=n: reverse(c, paid, f"/红{n % 2}") for n, c in enumerate(conns)))
    assert sorted(said(result) for result in results) == ["DuplicateConflict"] * 3 + ["posted"] * 3
    assert left(city) == 100


def test_a_payment_waits_for_one_that_may_yet_be_rolled_back(city: psycopg.Connection, city_db: str) -> None:
    """What is held by somebody who gives it back is not 'not enough'."""
    world.give(city, 100)
    with Many(city_db, 1) as (other,), ThreadPoolExecutor(1) as pool:
        with city.transaction(force_rollback=True):
            post(city, [pay("held", 100)])
            waiting = pool.submit(post, other, [pay("p", 100)])
            blocked = "select count(*) from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
            while city.execute(blocked, [other.info.backend_pid]).fetchone() != (1,):
                city.execute("select pg_stat_clear_snapshot()")
        assert waiting.result().is_new == [True]


class TestBusy:
    @pytest.fixture
    def contention(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """How often the database still says 'serialization failure' before it lets through."""
        times = [0]
        original = posting._post_columns

        def failing(*given: object) -> PostResult:
            if times[0]:
                times[0] -= 1
                raise psycopg.errors.SerializationFailure("again")
            return original(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(posting, "_post_columns", failing)
        return times

    def test_contention_is_retried(self, city: psycopg.Connection, contention: list[int]) -> None:
        contention[0] = 5
        assert post(city, [world.grant("g", 1)]).is_new == [True]

    def test_contention_that_lasts_is_busy_never_a_shortage(
        self, city: psycopg.Connection, contention: list[int]
    ) -> None:
        contention[0] = 10**6
        with pytest.raises(StoreBusy, match="没有入账") as busy:
            post(city, [world.grant("g", 1)])
        assert not isinstance(busy.value, LedgerError | QuotaShortfall)
        contention[0] = 0
        assert count(city) == 0

    def test_inside_a_transaction_the_caller_retries(
        self, city: psycopg.Connection, contention: list[int]
    ) -> None:
        contention[0] = 1
        with pytest.raises(StoreBusy), city.transaction():
            post(city, [world.grant("g", 1)])
        assert post(city, [world.grant("g", 1)]).is_new == [True]


def test_sealing_and_closing_among_posts(city: psycopg.Connection, city_db: str) -> None:
    world.give(city, 10**6)
    with Many(city_db, 4) as (one, two, three, four):
        results = together(
            lambda: [post(one, [pay(f"a{n}", 1)]) for n in range(20)] and 1,
            lambda: [post(two, [pay(f"b{n}", 1, A)]) for n in range(20)] and 1,
            lambda: [seal(three) for _ in range(5)] and 1,
            lambda: [world.open_year(four, CITY, YEAR + n) for n in range(5)] and 1,
        )
    assert results == [1, 1, 1, 1]
    seal(city)
    assert verify(city).ok
