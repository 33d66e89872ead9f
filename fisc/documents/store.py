"""Making, moving and reading documents: sets of them, in one transaction, each step once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, LiteralString, TypeVar

import psycopg
from psycopg.abc import Params

from fisc.documents import statements
from fisc.documents.answering import Answering
from fisc.documents.flow import MAKE
from fisc.documents.keys import require_numbers
from fisc.documents.kind import Kind, M
from fisc.documents.refusals import conflicting, ended, given_twice, not_found, wrong_state
from fisc.kernel import DuplicateConflict, Entry, FiscError
from fisc.kernel.asking import Question, ask, fetch
from fisc.kernel.columns import EntryColumns
from fisc.kernel.memory import memory_of
from fisc.kernel.posting import Overtaken, columns_of, in_transaction, post
from fisc.registry.rows import Table

if TYPE_CHECKING:
    from fisc.documents.models import FlowDocument

T = TypeVar("T")
Conn = psycopg.Connection[Any]
Row = Mapping[str, object]
#: What a document posts: a pure function of it.
Posts = Callable[[M], Iterable[Entry]]
#: Who acts: one officer for all documents, or one for each.
By = str | Sequence[str]


def make(
    conn: Conn,
    kind: Kind[M],
    rows: Sequence[Row],
    *,
    by: By,
    on: date,
    note: str = "",
    entries: Sequence[Entry] = (),
) -> list[bool]:
    """Make documents (编制): True for each that is new, False where it stood with the same content.

    Of a document given twice only the first is new.

    `rows` have `doc_key`, `mof_div_code`, `fiscal_year` and the table's own columns, the same for all.
    `by` (one officer, or one per row) must hold the flow's duty. `entries` are posted as a single document
    is made, in the same statement: they name it, whatever document they bear. Raises DuplicateConflict
    where the key stands with other content or its document ended (`Flow.ended`), MissingDuty,
    RuleBroken for a number nobody could write down, and what `post` raises; then none is made.
    """
    made = _make(conn, kind, rows, by=by, on=on, note=note, is_read=False, entries=entries)
    return _once([str(row["doc_key"]) for row in rows], {row[0] for row in made})


def create(conn: Conn, kind: Kind[M], rows: Sequence[Row], *, by: By, on: date, note: str = "") -> list[M]:
    """As `make`, for who goes on with them: the documents that are new, as they stand, in the order given."""
    made = _make(conn, kind, rows, by=by, on=on, note=note, is_read=True)
    return kind.load(kind.all_columns, (row[3:] for row in made))


def _make(
    conn: Conn, kind: Kind[Any], rows: Sequence[Row], *, by: By, on: date, note: str, is_read: bool,
    entries: Sequence[Entry] = (),
) -> list[tuple[Any, ...]]:  # fmt: skip
    """What the statement says of those that are new."""
    if not rows:
        return []
    require_numbers(kind, (str(row["doc_key"]) for row in rows))
    first = _first_of_each(kind, rows)
    makers, day = officers_of(by, len(rows)), on.isoformat()
    given = [
        {**rows[i], "state": kind.initial, "trail": [[MAKE, 1, makers[i], day, note]]} for i in first.values()
    ]
    asked = {"rows": json.dumps(given, ensure_ascii=False, default=str), "prefix": kind.prefix, "on": on}
    columns, posted = tuple(given[0]), _posted_with(conn, entries, given)
    if posted:
        asked |= {**posted.parameters(), "entries": len(entries)}
        statement = statements.make_and_post(kind, columns)
    else:
        statement = statements.make(kind, columns, is_read=is_read)

    def work() -> list[tuple[Any, ...]]:
        found = fetch(conn, statement, asked)
        if known := [row[0] for row in found if not row[1]]:
            _require_standing(conn, kind, known)
        if other := [row[0] for row in found if not row[1] and not row[2]]:
            raise conflicting(kind, other)
        return [row for row in found if row[1]]

    return in_transaction(conn, work, is_single=len(given) == 1)


def _require_standing(conn: Conn, kind: Kind[Any], doc_keys: Sequence[str]) -> None:
    """Raise DuplicateConflict for documents of which nothing stands: to make them again is no repetition."""
    if not kind.flow.ended:
        return
    where: Final = "where t.doc_key = any(%s) and t.state = any(%s) order by t.doc_key"
    gone = select(conn, kind, where, [list(doc_keys), list(kind.flow.ended)])
    if gone:
        raise ended(kind, {one.doc_key: (one.trail[-1][0], one.trail[-1][3]) for one in gone})


def _posted_with(conn: Conn, entries: Sequence[Entry], documents: Sequence[object]) -> EntryColumns | None:
    """Entries on their way with the statement of a single document."""
    if not entries:
        return None
    if len(documents) != 1:
        raise ValueError(f"entries with {len(documents)} documents")
    return columns_of(conn, entries)


def _first_of_each(kind: Kind[Any], rows: Sequence[Row]) -> dict[str, int]:
    """doc_key -> where it is given first. Raises DuplicateConflict where one says different things."""
    first: dict[str, int] = {}
    twice = dict[str, None]()
    for place, row in enumerate(rows):
        key = str(row["doc_key"])
        if row != rows[first.setdefault(key, place)]:
            twice[key] = None
    if twice:
        raise given_twice(kind.name, list(twice))
    return first


def _once(keys: Sequence[str], new: set[str]) -> list[bool]:
    """Which of `keys` are new; of a key given twice only the first."""
    left = set(new)
    found = []
    for key in keys:
        found.append(key in left)
        left.discard(key)
    return found


def officers_of(by: By, count: int) -> list[str]:
    """Who acts on each of `count` documents."""
    return [by] * count if isinstance(by, str) else list(_one_for_each(by, count))


def _one_for_each(values: Sequence[T], count: int) -> Sequence[T]:
    if len(values) != count:
        raise ValueError(f"{len(values)} values for {count} documents")
    return values


def move(
    conn: Conn,
    kind: Kind[M],
    doc_keys: Sequence[str],
    code: str,
    *,
    by: By,
    on: date,
    note: str = "",
    changes: Mapping[str, Sequence[object]] | None = None,
    round_no: int | None = None,
    seen: M | None = None,
    entries: Sequence[Entry] = (),
) -> list[bool]:
    """Take one step with each document: True where it was taken now, False where it was taken before.

    As `advance`, for who needs only to know which were taken; of a document given twice the first. A single
    document may be given as it was `seen`, read without a lock by who `is_alone`: where it no longer stands
    so, Overtaken is raised, and `in_transaction` begins anew. `entries` are posted with the step of a single
    document, in the same statement.
    """
    moved = _step(
        conn, kind, doc_keys, code, by=by, on=on, note=note, changes=changes, round_no=round_no,
        is_read=False, seen=seen, entries=entries,
    )  # fmt: skip
    return _once(doc_keys, {row[0] for row in moved})


def advance(
    conn: Conn,
    kind: Kind[M],
    doc_keys: Sequence[str],
    code: str,
    *,
    by: By,
    on: date,
    note: str = "",
    changes: Mapping[str, Sequence[object]] | None = None,
    round_no: int | None = None,
    posts: Posts[M] | None = None,
) -> list[M]:
    """Take one step with each document and post what it moves: the documents that took it now, as they stand.

    `by` is one officer, or one per document. `changes` are columns (one value per document) written with
    the step, as the kind allows. A step taken in the current round is not taken again; with `round_no` a
    step of an earlier round is not taken again either. `posts` says what each moved document posts; all
    is one transaction. Raises NotFound, WrongState, MissingDuty, FourEyes, naming the
    documents, and what `post` raises; then none is moved.
    """

    def work() -> list[M]:
        rows = _step(
            conn, kind, doc_keys, code,
            by=by, on=on, note=note, changes=changes, round_no=round_no, is_read=True,
        )  # fmt: skip
        moved = kind.load(kind.all_columns, (row[1:] for row in rows))
        if posts and moved:
            post(conn, [entry for document in moved for entry in posts(document)])
        return moved

    is_single = len(doc_keys) == 1 and posts is None
    return in_transaction(conn, work, is_single=is_single) if doc_keys else []


def _step(
    conn: Conn, kind: Kind[Any], doc_keys: Sequence[str], code: str, *, by: By, on: date, note: str,
    changes: Mapping[str, Sequence[object]] | None, round_no: int | None, is_read: bool,
    seen: FlowDocument | None = None, entries: Sequence[Entry] = (),
) -> list[tuple[Any, ...]]:  # fmt: skip
    """What the statement says of those that took the step now, in the order given; refuses for the others."""
    if not doc_keys:
        return []
    is_single = len(doc_keys) == 1
    _require_one_edit(kind, doc_keys, code, changes or {})
    asked = _asked(kind, doc_keys, by, changes or {}, is_single=is_single)
    asked |= {"on": on.isoformat(), "note": note, "round": round_no}
    if seen is not None:
        asked["seen"] = json.dumps(seen.trail, ensure_ascii=False)
    posted = _posted_with(conn, entries, doc_keys)
    if posted:
        asked |= posted.parameters()
    statement = statements.move(
        kind, code, tuple(changes or ()), is_single=is_single, has_round=round_no is not None,
        is_read=is_read, is_seen=seen is not None, posts=posted is not None,
    )  # fmt: skip
    every = dict.fromkeys(doc_keys)

    def work() -> list[tuple[Any, ...]]:
        moved = {row[0]: row for row in fetch(conn, statement, asked)}
        if len(moved) < len(every):
            left = [key for key in every if key not in moved]
            standings = (
                _edit_standings(conn, kind, code, changes, asked)
                if changes and kind.edited(code, changes)
                else _standings(conn, kind, code, left, round_no)
            )
            if seen is not None and any(row[3] != seen.trail for row in standings):
                raise Overtaken(doc_keys[0])
            answering = memory_of(conn).answering
            each = answering.of(kind, code) if isinstance(answering, Answering) else None
            _require_taken(kind, code, left, standings, each)
        return [moved[key] for key in every if key in moved]

    return in_transaction(conn, work, is_single=is_single)


def _asked(
    kind: Kind[Any], doc_keys: Sequence[str], by: By, changes: Mapping[str, Sequence[object]], *,
    is_single: bool,
) -> dict[str, object]:  # fmt: skip
    """Which documents take a step, by whom, and what it writes into each."""
    values = {
        f"to_{column}": statements.given_values(kind, column, _one_for_each(given, len(doc_keys)))
        for column, given in changes.items()
    }
    officers = officers_of(by, 1 if isinstance(by, str) else len(doc_keys))  # one acts on all: said once
    if is_single:
        return {"key": doc_keys[0], "officer": officers[0], **{name: of[0] for name, of in values.items()}}
    return {"keys": _joined(kind, doc_keys), "officers": officers, **values}


def _standings(
    conn: Conn, kind: Kind[Any], code: str, doc_keys: Sequence[str], round_no: int | None
) -> list[tuple[Any, ...]]:
    """Where documents stand that did not take a step, and whether they took it before."""
    statement = statements.standings(kind, code, has_round=round_no is not None)
    return fetch(conn, statement, {"keys": _joined(kind, doc_keys), "round": round_no})


def _edit_standings(
    conn: Conn, kind: Kind[Any], code: str, changes: Iterable[str], asked: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """`_standings` of all, of a step that edits: taken before where a document says what it would write."""
    statement = statements.edit_standings(kind, code, tuple(changes), is_single="key" in asked)
    return fetch(conn, statement, asked)


def _require_one_edit(
    kind: Kind[Any], doc_keys: Sequence[str], code: str, changes: Mapping[str, Sequence[object]]
) -> None:
    """Raise DuplicateConflict where one set would edit a document in two ways."""
    edited = kind.edited(code, changes)
    if not edited or len(doc_keys) == 1:
        return
    said: dict[str, list[object]] = {}
    for place, key in enumerate(doc_keys):
        mine = [changes[column][place] for column in edited]
        if said.setdefault(key, mine) != mine:
            raise DuplicateConflict(
                f"{kind.name} {key} 在一批里写了两次，内容不同", rule="一批里一份单据只改一次",
                hint="请只留一项",
            )  # fmt: skip


def _joined(kind: Kind[Any], doc_keys: Sequence[str]) -> str:
    """Keys as one text. Raises NotFound for those that no document can have."""
    keys = statements.SEPARATOR.join(doc_keys)
    if keys.count(statements.SEPARATOR) >= len(doc_keys):
        _require_found(kind, doc_keys, {key: key for key in doc_keys if statements.SEPARATOR not in key})
    return keys


def _require_taken(
    kind: Kind[Any], code: str, left: Sequence[str], rows: Sequence[tuple[Any, ...]],
    refused: dict[str, FiscError] | None,
) -> None:  # fmt: skip
    """That those that did not take a step now took it before; `rows` are the standings.

    Where the caller answers each by itself, `refused` gathers why one may not; to whoever goes on it is as if
    it had taken the step before.
    """
    found = {row[0]: row for row in rows}
    missing = [key for key in left if key not in found]
    wrong = [
        key for key, (_, state, is_taken, *_) in found.items()
        if not (is_taken and kind.flow.still_stands(code, state))
    ]  # fmt: skip
    if refused is not None:
        refused |= {key: not_found(kind, [key]) for key in missing}
        refused |= {key: wrong_state(kind, code, [key], found[key][1]) for key in wrong}
    elif missing:
        raise not_found(kind, missing)
    elif wrong:
        raise wrong_state(kind, code, wrong, found[wrong[0]][1])


def _require_found(kind: Kind[Any], doc_keys: Sequence[str], found: Mapping[str, object]) -> None:
    if missing := [key for key in doc_keys if key not in found]:
        raise not_found(kind, missing)


def select(conn: Conn, kind: Kind[M], where: LiteralString, parameters: Params | None = None) -> list[M]:
    """The documents that `where` (SQL after the table's name `t`) asks for, as objects of their model."""
    return rows_of(conn, kind, where, parameters)


def selecting(kind: Kind[M], where: LiteralString, parameters: Mapping[str, Any]) -> Question[list[M]]:
    """`select`, for who asks more at once."""
    return Question(
        statements.select(kind, where), parameters, lambda rows: kind.load(kind.all_columns, rows)
    )


def rows_of(conn: Conn, table: Table, where: LiteralString, parameters: Params | None = None) -> list[Any]:
    """As `select`, for rows of lines and registers."""
    return table.objects(
        table.all_columns, conn.execute(statements.select(table, where), parameters).fetchall()
    )


def read(conn: Conn, kind: Kind[M], doc_keys: Sequence[str], *, is_locked: bool = False) -> list[M]:
    """Documents in the order given, as read-only objects of their model.

    With `is_locked` they stay as they were seen until the end of the transaction. Raises NotFound naming
    those that do not exist.
    """
    return ask(conn, reading(kind, doc_keys, is_locked=is_locked))


def reading(kind: Kind[M], doc_keys: Sequence[str], *, is_locked: bool = False) -> Question[list[M]]:
    """`read`, for who asks more at once."""

    def found(rows: list[tuple[Any, ...]]) -> list[M]:
        known = {document.doc_key: document for document in kind.load(kind.all_columns, rows)}
        _require_found(kind, doc_keys, known)
        return [known[key] for key in doc_keys]

    return Question(statements.read(kind, is_locked=is_locked), {"keys": list(doc_keys)}, found)


def taken(doc_keys: Sequence[str], moved: Iterable[FlowDocument]) -> list[bool]:
    """Which of `doc_keys` are among the documents that moved; of a key given twice only the first."""
    return _once(doc_keys, {document.doc_key for document in moved})
