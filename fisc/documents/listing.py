"""Lists of a kind's documents: filtered by its facets, in order, a page at a time.

A page ends with a cursor, so that the next one begins where it ended, however much was made
meanwhile. Pages, JSON and files are renderings of the same list.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar

import psycopg
from psycopg import sql

from fisc.documents.errors import NotFound, RuleBroken
from fisc.documents.kind import Kind, M
from fisc.documents.limits import Between
from fisc.documents.statements import read_columns

Conn = psycopg.Connection[Any]

T = TypeVar("T")
#: Documents on a page, unless asked otherwise, and at most.
PAGE: Final = 100
MOST: Final = 10_000
#: Documents that `standing` names.
NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Documents of a page; `after` is where the next one begins, '' where there is none."""

    documents: list[M]
    after: str


class Portion(list[T]):
    """What a list gives at once; `after` is the number after which it goes on, '' where nothing follows."""

    def __init__(self, rows: Iterable[T] = (), after: str = "") -> None:
        super().__init__(rows)
        self.after = after


#: How many a list is asked for at once: one at least; of more than `MOST` it gives so many.
HowMany = Annotated[int, Between(1)]


def at_most(limit: int) -> int:
    """How many a list gives at once where `limit` are asked for. Raises RuleBroken where none are."""
    if limit < 1:
        raise RuleBroken(f"一次列出 {limit} 项，不成一页", rule="一页至少一项", hint="请写 1 以上的整数")
    return min(limit, MOST)


def page(
    conn: Conn, kind: Kind[M], where: Mapping[str, object] | None = None, *, order: str = "doc_key",
    is_descending: bool = False, after: str = "", limit: int = PAGE, within: Sequence[sql.Composable] = (),
) -> Page[M]:  # fmt: skip
    """A page of the documents whose facets have the values of `where` (one each, or a list of them).

    `within` are tests of SQL besides. `order` is a facet or a column of the kind; documents alike in it stand
    by number, those without it last. Raises NotFound for a column that the kind does not list or that holds
    JSON, RuleBroken for a cursor of another list.
    """
    _require_columns(kind, [*(where or {}), order], _comparable(kind))
    tests, parameters = chosen(where or {})
    tests += within
    if after:
        value, key = _from_cursor(after, order)
        tests.append(_beyond(kind, order, value, is_descending=is_descending))
        parameters |= {"value": value, "key": key}
    most = at_most(limit)
    statement = sql.SQL("select {columns} from {table} where {tests} order by {order} limit {most}")
    asked = statement.format(
        columns=read_columns(kind), table=sql.Identifier(kind.table),
        order=_ordered(kind, order, is_descending=is_descending),
        tests=sql.SQL(" and ").join(tests or [sql.SQL("true")]), most=sql.Literal(most + 1),
    )  # fmt: skip
    try:
        rows = conn.execute(asked, parameters).fetchall()
    except (psycopg.DataError, psycopg.ProgrammingError):
        if after:  # a position of a value that the column cannot have
            raise _no_position() from None
        raise
    documents = kind.load(kind.all_columns, rows[:most])
    last = documents[-1] if len(rows) > most else None
    return Page(documents, "" if last is None else _cursor(order, getattr(last, order), last.doc_key))


def _ordered(kind: Kind[Any], order: str, *, is_descending: bool) -> sql.Composable:
    """What a list stands in order of: empty values last, whichever way."""
    way, column = sql.SQL("desc" if is_descending else "asc"), sql.Identifier(order)
    empty = sql.SQL("{} is null, ").format(column) if order in kind.empty_columns else sql.SQL("")
    return sql.SQL("{}{} {way}, doc_key {way}").format(empty, column, way=way)


def _beyond(kind: Kind[Any], order: str, value: object, *, is_descending: bool) -> sql.Composable:
    """That a document stands after the one with this value and number."""
    column, way = sql.Identifier(order), sql.SQL("<" if is_descending else ">")
    if value is None:
        return sql.SQL("({} is null and doc_key {} %(key)s)").format(column, way)
    later = sql.SQL("({}, doc_key) {} (%(value)s, %(key)s)").format(column, way)
    return sql.SQL("({} is null or {})").format(column, later) if order in kind.empty_columns else later


def _comparable(kind: Kind[Any]) -> set[str]:
    """The columns a list may be ordered and filtered by: all but those that hold JSON."""
    return {c for c in (*kind.facets, *kind.columns) if kind.type_of(c) != "jsonb"}


def every(
    conn: Conn, kind: Kind[M], where: Mapping[str, object] | None = None, *, order: str = "doc_key"
) -> Iterator[M]:
    """All documents of a list, read page by page."""
    after = ""
    while True:
        found = page(conn, kind, where, order=order, after=after, limit=MOST)
        yield from found.documents
        after = found.after
        if not after:
            return


def counts(
    conn: Conn, kind: Kind[Any], by: str = "state", where: Mapping[str, object] | None = None
) -> dict[Any, int]:
    """How many documents there are for each value of a facet."""
    _require_columns(kind, [*(where or {}), by], kind.facets)
    tests, parameters = chosen(where or {})
    statement = sql.SQL("select {by}, count(*) from {table} where {tests} group by 1 order by 1").format(
        by=sql.Identifier(by), table=sql.Identifier(kind.table),
        tests=sql.SQL(" and ").join(tests or [sql.SQL("true")]),
    )  # fmt: skip
    return dict(conn.execute(statement, parameters).fetchall())


class Standing(NamedTuple):
    """How many documents of a region stand somewhere: their number, fen and first numbers, in order.

    `amount_fen` is None where they cannot be added up.
    """

    mof_div_code: str
    number: int
    amount_fen: int | None
    keys: Sequence[str]


def standing(
    conn: Conn, kind: Kind[Any], where: Mapping[str, object], *, but: Mapping[str, object] | None = None,
    amount: str = "amount_fen",
) -> list[Standing]:  # fmt: skip
    """Region by region the documents whose columns have the values of `where`, and none of those of `but`.

    Raises Undeclared for a name that is no column of the kind.
    """
    kind.require_columns([*where, *(but or {}), amount])
    tests, parameters = chosen(where)
    for number, (column, value) in enumerate((but or {}).items()):
        parameters[f"b{number}"] = value
        tests.append(sql.SQL("{} <> {}").format(sql.Identifier(column), sql.Placeholder(f"b{number}")))
    statement = sql.SQL(
        "select mof_div_code, count(*), sum({amount})::bigint, "
        "(array_agg(doc_key order by doc_key))[1:{most}] from {table} where {tests} group by 1 order by 1"
    ).format(
        amount=sql.Identifier(amount), most=sql.Literal(NAMED), table=sql.Identifier(kind.table),
        tests=sql.SQL(" and ").join(tests or [sql.SQL("true")]),
    )  # fmt: skip
    return [Standing(*row) for row in conn.execute(statement, parameters)]


def chosen(where: Mapping[str, object]) -> tuple[list[sql.Composable], dict[str, object]]:
    """Tests of SQL for columns that have one of the values given, None for empty, and their parameters."""
    tests: list[sql.Composable] = []
    parameters: dict[str, object] = {}
    for number, (column, value) in enumerate(where.items()):
        place = f"p{number}"
        asked = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        parameters[place] = [one for one in asked if one is not None]
        test = sql.SQL("{} = any({})").format(sql.Identifier(column), sql.Placeholder(place))
        if None in asked:
            test = sql.SQL("({} or {} is null)").format(test, sql.Identifier(column))
        tests.append(test)
    return tests, parameters


def _require_columns(kind: Kind[Any], asked: Sequence[str], known: Sequence[str] | set[str]) -> None:
    if unknown := [column for column in asked if column not in known]:
        raise NotFound(
            f"{kind.name}没有可供筛选或排序的 {'、'.join(unknown)}",
            rule="按单据声明的要素筛选",
            hint=f"可用：{'、'.join(f'{c}（{kind.label(c)}）' for c in kind.facets)}",
        )


def after_number(doc_key: str) -> str:
    """Where the part of a list by number begins that comes after a document."""
    return _cursor("doc_key", doc_key, doc_key) if doc_key else ""


def _cursor(order: str, value: object, doc_key: str) -> str:
    text = json.dumps([order, value, doc_key], ensure_ascii=False, default=str)
    return base64.urlsafe_b64encode(text.encode()).decode()


def _from_cursor(after: str, order: str) -> tuple[Any, str]:
    try:
        of, value, key = json.loads(base64.urlsafe_b64decode(after.encode()))
    except (ValueError, TypeError):
        of = value = key = None
    if of != order or not isinstance(key, str):
        raise _no_position()
    return value, key


def _no_position() -> RuleBroken:
    return RuleBroken("翻页的位置无效", rule="翻页须沿用同一清单给出的位置", hint="请从第一页重新开始")
