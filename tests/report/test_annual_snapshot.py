"""The annual summary from a snapshot: every slot, trend and voucher as from the live ledger."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.catalogue import CATALOGUE
from fisc.cli import main
from fisc.kernel import Document, define_accounts, open_year, record_documents
from fisc.kernel.periods import close_periods
from fisc.reading.engines import Engine, LiveEngine, SnapshotEngine
from fisc.reading.service import FigureService
from fisc.reading.snapshot import write_snapshot
from fisc.report.annual import Annual
from fisc.report.ports import FigureResult
from fisc.report.source import LedgerSource, city_scope
from tests.papers import a_document
from tests.reading.city import YEARS, City, Move, accounts_known, moves, post_moves

#: Its entries are posted from the first document that is recorded.
CITY = City("150600", paper=1)
YEAR, ROWS = 2023, 5
_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture
def conn(ledger_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_db, autocommit=True) as connection:
        define_accounts(connection, accounts_known())
        for region in CITY.regions:
            for year in YEARS:
                open_year(connection, region, year)
        assert a_document(connection, CITY.own, YEAR) == CITY.paper
        yield connection


def opened(result: FigureResult | None) -> object:
    """Everything that a figure says of itself, with its rows and down through its operands."""
    if result is None:
        return None
    return (
        result.ask, result.name_zh, result.value, result.gap_reason, result.undefined_reason,
        result.breakdown, result.row_count, result.trend, () if result.operands else result.load_rows(),
        [opened(operand) for operand in result.operands],
    )  # fmt: skip


def told(engine: Engine, year: int = YEAR, month: int = 12, as_of: datetime | None = None) -> list[object]:
    """The whole summary: text, slots, claims, and every exhibit opened."""
    source = LedgerSource(FigureService(engine, CATALOGUE, one_moment=True), as_of, month, ROWS)
    annual = Annual(source, city_scope(CITY.code, year, date(year, 12, 31), through_month=month))
    report = annual.report()
    said: list[object] = [report.text(), *(opened(result) for _, result in sorted(report.exhibits.items()))]
    for state in annual.states():
        behind = state.verdict.figures if state.verdict else ()
        plain = (state.slot.n, state.state, state.value, state.shown, state.exact, state.rows, state.reason)
        said += [plain, opened(state.result), *map(opened, behind)]
    return said


def statistic(item: str, year: int, value: int) -> Document:
    payload = {"item": item, "value": value, "of": str(year)}
    return Document(f"{item}/{year}", "statistic", CITY.own, year, date(year, 12, 31), title="统计公报",
                    source_name=f"公报{year}.pdf", payload=payload)  # fmt: skip


@given(st.lists(moves, min_size=40, max_size=120), st.sampled_from([6, 11, 12]))
@settings(max_examples=5, suppress_health_check=_SLOW)
def test_the_summary_is_the_same_from_a_snapshot(
    conn: psycopg.Connection, tmp_path: Path, drawn: list[Move], month: int
) -> None:
    record_documents(conn, [statistic("grain", year, 4_400_000_000 + year) for year in (2022, 2023)])
    post_moves(conn, CITY, drawn)
    write_snapshot(conn, tmp_path)
    live, snapshot = told(LiveEngine(conn), month=month), told(SnapshotEngine(tmp_path), month=month)
    assert live == snapshot
    assert ("统计公报" in str(live)) == (month == 12), "what a whole year came to says nothing of its months"


def test_a_snapshot_tells_what_was_known_at_a_moment_before_it_and_refuses_one_after(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    post_moves(conn, CITY, [Move("revenue", 3, YEAR, 3, 0, 5_000_000)])
    between = _now(conn)
    post_moves(conn, CITY, [Move("revenue", 3, YEAR, 4, 0, 7_000_000)])
    write_snapshot(conn, tmp_path)
    live, snapshot = LiveEngine(conn), SnapshotEngine(tmp_path)
    before = told(live, as_of=between)
    assert told(snapshot, as_of=between) == before != told(snapshot)
    after = _now(conn)
    code, said, _ = run(*_SLOTS, "--as-of", after.isoformat()[:26], "--snapshot", str(tmp_path))
    assert code == 3 and "快照取自" in said and "另取快照" in said


def _now(conn: psycopg.Connection) -> datetime:
    row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


_SLOTS = ("report", "slots", "--region", CITY.code, "--year", str(YEAR), "--json")


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run(words)
    return code, out.getvalue(), err.getvalue()


def run_json(*words: str) -> Any:
    code, out, err = run(*words)
    assert code == 0, err
    return json.loads(out)


def test_the_commands_read_a_snapshot_and_no_database(
    ready_db: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as conn:
        open_year(conn, CITY.whole, YEAR)
        record_documents(conn, [statistic("grain", YEAR, 4_400_000_000)])
        post_moves(conn, CITY, [Move("revenue", 3, YEAR, 3, 0, 5_000_000_000_000)])
        close_periods(conn, [CITY.whole], range(YEAR * 100 + 1, YEAR * 100 + 13))
        write_snapshot(conn, tmp_path / "snapshot")
    rows = ("--rows", "3")
    annual = ("report", "annual", *_SLOTS[2:], "--out", str(tmp_path), "--format", "html,docx")
    live, files = run_json(*_SLOTS, *rows), run_json(*annual)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    given = ("--snapshot", str(tmp_path / "snapshot"))
    assert run_json(*_SLOTS, *rows, *given) == live
    assert live["rows"][1]["vouchers"] and live["rows"][1]["value"] == "500"
    assert run_json(*annual, *given) == files
    code, said, _ = run(*_SLOTS, "--snapshot", str(tmp_path))
    assert code == 3 and "快照清单" in said


@pytest.mark.heavy
def test_a_simulated_city_tells_the_same_from_a_snapshot(ready_db: str, tmp_path: Path) -> None:
    from fisc.sim.line import DayConnection
    from fisc.sim.run import Run
    from fisc.sim.run import run as live_through

    with DayConnection.connect(ready_db, autocommit=True) as line:
        assert live_through(line, Run(0.01, 5, (2021, 2022)))
        write_snapshot(line, tmp_path)
        live, snapshot = (told(engine, 2022) for engine in (LiveEngine(line), SnapshotEngine(tmp_path)))
    assert live == snapshot
    assert sum(isinstance(part, tuple) and "filled" in part for part in live) > 20
