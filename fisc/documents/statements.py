"""The SQL that follows from a kind: one statement for making, one for a step, one for reading."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, LiteralString

from psycopg import sql

from fisc.documents.flow import Move
from fisc.documents.kind import KNOWN_AT, TRAIL, Kind, Lines
from fisc.kernel.posting import posting_call
from fisc.registry.rows import Table, names

#: Keys travel as one text: no number holds the separator, and a client makes a text in a tenth of the time
#: that an array of texts takes it.
SEPARATOR = "\x1f"
_KEYS = sql.SQL("string_to_array(%(keys)s, {})").format(sql.Literal(SEPARATOR))


def read_columns(table: Table, alias: str = "") -> sql.Composable:
    """All columns of a table as they are read; a trail as its text, which few look into (`TrailField`)."""
    found = (
        names([c], alias) + sql.SQL("::text") if c == TRAIL else names([c], alias) for c in table.all_columns
    )
    return sql.SQL(", ").join(found)


@cache
def make(kind: Kind[Any], columns: tuple[str, ...], *, is_read: bool) -> bytes:
    """Record documents in the ledger and write those that are new; `columns` are what is given of each.

    Takes rows (JSON), prefix and on. Returns doc_key, whether new, whether it stands with the same
    content and, with `is_read`, the columns of those that are new. What was given is digested as the
    database writes it, so that a later call compares equal.
    """
    return sql.SQL(
        "with given as materialized (select g.*, row_number() over ()::int as ord "
        "from json_populate_recordset(null::{table}, %(rows)s) g), "
        "recorded as materialized (select r.* from (select {lists} from given) a, {record} r), "
        "written as (insert into {table} (id, {columns}, {known_at}) "
        "select r.id, {mine}, array[{now}] from given g join recorded r using (ord) "
        "where r.is_new{returning}) "
        "select g.doc_key, r.is_new, r.is_same{found} from given g join recorded r using (ord)"
        "{more} order by ord"
    ).format(
        table=sql.Identifier(kind.table), columns=names(columns), mine=names(columns, "g"), record=_RECORD,
        known_at=sql.Identifier(KNOWN_AT), now=_NOW,
        lists=lists_of_papers(kind, _said_of(kind, columns), sql.SQL("%(on)s::date")),
        returning=sql.SQL(" returning *" if is_read else ""),
        found=_read_of(kind, "w", is_read=is_read),
        more=sql.SQL(" left join written w on w.id = r.id" if is_read else ""),
    ).as_bytes()  # fmt: skip


@cache
def make_and_post(kind: Kind[Any], columns: tuple[str, ...]) -> bytes:
    """As `make`, for a single document that posts entries where it is new.

    Takes rows, prefix, on, the arguments of `posting_call` and entries, their number.
    """
    return sql.SQL(
        "with given as materialized (select g.* "
        "from json_populate_record(null::{table}, %(rows)s::json -> 0) g), "
        "recorded as materialized (select r.* from (select {lists} from given) a, {record} r), "
        "written as (insert into {table} (id, {columns}, {known_at}) "
        "select r.id, {mine}, array[{now}] from given g, recorded r where r.is_new) "
        "select g.doc_key, r.is_new, r.is_same{posted} from given g, recorded r"
    ).format(
        table=sql.Identifier(kind.table), columns=names(columns), mine=names(columns, "g"), record=_RECORD,
        known_at=sql.Identifier(KNOWN_AT), now=_NOW,
        lists=lists_of_papers(kind, _said_of(kind, columns), sql.SQL("%(on)s::date"), is_single=True),
        posted=_posted("r.is_new", "array_fill(r.id, array[%(entries)s::int])"),
    ).as_bytes()  # fmt: skip


#: The ledger's clock, read once a statement.
_NOW = sql.SQL("(select ledger.clock())")
_RECORD = sql.SQL(
    "ledger.record(%(prefix)s, a.keys, a.regions, a.years, a.doc_nos, a.titles, a.days, a.source_names, "
    "a.source_digests, a.contents)"
)


def _said_of(kind: Kind[Any], columns: Iterable[str]) -> list[str]:
    """What the digest covers of the columns given."""
    given = set(columns)
    return [c for c in kind.said if c in given]


def _read_of(kind: Kind[Any], alias: str, *, is_read: bool) -> sql.Composable:
    """All columns, after those that every answer has."""
    return sql.SQL(", ") + read_columns(kind, alias) if is_read else sql.SQL("")


def _posted(condition: LiteralString, document_ids: LiteralString = "") -> sql.Composable:
    """A last column: how many entries stand after posting them, where a condition of the row holds."""
    call = posting_call(e_document=document_ids) if document_ids else posting_call()
    text = f", case when {condition} then (select cardinality(p.entry_ids) from {call} p) end"
    return sql.SQL(text)


def lists_of_papers(
    kind: Kind[Any], said: Iterable[str], made_on: sql.Composable, *, is_single: bool = False
) -> sql.Composable:
    """What `ledger.record` takes of a kind's rows: columns where the kind names them, else of its making.

    `said` are the columns that the digest covers; `made_on` is the day of making. Of a single row the lists
    are not gathered.
    """
    columns = {what: sql.Identifier(column) for what, column in kind.paper.items()}
    title = sql.SQL("{} || ' ' || doc_key").format(sql.Literal(kind.name))
    if "title" in columns:
        title = sql.SQL("coalesce(nullif({}, ''), {})").format(columns["title"], title)
    content = content_digest(said)
    blank = sql.SQL("''::text")
    lists: dict[str, sql.Composable] = {
        "keys": sql.SQL("doc_key"), "regions": sql.SQL("mof_div_code"), "years": sql.SQL("fiscal_year"),
        "doc_nos": columns.get("doc_no", sql.SQL("doc_key")), "titles": title,
        "days": columns.get("dated_on", made_on), "source_names": columns.get("source_name", blank),
        "source_digests": columns.get("source_sha256", blank), "contents": content,
    }  # fmt: skip
    return sql.SQL(", ").join(
        sql.SQL("array[{}] as {}" if is_single else "array_agg({} order by ord) as {}").format(
            value, sql.Identifier(name)
        )
        for name, value in lists.items()
    )


def content_digest(said: Iterable[str], alias: str = "") -> sql.Composable:
    """The digest of these columns of a row (SHA-256 in hex), as the directory keeps it of what was made."""
    return sql.SQL("encode(sha256(convert_to(row({})::text, 'UTF8')), 'hex')").format(names(said, alias))


@cache
def move(
    kind: Kind[Any], code: str, changes: tuple[str, ...], *,
    is_single: bool, has_round: bool, is_read: bool, is_seen: bool = False, posts: bool = False,
) -> bytes:  # fmt: skip
    """Take a step with each document that may take it now.

    Takes keys, officers, on, note, round and for each column of `changes` a list `to_column`
    (`given_values`); with `is_single` key, officer and values in place of the lists. Returns doc_key and,
    with `is_read`, all columns after the step, of those that took it now; `standings` tells why the others
    did not. A single document may be required to stand as it was seen (`is_seen`; takes seen, its trail), and
    may post entries with the step (`posts`).
    """
    step = kind.of(code)
    allowed = _allowed(kind, step, changes, is_single=is_single)
    if has_round:
        allowed += sql.SQL(" and {} <= %(round)s").format(_round(kind))
    if is_seen:
        allowed += sql.SQL(" and t.trail = %(seen)s::jsonb")
    # By key and in the order of keys: whatever the server believes of sizes, a set costs what its rows cost.
    shape = (
        "update {table} t set {sets} where t.doc_key = %(key)s and {allowed} "
        "returning t.doc_key as k{columns}"
        if is_single
        else "with asked as materialized ({asked}) "
        "update {table} t set {sets} from asked a where t.doc_key = a.doc_key and {allowed} "
        "returning t.doc_key as k{columns}"
    )
    if posts:
        shape = f"with moved as ({shape}) select m.*{{posted}} from moved m"
    return sql.SQL(shape).format(
        posted=_posted("m.k is not null"),
        table=sql.Identifier(kind.table), columns=_read_of(kind, "t", is_read=is_read),
        allowed=allowed, sets=_sets(kind, step, changes, is_single=is_single),
        asked=sql.SQL("") if is_single else _asked(kind, changes),
    ).as_bytes()  # fmt: skip


def _asked(kind: Kind[Any], changes: Iterable[str]) -> sql.Composable:
    """The documents asked for, each once, with who acts and the values to write."""
    return sql.SQL(
        "select distinct on (u.doc_key) u.doc_key, coalesce(u.o, (%(officers)s::text[])[1]) as officer{said} "
        "from unnest({keys}, %(officers)s::text[]{given}) with ordinality as u(doc_key, o{named}, n) "
        "order by doc_key, n"
    ).format(
        keys=_KEYS, given=_each(changes, lambda c: _given(kind, c)),
        said=_each(changes, lambda c: _said(kind, c)),
        named=_each(changes, lambda c: sql.SQL(", {}").format(sql.Identifier(c))),
    )  # fmt: skip


def _allowed(kind: Kind[Any], step: Move, changes: Sequence[str], *, is_single: bool) -> sql.Composable:
    """That a document may take a step now.

    A step that edits may be taken again as long as it stands where it leads to, if it says something else.
    """
    edited = kind.edited(step.code, changes)
    if edited:
        others = [state for state in step.sources if state != step.target]
        return sql.SQL("(t.state = any({}) or t.state = {} and not {})").format(
            sql.Literal(others), step.target, _says_same(kind, edited, is_single=is_single)
        )
    allowed = sql.SQL("t.state = any({})").format(sql.Literal(list(step.sources)))
    if kind.flow.can_repeat(step):
        allowed += sql.SQL(" and not ") + _taken(kind, step.code)
    return allowed


def _says_same(kind: Kind[Any], columns: Sequence[str], *, is_single: bool) -> sql.Composable:
    """That what would be written stands already."""
    now = sql.SQL(", ").join(sql.Identifier("t", c) for c in columns)
    then = sql.SQL(", ").join(_written_value(kind, c, is_single=is_single) for c in columns)
    return sql.SQL("row({}) is not distinct from row({})").format(now, then)


def _written_value(kind: Kind[Any], column: str, *, is_single: bool) -> sql.Composable:
    if is_single:
        return _value(kind, column, sql.Placeholder(f"to_{column}"))
    return sql.Identifier("a", column)


def _sets(kind: Kind[Any], step: Move, changes: Iterable[str], *, is_single: bool) -> sql.Composable:
    """What a step writes: the state, itself at the end of the trail, and the columns it changes."""
    told = sql.SQL(
        "state = {}, trail = t.trail || jsonb_build_array(jsonb_build_array("
        "{}::text, {}, {}::text, %(on)s::text, %(note)s::text)), {known_at} = t.{known_at} || {now}"
    ).format(
        step.target, step.code, _round(kind), sql.SQL("%(officer)s") if is_single else sql.SQL("a.officer"),
        known_at=sql.Identifier(KNOWN_AT), now=_NOW,
    )  # fmt: skip
    return told + _each(
        changes,
        lambda c: sql.SQL(", {} = {}").format(
            sql.Identifier(c), _written_value(kind, c, is_single=is_single)
        ),
    )


def _round(kind: Kind[Any]) -> sql.Composable:
    """The round in which the next step of a document is taken."""
    now, backs = sql.SQL("(t.trail -> -1 ->> 1)::int"), kind.flow.back_moves
    if not backs:
        return now
    is_back = sql.SQL("t.trail -> -1 ->> 0 = any({})").format(sql.Literal(backs))
    return sql.SQL("({} + case when {} then 1 else 0 end)").format(now, is_back)


def _each(columns: Iterable[str], say: Callable[[str], sql.Composable]) -> sql.Composable:
    return sql.SQL("").join(map(say, columns))


def _given(kind: Kind[Any], column: str) -> sql.Composable:
    """A column's list among what is given: of its type, or of JSON where each value is a list itself."""
    of = "text" if column in kind.list_columns else kind.type_of(column)
    return sql.SQL(f", {{}}::{of}[]").format(sql.Placeholder(f"to_{column}"))


def _said(kind: Kind[Any], column: str) -> sql.Composable:
    """A column's value as the table has it."""
    return sql.SQL(", {} as {}").format(
        _value(kind, column, sql.Identifier("u", column)), sql.Identifier(column)
    )


def _value(kind: Kind[Any], column: str, given: sql.Composable) -> sql.Composable:
    """A value that was given for a column, of the column's type."""
    if column in kind.list_columns:
        return sql.SQL("array(select jsonb_array_elements_text({}::jsonb))").format(given)
    return sql.SQL(f"{{}}::{kind.type_of(column)}").format(given)


def given_values(kind: Kind[Any], column: str, values: Sequence[object]) -> list[object]:
    """What a step writes into a column, one value a document; of lists each travels as JSON."""
    if column in kind.list_columns:
        return [json.dumps(value, ensure_ascii=False) for value in values]
    return list(values)


@cache
def standings(kind: Kind[Any], code: str, *, has_round: bool) -> bytes:
    """Of documents that did not take a step: doc_key, state, whether it was taken before, the trail.

    Takes keys (as `move` does for many) and round.
    """
    taken = _taken(kind, code)
    if has_round:
        taken += sql.SQL(" or {} > %(round)s").format(_round(kind))
    return (
        sql.SQL("select t.doc_key, t.state, ({}), t.trail from {} t where t.doc_key = any({})")
        .format(taken, sql.Identifier(kind.table), _KEYS)
        .as_bytes()
    )


@cache
def edit_standings(kind: Kind[Any], code: str, changes: tuple[str, ...], *, is_single: bool) -> bytes:
    """As `standings`, of a step that edits: it was taken before where the document says what it would write.

    Takes what `move` takes.
    """
    step = kind.of(code)
    is_taken = sql.SQL(
        "(t.state = {target} or exists (select from jsonb_array_elements(t.trail) e where e ->> 0 = {code})) "
        "and {same}"
    ).format(
        target=step.target, code=code,
        same=_says_same(kind, kind.edited(code, changes), is_single=is_single),
    )  # fmt: skip
    shape = (
        "select t.doc_key, t.state, {taken}, t.trail from {table} t where t.doc_key = %(key)s"
        if is_single
        else "with asked as materialized ({asked}) select t.doc_key, t.state, {taken}, t.trail "
        "from asked a join {table} t on t.doc_key = a.doc_key"
    )
    return sql.SQL(shape).format(
        taken=is_taken, table=sql.Identifier(kind.table),
        asked=sql.SQL("") if is_single else _asked(kind, changes),
    ).as_bytes()  # fmt: skip


def _taken(kind: Kind[Any], code: str) -> sql.Composable:
    """Whether a step was taken in the current round of a document."""
    taken = sql.SQL(
        "(exists (select from jsonb_array_elements(t.trail) e "
        "where e ->> 0 = {0} and (e ->> 1)::int = {1}){2})"
    )
    again = sql.SQL(" or t.trail -> -1 ->> 0 = {}").format(code) if kind.of(code).is_back else sql.SQL("")
    return taken.format(code, _round(kind), again)


@cache
def select(kind: Table, where: LiteralString) -> bytes:
    """All columns of the rows that `where` (what follows the table's name) asks for."""
    return (
        sql.SQL("select {columns} from {table} t {where}")
        .format(columns=read_columns(kind, "t"), table=sql.Identifier(kind.table), where=sql.SQL(where))
        .as_bytes()
    )


@cache
def read(kind: Kind[Any], *, is_locked: bool = False) -> bytes:
    """Documents by key, all columns; locked in one order until the end of the transaction where asked."""
    lock = " order by doc_key for update" if is_locked else ""
    return (
        sql.SQL(f"select {{columns}} from {{table}} where doc_key = any(%(keys)s){lock}")
        .format(columns=read_columns(kind), table=sql.Identifier(kind.table))
        .as_bytes()
    )


@cache
def copy(lines: Table, columns: tuple[str, ...]) -> bytes:
    """COPY into a table, the columns in that order."""
    return sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(lines.table), names(columns)).as_bytes()


@cache
def lines(of: Lines[Any]) -> bytes:
    """All columns of the lines of documents, in their order.

    Takes keys, the edition wanted of each and, where several kinds share the lines, mark.
    """
    mine: sql.Composable = sql.SQL("")
    if of.edition:
        mine += sql.SQL(" and l.{} = g.edition").format(sql.Identifier(of.edition))
    if of.kind_column:
        mine += sql.SQL(" and l.{} = %(mark)s").format(sql.Identifier(of.kind_column))
    return sql.SQL(
        "select {columns} from unnest(%(keys)s::text[], %(editions)s::int[]) g(key, edition) "
        "join {table} l on l.{parent} = g.key{mine} order by l.{parent}, l.{order}"
    ).format(
        columns=names(of.all_columns, "l"), table=sql.Identifier(of.table), mine=mine,
        parent=sql.Identifier(of.parent), order=sql.Identifier(of.order),
    ).as_bytes()  # fmt: skip
