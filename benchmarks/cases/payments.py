"""Single durable quota-checked payments, beside pgbench's TPC-B-like transactions."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import psycopg

from benchmarks.cases import city
from benchmarks.measure import Measure, at_least, in_turns, percentile, spread, within
from benchmarks.scratch import Bench, tpcb_rate
from fisc.kernel import Coding, QuotaShortfall, post
from fisc.kernel.teller import Teller

IN_FLIGHT = 1000
#: Every hundredth request asks for more than the quota holds.
REFUSED_EACH = 100
TPCB = "pgbench TPC-B-like, best of 8 and 32 clients"
PROCESSES = 8


def run(bench: Bench) -> Iterator[Measure]:
    """All forms in turns with pgbench."""
    forms = [
        _Form(bench, "distinct", lean=False), _Form(bench, "hot", lean=False),
        _Form(bench, "distinct", lean=True), _Form(bench, "hot", lean=True),
    ]  # fmt: skip
    single = _Single(bench)
    sides = [lambda: tpcb_rate(bench), *(form.rate for form in forms), single.rate]
    tpcb, *rates, single_rates = in_turns(bench.scale.rounds, *sides)
    for form, found in zip(forms, rates, strict=True):
        form.prove()
        facts = {"in_flight": IN_FLIGHT, "requests": form.asked, "refused": form.refused,
                 "p50_ms": percentile(form.latencies, 0.5) * 1000}  # fmt: skip
        yield Measure(f"payments.{form.name}", f"payments through the teller, {form.words}", "payments/s",
                      spread(found), TPCB, spread(tpcb), **at_least(5, "TPC-B"), facts=facts)  # fmt: skip
        p99 = [1000 * value for value in form.p99]
        yield Measure(f"payments.{form.name}.p99", f"its 99th percentile, {form.words}", "ms",
                      spread(p99), **within(150, "ms"))  # fmt: skip
    single.prove()
    yield Measure("payments.single", f"one payment a transaction, 4 postings, {PROCESSES} processes",
                  "payments/s", spread(single_rates), TPCB, spread(tpcb), **at_least(1, "TPC-B"))  # fmt: skip


@dataclass
class _Form:
    """One form of payment on its own ledger, which grows from round to round."""

    bench: Bench
    quotas: str
    lean: bool
    latencies: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    asked: int = 0
    refused: int = 0
    _codings: list[Coding] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.quotas}.{2 if self.lean else 4}"

    @property
    def words(self) -> str:
        where = "ONE hot quota" if self.quotas == "hot" else f"{self.bench.scale.quotas:,} quotas"
        return f"{where}, {2 if self.lean else 4} postings each"

    @property
    def _database(self) -> str:
        return f"pay_{self.quotas}_{2 if self.lean else 4}"

    def rate(self) -> float:
        """Answered requests per second of one round."""
        if not self._codings:
            with self.bench.ledger(self._database) as conn:
                self._codings = city.found(conn, 1 if self.quotas == "hot" else self.bench.scale.quotas)
        return asyncio.run(self._round())

    async def _round(self) -> float:
        dsn = self.bench.dsn(self._database)
        latencies: list[float] = []
        warm_up, count = self.bench.scale.payments // 20, self.bench.scale.payments
        async with Teller(lambda: psycopg.connect(dsn, autocommit=True)) as teller:
            await self._ask(teller, warm_up, [])
            self.bench.settle()
            gc.collect()
            gc.freeze()  # as a service does once it is up
            started = time.perf_counter()
            await self._ask(teller, count, latencies)
            elapsed = time.perf_counter() - started
            gc.unfreeze()
        self.latencies += latencies
        self.p99.append(percentile(latencies, 0.99))
        return count / elapsed

    async def _ask(self, teller: Teller, count: int, latencies: list[float]) -> None:
        """Keep `IN_FLIGHT` requests waiting until `count` are answered, each checked."""
        numbers = iter(range(self.asked, self.asked + count))
        await asyncio.gather(*(self._client(teller, numbers, latencies) for _ in range(IN_FLIGHT)))
        self.asked += count

    async def _client(self, teller: Teller, numbers: Iterator[int], latencies: list[float]) -> None:
        codings, lean = self._codings, self.lean
        for number in numbers:
            too_much = number % REFUSED_EACH == 0
            fen = 2 * city.GRANTED_FEN if too_much else city.PAID_FEN
            started = time.perf_counter()
            answer = teller.post(
                city.payment(f"pay-{number:09}", codings[number % len(codings)], lean=lean, fen=fen)
            )
            try:
                await answer
                assert not too_much, number
            except QuotaShortfall:
                assert too_much, number
                self.refused += 1
            latencies.append(time.perf_counter() - started)

    def prove(self) -> None:
        """Each request had its own answer, and the ledger holds what was granted."""
        with self.bench.connect(self._database) as conn:
            city.require_proven(conn)
            row = conn.execute("select count(*) from ledger.entry where natural_key like 'pay-%'").fetchone()
            assert row == (self.asked - self.refused,)
        self.bench.drop(self._database)


@dataclass
class _Single:
    """Processes that post one payment a transaction."""

    bench: Bench
    _codings: list[Coding] = field(default_factory=list)
    _round: int = 0

    def rate(self) -> float:
        """Payments per second over all processes."""
        if not self._codings:
            with self.bench.ledger("pay_single") as conn:
                self._codings = city.found(conn, self.bench.scale.quotas)
        self._round += 1
        spawn = multiprocessing.get_context("spawn")
        barrier, counts = spawn.Barrier(PROCESSES), spawn.Queue()
        given = (self.bench.dsn("pay_single"), self.bench.scale.single_seconds, barrier, counts)
        processes = [
            spawn.Process(target=_pay_alone, args=(*given, f"{self._round}-{n}", self._codings[n::PROCESSES]))
            for n in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        rate = sum(counts.get(timeout=300) for _ in processes)
        for process in processes:
            process.join()
        return float(rate)

    def prove(self) -> None:
        with self.bench.connect("pay_single") as conn:
            city.require_proven(conn)
        self.bench.drop("pay_single")


def _pay_alone(
    dsn: str, duration: float, barrier: Barrier, counts: Queue[float], name: str, codings: Sequence[Coding]
) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        for number in range(20):  # plans and ids are known to a service that has run for a while
            post(conn, [city.payment(f"warm-{name}-{number}", codings[number % len(codings)])])
        gc.collect()
        gc.freeze()
        barrier.wait()
        done, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < duration:
            post(conn, [city.payment(f"one-{name}-{done}", codings[done % len(codings)])])
            done += 1
        counts.put(done / elapsed)
