"""What items name besides what they are about: the quota that is cut, the report that is reversed.

Who does not see one of these is told what is told of one that there is not, in the same words. Kinds say what
their documents name (`Kind.refers`, `Kind.names`; what reversals name, `Kind.undoes`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from psycopg import sql

from fisc.documents.editions import current
from fisc.documents.errors import NotFound
from fisc.documents.inputs import Shape
from fisc.documents.kind import Kind, Named
from fisc.documents.owning import kinds, owners_of
from fisc.documents.refusals import not_found
from fisc.documents.sight import Owned, may_see, no_such, sees_owned
from fisc.documents.words import heading_of
from fisc.registry.officers import Officer

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

Conn = psycopg.Connection[Any]
#: What reversals name, and which kind of document that is.
_OF_NO: Final = "of_no"
_OF_KIND: Final = "of_kind"


@dataclass(frozen=True, slots=True)
class Way:
    """How a name is found in an item, in a line of `part` where there is one, and what it is the name of."""

    field: str
    path: tuple[str, ...]
    part: str
    of: Named

    def holders(self, one: Any) -> Sequence[Any]:
        """What of an item says such names: itself, or lines of one of its lists; () where it is no such."""
        prefix = getattr(one, _OF_KIND, "") if self.field == _OF_NO else ""
        if prefix and isinstance(self.of.table, Kind) and self.of.table.prefix != prefix:
            return ()
        return getattr(one, self.part) or () if self.part else (one,)

    def name_in(self, holder: Any) -> str:
        """The name that it says; '' where it says none."""
        return str(reduce(lambda found, step: getattr(found, step, None), self.path, holder) or "")


class Strange(NamedTuple):
    """What the item at a place names, and nothing that who acts sees is called so."""

    place: int
    way: Way
    name: str


def strange_names(
    conn: Conn, case: UseCase, given: Sequence[Any], officers: Sequence[Officer | None]
) -> list[Strange]:
    """What the items name that there is not, or that their officers do not see; by place, in their order."""
    found: list[Strange] = []
    for way in ways_of(case):
        said = [[name for line in way.holders(one) if (name := way.name_in(line))] for one in given]
        names = {name for these in said for name in these}
        owned = _owners(conn, way.of, sorted(names)) if names else {}
        found += [
            Strange(place, way, name)
            for place, (these, officer) in enumerate(zip(said, officers, strict=True))
            for name in these if officer is not None and _is_strange(way.of, officer, owned.get(name, ()))
        ]  # fmt: skip
    return sorted(found, key=lambda one: one.place)


def refusal_of(found: Sequence[Strange], numbers: Sequence[str]) -> NotFound:
    """The refusal of what there is not, or nobody is told of, by the numbers of the items that name it."""
    way = found[0].way
    alike = [one for one in found if one.way.of.table is way.of.table]
    names = list(dict.fromkeys(one.name for one in alike))
    keys = list(dict.fromkeys(numbers[one.place] for one in alike))
    if not isinstance(way.of.table, Kind):
        return no_such(heading_of(way.of.column), names, keys)
    refused = not_found(way.of.table, names)
    refused.details |= {"keys": keys[:20], "refused": len(keys)}
    return refused


@cache
def ways_of(case: UseCase) -> tuple[Way, ...]:
    """How what its items name is found in them; () for a use case that only looks, or takes numbers."""
    if case.kind is None or case.shape is None or case.is_reading:
        return ()
    kind, shape, own = case.kind, case.shape, case.asked_of
    named = {name: of for name, of in _named(kind) if own is None or name != own.named}
    found = [
        Way(field.name, field.path, part, _new_where_brought_about(field.name, named[field.name], of))
        for part, of in (("", shape), *((part.name, part.shape) for part in shape.parts))
        for field in of.fields if field.name in named
    ]  # fmt: skip
    return (*found, *_reversed(kind, shape))


def _named(kind: Kind[Any]) -> Iterator[tuple[str, Named]]:
    for column, prefix in kind.refers.items():
        yield column, Named(kinds()[prefix], "doc_key")
    yield from kind.names.items()


def _new_where_brought_about(name: str, of: Named, shape: Shape) -> Named:
    """What comes with its coding block may be what the document brings about, by its own name."""
    brings = name == of.column and any(len(field.path) > 1 for field in shape.fields)
    return of._replace(may_be_new=True) if brings else of


def _reversed(kind: Kind[Any], shape: Shape) -> Iterator[Way]:
    """What a reversal names: of the one kind that it may be of, or of that which the item says."""
    if any(field.name == _OF_NO for field in shape.fields):
        for prefix in kind.undoes:
            yield Way(_OF_NO, (_OF_NO,), "", Named(kinds()[prefix], "doc_key"))


def _owners(conn: Conn, of: Named, names: Sequence[str]) -> Mapping[str, Sequence[Owned]]:
    """Name -> whose what is called so is; documents by their last edition."""
    keys = current(conn, of.table, names) if isinstance(of.table, Kind) else names
    columns = owners_of(of)
    statement = sql.SQL("select distinct {by}, {columns} from {table} where {by} = any(%s)").format(
        by=sql.Identifier(of.column), columns=sql.SQL(", ").join(columns.values()),
        table=sql.Identifier(of.table.table),
    )  # fmt: skip
    by_key: dict[str, list[Owned]] = defaultdict(list)
    for key, *values in conn.execute(statement, [list(keys)]).fetchall():
        by_key[key].append(dict(zip(columns, values, strict=True)))
    return {name: by_key[key] for name, key in zip(names, keys, strict=True) if key in by_key}


def _is_strange(of: Named, officer: Officer, owned: Sequence[Owned]) -> bool:
    if not owned:
        return not of.may_be_new
    sees = (sees_named(of, officer, one) for one in owned)
    return not (any(sees) if of.parties else all(sees))


def sees_named(of: Named, officer: Officer, owned: Owned) -> bool:
    """Whether an officer sees what is named, by what owns it; each of its parties does, where it has any."""
    if of.parties:
        return any(may_see(officer, str(owned[party])) for party in of.parties)
    return sees_owned(officer, owned)
