"""Every figure of the catalogue: equal on every engine, and equal to a reference that shares no code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fisc.catalogue import CATALOGUE
from fisc.reading.algebra import Scope
from fisc.reading.engines import LiveEngine, SnapshotEngine
from fisc.reading.record import digest_of
from fisc.reading.service import Ask, FigureResult, FigureService
from fisc.reading.shelf import Shelf
from fisc.reading.snapshot import write_snapshot
from tests.reading.city import City, Reference, found_city, moves, post_moves

#: Figures from all over the catalogue.
_SOME = [i for i in CATALOGUE if not i.count(".yoy") and not i.count("completion")][::8]


@pytest.fixture
def live(ledger_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_db, autocommit=True) as conn:
        yield conn


def _services(conn: psycopg.Connection, folder: Path) -> list[FigureService]:
    write_snapshot(conn, folder)
    return [
        FigureService(LiveEngine(conn), CATALOGUE),
        FigureService(LiveEngine(conn, "posting"), CATALOGUE),
        FigureService(SnapshotEngine(folder), CATALOGUE),
    ]


def _asks(city: City, year: int, region: str, scope: Scope) -> list[Ask]:
    return [Ask(figure_id, region, year, scope) for figure_id in CATALOGUE]


def _plain(results: list[FigureResult]) -> list[object]:
    return [(r.id, r.value, r.reason, r.breakdown, r.divisions, r.row_count) for r in results]


_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
_A_LEDGER_AND_A_QUESTION = given(
    st.lists(moves, min_size=60, max_size=150),
    st.sampled_from([2022, 2023, 2025]),
    st.sampled_from([(0, "whole"), (0, "own"), (1, "own")]),
)


@_A_LEDGER_AND_A_QUESTION
@settings(max_examples=6, suppress_health_check=_SLOW)
def test_every_figure_is_equal_on_all_engines_and_to_the_reference(
    live: psycopg.Connection, tmp_path: Path, drawn: list, year: int, where: tuple[int, Scope]
) -> None:
    _check_every_figure(live, tmp_path, drawn, year, where)


@pytest.mark.heavy
@_A_LEDGER_AND_A_QUESTION
@settings(max_examples=50, suppress_health_check=_SLOW)
def test_every_figure_is_equal_over_many_ledgers(
    live: psycopg.Connection, tmp_path: Path, drawn: list, year: int, where: tuple[int, Scope]
) -> None:
    _check_every_figure(live, tmp_path, drawn, year, where)


def _check_every_figure(
    live: psycopg.Connection, tmp_path: Path, drawn: list, year: int, where: tuple[int, Scope]
) -> None:
    city = found_city(live)
    entries = post_moves(live, city, drawn)
    region, scope = city.regions[where[0]][:6], where[1]
    asks = _asks(city, year, region, scope)
    services = _services(live, tmp_path)
    results = [service.get_many(asks) for service in services]
    assert _plain(results[0]) == _plain(results[1]) == _plain(results[2])
    reference = Reference(city, entries)
    for result in results[0]:
        expected = reference.value(result.id, city.regions[where[0]], year, scope)
        assert result.value == expected, result
        assert (result.value is None) == bool(result.reason)


@given(st.lists(moves.map(lambda m: replace(m, year=2025)), min_size=30, max_size=80))
@settings(max_examples=2, suppress_health_check=_SLOW)
def test_breakdown_rows_and_digest_come_from_the_selection_of_the_value(
    live: psycopg.Connection, tmp_path: Path, drawn: list
) -> None:
    city = found_city(live)
    post_moves(live, city, drawn)
    services = _services(live, tmp_path)
    asks = [Ask(i, city.code, 2025) for i in _SOME]
    _check_rows_read_together(services, asks)
    for result in services[0].get_many(asks):
        if result.value is None or result.operands or result.unit != "fen":
            continue
        assert sum(line.value for line in result.breakdown) == result.value
        read = [service.rows(result.ask, None) for service in services]
        assert read[0] == read[1] == read[2]
        assert len(read[0]) == result.row_count
        assert abs(sum(row.amount_fen for row in read[0])) == abs(result.value)
        assert services[2].rows(result.ask, 2) == services[0].rows(result.ask, 2) == read[0][:2]
        digests = {digest_of(service.keys(result.ask)) for service in services}
        assert len(digests) == 1
        assert digests.pop()[1] == result.row_count


def _check_rows_read_together(services: list[FigureService], asks: list[Ask]) -> None:
    """Many figures opened at once show what each shows alone, on every engine."""
    alone = [services[0].rows(ask, None)[:3] for ask in asks]
    assume(any(alone))
    for service in services:
        assert service.rows_of_each(asks, 3) == alone
        shelf = Shelf(service, 3)
        for ask in asks[1:]:
            shelf.put(ask)
        assert [shelf.rows(ask) for ask in asks] == alone
        assert Shelf(service, None).rows(asks[0])[:3] == alone[0]
