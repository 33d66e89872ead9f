"""Single durable quota-checked payments, beside pgbench's TPC-B-like transactions."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import psycopg

from benchmarks.cases import city, paying
from benchmarks.measure import Measure, at_least, in_turns, of_processes, percentile, spread, within
from benchmarks.scratch import Bench, tpcb_rate
from fisc.documents.desk import Asked, Desk
from fisc.kernel import Coding, QuotaShortfall, post
from fisc.treasury.services import PaymentApplication
from fisc.use_cases import use_case

IN_FLIGHT = 1000
#: Every hundredth request asks for more than the quota holds.
REFUSED_EACH = 100
_APPLY = use_case("treasury.apply")
TPCB = "pgbench TPC-B-like, best of 8 and 32 clients"
PROCESSES = 8


def run(bench: Bench) -> Iterator[Measure]:
    """All forms in turns with pgbench."""
    forms = [_Form(bench, "distinct", bench.scale.quotas), _Form(bench, "hot", 1)]
    single = _Single(bench)
    sides = [lambda: tpcb_rate(bench), *(form.rate for form in forms), single.rate]
    tpcb, *rates, single_rates = in_turns(bench.scale.rounds, *sides)
    for form, found in zip(forms, rates, strict=True):
        form.prove()
        facts = {"in_flight": IN_FLIGHT, "requests": form.asked, "refused": form.refused,
                 "p50_ms": percentile(form.latencies, 0.5) * 1000}  # fmt: skip
        yield Measure(f"payments.{form.name}", f"single applications handed in at the desk, {form.words}",
                      "payments/s", spread(found), TPCB, spread(tpcb), **at_least(1, "TPC-B"),
                      facts=facts)  # fmt: skip
        p99 = [1000 * value for value in form.p99]
        yield Measure(f"payments.{form.name}.p99", f"its 99th percentile, {form.words}", "ms",
                      spread(p99), **within(500, "ms"))  # fmt: skip
    single.prove()
    yield Measure("payments.single", f"one payment a transaction, 4 postings, {PROCESSES} processes",
                  "payments/s", spread(single_rates), TPCB, spread(tpcb), **at_least(1, "TPC-B"))  # fmt: skip


@dataclass
class _Form:
    """Applications at the desk of a city of its own, which grows from round to round."""

    bench: Bench
    name: str
    quotas: int
    latencies: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    asked: int = 0
    refused: int = 0

    @property
    def words(self) -> str:
        return "ONE hot quota" if self.quotas == 1 else f"{self.quotas:,} quotas"

    @property
    def _database(self) -> str:
        return f"desk_{self.name}"

    def rate(self) -> float:
        """Answered requests per second of one round."""
        if not self.asked:
            paying.found(self.bench, self._database, self.quotas).close()
        return asyncio.run(self._round())

    async def _round(self) -> float:
        dsn = self.bench.dsn(self._database)
        latencies: list[float] = []
        count = self.bench.scale.applications
        async with Desk(lambda: psycopg.connect(dsn, autocommit=True)) as desk:
            await self._ask(desk, count // 20, [])
            self.bench.settle()
            gc.collect()
            gc.freeze()  # as a service does once it is up
            started = time.perf_counter()
            await self._ask(desk, count, latencies)
            elapsed = time.perf_counter() - started
            gc.unfreeze()
        self.latencies += latencies
        self.p99.append(percentile(latencies, 0.99))
        return count / elapsed

    async def _ask(self, desk: Desk, count: int, latencies: list[float]) -> None:
        """Keep `IN_FLIGHT` applications waiting until `count` are answered, each checked."""
        wanted = iter(paying.applications(self.asked, count, self.quotas))
        await asyncio.gather(*(self._client(desk, wanted, latencies) for _ in range(IN_FLIGHT)))
        self.asked += count

    async def _client(self, desk: Desk, wanted: Iterator[PaymentApplication], latencies: list[float]) -> None:
        for number, one in enumerate(wanted):
            too_much = number % REFUSED_EACH == 0
            given = replace(one, amount_fen=paying.TOO_MUCH_FEN) if too_much else one
            started = time.perf_counter()
            answer = desk.ask(Asked(_APPLY, given.pay_app_no, given, paying.DAY, by="unit_make"))
            try:
                assert await answer and not too_much, given
            except QuotaShortfall:
                assert too_much, given
                self.refused += 1
            latencies.append(time.perf_counter() - started)

    def prove(self) -> None:
        """Each request had its own answer, and the ledger holds what was granted."""
        with self.bench.connect(self._database) as conn:
            city.require_proven(conn)
            row = conn.execute("select count(*) from treasury_payment").fetchone()
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
        given = (self.bench.dsn("pay_single"), self.bench.scale.single_seconds)
        return of_processes(
            _pay_alone,
            [(*given, f"{self._round}-{n}", self._codings[n::PROCESSES]) for n in range(PROCESSES)],
        )

    def prove(self) -> None:
        with self.bench.connect("pay_single") as conn:
            city.require_proven(conn)
        self.bench.drop("pay_single")


def _pay_alone(
    dsn: str, duration: float, name: str, codings: Sequence[Coding], barrier: Barrier, counts: Queue[float]
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
