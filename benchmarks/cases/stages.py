"""Payments through all their stages: in sets, one by one, and as their number grows."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.cases import city, paying
from benchmarks.measure import Measure, at_least, in_turns, seconds, spread
from benchmarks.scratch import Bench, tpcb_rate

QUOTAS = 1_000
STAGES = 6
SET = 1_000


def run(bench: Bench) -> Iterator[Measure]:
    """Sets of a thousand and single payments, in turns with pgbench."""
    conn = paying.found(bench, "stages", QUOTAS)
    counts = {"asked": 0}

    def rate(payments: int, size: int) -> float:
        took = 0.0
        for _ in range(payments // size):
            wanted = paying.applications(counts["asked"], size, QUOTAS)
            counts["asked"] += size
            took += seconds(lambda wanted=wanted: paying.pay(conn, wanted))
        return payments / took

    sets, ones = bench.scale.stage_payments, bench.scale.stage_singles
    size = min(SET, sets)
    tpcb, grouped, single = in_turns(
        bench.scale.rounds, lambda: tpcb_rate(bench), lambda: rate(sets, size), lambda: rate(ones, 1)
    )
    city.require_proven(conn)
    conn.close()
    bench.drop("stages")
    words = f"payments through {STAGES} stages (apply, review, approve, certify, send, paid)"
    yield Measure(
        "stages.grouped", f"{words}, sets of {size:,}", "payments/s", spread(grouped),
        "pgbench TPC-B-like, best of 8 and 32 clients", spread(tpcb), **at_least(0.25, "TPC-B"),
        facts={"stages_per_second": STAGES * spread(grouped).median},
    )  # fmt: skip
    yield Measure(
        "stages.single", f"{words}, one payment a call, one client", "payments/s", spread(single),
        "payments in sets, the same run", spread(grouped), **at_least(0.02, "sets"),
        facts={"stages_per_second": STAGES * spread(single).median},
    )  # fmt: skip


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
