"""Payments through all their stages: in sets, one by one, and as their number grows."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import psycopg

from benchmarks.cases import city, paying
from benchmarks.measure import Measure, at_least, in_turns, of_processes, seconds, spread
from benchmarks.scratch import Bench, tpcb_rate

QUOTAS = 1_000
STAGES = 6
SET = 1_000
#: As many as there are cores where this is measured; pgbench has more than it needs to keep them busy.
CLIENTS = 2
#: Sets of each client before the clock starts.
WARM_UP = 4


def run(bench: Bench) -> Iterator[Measure]:
    """Sets of a thousand by one client and by two, and single payments, in turns with pgbench."""
    paying.found(bench, "stages", QUOTAS).close()
    sets, ones = bench.scale.stage_payments, bench.scale.stage_singles
    size = min(SET, sets)
    clients = _Clients(bench.dsn("stages"))
    tpcb, together, alone, single = in_turns(
        bench.scale.rounds, lambda: tpcb_rate(bench), lambda: clients.rate(CLIENTS, sets, size),
        lambda: clients.rate(1, sets, size), lambda: clients.rate(1, ones, 1),
    )  # fmt: skip
    with bench.connect("stages") as conn:
        city.require_proven(conn)
    bench.drop("stages")
    words = f"payments through {STAGES} stages (apply, review, approve, certify, send, paid)"
    peer = "pgbench TPC-B-like, best of 8 and 32 clients"
    for name, found, who in (
        ("grouped", together, f"{CLIENTS} clients"),
        ("grouped.alone", alone, "one client"),
    ):
        yield Measure(
            f"stages.{name}", f"{words}, sets of {size:,}, {who}", "payments/s", spread(found),
            peer, spread(tpcb), **at_least(1, "TPC-B"),
            facts={"stages_per_second": STAGES * spread(found).median},
        )  # fmt: skip
    yield Measure(
        "stages.single", f"{words}, one payment a call, one client", "payments/s", spread(single),
        "payments in sets, one client, the same run", spread(alone), **at_least(0.02, "sets"),
        facts={"stages_per_second": STAGES * spread(single).median},
    )  # fmt: skip


class _Clients:
    """Processes that pay, each with a connection of its own; what they pay grows from round to round."""

    def __init__(self, dsn: str) -> None:
        self._dsn, self._asked = dsn, 0

    def rate(self, clients: int, payments: int, size: int) -> float:
        """Payments per second of all clients, `payments` by each, in sets of `size`."""
        each = payments + WARM_UP * size
        firsts = [self._asked + each * client for client in range(clients)]
        self._asked += each * clients
        return of_processes(_pay_in_sets, [(self._dsn, first, payments, size) for first in firsts])


def _pay_in_sets(
    dsn: str, first: int, payments: int, size: int, barrier: Barrier, rates: Queue[float]
) -> None:
    """A client: sets of payments through every stage, one after the other; tells its payments per second."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for done in range(WARM_UP):  # plans and ids are known to a service that has run for a while
            paying.pay(conn, paying.applications(first + done * size, size, QUOTAS))
        wanted = [
            paying.applications(first + (WARM_UP + done) * size, size, QUOTAS)
            for done in range(payments // size)
        ]
        barrier.wait()
        took = seconds(lambda: [paying.pay(conn, one) for one in wanted])
        rates.put(payments / took)


def run_growth(bench: Bench) -> Iterator[Measure]:
    """What a payment costs when there are ten, a hundred and a thousand times as many before it."""
    conn = paying.found(bench, "growth", QUOTAS)
    size = bench.scale.growth_set
    done, costs = 0, []
    for target in bench.scale.growth:
        while done < target:
            wanted = paying.applications(done, size, QUOTAS)
            took = seconds(lambda wanted=wanted: paying.pay(conn, wanted))
            done += size
        last = [took]
        for _ in range(2):  # the cost at this size is the median of three sets
            wanted = paying.applications(done, size, QUOTAS)
            last.append(seconds(lambda wanted=wanted: paying.pay(conn, wanted)))
            done += size
        costs.append([1e6 * value / size for value in last])
    conn.close()
    bench.drop("growth")
    sizes = bench.scale.growth
    for size_now, cost in zip(sizes, costs, strict=True):
        yield Measure(
            f"stages.after_{size_now}", f"one payment through all stages after {size_now:,} others", "us",
            spread(cost), f"after {sizes[0]:,} others", spread(costs[0]),
            **at_least(0.66, "the speed at first"),
        )  # fmt: skip
