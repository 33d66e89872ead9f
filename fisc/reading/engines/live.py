"""The live ledger in PostgreSQL.

By default turnover comes from `ledger.balance_month`, which is tiny and equals the postings by
proof; a question as of a moment, or `source="posting"`, reads the postings themselves.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeVar, cast

import polars as pl
import psycopg

from fisc.kernel.knowledge import moment_of
from fisc.kernel.periods import BEIJING, years_open
from fisc.kernel.simulation import simulation
from fisc.reading.beside import Beside, beside
from fisc.reading.engines import star
from fisc.reading.engines.base import CELL_TYPES, Booked, Cells, Matched, Report, Row, first_of_each

_MATCH = (
    "p.account_id = any(%(accounts)s) and p.coding_id = any(%(codings)s) "
    "and p.period between %(low)s and %(high)s"
)
_KNOWN = " and exists (select 1 from ledger.entry k where k.id = p.entry_id and k.posted_at <= %(as_of)s)"

_ROW = """
    select {number} p.entry_id, p.line, p.amount_fen, a.book || ':' || a.code, a.name, p.coding_id, p.period,
           e.business_date, e.natural_key, e.summary, e.rule_code, e.source_ref, e.posted_at,
           coalesce(d.title, ''), coalesce(d.doc_no, ''), coalesce(d.source_name, '')
    from ({postings}) p
    join ledger.entry e on e.id = p.entry_id
    join ledger.account a on a.id = p.account_id
    left join ledger.document d on d.id = e.document_id
    order by {number} p.account_id, p.coding_id, p.period, p.entry_id, p.line"""

# The cells wanted are known to hold postings, so a trace touches no more than it shows.
_OF_CELLS = """
    select c.number, f.* from unnest(%(number)s::int[], %(account_id)s::smallint[], %(coding_id)s::int[],
                                     %(low)s::int[], %(high)s::int[])
             as c(number, account_id, coding_id, low, high)
    cross join lateral (
        select p.* from ledger.posting p
        where p.account_id = c.account_id and p.coding_id = c.coding_id
          and p.period between c.low and c.high{known}
        order by p.period, p.entry_id, p.line limit %(limit)s) f"""

_PAPERS = """
    select max(d.dated_on),
           coalesce(array_agg(distinct d.source_name) filter (where d.source_name <> ''), '{}')
    from ledger.document d join ledger.region r on r.id = d.region_id
    where r.mof_div_code like %(divisions)s and d.fiscal_year between %(first)s and %(last)s
      and (%(as_of)s::timestamptz is null or d.recorded_at <= %(as_of)s)"""


_ROOM_TO_HASH = "256MB"
T = TypeVar("T")


class LiveEngine:
    """PostgreSQL, through a psycopg connection (or Django's, which wraps one)."""

    def __init__(self, conn: Any, source: star.Source = "balance", *, one_moment: bool = False) -> None:
        """With `one_moment` the connection always sees the same rows, so small tables are read once."""
        self._given = conn
        self._source = source
        self._codings: pl.DataFrame | None = None
        self._elements: list[str] = []
        self._said_beside: Beside | None = None
        self._once: dict[tuple[object, ...], Any] | None = {} if one_moment else None
        self.name = f"postgresql/{source}"

    @property
    def connection(self) -> psycopg.Connection:
        """The connection that it reads through, for who asks documents what no row says."""
        return self._conn

    @property
    def _conn(self) -> psycopg.Connection:
        if isinstance(self._given, psycopg.Connection):
            return self._given
        self._given.ensure_connection()
        return cast(psycopg.Connection, self._given.connection)

    @property
    def is_simulated(self) -> bool:
        """See `Engine`."""
        return simulation(self._conn) is not None

    @property
    def _beside(self) -> Beside:
        if self._said_beside is None:
            self._said_beside = beside(self._conn)
        return self._said_beside

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
        moment = moment_of(self._conn, as_of)
        return star.Reading(self._source if moment is None else "posting", moment)

    def years(self) -> dict[str, tuple[int, ...]]:
        """See `Engine`: those whose periods were opened."""
        return self._small(("years",), lambda: years_open(self._conn))

    def day(self, as_of: datetime | None) -> date:
        """See `Engine`."""
        moment = moment_of(self._conn, as_of)
        if moment is None:
            ((moment,),) = self._fetch("select latest from ledger.clock_bounds()")
        return cast(datetime, moment).astimezone(BEIJING).date()

    def booked(self, fiscal_year: int, as_of: datetime | None) -> dict[str, Booked]:
        """See `Engine`."""
        sql = star.booked_sql(fiscal_year, as_of="%(as_of)s::timestamptz")
        rows = self._fetch(sql, {"as_of": moment_of(self._conn, as_of)})
        return {code: Booked(day, closed) for code, day, closed in rows}

    def accounts(self) -> pl.DataFrame:
        """See `Engine`."""
        schema = {"id": pl.Int16, "book": pl.String, "code": pl.String, "name": pl.String}
        sql = "select id, book, code, name from ledger.account order by id"
        return self._small(("accounts",), lambda: self._frame(sql, schema))

    def _small(self, name: tuple[object, ...], read: Callable[[], T]) -> T:
        """What `read` finds; read once where all is seen at one moment."""
        if self._once is None:
            return read()
        if name not in self._once:
            self._once[name] = read()
        return cast(T, self._once[name])

    def codings(self, elements: Collection[str], needed: pl.Series | None = None) -> pl.DataFrame:
        """See `Engine`. Coding blocks never change, so only new ones are read again.

        A block may be committed after one with a higher id: where one that is needed is not
        there, all are read afresh.
        """
        if self._codings is None or not set(elements) <= set(self._codings.columns):
            self._elements = sorted({*self._elements, *elements})
            self._codings = self._codings_after(0)
        elif self._once is None:
            last = cast(int, self._codings["id"].max() or 0)
            self._codings = pl.concat([self._codings, self._codings_after(last)])
        if needed is not None and not needed.is_in(self._codings["id"].implode()).all():
            self._codings = self._codings_after(0)
        return self._codings

    def _codings_after(self, last: int) -> pl.DataFrame:
        return self._frame(
            f"{self._beside.codings(('id', *self._elements))} where c.id > {last} order by c.id",
            {"id": pl.Int32} | dict.fromkeys(self._elements, pl.String),
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

    def rows(self, matched: Matched, as_of: datetime | None) -> list[Row]:
        """See `Engine`."""
        as_of = moment_of(self._conn, as_of)
        postings = f"select p.* from ledger.posting p where {_MATCH}{_KNOWN if as_of else ''}"
        sql = _ROW.format(postings=postings, number="")
        return [Row(*row) for row in self._fetch(sql, _parameters(matched) | {"as_of": as_of})]

    def first_rows(self, wanted: pl.DataFrame, limit: int, as_of: datetime | None) -> dict[int, list[Row]]:
        """See `Engine`. Walks the cells in order, so that few postings are touched besides those shown."""
        as_of = moment_of(self._conn, as_of)
        sql = _ROW.format(postings=_OF_CELLS.format(known=_KNOWN if as_of else ""), number="p.number,")
        parameters = wanted.to_dict(as_series=False) | {"limit": limit, "as_of": as_of}
        return first_of_each(self._fetch(sql, parameters), limit)

    def keys(self, matched: Matched, as_of: datetime | None) -> Iterator[tuple[int, int, int]]:
        """See `Engine`. Streamed, so a figure over millions of postings needs no memory for them."""
        as_of = moment_of(self._conn, as_of)
        sql = (
            f"select p.entry_id, p.line, p.amount_fen from ledger.posting p "
            f"where {_MATCH}{_KNOWN if as_of else ''} order by 1, 2"
        )
        with self._conn.transaction(), psycopg.ServerCursor(self._conn, "figure_keys") as cursor:
            cursor.itersize = 50_000
            yield from cursor.execute(sql.encode(), _parameters(matched) | {"as_of": as_of})

    def reports(self, kind: str, fiscal_year: int, as_of: datetime | None) -> list[Report]:
        """See `Engine`."""
        as_of = moment_of(self._conn, as_of)
        sql = (
            "select d.natural_key, d.title, r.mof_div_code, d.fiscal_year, d.recorded_at, "
            f"{self._beside.payload}, d.source_name "
            "from ledger.document d join ledger.region r on r.id = d.region_id "
            "where d.kind = %(kind)s and d.fiscal_year = %(year)s "
            "and (%(as_of)s::timestamptz is null or d.recorded_at <= %(as_of)s) order by d.id"
        )
        asked = {"kind": kind, "year": fiscal_year, "as_of": as_of}
        name = ("reports", kind, fiscal_year, as_of)
        return self._small(name, lambda: [Report(*row) for row in self._fetch(sql, asked)])

    def papers(
        self, divisions: str, years: tuple[int, int], as_of: datetime | None
    ) -> tuple[date | None, tuple[str, ...]]:
        """See `Engine`."""
        asked = {"divisions": divisions + "%", "first": years[0], "last": years[1],
                 "as_of": moment_of(self._conn, as_of)}  # fmt: skip
        ((newest, names),) = self._fetch(_PAPERS, asked)
        return newest, tuple(sorted(names))


def _parameters(matched: Matched) -> dict[str, Any]:
    return {
        "accounts": list(matched.accounts), "codings": list(matched.codings),
        "low": matched.low, "high": matched.high,
    }  # fmt: skip
