"""The use cases of a kind that needs no service of its own: made, moved and looked at as it is declared.

    USE_CASES = of_kind(DEPOSIT, posts={"enter": rules.entered, "return": rules.returned})

declares the making of deposits, a use case for each step of their flow, their list and one of them whole.
`posts` says which entry a step posts; a step that writes columns takes them beside the number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, make_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import psycopg

from fisc.documents.errors import Undeclared
from fisc.documents.flow import MAKE
from fisc.documents.kind import Kind
from fisc.documents.looking import looks
from fisc.documents.store import By, advance, make, taken
from fisc.documents.use_case import UseCase
from fisc.kernel import Entry

Conn = psycopg.Connection[Any]
#: The entry that a step posts for a document, or several.
Posted = Callable[[Any], Entry | Sequence[Entry]]
_TYPES: Final[Mapping[str, Any]] = {
    "CharField": str, "TextField": str, "BigIntegerField": int, "IntegerField": int, "SmallIntegerField": int,
    "DateField": date, "BooleanField": bool, "DecimalField": Decimal, "ArrayField": tuple[str, ...],
}  # fmt: skip


def of_kind(
    kind: Kind[Any], *, posts: Mapping[str, Posted] | None = None, group: str = "", noun: str = ""
) -> tuple[UseCase, ...]:
    """Every use case of a kind without lines: making, each step, list and details.

    `group` is the group of their commands, the domain's label unless given; `noun` tells the kinds of a
    domain that has several apart. Raises Undeclared for a kind with lines, and for a step in `posts` that it
    has not.
    """
    group = group or kind.model_label.partition(".")[0].replace("_", "-")
    steps, given = [move.code for move in kind.flow.moves], posts or {}
    if kind.lines:
        raise Undeclared(f"{kind.name}有明细，须有自己的服务")
    if strange := given.keys() - set(steps):
        raise Undeclared(f"{kind.name}没有步骤 {'、'.join(sorted(strange))}")
    ending = f"-{noun}" if noun else ""
    return (
        UseCase(f"{group}.{MAKE}{ending}", _making(kind), kind, MAKE),
        *(
            UseCase(
                f"{group}.{step.replace('_', '-')}{ending}", _step(kind, step, given.get(step)), kind, step
            )
            for step in steps
        ),
        *looks(kind, group, noun or kind.prefix.replace("_", "-")),
    )


def _making(kind: Kind[Any]) -> Callable[..., list[bool]]:
    """The service that makes documents of what is content: True for each that is new."""
    item = _item(kind, f"{kind.model.__name__}Given", ("mof_div_code", "fiscal_year", *kind.content))

    def work(conn: Conn, items: Sequence[Any], *, by: By, on: date) -> list[bool]:
        rows = [kind.row(one, doc_key=getattr(one, kind.number)) for one in items]
        return make(conn, kind, rows, by=by, on=on)

    return _typed(work, items=Sequence[item])  # type: ignore[valid-type]


def _step(kind: Kind[Any], step: str, posted: Posted | None) -> Callable[..., list[bool]]:
    """The service that takes a step with documents, by number, with what the step writes: True where now."""
    columns = kind.written.get(step, ())

    def move(
        conn: Conn, keys: Sequence[str], *, by: By, on: date, note: str = "", items: Sequence[Any] = ()
    ) -> list[bool]:
        moved = advance(
            conn, kind, keys, step, by=by, on=on, note=note,
            changes={name: [getattr(one, name) for one in items] for name in columns} or None,
            posts=None if posted is None else lambda document: _entries(posted(document)),
        )  # fmt: skip
        return taken(keys, moved)

    def of_numbers(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
        return move(conn, doc_keys, by=by, on=on, note=note)

    def of_items(conn: Conn, items: Sequence[Any], *, by: By, on: date, note: str = "") -> list[bool]:
        keys = [getattr(one, kind.number) for one in items]
        return move(conn, keys, by=by, on=on, note=note, items=items)

    if not columns:
        return of_numbers
    item = _item(kind, f"{kind.model.__name__}{step.capitalize()}", columns)
    return _typed(of_items, items=Sequence[item])  # type: ignore[valid-type]


def _entries(posted: Entry | Sequence[Entry]) -> Sequence[Entry]:
    return [posted] if isinstance(posted, Entry) else posted


def _item(kind: Kind[Any], name: str, columns: Sequence[str]) -> type:
    """A dataclass of a document's number and columns; what may be left out has its default."""
    given = [(kind.number, str), *_fields(kind, columns)]
    must, may = [one for one in given if len(one) == 2], [one for one in given if len(one) == 3]
    made = make_dataclass(name, [*must, *may], frozen=True, slots=True)
    made.__module__ = __name__  # where its types are known
    return made


def _fields(kind: Kind[Any], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    known = {str(f.column): f for f in kind.model._meta.concrete_fields}
    for name in columns:
        of = known[name]
        said = _TYPES.get(of.get_internal_type())
        if said is None:
            raise Undeclared(f"{kind.table}.{name}: {of.get_internal_type()} 不能在一栏中填写")
        if of.null:
            yield name, said | None, field(default=None)
        elif of.blank or _has_default(of):
            yield name, said, field(default=_empty(said))
        else:
            yield name, said


def _has_default(of: Any) -> bool:
    from django.db.models import NOT_PROVIDED

    return of.db_default is not NOT_PROVIDED or of.default is not NOT_PROVIDED


def _empty(said: Any) -> Any:
    return {str: "", int: 0, bool: False, Decimal: Decimal(0)}.get(said, ())


def _typed(work: Callable[..., list[bool]], **kinds: Any) -> Callable[..., list[bool]]:
    work.__annotations__ |= kinds
    return work
