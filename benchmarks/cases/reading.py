"""Reading a large ledger: a hundred figures, one trace, and the proof of every row."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType

import duckdb
import psycopg

from benchmarks.measure import Measure, in_turns, seconds, spread, within
from benchmarks.scratch import Bench
from benchmarks.synthetic import CITY, load_postings
from fisc.catalogue import CATALOGUE
from fisc.kernel import seal, verify
from fisc.reading.engines import Engine, LiveEngine, SnapshotEngine
from fisc.reading.engines.base import Cells
from fisc.reading.engines.star import Reading, cells_sql
from fisc.reading.service import Ask, FigureService
from fisc.reading.snapshot import write_snapshot
from fisc.reading.trace import Trace, trace

DATABASE = "city"
YEAR = 2025
FIGURES = 100


def _city(bench: Bench) -> psycopg.Connection:
    """The synthetic city's ledger, loaded by the first row that wants it."""
    if not bench.has(DATABASE):
        with bench.ledger("city_new") as conn:
            load_postings(conn, bench.scale.postings)
        bench.rename("city_new", DATABASE)
    return bench.connect(DATABASE)


def run_figures(bench: Bench) -> Iterator[Measure]:
    """A hundred figures in one pass, beside the same figures asked one by one."""
    with _city(bench) as conn:
        folder = bench.folder("snapshot")
        writing = seconds(lambda: write_snapshot(conn, folder))
        live, snapshot = LiveEngine(conn), SnapshotEngine(folder)
        asks = _hundred(FigureService(live, CATALOGUE))
        _require_equal(FigureService(live, CATALOGUE), FigureService(snapshot, CATALOGUE), asks)
        repeat = max(bench.scale.rounds, 3)
        size = f"{len(asks)} figures over {bench.scale.postings:,} postings"
        for name, words, engine, bound in (
            ("snapshot", "from the Parquet snapshot", snapshot, 0.6), ("live", "live", live, 2.0),
        ):  # fmt: skip
            together, single = in_turns(repeat, _at_once(engine, asks), _one_by_one(engine, asks))
            yield Measure(f"figures.{name}", f"{size}, {words}", "s", spread(together), **within(bound, "s"),
                          facts={"snapshot_written_in_s": writing} if name == "snapshot" else {})  # fmt: skip
            yield Measure(f"figures.{name}.single", f"the same, {words}, in one pass", "s", spread(together),
                          "one query for each figure", spread(single))  # fmt: skip
        yield _beside_the_scan(folder, asks, size, repeat)
        yield from _traces(conn, folder, repeat)


def _beside_the_scan(folder: Path, asks: list[Ask], size: str, repeat: int) -> Measure:
    """The figures beside what DuckDB alone takes for the sums that they rest on, of the same file.

    The scan reads the postings of the accounts that any of the figures needs, once for each span of
    years, and sums them by account, coding block and span: no figure can be had for less.
    """
    noting = _Noting(folder)
    FigureService(noting, CATALOGUE).get_many(asks)
    assert noting.asked
    figures, scan = in_turns(
        repeat, _at_once(SnapshotEngine(folder), asks), lambda: seconds(lambda: _scan(folder, noting.asked))
    )
    noting.close()
    return Measure(
        "figures.snapshot.scan", f"{size}, from the Parquet snapshot, opened once", "s", spread(figures),
        "DuckDB's own planned scan of the same file", spread(scan),
        goal_ratio=1 / 1.5, goal="within 1.5x of the scan",
        facts={"scans": len(noting.asked)},
    )  # fmt: skip


class _Noting(SnapshotEngine):
    """Notes what sums are asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []

    def cells(
        self, accounts: tuple[int, ...], bounds: tuple[int, ...], high: int, as_of: datetime | None
    ) -> Cells:
        """As its parent."""
        self.asked.append(cells_sql(Reading("posting", as_of), accounts, bounds, high))
        return super().cells(accounts, bounds, high, as_of)


def _scan(folder: Path, statements: list[str]) -> None:
    with duckdb.connect() as db:
        db.execute("create schema ledger")
        db.execute(f"create view ledger.posting as from read_parquet('{folder / 'posting.parquet'}')")
        for statement in statements:
            db.sql(statement).to_arrow_table()


def _hundred(service: FigureService) -> list[Ask]:
    """The first hundred figures, over two years, that have a value here."""
    asks = [Ask(figure, CITY, year) for year in (YEAR, YEAR - 1) for figure in CATALOGUE]
    results = service.get_many(asks)
    found = [ask for ask, result in zip(asks, results, strict=True) if result.value is not None]
    assert len(found) >= FIGURES, len(found)
    return found[:FIGURES]


def _require_equal(one: FigureService, other: FigureService, asks: list[Ask]) -> None:
    values = [[result.value for result in service.get_many(asks)] for service in (one, other)]
    assert values[0] == values[1]


def _at_once(engine: LiveEngine | SnapshotEngine, asks: list[Ask]) -> Callable[[], float]:
    return lambda: seconds(lambda: FigureService(engine, CATALOGUE).get_many(asks))


def _one_by_one(engine: LiveEngine | SnapshotEngine, asks: list[Ask]) -> Callable[[], float]:
    service = FigureService(engine, CATALOGUE)
    return lambda: seconds(lambda: [service.get_many([ask]) for ask in asks])


def _traces(conn: psycopg.Connection, folder: Path, repeat: int) -> Iterator[Measure]:
    ask = Ask("expenditure.general", CITY, YEAR)
    engines: dict[str, Callable[[], Engine]] = {
        "live": lambda: LiveEngine(conn, one_moment=True),
        "from the snapshot": lambda: SnapshotEngine(folder),
    }
    for words, engine in engines.items():
        assert _opened(engine, ask).entries
        (took,) = in_turns(repeat, lambda e=engine: 1000 * seconds(lambda: _opened(e, ask)))  # type: ignore[misc]
        yield Measure(f"trace.{words.split()[-1]}", f"one trace to its first 100 vouchers, {words}", "ms",
                      spread(took), **within(300, "ms"))  # fmt: skip


def _opened(engine: Callable[[], Engine], ask: Ask) -> Trace:
    """The trace as `fisc trace` does it: of one moment, by an engine that knows nothing yet."""
    return trace(FigureService(engine(), CATALOGUE, one_moment=True), ask, 100)


def run_verify(bench: Bench) -> Iterator[Measure]:
    """Every proof over the sealed ledger, and how much memory it takes on both sides."""
    with _city(bench) as conn:
        sealing = seconds(lambda: seal(conn))
        bench.settle()
        with _PeakMemory(conn) as held:
            steps = _Steps()
            took = seconds(lambda: _require_ok(conn, steps))
    postings = bench.scale.postings
    yield Measure("verify.time", f"verify over {postings:,} sealed postings", "s", spread([took]),
                  **within(60, "s"), facts={"sealing_s": sealing, "steps_s": steps.seconds()})  # fmt: skip
    for who, peak in (("Python", held.python_mb), ("the PostgreSQL backend and its workers", held.peak_mb)):
        yield Measure(f"verify.memory.{who.split()[-1].lower()}", f"its peak memory, {who}", "MB",
                      spread([peak]), **within(2048, "MB"))  # fmt: skip


def _require_ok(conn: psycopg.Connection, steps: _Steps) -> None:
    report = verify(conn, steps)
    assert report.ok and not report.unsealed_entries, [c.difference for c in report.checks if not c.ok]


class _Steps:
    """Notes when each step of verify was last heard of; seals of all regions count as one."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._last: dict[str, float] = {}

    def __call__(self, step: str, _done: int, _total: int) -> None:
        self._last[step.split(maxsplit=1)[0]] = time.perf_counter()

    def seconds(self) -> dict[str, float]:
        """Step -> how long it took after the step before."""
        found, before = {}, self._started
        for step, ended in sorted(self._last.items(), key=lambda item: item[1]):
            found[step], before = round(ended - before, 1), ended
        return found


class _PeakMemory:
    """Samples this process, and what a backend and its parallel workers hold of their own.

    Where the system does not tell, both stay at 1 MB.
    """

    def __init__(self, conn: psycopg.Connection) -> None:
        self._leader = conn.info.backend_pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak_mb = self.python_mb = 1.0

    def __enter__(self) -> _PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        parent = _status(self._leader).get("PPid", "")
        while not self._done.wait(0.1):
            workers = [pid for pid in _children(parent) if _is_worker(pid)]
            held = sum(_kb(pid, "RssAnon") for pid in (self._leader, *workers))
            self.peak_mb = max(self.peak_mb, held / 1024)
            self.python_mb = max(self.python_mb, _kb(os.getpid(), "VmRSS") / 1024)


def _status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _children(parent: str) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def _is_worker(pid: int) -> bool:
    try:
        return b"parallel worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _kb(pid: int, what: str) -> int:
    return int(_status(pid).get(what, "0 kB").split()[0])
