"""What happens to elements after they are recorded: revised, disabled, enabled, rolled over.

Each change touches one year's snapshot and is noted in `registry_element_event` with officer,
date, reason and the content before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.kernel.errors import DuplicateConflict
from fisc.registry.elements import forms, namesakes, table
from fisc.registry.elements.accounts import revise_accounts
from fisc.registry.elements.defining import dated, require_actor, require_references
from fisc.registry.elements.items import KINDS, PAYEES, Key, Kind
from fisc.registry.elements.problems import Problem, bad_call, refuse
from fisc.registry.errors import UnknownElement

Connection = psycopg.Connection[Any]


def kind_named(name: str) -> Kind:
    """The kind called agencies, projects, payees, payee_accounts, themes or tags; BadElement for others."""
    if name not in KINDS:
        raise bad_call(f"没有名为 {name} 的要素", f"可用：{'、'.join(KINDS)}")
    return KINDS[name]


def disable(
    conn: Connection, kind: str, keys: Sequence[Key], *, by: str, on: date, reason: str
) -> list[bool]:
    """Take elements out of use; True where done now, False where they already are, likewise.

    Raises MissingDuty, UnknownElement for those not recorded, DuplicateConflict for those disabled on
    another day or for another reason. Documents that are there stay; no new one may name the element.
    """
    return _set_enabled(conn, kind_named(kind), keys, by=by, on=on, reason=reason, enable=False)


def enable(conn: Connection, kind: str, keys: Sequence[Key], *, by: str, on: date, reason: str) -> list[bool]:
    """Take disabled elements into use again; True where done now. Raises UnknownElement."""
    return _set_enabled(conn, kind_named(kind), keys, by=by, on=on, reason=reason, enable=True)


def _set_enabled(
    conn: Connection, kind: Kind, keys: Sequence[Key], *, by: str, on: date, reason: str, enable: bool
) -> list[bool]:
    _require_reason(conn, by, keys, reason)
    with conn.transaction():
        table.lock(conn, alone=True)
        standing = table.standings(conn, kind, keys)
        refuse(kind.label, _not_recorded(kind, keys, standing))
        changed = {key for key in keys if standing[key].is_enabled != enable}
        if not enable:
            refuse(kind.label, _otherwise_disabled(keys, standing, on, reason))
        if enable and kind is PAYEES:
            refuse(kind.label, namesakes.of_keys(conn, sorted(changed)))
        table.set_enabled(conn, kind, sorted(changed), None if enable else on, "" if enable else reason)
        event = "enabled" if enable else "disabled"
        noted: list[tuple[Key, Any]] = [(key, None) for key in sorted(changed)]
        table.record_events(conn, kind, event, noted, by=by, on=on, reason=reason)
    return [key in changed for key in keys]


def _require_reason(conn: Connection, by: str, keys: Sequence[Key], reason: str) -> None:
    require_actor(conn, by, {key.mof_div_code for key in keys})
    if not reason.strip():
        raise bad_call("没有写明原因", "请写明停用、启用或修订的原因")


def _not_recorded(kind: Kind, keys: Sequence[Key], standing: dict[Key, table.Standing]) -> list[Problem]:
    return [
        Problem(index, key.code, f"{key.fiscal_year} 年 {key.mof_div_code} 没有登记", UnknownElement)
        for index, key in enumerate(keys)
        if key not in standing
    ]


def _otherwise_disabled(
    keys: Sequence[Key], standing: dict[Key, table.Standing], on: date, reason: str
) -> list[Problem]:
    return [
        Problem(index, key.code, f"已于 {found.disabled_on} 停用（{found.reason}）", DuplicateConflict)
        for index, key in enumerate(keys)
        if not (found := standing[key]).is_enabled and (found.disabled_on, found.reason) != (on, reason)
    ]


def revise(
    conn: Connection, kind: str, items: Sequence[Any], *, by: str, on: date, reason: str
) -> list[bool]:
    """Give recorded elements other content in their year; True where something changed.

    Other years stay as they are. A payee's accounts that are given are added, or take the bank given; those
    that are not given stay. Raises UnknownElement for items not recorded, BadElement for malformed ones,
    DuplicateConflict for another payee's account, DisabledElement for one that is out of use.
    """
    of, items = kind_named(kind), dated(items, on)
    keys = [of.key(item) for item in items]
    _require_reason(conn, by, keys, reason)
    refuse(of.label, forms.problems(of, items))
    with conn.transaction():
        table.lock(conn, alone=True)
        refuse(of.label, _not_recorded(of, keys, table.standings(conn, of, keys)))
        before = table.differing(conn, of, items)
        changed = [item for item in items if of.key(item) in before]
        require_references(conn, of, changed)
        if of is PAYEES and changed:
            refuse(of.label, namesakes.problems(conn, changed, are_revised=True))
        table.update(conn, of, changed)
        if of is PAYEES:
            for item in revise_accounts(conn, items, by=by, on=on, reason=reason):
                before.setdefault(of.key(item), item)  # its own columns are as they were
        table.record_events(conn, of, "revised", sorted(before.items()), by=by, on=on, reason=reason)
    return [key in before for key in keys]
