"""The live ledger in PostgreSQL.

By default turnover comes from `ledger.balance_month`, which is tiny and equals the postings by
proof; a question as of a moment, or `source="posting"`, reads the postings themselves.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import polars as pl
import psycopg

from fisc.figures.algebra import ELEMENTS
from fisc.figures.engines import star
from fisc.figures.engines.base import CELL_TYPES, Cells, Matched, Report, Row

_MATCH = (
    "p.account_id = any(%(accounts)s) and p.coding_id = any(%(codings)s) "
    "and p.period between %(low)s and %(high)s"
)
_KNOWN = " and exists (select 1 from ledger.entry k where k.id = p.entry_id and k.posted_at <= %(as_of)s)"

_ROW = """
    select p.entry_id, p.line, p.amount_fen, a.book || ':' || a.code, a.name, p.coding_id, p.period,
           e.business_date, e.natural_key, e.summary, e.rule_code, e.source_ref, e.posted_at,
           coalesce(d.title, ''), coalesce(d.doc_no, ''), coalesce(d.source_name, '')
    from ({postings}) p
    join ledger.entry e on e.id = p.entry_id
    join ledger.account a on a.id = p.account_id
    left join ledger.document d on d.id = e.document_id
    order by p.account_id, p.coding_id, p.period, p.entry_id, p.line limit %(limit)s"""

# Balances say which cells hold postings, so a trace touches no more than it shows.
_FULL_CELLS = f"""
    select p.account_id, p.coding_id, p.period, sum(p.posting_count)::bigint from ledger.balance_month p
    where {_MATCH} group by 1, 2, 3 order by 1, 2, 3 limit %(limit)s offset %(offset)s"""

_OF_CELLS = """
    select f.* from unnest(%(cell_accounts)s::smallint[], %(cell_codings)s::int[], %(cell_periods)s::int[])
             as c(account_id, coding_id, period)
    cross join lateral (
        select p.* from ledger.posting p
        where p.account_id = c.account_id and p.coding_id = c.coding_id and p.period = c.period{known}
        order by p.entry_id, p.line limit %(limit)s) f"""


_ROOM_TO_HASH = "256MB"


class LiveEngine:
    """PostgreSQL, through a psycopg connection (or Django's, which wraps one)."""

    def __init__(self, conn: Any, source: star.Source = "balance") -> None:
        self._given = conn
        self._source = source
        self._codings: pl.DataFrame | None = None
        self.name = f"postgresql/{source}"

    @property
    def _conn(self) -> psycopg.Connection:
        if isinstance(self._given, psycopg.Connection):
            return self._given
        self._given.ensure_connection()
        return cast(psycopg.Connection, self._given.connection)

    def _fetch(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with psycopg.Cursor(self._conn) as cursor:
            return cursor.execute(sql.encode(), parameters).fetchall()

    def _frame(self, sql: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        """The rows of `sql` as a frame; COPY is several times faster than fetching tuples."""
        buffer = io.BytesIO()
        out = f"copy ({sql}) to stdout (format csv)".encode()
        with psycopg.Cursor(self._conn) as cursor, cursor.copy(out) as copy:
            for block in copy:
                buffer.write(block)
        if not buffer.tell():
            return pl.DataFrame(schema=schema)
        buffer.seek(0)
        found = pl.read_csv(buffer, has_header=False, schema=dict(schema))
        return found.with_columns(pl.col(pl.String).fill_null(""))

    def _cells_frame(self, reading: star.Reading, sql: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        """As `_frame`; over postings with room to hash, or PostgreSQL walks an index row by row."""
        if reading.source == "balance":
            return self._frame(sql, schema)
        with self._conn.transaction():
            (usual,) = self._fetch("show work_mem")[0]
            self._fetch("select set_config('work_mem', %(room)s, true)", {"room": _ROOM_TO_HASH})
            frame = self._frame(sql, schema)
            self._fetch("select set_config('work_mem', %(room)s, true)", {"room": usual})
        return frame

    def _reading(self, as_of: datetime | None) -> star.Reading:
        return star.Reading(self._source if as_of is None else "posting", "postgres", as_of)

    def regions(self) -> tuple[str, ...]:
        """See `Engine`."""
        return tuple(code for (code,) in self._fetch("select mof_div_code from ledger.region order by 1"))

    def accounts(self) -> pl.DataFrame:
        """See `Engine`."""
        schema = {"id": pl.Int16, "book": pl.String, "code": pl.String, "name": pl.String}
        return self._frame("select id, book, code, name from ledger.account order by id", schema)

    def codings(self, needed: pl.Series | None = None) -> pl.DataFrame:
        """See `Engine`. Coding blocks never change, so only new ones are read again.

        A block may be committed after one with a higher id: where one that is needed is not
        there, all are read afresh.
        """
        if self._codings is None:
            self._codings = self._codings_after(0)
        else:
            last = cast(int, self._codings["id"].max() or 0)
            self._codings = pl.concat([self._codings, self._codings_after(last)])
        if needed is not None and not needed.is_in(self._codings["id"].implode()).all():
            self._codings = self._codings_after(0)
        return self._codings

    def _codings_after(self, last: int) -> pl.DataFrame:
        elements = ", ".join(ELEMENTS)
        return self._frame(
            f"select id, fiscal_year, {elements} from ledger.coding where id > {last} order by id",
            {"id": pl.Int32, "fiscal_year": pl.Int16} | dict.fromkeys(ELEMENTS, pl.String),
        )

    def cells(
        self, accounts: tuple[int, ...], bounds: tuple[int, ...], high: int, as_of: datetime | None
    ) -> Cells:
        """See `Engine`."""
        reading = self._reading(as_of)
        return self._cells_frame(reading, star.cells_sql(reading, accounts, bounds, high), CELL_TYPES)

    def active(self, accounts: tuple[int, ...], low: int, high: int, as_of: datetime | None) -> pl.Series:
        """See `Engine`."""
        reading = self._reading(as_of)
        sql = star.active_sql(reading, accounts, low, high)
        return self._cells_frame(reading, sql, {"coding_id": pl.Int32})["coding_id"]

    def rows(self, matched: Matched, limit: int | None, as_of: datetime | None) -> list[Row]:
        """See `Engine`. Walks the cells in order, so that few postings are touched besides those shown."""
        parameters = _parameters(matched) | {"limit": limit, "as_of": as_of}
        known = _KNOWN if as_of else ""
        if limit is None:
            return self._rows(f"select p.* from ledger.posting p where {_MATCH}{known}", parameters)
        found: list[Row] = []
        offset = 0
        while len(found) < limit:
            parameters |= {"limit": limit - len(found), "offset": offset}
            cells = self._cells_holding(limit - len(found), parameters)
            if not cells["cell_accounts"]:
                break
            found += self._rows(_OF_CELLS.format(known=known), parameters | cells)
            offset += len(cells["cell_accounts"])
        return found

    def _rows(self, postings: str, parameters: Mapping[str, Any]) -> list[Row]:
        return [Row(*row) for row in self._fetch(_ROW.format(postings=postings), parameters)]

    def _cells_holding(self, wanted: int, parameters: Mapping[str, Any]) -> dict[str, list[int]]:
        """The next cells that together hold `wanted` postings, known by then or later; each holds some."""
        cells = self._fetch(_FULL_CELLS, parameters)
        taken, held = 0, 0
        while taken < len(cells) and held < wanted:
            held += cells[taken][3]
            taken += 1
        columns: Sequence[Sequence[int]] = list(zip(*cells[:taken], strict=True)) or [(), (), ()]
        names = ("cell_accounts", "cell_codings", "cell_periods")
        return {name: list(columns[i]) for i, name in enumerate(names)}

    def keys(self, matched: Matched, as_of: datetime | None) -> Iterator[tuple[int, int, int]]:
        """See `Engine`. Streamed, so a figure over millions of postings needs no memory for them."""
        sql = (
            f"select p.entry_id, p.line, p.amount_fen from ledger.posting p "
            f"where {_MATCH}{_KNOWN if as_of else ''} order by 1, 2"
        )
        with self._conn.transaction(), psycopg.ServerCursor(self._conn, "figure_keys") as cursor:
            cursor.itersize = 50_000
            yield from cursor.execute(sql.encode(), _parameters(matched) | {"as_of": as_of})

    def reports(self, kind: str, fiscal_year: int, as_of: datetime | None) -> list[Report]:
        """See `Engine`."""
        sql = (
            "select d.natural_key, d.title, r.mof_div_code, d.fiscal_year, d.recorded_at, d.payload "
            "from ledger.document d join ledger.region r on r.id = d.region_id "
            "where d.kind = %(kind)s and d.fiscal_year = %(year)s "
            "and (%(as_of)s::timestamptz is null or d.recorded_at <= %(as_of)s) order by d.id"
        )
        return [Report(*row) for row in self._fetch(sql, {"kind": kind, "year": fiscal_year, "as_of": as_of})]


def _parameters(matched: Matched) -> dict[str, Any]:
    return {
        "accounts": list(matched.accounts), "codings": list(matched.codings),
        "low": matched.low, "high": matched.high,
    }  # fmt: skip
