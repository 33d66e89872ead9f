"""The ledger a Django user would write in an afternoon, on the same payments.

Entry and posting rows are saved one by one in a transaction, after `select_for_update` on a
balance row. It checks the quota; it proves nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from benchmarks.cases import city
from benchmarks.measure import Measure, in_turns, seconds, spread
from benchmarks.scratch import Bench
from fisc.kernel import Coding, post
from fisc.kernel.gathering import Gatherer

#: As a small site's workers.
THREADS = 8


def run(bench: Bench) -> Iterator[Measure]:
    """Our payments gathered into sets, beside theirs from a pool of threads."""
    naive, gathered = _Naive(bench), _Payments(bench)
    ours, theirs = in_turns(bench.scale.rounds, gathered.rate, naive.rate)
    for database in ("orm_naive", "orm_fisc"):
        bench.drop(database)
    yield Measure("orm.payments", f"{bench.scale.orm_payments:,} payments of 2 postings in flight at once",
                  "payments/s", spread(ours), f"a naive Django ORM ledger, {THREADS} threads",
                  spread(theirs))  # fmt: skip


class _Naive:
    """Four models and a service function, as in many a tutorial."""

    def __init__(self, bench: Bench) -> None:
        from benchmarks.cases import naive

        self._bench, self._naive, self._round = bench, naive, 0
        naive.configure(bench.empty("orm_naive"))
        naive.create(bench.scale.quotas)

    def rate(self) -> float:
        """Payments per second."""
        self._round += 1
        count = self._bench.scale.orm_payments
        self._bench.settle()
        with ThreadPoolExecutor(THREADS) as threads:
            return count / seconds(lambda: list(threads.map(self._pay, range(count))))

    def _pay(self, number: int) -> None:
        quota = number % self._bench.scale.quotas + 1
        self._naive.pay(f"{self._round}-{number}", quota, city.PAID_FEN)


class _Payments:
    def __init__(self, bench: Bench) -> None:
        self._bench, self._round = bench, 0
        with bench.ledger("orm_fisc") as conn:
            self._codings: list[Coding] = city.found(conn, bench.scale.quotas)

    def rate(self) -> float:
        """Payments per second."""
        self._round += 1
        self._bench.settle()
        return self._bench.scale.orm_payments / asyncio.run(self._pay())

    async def _pay(self) -> float:
        dsn, count = self._bench.dsn("orm_fisc"), self._bench.scale.orm_payments
        connect = lambda: psycopg.connect(dsn, autocommit=True)  # noqa: E731
        async with Gatherer(connect, lambda conn, given: post(conn, given).entry_ids) as gatherer:
            clock = asyncio.get_running_loop().time
            started = clock()
            await asyncio.gather(*(gatherer.ask(self._payment(n)) for n in range(count)))
            return clock() - started

    def _payment(self, number: int) -> Any:
        coding = self._codings[number % len(self._codings)]
        return city.payment(f"orm-{self._round}-{number}", coding, lean=True)
