"""Tables as their models say them, and their rows: what is written and read in sets, by one statement.

A statement's columns are those that the rows, the shape or the expressions name; the model knows them, or
the statement is not made. Values travel as JSON, which the database reads by the table's own types.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, LiteralString, TypeVar, cast

import psycopg
from psycopg import sql

from fisc.kernel.asking import Question, ask
from fisc.registry.errors import Undeclared

if TYPE_CHECKING:
    from django.db.models import Model

S = TypeVar("S")
Conn = psycopg.Connection[Any]
#: Column -> value.
Row = Mapping[str, object]
#: `known_by` of what is left out where a row stands that any of the table's keys knows as the same.
ANY_KEY: Final = ("*",)


def model_of(label: str) -> type[Model]:
    """The model called 'app.Model'; Django is brought up where it is not yet."""
    from django.apps import apps

    bring_up_models()
    return cast("type[Model]", apps.get_model(label))


def bring_up_models() -> None:
    """Configure Django and load its apps, once. Raises its ImproperlyConfigured where two go by one name.

    `django.setup()` would load the URLs and forms of a web server too, which half of a command's start went
    to: whoever serves pages calls it, and finds the apps as they are here.
    """
    from django.apps import apps
    from django.conf import settings

    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fisc.settings")
        apps.populate(settings.INSTALLED_APPS)


@dataclass(frozen=True, eq=False)
class Table:
    """A table, known through the label of its model."""

    model_label: str

    @cached_property
    def model(self) -> type[Model]:
        """The model."""
        return model_of(self.model_label)

    @cached_property
    def table(self) -> str:
        """The table in the database."""
        return str(self.model._meta.db_table)

    @cached_property
    def name(self) -> str:
        """The Chinese name."""
        return str(self.model._meta.verbose_name)

    @cached_property
    def all_columns(self) -> tuple[str, ...]:
        """Every column of the table, in order."""
        return tuple(str(f.column) for f in self.model._meta.concrete_fields)

    def require_columns(self, names: Iterable[str]) -> None:
        """Raise Undeclared where a name is no column of the table."""
        if strange := sorted(set(names) - set(self.all_columns)):
            raise Undeclared(f"{self.table}: 不是本表的列 {'、'.join(strange)}")

    def label(self, column: str) -> str:
        """The Chinese name of a column."""
        return str(self._field(column).verbose_name)

    def type_of(self, column: str) -> str:
        """The type of a column as PostgreSQL says it."""
        from django.db import connection

        return str(self._field(column).db_type(connection))

    @cached_property
    def list_columns(self) -> frozenset[str]:
        """The columns that hold lists."""
        return frozenset(c for c in self.all_columns if self.type_of(c).endswith("[]"))

    @cached_property
    def empty_columns(self) -> frozenset[str]:
        """The columns that may be empty (null)."""
        return frozenset(c for c in self.all_columns if self._field(c).null)

    def _field(self, column: str) -> Any:
        return next(f for f in self.model._meta.concrete_fields if f.column == column)

    @cached_property
    def given_columns(self) -> tuple[str, ...]:
        """The columns that are handed in: all but the number that the database gives."""
        return tuple(c for c in self.all_columns if c != "id")

    def row(self, given: object, **more: object) -> dict[str, object]:
        """What is handed in as a row: what it has under a column's name as it is, and `more` outranks it.

        Objects of one class have the same attributes (a dataclass, a named tuple).
        """
        return {name: getattr(given, name) for name in self._told_by(given)} | more

    def _told_by(self, given: object) -> tuple[str, ...]:
        if type(given) not in self._told:
            self._told[type(given)] = tuple(name for name in self.given_columns if hasattr(given, name))
        return self._told[type(given)]

    @cached_property
    def _told(self) -> dict[type, tuple[str, ...]]:
        return {}

    def objects(self, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Rows as objects of the model, read only: a tenth of what the model's own making costs."""
        model, made = self.model, []
        for row in rows:
            one = model.__new__(model)
            one.__dict__.update(zip(names, row, strict=True))
            made.append(one)
        return made


def names(columns: Iterable[str], alias: str = "") -> sql.Composable:
    """Columns as SQL, with an alias before each where one is given."""
    found = (sql.Identifier(alias, c) if alias else sql.Identifier(c) for c in columns)
    return sql.SQL(", ").join(found)


def insert_rows(
    conn: Conn, table: Table, rows: Sequence[Row], *,
    known_by: tuple[str, ...] = (), renews: tuple[str, ...] = (), returning: tuple[str, ...] = (),
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Write rows, the same columns for all, and return the columns asked for of those that were written.

    Where a row stands that is `known_by` the same, nothing is written; with `renews` these columns of it
    are, provided that every other column given says the same. Of rows given twice the last renews, else the
    first is written. Columns that are not given take the database's defaults. Raises Undeclared for a name
    that is no column, and what the database refuses.
    """
    if renews:
        rows = list({tuple(row[name] for name in known_by): row for row in rows}.values())
    if not rows:
        return []
    statement = _insert(table, tuple(rows[0]), known_by, renews, returning)
    found = conn.execute(statement, [json.dumps(rows, ensure_ascii=False, default=_plain)])
    return found.fetchall() if returning else []


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return str(value)


@cache
def _insert(
    table: Table, columns: tuple[str, ...], known_by: tuple[str, ...], renews: tuple[str, ...],
    returning: tuple[str, ...],
) -> bytes:  # fmt: skip
    _require(table, (*columns, *renews, *returning), known_by)
    return sql.SQL(
        "insert into {table} as t ({columns}) select {columns} "
        "from json_populate_recordset(null::{table}, %s){conflict}{returning}"
    ).format(
        table=sql.Identifier(table.table), columns=names(columns),
        conflict=_conflict(columns, known_by, renews), returning=_returning(returning),
    ).as_bytes()  # fmt: skip


def _require(table: Table, columns: tuple[str, ...], known_by: tuple[str, ...]) -> None:
    table.require_columns(columns if known_by == ANY_KEY else (*columns, *known_by))


def _returning(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(" returning {}").format(names(columns, "t")) if columns else sql.SQL("")


def _conflict(columns: Sequence[str], known_by: tuple[str, ...], renews: Sequence[str]) -> sql.Composable:
    if not known_by:
        return sql.SQL("")
    if known_by == ANY_KEY:
        return sql.SQL(" on conflict do nothing")
    told = sql.SQL(" on conflict ({}) do ").format(names(known_by))
    if not renews:
        return told + sql.SQL("nothing")
    kept = [c for c in columns if c not in (*known_by, *renews)]
    same = sql.SQL(" where row({}) = row({})").format(names(kept, "t"), names(kept, "excluded"))
    told += sql.SQL("update set ({}) = row({})").format(names(renews), names(renews, "excluded"))
    return told + same if kept else told


@cache
def insert_from(
    table: Table, values: tuple[tuple[str, LiteralString], ...], source: LiteralString, *,
    known_by: tuple[str, ...] = (), returning: tuple[str, ...] = (),
) -> bytes:  # fmt: skip
    """The statement that writes into columns what expressions say of the rows of a source.

    `values` are (column, expression); `source` is what follows `from`. Where a row stands that is `known_by`
    the same, nothing is written. It answers with the columns asked for of those that were written. Raises
    Undeclared for a name that is no column.
    """
    _require(table, (*(column for column, _ in values), *returning), known_by)
    return sql.SQL(
        "insert into {table} as t ({columns}) select {values} from {source}{conflict}{returning}"
    ).format(
        table=sql.Identifier(table.table), columns=names(column for column, _ in values),
        values=sql.SQL(", ").join(sql.SQL(value) for _, value in values), source=sql.SQL(source),
        conflict=_conflict((), known_by, ()), returning=_returning(returning),
    ).as_bytes()  # fmt: skip


def read_rows(
    conn: Conn, table: Table, shape: type[S], where: LiteralString = "", parameters: Mapping[str, Any] = {}
) -> list[S]:
    """The rows that `where` (SQL after the table's name `t`) asks for, each as a `shape` of its columns.

    `shape` is a dataclass or a named tuple whose fields are columns, lists of them as lists. Raises
    Undeclared where one is no column.
    """
    return ask(conn, rows_asked(table, shape, where, parameters))


def rows_asked(
    table: Table, shape: type[S], where: LiteralString, parameters: Mapping[str, Any]
) -> Question[list[S]]:
    """As `read_rows`, for who asks more at once."""
    statement = _select(table, _fields(shape), where)
    return Question(statement, parameters, lambda rows: [shape(*row) for row in rows])


def _fields(shape: type[Any]) -> tuple[str, ...]:
    return tuple(getattr(shape, "_fields", None) or (f.name for f in fields(shape)))


@cache
def _select(table: Table, columns: tuple[str, ...], where: LiteralString) -> bytes:
    table.require_columns(columns)
    return (
        sql.SQL("select {columns} from {table} t {where}")
        .format(columns=names(columns, "t"), table=sql.Identifier(table.table), where=sql.SQL(where))
        .as_bytes()
    )
