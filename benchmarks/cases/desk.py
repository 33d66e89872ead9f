"""Single calls gathered at the desk, beside sets; over HTTP, beside an endpoint that does nothing."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from benchmarks.cases import city, paying
from benchmarks.measure import Measure, at_least, in_turns, spread
from benchmarks.scratch import ROOT, Bench
from fisc.documents.desk import Asked, Desk
from fisc.documents.sessions import open_session
from fisc.treasury import services as treasury
from fisc.use_cases import use_case

IN_FLIGHT = 1000
#: Of the calls in flight one in so many is refused, alone.
REFUSED_EACH = 500
SET = 500
OFFICERS = {"apply": "unit_make", "review": "unit_review", "approve": "treasury_review"}


def run(bench: Bench) -> Iterator[Measure]:
    """Each step in sets and one by one, in turns; then requests of both kinds."""
    found = [_Stage(bench, name, code) for name, code in (("sets", "sets"), ("singles", "singles"))]
    rates = in_turns(bench.scale.rounds, *(stage.rates for stage in found))
    for step in OFFICERS:
        sets, singles = ([each[step] for each in side] for side in rates)
        yield Measure(
            f"desk.{step}", f"{step}, single calls, {IN_FLIGHT} in flight", "calls/s", spread(singles),
            f"the same in sets of {SET}", spread(sets), **at_least(0.5, "of sets"),
        )  # fmt: skip
    for stage in found:
        stage.prove()
    yield _over_http(bench)


@dataclass
class _Stage:
    """Payments of a city of its own, taken from application to approval, round by round."""

    bench: Bench
    name: str
    way: str
    asked: int = 0

    def rates(self) -> dict[str, float]:
        """Calls per second of each step."""
        database = f"desk_{self.name}"
        if not self.asked:
            paying.found(self.bench, database, self.bench.scale.quotas).close()
        count = self.bench.scale.applications // 4
        wanted = paying.applications(self.asked, count, self.bench.scale.quotas)
        self.asked += count
        self.bench.settle()
        dsn = self.bench.dsn(database)
        return _in_sets(dsn, wanted) if self.way == "sets" else asyncio.run(_one_by_one(dsn, wanted))

    def prove(self) -> None:
        """All were approved but those that were refused, and the ledger is sound."""
        with self.bench.connect(f"desk_{self.name}") as conn:
            city.require_proven(conn)
            row = conn.execute("select count(*) from treasury_payment where state = 'approved'").fetchone()
            assert row is not None and row[0] >= self.asked * 0.99, row
        self.bench.drop(f"desk_{self.name}")


def _in_sets(dsn: str, wanted: Sequence[treasury.PaymentApplication]) -> dict[str, float]:
    numbers = [one.pay_app_no for one in wanted]
    found: dict[str, float] = {}
    with psycopg.connect(dsn, autocommit=True) as conn:
        work: dict[str, Callable[[int], object]] = {
            "apply": lambda at: treasury.apply(conn, wanted[at : at + SET], by="unit_make", on=paying.DAY),
            "review": lambda at: treasury.review(
                conn, numbers[at : at + SET], by="unit_review", on=paying.DAY
            ),
            "approve": lambda at: treasury.approve(
                conn, numbers[at : at + SET], by="treasury_review", on=paying.DAY
            ),
        }  # fmt: skip
        for step, serve in work.items():
            started = time.perf_counter()
            for at in range(0, len(wanted), SET):
                serve(at)
            found[step] = len(wanted) / (time.perf_counter() - started)
    return found


async def _one_by_one(dsn: str, wanted: Sequence[treasury.PaymentApplication]) -> dict[str, float]:
    found: dict[str, float] = {}
    async with Desk(lambda: psycopg.connect(dsn, autocommit=True)) as desk:
        for step in OFFICERS:
            calls = iter([_call(step, one, place) for place, one in enumerate(wanted)])
            started = time.perf_counter()
            refused = sum(await asyncio.gather(*(_client(desk, calls) for _ in range(IN_FLIGHT))))
            found[step] = len(wanted) / (time.perf_counter() - started)
            assert refused == -(-len(wanted) // REFUSED_EACH), refused
    return found


def _call(step: str, one: treasury.PaymentApplication, place: int) -> Asked:
    case, is_wrong = use_case(f"treasury.{step}"), place % REFUSED_EACH == 0 and step != "apply"
    number = f"NONE{place}" if is_wrong else one.pay_app_no
    said = {} if step == "apply" else {"note": ""}
    by = OFFICERS[step]
    if step == "apply" and place % REFUSED_EACH == 0:
        by = "unit_review"  # who may not apply
    return Asked(case, number, one if step == "apply" else number, paying.DAY, said, by=by)


async def _client(desk: Desk, calls: Iterator[Asked]) -> int:
    refused = 0
    for one in calls:
        try:
            await desk.ask(one)
        except Exception:
            refused += 1
    return refused


def _over_http(bench: Bench) -> Measure:
    """Applications by HTTP, beside requests to an endpoint that does nothing, of the same server."""
    database = "desk_http"
    paying.found(bench, database, bench.scale.quotas).close()
    with bench.connect(database) as conn:
        token = open_session(conn, "unit_make")
    count, asked = bench.scale.applications // 8, 0

    def applying() -> float:
        nonlocal asked
        wanted = paying.applications(asked, count, bench.scale.quotas)
        asked += count
        bodies = [json.dumps(asdict(one) | {"on": str(paying.DAY)}) for one in wanted]
        return _load(port, [("POST", "/api/treasury/apply", body, token) for body in bodies], {"201": count})

    def nothing() -> float:
        return _load(port, [("GET", "/api/ping", "", "")] * count, {"200": count})

    with _server(bench.dsn(database)) as port:
        nothing()
        pings, applied = in_turns(bench.scale.rounds, nothing, applying)
    with bench.connect(database) as conn:
        city.require_proven(conn)
        assert conn.execute("select count(*) from treasury_payment").fetchone() == (asked,)
    bench.drop(database)
    return Measure("desk.http", "applications by HTTP, each its own request", "requests/s", spread(applied),
                   "an endpoint that does nothing, same server", spread(pings),
                   **at_least(0.5, "of nothing"))  # fmt: skip


def _load(port: int, requests: Sequence[tuple[str, str, str, str]], wanted: dict[str, int]) -> float:
    given = json.dumps({"port": port, "requests": requests})
    command = [sys.executable, "-m", "benchmarks.http_load"]
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["statuses"] == wanted, said
    return float(said["rate"])


@contextmanager
def _server(dsn: str) -> Iterator[int]:
    """The port of a server of the API over a database, a process of its own."""
    command = [sys.executable, "-m", "fisc.cli.main", "serve", "--port", "0"]
    env = {**os.environ, "DATABASE_URL": dsn}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            said = server.stdout.readline()
            found = re.search(r":(\d+)/api", said)
            assert found, said
            yield int(found[1])
        finally:
            server.terminate()
