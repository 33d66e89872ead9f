"""The elements' tables, set-based: each function is one statement, whatever the number of items.

Items travel as one JSON text; a statement's shape depends on the kind alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, cast

import psycopg

from fisc.registry.elements import statements
from fisc.registry.elements.items import Item, Key, Kind, Record
from fisc.registry.rows import Table, insert_rows

Connection = psycopg.Connection[Any]
_EVENTS: Final = Table("registry.ElementEvent")


class Standing(NamedTuple):
    """Whether an element may be used, and since when and why not."""

    is_enabled: bool
    name: str
    disabled_on: date | None
    reason: str


def lock(conn: Connection, *, alone: bool) -> None:
    """Hold the elements until the transaction ends: documents shared, who disables alone."""
    conn.execute("select registry_lock_elements(%s)", [alone])


def insert_new(conn: Connection, kind: Kind, items: Sequence[Item], *, by: str, on: date) -> set[Key]:
    """Insert those whose key is free; returns the keys that are new."""
    if not items:
        return set()
    given = {"rows": _json(kind, items), "by": by, "on": on}
    return {_key(kind, row) for row in conn.execute(statements.insert(kind), given)}


def differing(conn: Connection, kind: Kind, items: Sequence[Item]) -> dict[Key, Item]:
    """Recorded items that share a key with a given one and have other content."""
    if not items:
        return {}
    rows = conn.execute(statements.differing(kind), {"rows": _json(kind, items)})
    found = (_item(kind, row) for row in rows)
    return {kind.key(item): item for item in found}


def update(conn: Connection, kind: Kind, items: Sequence[Item]) -> None:
    """Give recorded items their new content."""
    if items:
        conn.execute(statements.update(kind), {"rows": _json(kind, items)})


def standings(conn: Connection, kind: Kind, keys: Iterable[Key]) -> dict[Key, Standing]:
    """How the elements with these keys stand; those that are not recorded are left out."""
    asked = sorted(set(keys))
    if not asked:
        return {}
    columns = [list(column) for column in zip(*asked, strict=True)]
    rows = conn.execute(statements.standings(kind), columns if kind.is_regional else columns[:2])
    return {Key(*row[:3]): Standing(*row[3:]) for row in rows}


def standings_of(conn: Connection, asked: Mapping[Kind, Iterable[Key]]) -> dict[str, dict[Key, Standing]]:
    """`standings` of several kinds (by name), in one query."""
    keys = {kind: sorted(set(mine)) for kind, mine in asked.items() if mine}
    found: dict[str, dict[Key, Standing]] = {kind.name: {} for kind in asked}
    given: list[list[Any]] = []
    for kind, mine in keys.items():
        columns = [list(column) for column in zip(*mine, strict=True)]
        given += columns if kind.is_regional else columns[:2]
    for row in conn.execute(statements.standings_of(tuple(keys)), given) if keys else ():
        found[row[0]][Key(*row[1:4])] = Standing(*row[4:])
    return found


def set_enabled(conn: Connection, kind: Kind, keys: Sequence[Key], on: date | None, reason: str) -> None:
    """Disable (on a day, for a reason) or, with no day, enable again."""
    if not keys:
        return
    columns = [list(column) for column in zip(*keys, strict=True)]
    given = columns if kind.is_regional else columns[:2]
    conn.execute(statements.set_enabled(kind), [on is None, on, reason, *given])


def record_events(
    conn: Connection, kind: Kind, event: str, before: Sequence[tuple[Key, Item | None]],
    *, by: str, on: date, reason: str,
) -> None:  # fmt: skip
    """Note what happened to elements, with the content they had before where it changed."""
    insert_rows(conn, _EVENTS, [
        _EVENTS.row(
            key, kind=kind.name, event=event, acted_by=by, acted_on=on, reason=reason,
            before=None if item is None else _plain(kind, item),
        )
        for key, item in before
    ])  # fmt: skip


def last_reasons(conn: Connection, kind: Kind, fiscal_year: int) -> dict[Key, str]:
    """Why elements of a year were last revised, disabled or enabled; those of which nothing was noted not."""
    rows = conn.execute(statements.LAST_REASONS, [kind.name, fiscal_year])
    return {Key(*row[:3]): row[3] for row in rows}


def records(
    conn: Connection, kind: Kind, fiscal_year: int, *, mof_div_code: str, codes: Sequence[str] | None,
    enabled_only: bool,
) -> list[Record]:  # fmt: skip
    """The elements of a year by region and code; '' is every region."""
    given = {"year": fiscal_year, "region": mof_div_code, "codes": None if codes is None else list(codes),
             "enabled": enabled_only}  # fmt: skip
    width = len(kind.columns)
    rows = conn.execute(statements.records(kind), given)
    return [Record(_item(kind, row[:width]), *row[width:]) for row in rows]


def _json(kind: Kind, items: Sequence[Item]) -> str:
    return json.dumps([_plain(kind, item) for item in items], ensure_ascii=False)


def _plain(kind: Kind, item: Item) -> dict[str, Any]:
    return {column: getattr(item, column) for column in kind.columns}


def _item(kind: Kind, row: Sequence[Any]) -> Item:
    values = (tuple(value) if isinstance(value, list) else value for value in row)
    return cast("Item", kind.item(**dict(zip(kind.columns, values, strict=True))))


def _key(kind: Kind, row: Sequence[Any]) -> Key:
    return Key(row[0], row[-1], row[1] if kind.is_regional else "")
