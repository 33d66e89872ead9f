"""What documents were known to say at a past moment: a view for each declared table, under the same name.

Who asks as of a moment (`fisc.kernel.knowledge.known_at`) has these views before the tables, so every
statement that reads documents answers as of it, and none has to be written twice. A document is there with
the steps that were known; what a later step wrote is not written yet. What was overwritten since is lost
and refuses to be read, and so is a register that does not keep when it learnt its facts. A view over such
tables is there once more, over what they were.

Names and other master data of the registry are as they stand now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Any

from fisc.documents.flow import MAKE
from fisc.documents.guards import literal
from fisc.documents.kind import KNOWN_AT, TRAIL, Kind, Lines, Register
from fisc.kernel.knowledge import PAST
from fisc.registry.rows import Table

_BLANKS = {"bigint": "0", "integer": "0", "smallint": "0", "boolean": "false"}
#: Whether all of a document's steps were known: most are, and nothing else is asked of those.
_WHOLE = f"t.{KNOWN_AT}[cardinality(t.{KNOWN_AT})] <= past.moment()"
_STEPS = f"past.steps(t.trail, t.{KNOWN_AT})"


def statements(kinds: Sequence[Kind[Any]], registers: Sequence[Register]) -> Iterator[str]:
    """Statements that make the schema anew, with a view for every table that is declared."""
    yield files("fisc.documents").joinpath("sql/past.sql").read_text("utf8")
    # bodies name other views of the schema, which come in the order of who rests on whom
    yield f"set local search_path = {PAST}, public"
    for kind in kinds:
        yield _view(kind, _kind_columns(kind), f"({_WHOLE} or {_STEPS} > 0)")
    of_lines = {lines: [k for k in kinds if lines in k.lines] for kind in kinds for lines in kind.lines}
    for lines, parents in of_lines.items():
        yield _view(lines, _told(lines, lines.progress), _with_parent(lines, parents))
    for register in registers:
        yield _view(register, _told(register, register.progress), register.known or _lost(register))
    yield "select past.follow_views()"
    yield "set local search_path to default"


def _view(table: Table, columns: Iterable[tuple[str, str]], known: str) -> str:
    shown = ",\n       ".join(f'{said} as "{name}"' for name, said in columns)
    return (
        f'create view {PAST}."{table.table}" with (security_invoker = true) as\n'
        f'select {shown}\nfrom public."{table.table}" t where {known}'
    )


def _kind_columns(kind: Kind[Any]) -> Iterator[tuple[str, str]]:
    states = "".join(f" when '{code}' then '{state}'" for code, state in _states(kind).items())
    for name in kind.all_columns:
        if name == "state":
            yield (
                name,
                f"case when {_WHOLE} then t.state else case t.trail -> ({_STEPS} - 1) ->> 0{states} end end",
            )
        elif name == TRAIL:
            yield name, f"case when {_WHOLE} then t.trail else past.first(t.trail, {_STEPS}) end"
        elif writers := kind.writers(name):
            yield name, _written(kind, name, writers)
        else:
            yield name, f't."{name}"'


def _states(kind: Kind[Any]) -> dict[str, str]:
    """Move -> the state that it leads to."""
    return {MAKE: kind.initial, **{move.code: move.target for move in kind.flow.moves}}


def _written(kind: Kind[Any], name: str, writers: Sequence[str]) -> str:
    """A column that steps write: as it is where no later one wrote it, else as it was made, or lost."""
    moves = "array[{}]".format(", ".join(f"'{code}'" for code in writers))
    what = f"'{kind.name}的{kind.label(name)}'"
    lost = f"past.lost({what}, t.doc_key)::{kind.type_of(name)}"
    before = lost
    if name not in kind.content:
        earlier = f"past.taken(past.first(t.trail, {_STEPS}), {moves}) > 0"
        before = f"case when {earlier} then {lost} else {_unwritten(kind, name)} end"
    return (
        f'case when {_WHOLE} or past.taken(t.trail, {moves}, {_STEPS}) = 0 then t."{name}" else {before} end'
    )


def _unwritten(kind: Kind[Any], name: str) -> str:
    """What a column holds until a step writes it."""
    if name in kind.empty_columns:
        return "null"
    return "'{}'" if name in kind.list_columns else _BLANKS.get(kind.type_of(name), "''")


def _told(table: Lines[Any] | Register, progress: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The columns of lines or a register: what later events write is derived, or lost."""
    for name in table.all_columns:
        if name not in progress:
            yield name, f't."{name}"'
        elif derived := table.past.get(name):
            yield name, f"({derived})::{table.type_of(name)}"
        else:
            yield name, f"past.lost('{table.name}的{table.label(name)}')::{table.type_of(name)}"


def _with_parent(lines: Lines[Any], parents: Sequence[Kind[Any]]) -> str:
    """That the step which brought the lines was known; of several editions, the step that brought theirs."""
    moves = "array[{}]".format(", ".join(f"'{code}'" for code in lines.written_by))
    taken = f"past.taken(d.trail, {moves}) >= {f't.{lines.edition}' if lines.edition else '1'}"
    return " or ".join(
        f'{_mine(lines, kind)}exists (select from {PAST}."{kind.table}" d '
        f'where d.doc_key = t."{lines.parent}" and {taken})'
        for kind in parents
    )


def _mine(lines: Lines[Any], kind: Kind[Any]) -> str:
    """That a line is of this kind's documents, where several kinds share the table."""
    return "".join(f't."{column}" = {literal(value)} and ' for column, value in lines.mark(kind).items())


def _lost(register: Register) -> str:
    return f"past.lost('{register.name}') is null"
