"""Single payments of this tree and of an older one, in turns: `python -m benchmarks.beside OLDER`.

OLDER is a worktree with an environment: `git worktree add ../older COMMIT && make -C ../older setup`.
Each side runs its own code in a process of its own, on a scratch server of its own with its own settings;
what the other one left in the machine's caches falls on both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles

HERE = Path(__file__).parents[1]
QUOTAS = 1_000
#: Payments before the clock starts: plans and ids are known to a service that has run for a while.
WARM_UP = 100


def pay_on_request() -> None:
    """In a tree: for each number on a line of input, so many single payments; milliseconds of each."""
    import psycopg

    from benchmarks.cases import city, paying
    from benchmarks.scale import SMALL
    from benchmarks.scratch import Bench, scratch_home

    with scratch_home() as home:
        bench, done = Bench(SMALL, home), 0
        paying.found(bench, "beside", QUOTAS).close()
        with psycopg.connect(bench.dsn("beside"), autocommit=True) as conn:
            for line in sys.stdin:
                wanted = [paying.applications(done + n, 1, QUOTAS) for n in range(int(line))]
                done += len(wanted)
                print(*(f"{_milliseconds(conn, one):.3f}" for one in wanted), flush=True)
            city.require_proven(conn)


def _milliseconds(conn: object, wanted: object) -> float:
    from benchmarks.cases import paying

    began = time.perf_counter()
    paying.pay(conn, wanted)  # type: ignore[arg-type]
    return 1e3 * (time.perf_counter() - began)


@contextmanager
def _side(tree: Path) -> Iterator[subprocess.Popen[str]]:
    command = [str(tree / ".venv/bin/python"), __file__, "--pay", str(tree)]
    environment = os.environ | {"PYTHONPATH": str(tree)}  # this file's worker, over the packages of that tree
    with subprocess.Popen(
        command, cwd=tree, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
    if process.returncode:
        raise SystemExit(f"{tree}: {process.returncode}")


def _ask(process: subprocess.Popen[str], payments: int) -> list[float]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(f"{payments}\n")
    process.stdin.flush()
    return [float(word) for word in process.stdout.readline().split()]


def compare(older: Path, rounds: int, payments: int) -> None:
    """Print rates and latencies of both sides, and how many times the older side's ours are."""
    found: dict[str, list[list[float]]] = {"older": [], "this": []}
    with ExitStack() as stack:
        sides = {name: stack.enter_context(_side(tree)) for name, tree in (("older", older), ("this", HERE))}
        for process in sides.values():
            _ask(process, WARM_UP)
        for _ in range(rounds):
            for name, process in sides.items():
                found[name].append(_ask(process, payments))
    for name, each in found.items():
        rates = [1e3 * payments / sum(one) for one in each]
        quarter, half = quantiles([ms for one in each for ms in one])[:2]
        print(f"{name}: {median(rates):.1f} payments/s ({min(rates):.1f} to {max(rates):.1f}), "
              f"latency {half:.2f} ms, a quarter below {quarter:.2f} ms")  # fmt: skip
    ratios = [sum(old) / sum(new) for old, new in zip(found["older"], found["this"], strict=True)]
    print(f"ratio of neighbouring rounds: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(prog="benchmarks.beside", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("older", type=Path)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--payments", type=int, default=200, help="in each round, on each side")
    parser.add_argument("--pay", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.pay:
        pay_on_request()
        return
    compare(given.older.resolve(), given.rounds, given.payments)


if __name__ == "__main__":
    main()
