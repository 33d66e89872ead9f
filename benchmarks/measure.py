"""What a row yields: our figure and a peer's, taken in turns in the same minutes."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of several repetitions."""

    median: float
    low: float
    high: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    return Spread(median(values), min(values), max(values), len(values))


def limit(value: float) -> Spread:
    """A fixed bound in a peer's place."""
    return Spread(value, value, value, 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """One comparison. `unit` is 's', 'ms' or 'MB' (less is better) or '…/s' (more is better).

    `goal_ratio` is the least ratio wanted, None where the row only informs.
    """

    key: str
    what: str
    unit: str
    ours: Spread
    peer_name: str
    peer: Spread
    goal_ratio: float | None = None
    goal: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How many times as good as the peer; 1 is equal."""
        if self.unit.endswith("/s"):
            return self.ours.median / self.peer.median
        return self.peer.median / self.ours.median

    @property
    def reached(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        return None if self.goal_ratio is None else self.ratio >= self.goal_ratio

    def as_json(self) -> dict[str, Any]:
        """Everything, with the ratio worked out."""
        return {**asdict(self), "ratio": self.ratio, "reached": self.reached}


def in_turns(rounds: int, *sides: Callable[[], float]) -> list[list[float]]:
    """Call the sides A B A B …; for each side, what it returned in each round."""
    found: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for values, side in zip(found, sides, strict=True):
            values.append(side())
    return found


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, with yesterday's garbage out of the way."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def of_processes(work: Callable[..., None], each: Sequence[tuple[Any, ...]]) -> float:
    """The sum of what processes tell, one for each of `each`.

    `work` takes that, a barrier at which all wait before the clock starts, and the queue they tell into.
    """
    spawn = multiprocessing.get_context("spawn")
    barrier, told = spawn.Barrier(len(each)), spawn.Queue()
    processes = [spawn.Process(target=work, args=(*given, barrier, told)) for given in each]
    for process in processes:
        process.start()
    total = sum(told.get(timeout=600) for _ in processes)
    for process in processes:
        process.join()
    return float(total)


def at_least(ratio: float, of: str) -> dict[str, Any]:
    """The goal of a rate, or of a time against a peer's."""
    return {"goal_ratio": ratio, "goal": f">= {ratio:g}x {of}"}


def within(value: float, unit: str) -> dict[str, Any]:
    """The goal of staying below a limit, with the limit as the peer."""
    return {"peer_name": f"limit {value:g} {unit}", "peer": limit(value), "goal_ratio": 1.0,
            "goal": f"< {value:g} {unit}"}  # fmt: skip


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
