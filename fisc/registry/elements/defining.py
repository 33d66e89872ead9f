"""Recording elements: one statement inserts, one compares, one asks for what they refer to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.kernel.errors import DuplicateConflict
from fisc.registry.elements import forms, namesakes, table
from fisc.registry.elements.accounts import account_of
from fisc.registry.elements.items import (
    AGENCIES,
    PAYEE_ACCOUNTS,
    PAYEES,
    PROJECTS,
    TAGS,
    THEMES,
    Agency,
    Item,
    Key,
    Kind,
    Payee,
    Project,
    Tag,
    Theme,
)
from fisc.registry.elements.problems import Problem, bad_call, refuse
from fisc.registry.errors import DisabledElement, UnknownElement
from fisc.registry.officers import require_duty

Connection = psycopg.Connection[Any]
#: The duty of who keeps the elements.
DUTY: Final = "registry_make"
Place = tuple[int, int]
"""Of an item in the call, and of an account in the item."""


def define_agencies(conn: Connection, agencies: Sequence[Agency], *, by: str, on: date) -> list[bool]:
    """Record agencies; True where new. A department is in use in that year before (or with) its units."""
    return _define_all(conn, AGENCIES, agencies, by=by, on=on)


def define_projects(
    conn: Connection, projects: Sequence[Project], *, by: str, on: date, duty: str = DUTY
) -> list[bool]:
    """Record projects; True where new. Their agencies, themes and tags are in use in that year.

    They come with a step of the project library too: `duty` is then that step's.
    """
    return _define_all(conn, PROJECTS, projects, by=by, on=on, duty=duty)


def define_themes(conn: Connection, themes: Sequence[Theme], *, by: str, on: date) -> list[bool]:
    """Record themes of our own beside the shipped ones; True where new."""
    return _define_all(conn, THEMES, themes, by=by, on=on)


def define_tags(conn: Connection, tags: Sequence[Tag], *, by: str, on: date) -> list[bool]:
    """Record tags of our own beside the shipped ones; True where new."""
    return _define_all(conn, TAGS, tags, by=by, on=on)


def define_payees(conn: Connection, payees: Sequence[Payee], *, by: str, on: date) -> list[bool]:
    """Record payees with their accounts; True where the payee or one of its accounts is new.

    A payee that is recorded may be given again with more accounts. An account belongs to one
    payee a year.
    """
    return _define_all(conn, PAYEES, payees, by=by, on=on)


def _define_all(conn: Connection, kind: Kind, items: Sequence[Any], **signed: Any) -> list[bool]:
    is_new, problems = define(conn, kind, items, **signed)
    refuse(kind.label, problems)
    return is_new


def define(
    conn: Connection, kind: Kind, items: Sequence[Any], *, by: str, on: date, duty: str = DUTY
) -> tuple[list[bool], list[Problem]]:
    """Record items; returns which are new, or else what is wrong: with any problem nothing is recorded.

    Items of a year 0 are of the year of `on`. Raises MissingDuty.
    """
    given = dated(items, on)
    require_actor(conn, by, {kind.key(item).mof_div_code for item in given}, duty)
    problems = forms.problems(kind, given) + _twice(kind, given)
    is_new: list[bool] = []
    if not problems:
        with conn.transaction() as whole:
            is_new, problems = _record(conn, kind, given, by, on)
            if problems:
                raise psycopg.Rollback(whole)
    return is_new, problems


def dated(items: Sequence[Any], on: date) -> list[Any]:
    """Items of no year are of the year of `on`."""
    return [item if item.fiscal_year else replace(item, fiscal_year=on.year) for item in items]


def require_actor(conn: Connection, by: str, regions: Collection[str], duty: str = DUTY) -> None:
    """Refuse what nobody did (BadElement), or somebody without the duty for the regions (MissingDuty)."""
    if not by.strip():
        raise bad_call("没有经办人", "请给出经办人的编号")
    require_duty(conn, by, duty, *regions)


def _twice(kind: Kind, items: Sequence[Any]) -> list[Problem]:
    """Items that share a key in one call and differ."""
    first: dict[Key, Any] = {}
    return [
        Problem(index, kind.key(item).code, "同一批里有内容不同的两项", DuplicateConflict, column=kind.code)
        for index, item in enumerate(items)
        if first.setdefault(kind.key(item), item) != item
    ]


def _record(
    conn: Connection, kind: Kind, items: Sequence[Any], by: str, on: date
) -> tuple[list[bool], list[Problem]]:
    table.lock(conn, alone=False)
    if kind is PAYEES and (same := namesakes.problems(conn, items, are_revised=False)):
        return [], same
    places = [(index, 0) for index in range(len(items))]
    new, problems = _insert(conn, kind, items, places, by=by, on=on)
    problems += _references(conn, kind, [(i, item) for i, item in enumerate(items) if new[i]])
    if kind is PAYEES:
        places = [(i, part) for i, payee in enumerate(items) for part in range(len(payee.accounts))]
        accounts = [account_of(items[i], part) for i, part in places]
        added, wrong = _insert(conn, PAYEE_ACCOUNTS, accounts, places, by=by, on=on)
        problems += wrong
        for (index, _), is_added in zip(places, added, strict=True):
            new[index] = new[index] or is_added
    return new, problems


def _insert(
    conn: Connection, kind: Kind, items: Sequence[Any], places: Sequence[Place], *, by: str, on: date
) -> tuple[list[bool], list[Problem]]:
    """Insert rows of one table; an item that stands there with other content is a problem."""
    keys = [kind.key(item) for item in items]
    distinct = dict(zip(keys, items, strict=True))
    new = table.insert_new(conn, kind, list(distinct.values()), by=by, on=on)
    other = table.differing(conn, kind, items)
    problems = []
    for key, item, (index, part) in zip(keys, items, places, strict=True) if other else ():
        standing = other.get(key)
        if standing is not None and standing != item:
            column, why = _difference(kind, standing, item)
            problems.append(Problem(index, f"{kind.label} {key.code}", why, DuplicateConflict, part, column))
    return _first_marks(keys, new), problems


def _difference(kind: Kind, standing: Item, given: Item) -> tuple[str, str]:
    """The first column that differs, and the difference in words."""
    changed = next(c for c in kind.contents if getattr(standing, c) != getattr(given, c))
    old, new = getattr(standing, changed), getattr(given, changed)
    if kind is PAYEE_ACCOUNTS and changed == "payee_code":
        return "acct_no", f"已是收款人 {old} 的账号，不能又属于 {new}"
    return changed, f"{standing.fiscal_year} 年已登记，{changed} 为“{_said(old)}”，现为“{_said(new)}”"


def _said(value: object) -> str:
    return ";".join(value) if isinstance(value, tuple) else str(value)


def _first_marks(keys: Sequence[Key], new: Collection[Key]) -> list[bool]:
    """True at the first place of each new key."""
    left = set(new)
    marks = []
    for key in keys:
        marks.append(key in left)
        left.discard(key)
    return marks


# ---- what items refer to


def _references(conn: Connection, kind: Kind, items: Sequence[tuple[int, Any]]) -> list[Problem]:
    """Problems of new items that refer to something unknown or disabled in their year."""
    named = [
        (Problem(index, f"{kind.label} {kind.key(item).code} {item.name}", "", column=column), of, key)
        for index, item in items
        for column, of, key in _named(kind, item)
    ]
    problems = []
    for target in (AGENCIES, THEMES, TAGS):
        standing = table.standings(conn, target, {key for _, of, key in named if of is target})
        for problem, of, key in named:
            found = standing.get(key)
            if of is target and not (found and found.is_enabled):
                why = unusable_words(target, key, found)
                problems.append(problem._replace(why=why, refusal=refusal_of(found)))
    return sorted(problems, key=lambda problem: problem.position)


def require_references(conn: Connection, kind: Kind, items: Sequence[Any]) -> None:
    """Refuse items that refer to something unknown or disabled in their year."""
    refuse(kind.label, _references(conn, kind, list(enumerate(items))))


def _named(kind: Kind, item: Any) -> Iterator[tuple[str, Kind, Key]]:
    """The elements an item refers to: column, kind and key."""
    year = item.fiscal_year
    if kind is AGENCIES and item.dept_code not in ("", item.agency_code):
        yield "dept_code", AGENCIES, Key(year, item.dept_code, item.mof_div_code)
    if kind is PROJECTS:
        if item.agency_code:
            yield "agency_code", AGENCIES, Key(year, item.agency_code, item.mof_div_code)
        yield from (("theme_codes", THEMES, Key(year, code)) for code in item.theme_codes)
        yield from (("tags", TAGS, Key(year, code)) for code in item.tags)


def refusal_of(standing: table.Standing | None) -> type[UnknownElement | DisabledElement]:
    """The kind of refusal for an element that may not be used."""
    return UnknownElement if standing is None else DisabledElement


def unusable_words(kind: Kind, key: Key, standing: table.Standing | None) -> str:
    """Why an element may not be used: not recorded in that year and region, or disabled since when."""
    where = f"{key.fiscal_year} 年 {key.mof_div_code}".strip()
    if standing is None:
        return f"{where} 没有登记{kind.label} {key.code}"
    since = f"已于 {standing.disabled_on} 停用（{standing.reason}）"
    return f"{where} {kind.label} {key.code} {standing.name}{since}"
