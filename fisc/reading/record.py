"""Writes figures down, and later recomputes what was written.

A record says what was known at a moment: recomputing it reads only what was posted by then, so
later postings and corrections do not make it false. What differs is a broken ledger, a changed
formula, or a record that was tampered with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
from cryptography.hazmat.primitives import hashes

from fisc.kernel import settle
from fisc.reading.bind import FigureError
from fisc.reading.service import Ask, FigureResult, FigureService
from fisc.reading.trace import plain
from fisc.registry.areas import Area, city_of, governments

if TYPE_CHECKING:
    from fisc.reading.models import RecordedFigure

_KEY = np.dtype([("entry_id", ">i8"), ("line", ">i4"), ("amount_fen", ">i8")])
_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about a record that no longer holds: what, as recorded, as recomputed."""

    record_id: int
    figure_id: str
    region: str
    fiscal_year: int
    what: str
    recorded: str
    recomputed: str


def digest_of(keys: Iterable[tuple[int, int, int]]) -> tuple[str, int]:
    """(SM3 in hex, number of rows) of postings given as (entry id, line, amount_fen), in that order.

    The same rows give the same digest whatever engine read them.
    """
    digest, count = hashes.Hash(hashes.SM3()), 0
    for block in _blocks(keys):
        digest.update(np.array(block, dtype=_KEY).tobytes())
        count += len(block)
    return digest.finalize().hex(), count


def _blocks(keys: Iterable[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    block: list[tuple[int, int, int]] = []
    for key in keys:
        block.append(tuple(key))  # type: ignore[arg-type]  # always three numbers
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block


def this_moment(conn: psycopg.Connection, region: str) -> datetime:
    """Now by the database's clock, once nothing posted before it is still under way in the region's area.

    `conn` must be outside a transaction, or the clock would stand still.
    """
    row = conn.execute("select ledger.clock()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    around = Area("whole", city_of(region))
    for code in (around.published, *governments(around)):
        settle(conn, code)
    return moment


def record(service: FigureService, asks: Sequence[Ask], moment: datetime) -> list[RecordedFigure]:
    """Compute figures as of `moment` and write them down, gaps too, with their reason."""
    results = service.get_many([replace(ask, as_of=moment) for ask in asks])
    found = [_row(service, result, moment) for result in results]
    for row in found:
        row.save()
    return found


def _row(service: FigureService, result: FigureResult, moment: datetime) -> RecordedFigure:
    from fisc.reading.models import RecordedFigure

    ask = result.ask
    digest, count = digest_of(service.keys(ask))
    return RecordedFigure(
        figure_id=result.id, figure_version=int(result.version), region=ask.region, scope=result.scope,
        fiscal_year=ask.fiscal_year, cutoff_month=ask.cutoff_month, as_of=moment, value=_text(result),
        unit=result.unit, reason=result.reason, posting_count=count, posting_digest=digest,
    )  # fmt: skip


def _text(result: FigureResult) -> str:
    return "" if result.value is None else str(plain(result.value))


def verify(service: FigureService, records: Iterable[RecordedFigure]) -> list[Difference]:
    """Recompute `records` and name everything that no longer holds; empty when all do."""
    return [difference for row in records for difference in _verify_one(service, row)]


def _verify_one(service: FigureService, row: RecordedFigure) -> Iterator[Difference]:
    def differs(what: str, recorded: Any, recomputed: Any) -> Difference:
        return Difference(
            row.pk, row.figure_id, row.region, row.fiscal_year, what, str(recorded), str(recomputed)
        )

    try:
        figure = service.figure(row.figure_id)
    except FigureError:
        yield differs("指标", row.figure_id, "已不在目录中")
        return
    if figure.version != row.figure_version:
        yield differs("口径版本", row.figure_version, figure.version)
        return
    scope: Any = row.scope
    ask = Ask(row.figure_id, row.region, row.fiscal_year, scope, row.as_of, row.cutoff_month)
    again = _row(service, service.get_many([ask])[0], row.as_of)
    for what, name in (("数值", "value"), ("分录数", "posting_count"), ("分录摘要", "posting_digest")):
        if getattr(row, name) != getattr(again, name):
            yield differs(what, getattr(row, name) or row.reason, getattr(again, name) or again.reason)
