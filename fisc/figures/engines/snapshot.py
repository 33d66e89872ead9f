"""A Parquet snapshot of the ledger, read by DuckDB: figures away from the live database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import polars as pl

from fisc.figures.algebra import ELEMENTS
from fisc.figures.bind import FigureError
from fisc.figures.engines import star
from fisc.figures.engines.base import CELL_TYPES, Cells, Matched, Report, Row

MANIFEST = "manifest.json"
TABLES = ("posting", "entry", "coding", "account", "region", "document")

_MATCH = (
    "p.account_id in (select unnest($accounts::smallint[])) "
    "and p.coding_id in (select unnest($codings::int[])) and p.period between $low and $high"
)
_KNOWN = " and p.entry_id in (select k.id from ledger.entry k where k.posted_at <= $as_of::timestamptz)"

_ROWS = """
    with p as (select * from ledger.posting p where {match}
               order by account_id, coding_id, period, entry_id, line limit $limit),
         e as (select * from ledger.entry where id in (select entry_id from p))
    select p.entry_id, p.line, p.amount_fen, a.book || ':' || a.code, a.name, p.coding_id, p.period,
           e.business_date, e.natural_key, e.summary, e.rule_code, e.source_ref, epoch_us(e.posted_at),
           coalesce(d.title, ''), coalesce(d.doc_no, ''), coalesce(d.source_name, '')
    from p join e on e.id = p.entry_id join ledger.account a on a.id = p.account_id
    left join ledger.document d on d.id = e.document_id
    order by p.account_id, p.coding_id, p.period, p.entry_id, p.line"""

_EVERYTHING = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SnapshotEngine:
    """DuckDB over the Parquet files that `fisc figures snapshot` wrote to `folder`."""

    name = "duckdb/snapshot"

    def __init__(self, folder: Path) -> None:
        self.manifest = read_manifest(folder)
        self._db = duckdb.connect()
        self._db.execute("set timezone = 'UTC'")
        self._db.execute("create schema ledger")
        for table in TABLES:
            path = str(folder / f"{table}.parquet").replace("'", "''")
            self._db.execute(f"create view ledger.{table} as select * from read_parquet('{path}')")
        self._codings: pl.DataFrame | None = None

    def close(self) -> None:
        """Release the files."""
        self._db.close()

    def regions(self) -> tuple[str, ...]:
        """See `Engine`."""
        rows = self._db.execute("select mof_div_code from ledger.region order by 1").fetchall()
        return tuple(code for (code,) in rows)

    def _frame(self, sql: str) -> pl.DataFrame:
        return cast(pl.DataFrame, pl.from_arrow(self._db.sql(sql).to_arrow_table()))

    def accounts(self) -> pl.DataFrame:
        """See `Engine`."""
        return self._frame("select id, book, code, name from ledger.account order by id")

    def codings(self, needed: pl.Series | None = None) -> pl.DataFrame:
        """See `Engine`."""
        if self._codings is None:
            columns = ", ".join(("id", "fiscal_year", *ELEMENTS))
            self._codings = self._frame(f"select {columns} from ledger.coding order by id")
        return self._codings

    def cells(
        self, accounts: tuple[int, ...], bounds: tuple[int, ...], high: int, as_of: datetime | None
    ) -> Cells:
        """See `Engine`."""
        sql = star.cells_sql(star.Reading("posting", "duckdb", as_of), accounts, bounds, high)
        return self._frame(sql).cast(pl.Schema(CELL_TYPES))

    def active(self, accounts: tuple[int, ...], low: int, high: int, as_of: datetime | None) -> pl.Series:
        """See `Engine`."""
        sql = star.active_sql(star.Reading("posting", "duckdb", as_of), accounts, low, high)
        return self._frame(sql)["coding_id"]

    def rows(self, matched: Matched, limit: int | None, as_of: datetime | None) -> list[Row]:
        """See `Engine`. Asks for a few coding blocks first: the files are sorted by them."""
        if limit is None:
            return self._rows(matched, _EVERYTHING, as_of)
        found: list[Row] = []
        for account in matched.accounts:
            for codings in _growing(matched.codings):
                if len(found) < limit:
                    part = replace(matched, accounts=(account,), codings=codings)
                    found += self._rows(part, limit - len(found), as_of)
        return found

    def _rows(self, matched: Matched, limit: int, as_of: datetime | None) -> list[Row]:
        between = (
            f" and p.coding_id between {min(matched.codings)} and {max(matched.codings)}"
            if matched.codings
            else ""
        )
        sql = _ROWS.format(match=_MATCH + between + (_KNOWN if as_of else ""))
        found = self._db.execute(sql, _parameters(matched, as_of) | {"limit": limit}).fetchall()
        return [Row(*_with_moment(row, 12)) for row in found]

    def keys(self, matched: Matched, as_of: datetime | None) -> Iterator[tuple[int, int, int]]:
        """See `Engine`."""
        sql = (
            f"select p.entry_id, p.line, p.amount_fen from ledger.posting p "
            f"where {_MATCH}{_KNOWN if as_of else ''} order by 1, 2"
        )
        result = self._db.cursor().execute(sql, _parameters(matched, as_of))
        while block := result.fetchmany(50_000):
            yield from block

    def reports(self, kind: str, fiscal_year: int, as_of: datetime | None) -> list[Report]:
        """See `Engine`."""
        rows = self._db.execute(
            "select d.natural_key, d.title, r.mof_div_code, d.fiscal_year, epoch_us(d.recorded_at), "
            "d.payload from ledger.document d join ledger.region r on r.id = d.region_id "
            "where d.kind = $kind and d.fiscal_year = $year "
            "and ($as_of::timestamptz is null or d.recorded_at <= $as_of::timestamptz) order by d.id",
            {"kind": kind, "year": fiscal_year, "as_of": as_of.isoformat() if as_of else None},
        ).fetchall()
        return [Report(*_with_moment((*row[:5], json.loads(row[5])), 4)) for row in rows]


def _growing(codings: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The coding blocks in order, in pieces each eight times the one before."""
    start, size = 0, 64
    while start < len(codings):
        yield codings[start : start + size]
        start, size = start + size, size * 8


def _with_moment(row: tuple[Any, ...], place: int) -> list[Any]:
    """The row with the microseconds since 1970 at `place` as a moment."""
    values = list(row)
    values[place] = _EPOCH + timedelta(microseconds=values[place])
    return values


def _parameters(matched: Matched, as_of: datetime | None) -> dict[str, Any]:
    given: dict[str, Any] = {
        "accounts": list(matched.accounts), "codings": list(matched.codings),
        "low": matched.low, "high": matched.high,
    }  # fmt: skip
    return given | ({"as_of": as_of.isoformat()} if as_of else {})


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the snapshot in `folder` says of itself; raises FigureError where there is none."""
    path = folder / MANIFEST
    if not path.is_file():
        raise FigureError(
            f"{folder} 里没有快照清单 {MANIFEST}", hint="请先运行 fisc figures snapshot --out 目录"
        )
    manifest: dict[str, Any] = json.loads(path.read_text("utf8"))
    return manifest
