"""The annual summary of a simulated city, live and from its snapshot, and how its cost grows."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import psycopg

from benchmarks.measure import Measure, at_least, in_turns, limit, seconds, spread, within
from benchmarks.scratch import Bench
from fisc import app
from fisc.catalogue import CATALOGUE
from fisc.cli.main import GARBAGE_AFTER
from fisc.cli.report_annual import ROWS_SHOWN
from fisc.reading.engines import Engine, LiveEngine, SnapshotEngine
from fisc.reading.service import Ask, FigureResult, FigureService
from fisc.reading.snapshot import write_snapshot
from fisc.report.annual import Annual
from fisc.report.formats import render
from fisc.report.source import LedgerSource, city_scope
from fisc.sim import run as sim
from fisc.sim.line import DayConnection

REGION, YEARS, SEED = "150600", (2021, 2022), 7
_LIVE, _SNAPSHOT = "live", "from the Parquet snapshot"
_WITHIN = {_LIVE: 2.0, _SNAPSHOT: 2.0}
_FILES = {"docx": 3, "html": 5, "pdf": 3}

Round = list[Ask]
Where = Literal["live", "from the Parquet snapshot"]


@dataclass(frozen=True, slots=True)
class City:
    """A simulated city of some scale: its ledger, its snapshot, how many postings it has."""

    scale: float
    conn: psycopg.Connection
    folder: Path
    postings: int
    written_s: float

    def engine(self, where: Where) -> Engine:
        """A new engine that remembers nothing; opening the snapshot is part of the cost."""
        return LiveEngine(self.conn, one_moment=True) if where == _LIVE else SnapshotEngine(self.folder)


def run(bench: Bench) -> Iterator[Measure]:
    """Two cities, tenfold in size; each measure in turns with its peer."""
    gc.set_threshold(GARBAGE_AFTER)
    repeat = max(bench.scale.rounds, 2)
    small, large = (_city(bench, scale) for scale in bench.scale.cities)
    size = f"{large.postings:,} postings of two simulated years at scale {large.scale:g}"
    rounds = _asked(large)
    for where in (_LIVE, _SNAPSHOT):
        yield from _figures(large, where, rounds, size, repeat)
    yield from _whole(large, size, repeat)
    yield from _growth(small, large, repeat)
    for city in (small, large):
        city.conn.close()


def _city(bench: Bench, scale: float) -> City:
    """The simulated city of that scale, run by the first who wants it."""
    name = f"simulated_{scale:g}".replace(".", "_")
    if not bench.has(name):
        with DayConnection.connect(app.setup(bench.empty(f"{name}_new")), autocommit=True) as line:
            assert sim.run(line, sim.Run(scale, SEED, YEARS))
        _release_django()
        bench.rename(f"{name}_new", name)
        bench.settle()
    conn, folder = bench.connect(name), bench.folder(name)
    written = seconds(lambda: write_snapshot(conn, folder))
    row = conn.execute("select count(*) from ledger.posting").fetchone()
    assert row is not None
    return City(scale, conn, folder, row[0], written)


def _release_django() -> None:
    """Let go of the database, which is about to be renamed."""
    from django.db import connections

    connections.close_all()


class _Noted(FigureService):
    """Notes what it is asked, round by round."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, CATALOGUE, one_moment=True)
        self.rounds: list[Round] = []

    def get_many(self, asks: Sequence[Ask]) -> list[FigureResult]:
        self.rounds.append(list(asks))
        return super().get_many(asks)


def _annual(service: FigureService) -> Annual:
    scope = city_scope(REGION, YEARS[-1], date(YEARS[-1], 12, 31))
    return Annual(LedgerSource(service, row_limit=ROWS_SHOWN), scope)


def _tell(city: City, where: Where) -> None:
    """Everything the summary says: its sentences with their trends, then every slot and claim."""
    annual = _annual(FigureService(city.engine(where), CATALOGUE, one_moment=True))
    annual.report()
    annual.states()


def _asked(city: City) -> list[Round]:
    """What the summary asks of the figures: sentences, trends, slots, claims."""
    noted = _Noted(city.engine(_LIVE))
    annual = _annual(noted)
    annual.report()
    annual.states()
    return noted.rounds


# ---- the figures alone


def _figures(city: City, where: Where, rounds: list[Round], size: str, repeat: int) -> Iterator[Measure]:
    """All figures in the rounds the summary asks them in, beside each figure in a query of its own."""
    asks = list(dict.fromkeys(ask for asked in rounds for ask in asked))
    assert _plain(_in_rounds(city, where, rounds)) == _plain(_one_by_one(city, _LIVE, asks))
    together, single = in_turns(
        repeat,
        lambda: seconds(lambda: _in_rounds(city, where, rounds)),
        lambda: seconds(lambda: _one_by_one(city, where, asks)),
    )
    key = where.split()[-1]
    yield Measure(
        f"summary.figures.{key}", f"the annual summary's {len(asks)} figures over {size}, {where}", "s",
        spread(together), "one query for each figure", spread(single), **at_least(5, "one by one"),
        facts={"rounds": len(rounds)},
    )  # fmt: skip


def _in_rounds(city: City, where: Where, rounds: list[Round]) -> dict[Ask, FigureResult]:
    service = FigureService(city.engine(where), CATALOGUE, one_moment=True)
    return {
        ask: result for asked in rounds for ask, result in zip(asked, service.get_many(asked), strict=True)
    }


def _one_by_one(city: City, where: Where, asks: list[Ask]) -> dict[Ask, FigureResult]:
    """Each figure by itself; the engine may keep its small tables, as any client would."""
    service = FigureService(city.engine(where), CATALOGUE)
    return {ask: service.get_many([ask])[0] for ask in asks}


def _plain(found: dict[Ask, FigureResult]) -> dict[Ask, tuple[object, ...]]:
    """What must be equal, whichever way it was asked."""
    return {ask: (r.value, r.reason, r.breakdown, r.row_count) for ask, r in found.items()}


# ---- the summary whole


def _whole(city: City, size: str, repeat: int) -> Iterator[Measure]:
    """Sentences, slots and claims; then each file, as the command writes it."""
    for where in (_LIVE, _SNAPSHOT):
        (told,) = in_turns(repeat, _timed(city, where))
        yield Measure(f"summary.{where.split()[-1]}", f"the summary whole, {where}", "s", spread(told),
                      **within(_WITHIN[where], "s"))  # fmt: skip
    for kind, bound in _FILES.items():
        (took,) = in_turns(repeat, _filed(city, kind))
        yield Measure(f"summary.{kind}", f"the summary as .{kind}, figures and vouchers included, live", "s",
                      spread(took), **within(bound, "s"))  # fmt: skip
    (copied,) = in_turns(1, lambda: seconds(lambda: _copy(city.conn)))
    yield Measure("summary.snapshot.write", f"writing the snapshot of {size}", "s", spread([city.written_s]),
                  "COPY of the same rows, kept nowhere", spread(copied))  # fmt: skip


def _timed(city: City, where: Where) -> Callable[[], float]:
    return lambda: seconds(lambda: _tell(city, where))


def _filed(city: City, kind: str) -> Callable[[], float]:
    def work() -> bytes:
        return render(_annual(FigureService(city.engine(_LIVE), CATALOGUE, one_moment=True)).report(), kind)

    return lambda: seconds(work)


def _copy(conn: psycopg.Connection) -> None:
    for table in ("posting", "entry", "coding", "document"):
        with conn.cursor().copy(f"copy ledger.{table} to stdout".encode()) as blocks:
            for _ in blocks:
                pass


# ---- how its cost grows


def _growth(small: City, large: City, repeat: int) -> Iterator[Measure]:
    """The cost of the same summary over the larger city beside its growth in postings."""
    grown = large.postings / small.postings
    words = f"from scale {small.scale:g} to {large.scale:g}"
    for where in (_LIVE, _SNAPSHOT):
        before, after = in_turns(repeat, _timed(small, where), _timed(large, where))
        times = [late / early for early, late in zip(before, after, strict=True)]
        yield Measure(
            f"summary.growth.{where.split()[-1]}", f"growth of the summary's cost {words}, {where}", "times",
            spread(times), f"growth of the postings, {small.postings:,} to {large.postings:,}", limit(grown),
            **at_least(1, "the growth of the postings: sub-linear"),
            facts={"seconds": [spread(before).median, spread(after).median]},
        )  # fmt: skip
