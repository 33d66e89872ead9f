"""A Parquet snapshot of the ledger, read by DuckDB: figures away from the live database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from fisc.kernel.periods import BEIJING
from fisc.reading.bind import FigureError
from fisc.reading.engines import star
from fisc.reading.engines.base import CELL_TYPES, Booked, Cells, Matched, Report, Row, first_of_each
from fisc.store.os_faults import words_of

MANIFEST = "manifest.json"
#: The form of the files: 2 since coding blocks carry what tells them apart in any database, 3 since they and
#: documents carry what is said of them beside the ledger, 4 since it is told which periods are closed.
FORMAT = 4
TABLES = ("posting", "entry", "coding", "account", "region", "document", "period")

_MATCH = (
    "p.account_id in (select unnest($accounts::smallint[])) "
    "and p.coding_id in (select unnest($codings::int[])) and p.period between $low and $high"
)
_KNOWN = " and p.entry_id in (select k.id from ledger.entry k where k.posted_at <= $as_of::timestamptz)"

_ROW = """
    with p as ({postings}),
         e as (select * from ledger.entry where id in (select entry_id from p))
    select {number} p.entry_id, p.line, p.amount_fen, a.book || ':' || a.code, a.name, p.coding_id, p.period,
           e.business_date, e.natural_key, e.summary, e.rule_code, e.source_ref, epoch_us(e.posted_at),
           coalesce(d.title, ''), coalesce(d.doc_no, ''), coalesce(d.source_name, '')
    from p join e on e.id = p.entry_id join ledger.account a on a.id = p.account_id
    left join ledger.document d on d.id = e.document_id
    order by {number} p.account_id, p.coding_id, p.period, p.entry_id, p.line"""

# The files are sorted by account and coding block: the bounds spare reading what lies outside.
_OF_CELLS = """
    select c.number, p.* from ledger.posting p
    join (select unnest($number::int[]) as number, unnest($account_id::smallint[]) as account_id,
                 unnest($coding_id::int[]) as coding_id,
                 unnest($low::int[]) as low, unnest($high::int[]) as high) c
      on p.account_id = c.account_id and p.coding_id = c.coding_id and p.period between c.low and c.high
    where p.account_id between list_min($account_id::smallint[]) and list_max($account_id::smallint[])
      and p.coding_id between list_min($coding_id::int[]) and list_max($coding_id::int[]){known}
    qualify row_number() over (
        partition by c.number order by p.account_id, p.coding_id, p.period, p.entry_id, p.line) <= $limit"""

_PAPERS = """
    select max(d.dated_on), list(distinct d.source_name) filter (where d.source_name <> '')
    from ledger.document d join ledger.region r on r.id = d.region_id
    where starts_with(r.mof_div_code, $divisions) and d.fiscal_year between $first and $last
      and ($as_of::timestamptz is null or d.recorded_at <= $as_of::timestamptz)"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SnapshotEngine:
    """DuckDB over the Parquet files that `fisc figures snapshot` wrote to `folder`."""

    name = "duckdb/snapshot"

    def __init__(self, folder: Path) -> None:
        import duckdb  # a tenth of a second that live figures need not wait for

        self.manifest = read_manifest(folder)
        self._db = duckdb.connect()
        self._db.execute("set timezone = 'UTC'")
        self._db.execute("create schema ledger")
        for table in TABLES:
            path = str(folder / f"{table}.parquet").replace("'", "''")
            try:
                self._db.execute(f"create view ledger.{table} as select * from read_parquet('{path}')")
            except duckdb.Error as error:
                raise FigureError(
                    f"快照文件 {table}.parquet 缺失或损坏，读不出（{str(error).splitlines()[0]}）",
                    rule="快照须完整", hint="请用 fisc figures snapshot --check 核对，或另取快照",
                ) from None  # fmt: skip
        self._taken_at = datetime.fromisoformat(self.manifest["taken_at"])
        self._codings = pl.DataFrame()
        self._reports: dict[tuple[str, int, datetime | None], list[Report]] = {}

    @property
    def is_simulated(self) -> bool:
        """See `Engine`."""
        return bool(self.manifest.get("is_simulated"))

    def close(self) -> None:
        """Release the files."""
        self._db.close()

    def years(self) -> dict[str, tuple[int, ...]]:
        """See `Engine`: those in which it posted."""
        rows = self._db.execute(
            "select mof_div_code, list(distinct period // 100 order by period // 100) from ledger.region r "
            "join ledger.entry e on e.region_id = r.id group by 1 order by 1"
        ).fetchall()
        return {code: tuple(years) for code, years in rows}

    def _frame(self, sql: str) -> pl.DataFrame:
        """The rows of `sql` as a frame: whole numbers as they are, all else as text.

        Not by Arrow: DuckDB hands that over through pyarrow, which no user's installation has, or by a stream
        that polars never lets go of.
        """
        return pl.DataFrame(
            [_column(name, found) for name, found in self._db.execute(sql).fetchnumpy().items()]
        )

    def day(self, as_of: datetime | None) -> date:
        """See `Engine`: the present is when it was taken."""
        moment = as_of or self._taken_at
        if as_of is None and self.is_simulated:
            ((last,),) = self._db.execute("select max(epoch_us(posted_at)) from ledger.entry").fetchall()
            moment = _EPOCH + timedelta(microseconds=last or 0)
        return moment.astimezone(BEIJING).date()

    def booked(self, fiscal_year: int, as_of: datetime | None) -> dict[str, Booked]:
        """See `Engine`. Raises FigureError for a moment after the snapshot was taken."""
        self._require_known(as_of)
        sql = star.booked_sql(fiscal_year, as_of="$as_of::timestamptz")
        rows = self._db.execute(sql, {"as_of": as_of.isoformat() if as_of else None}).fetchall()
        return {code: Booked(day, closed) for code, day, closed in rows}

    def accounts(self) -> pl.DataFrame:
        """See `Engine`."""
        return self._accounts

    @cached_property
    def _accounts(self) -> pl.DataFrame:
        return self._frame("select id, book, code, name from ledger.account order by id")

    def codings(self, elements: Collection[str], needed: pl.Series | None = None) -> pl.DataFrame:
        """See `Engine`. Columns that are asked for later are read then, with those known."""
        wanted = {"id", *self._codings.columns, *elements}
        if len(wanted) > self._codings.width:
            columns = ", ".join(sorted(wanted))
            self._codings = self._frame(f"select {columns} from ledger.coding order by id")
        return self._codings

    def cells(
        self, accounts: tuple[int, ...], bounds: tuple[int, ...], high: int, as_of: datetime | None
    ) -> Cells:
        """See `Engine`. Raises FigureError for a moment after the snapshot was taken."""
        self._require_known(as_of)
        sql = star.cells_sql(star.Reading("posting", as_of), accounts, bounds, high)
        return self._frame(sql).cast(pl.Schema(CELL_TYPES))

    def active(self, accounts: tuple[int, ...], low: int, high: int, as_of: datetime | None) -> pl.Series:
        """See `Engine`."""
        sql = star.active_sql(star.Reading("posting", as_of), accounts, low, high)
        return self._frame(sql)["coding_id"]

    def rows(self, matched: Matched, as_of: datetime | None) -> list[Row]:
        """See `Engine`."""
        postings = f"select * from ledger.posting p where {_MATCH}{_KNOWN if as_of else ''}"
        sql = _ROW.format(postings=postings, number="")
        found = self._db.execute(sql, _parameters(matched, as_of)).fetchall()
        return [Row(*_with_moment(row, 12)) for row in found]

    def first_rows(self, wanted: pl.DataFrame, limit: int, as_of: datetime | None) -> dict[int, list[Row]]:
        """See `Engine`."""
        sql = _ROW.format(postings=_OF_CELLS.format(known=_KNOWN if as_of else ""), number="p.number,")
        given = wanted.to_dict(as_series=False) | {"limit": limit} | _moment(as_of)
        found = self._db.execute(sql, given).fetchall()
        return first_of_each((_with_moment(row, 13) for row in found), limit)

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
        """See `Engine`. Raises FigureError for a moment after the snapshot was taken."""
        self._require_known(as_of)
        asked = (kind, fiscal_year, as_of)
        if asked not in self._reports:
            self._reports[asked] = self._read_reports(*asked)
        return self._reports[asked]

    def _read_reports(self, kind: str, fiscal_year: int, as_of: datetime | None) -> list[Report]:
        rows = self._db.execute(
            "select d.natural_key, d.title, r.mof_div_code, d.fiscal_year, epoch_us(d.recorded_at), "
            "d.payload, coalesce(d.source_name, '') "
            "from ledger.document d join ledger.region r on r.id = d.region_id "
            "where d.kind = $kind and d.fiscal_year = $year "
            "and ($as_of::timestamptz is null or d.recorded_at <= $as_of::timestamptz) order by d.id",
            {"kind": kind, "year": fiscal_year, "as_of": as_of.isoformat() if as_of else None},
        ).fetchall()
        return [Report(*_with_moment((*row[:5], json.loads(row[5]), row[6]), 4)) for row in rows]

    def papers(
        self, divisions: str, years: tuple[int, int], as_of: datetime | None
    ) -> tuple[date | None, tuple[str, ...]]:
        """See `Engine`. Raises FigureError for a moment after the snapshot was taken."""
        self._require_known(as_of)
        asked = {"divisions": divisions, "first": years[0], "last": years[1]}
        moment = {"as_of": as_of.isoformat() if as_of else None}
        ((newest, names),) = self._db.execute(_PAPERS, asked | moment).fetchall()
        return newest, tuple(sorted(names or ()))

    def _require_known(self, as_of: datetime | None) -> None:
        if as_of is not None and as_of > self._taken_at:
            raise FigureError(
                f"快照取自 {self._taken_at.isoformat(' ', 'seconds')}，"
                f"不知道 {as_of.isoformat(' ', 'seconds')} 的账",
                rule="快照只答取得之时已知的事", hint="请另取快照，或不加 --snapshot 直接从账上取数",
            )  # fmt: skip


def _column(name: str, found: Any) -> pl.Series:
    """A column as DuckDB gives it to numpy; where something is null its array is masked."""
    if found.dtype.kind == "i" and not hasattr(found, "mask"):
        return pl.Series(name, found)
    return pl.Series(name, found.tolist(), dtype=None if found.dtype.kind == "i" else pl.String)


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
    return given | _moment(as_of)


def _moment(as_of: datetime | None) -> dict[str, Any]:
    """The moment as a parameter, where there is one: an unused parameter is refused."""
    return {"as_of": as_of.isoformat()} if as_of else {}


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the snapshot in `folder` says of itself; raises FigureError where there is none, or one of a form
    that this program does not read."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf8"))
    except FileNotFoundError:
        raise FigureError(
            f"{folder} 里没有快照清单 {MANIFEST}", hint="请先运行 fisc figures snapshot --out 目录"
        ) from None
    except (OSError, ValueError) as error:
        why = words_of(error) if isinstance(error, OSError) else "不是 JSON"
        raise FigureError(f"快照清单 {path} 读不出（{why}）", hint="请另取快照") from None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise FigureError(
            f"{folder} 里的快照是第 {found} 版的格式，本程序读第 {FORMAT} 版", hint="请用本程序另取快照"
        )
    return dict(manifest)
