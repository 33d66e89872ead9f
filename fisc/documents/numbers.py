"""Things by the numbers that are printed on them: 鄂财指〔2022〕1号 for 150600000:2022:鄂财指〔2022〕1号.

Whoever names a document, a quota, a batch, by itself or within an item, may leave out the region and the year
with which its key begins, where only one that they see is so called. Brackets, widths, spaces and case do not
tell numbers apart. The whole key always does. Of a number that was entered anew the last document is meant
(`editions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents.bearing import Bearer, bearing, may_be_printed
from fisc.documents.editions import current
from fisc.documents.errors import RuleBroken
from fisc.documents.kind import Kind, Named
from fisc.documents.naming import Way, sees_named, ways_of
from fisc.documents.refusals import listed
from fisc.documents.store import By, officers_of
from fisc.documents.words import heading_of
from fisc.registry import regions
from fisc.registry.officers import Officer, officers_by_code

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

Conn = psycopg.Connection[Any]
#: Things that a refusal names.
_MOST_NAMED: Final = 5


def as_known(
    conn: Conn, case: UseCase, given: Sequence[Any], said: Mapping[str, Any], by: By
) -> Sequence[Any]:
    """The items, or numbers, with the keys of what they name by printed numbers.

    `said` may narrow: `mof_div_code`, `fiscal_year`. Who acts (`by`, '' for who sees all) means what is of
    their own region, where there is such. A number that nothing bears stays as it is. Raises RuleBroken
    naming what bears one, where several do.
    """
    own = _own(case)
    for way in _ways(case):
        narrowed = said if way == own and case.numbered else {}
        numbers = case.numbers_of(given)
        given = _by_print(conn, way, given, narrowed, by=by, numbers=numbers, is_reading=case.is_reading)
    if not (case.is_reading and case.numbered and case.kind is not None and case.kind.has_editions):
        return given  # services that act find the last document themselves, and answer by the number given
    assert own is not None
    last = current(conn, case.kind, [own.name_in(one) for one in given])
    return [_renamed(own, one, [key]) for one, key in zip(given, last, strict=True)]


def said_as_known(conn: Conn, case: UseCase, said: Mapping[str, Any], by: str) -> Mapping[str, Any]:
    """What is said once for all, with the key of what it names by a printed number. Raises as `as_known`."""
    owners = case.owners
    if owners is None or owners.of is None or not isinstance(name := said.get(owners.named), str):
        return said
    way = Way(owners.named, (), "", owners.of)
    [known] = _by_print(conn, way, [name], {}, by=by, numbers=[name], is_reading=case.is_reading)
    return said if known == name else {**said, owners.named: known}


def key_of(conn: Conn, kind: Kind[Any], number: str, officer: Officer) -> str:
    """The key of the document that an officer means by a number, as it is printed. Raises as `as_known`."""
    way = Way("doc_key", (), "", Named(kind, "doc_key"))
    [known] = _by_print(conn, way, [number], {}, by=officer.code, numbers=[number], is_reading=True)
    return current(conn, kind, [known])[0]


@cache
def _ways(case: UseCase) -> tuple[Way, ...]:
    """How what its items name is found in them, of what stands already: their own number first."""
    own = _own(case)
    others = (way for way in ways_of(case) if not way.of.may_be_new)
    return tuple(way for way in (own, *others) if way is not None)


def _own(case: UseCase) -> Way | None:
    """How the number is found of what a use case is about."""
    if case.numbered and case.kind is not None:
        name, of = case.numbered, Named(case.kind, "doc_key")
    elif case.owners is not None and case.owners.of is not None:
        name, of = case.owners.named, case.owners.of
    else:
        return None
    if case.shape is None:
        return Way(name, (), "", of) if case.number is not None else None
    path = next((field.path for field in case.shape.fields if field.name == name), None)
    return Way(name, path, "", of) if path is not None else None


def _by_print(
    conn: Conn, way: Way, given: Sequence[Any], said: Mapping[str, Any], *, by: By, numbers: Sequence[str],
    is_reading: bool,
) -> Sequence[Any]:  # fmt: skip
    """The items, by the numbers that people know them by, with the keys of what they name in one way."""
    names = [[way.name_in(line) for line in way.holders(one)] for one in given]
    asked = {name for these in names for name in these if may_be_printed(way.of, name)}
    if not asked or not (found := bearing(conn, way.of, asked, said)):
        return given
    codes = officers_of(by, len(given))
    known = officers_by_code(conn, {code for code in codes if code})
    made = []
    for one, these, code, number in zip(given, names, codes, numbers, strict=True):
        officer = known.get(code)
        seen = {name: _seen(way.of, found.get(name, ()), officer, is_reading=is_reading) for name in these}
        keys = [_the_one(way.of, name, seen[name], number) for name in these]
        made.append(_renamed(way, one, keys))
    return made


def _renamed(way: Way, one: Any, keys: Sequence[str]) -> Any:
    """An item, or number, that says these names in one way."""
    holders = way.holders(one)
    made = tuple(_with(line, way.path, key) for line, key in zip(holders, keys, strict=True))
    if all(new is old for new, old in zip(made, holders, strict=True)):
        return one
    return replace(one, **{way.part: made}) if way.part else made[0]


def _with(line: Any, path: Sequence[str], key: str) -> Any:
    """A line that says a name at the end of a path; itself where it says that already, or nothing."""
    if not path:
        return line if line == key else key
    inner = getattr(line, path[0], None)
    if inner is None:
        return line
    new = _with(inner, path[1:], key) if inner else inner
    return line if new is inner else replace(line, **{path[0]: new})


def _seen(
    of: Named, found: Sequence[Bearer], officer: Officer | None, *, is_reading: bool
) -> Sequence[Bearer]:
    """What bears a number and who names it sees; who acts means their own region's, where there is such."""
    if officer is None:
        return found
    seen = [one for one in found if sees_named(of, officer, one.owned)]
    own = [one for one in seen if one.is_in_books_of(officer.mof_div_code)]
    return seen if is_reading else own or seen


def _the_one(of: Named, name: str, found: Sequence[Bearer], number: str) -> str:
    """The key of what a number means; the number itself where it means nothing. Raises for several."""
    by_key = {one.key: one for one in found}  # a batch has many lines
    if len(by_key) > 1:  # what was given up, or reversed, stands in nobody's way
        by_key = {key: one for key, one in by_key.items() if not one.is_ended} or by_key
    if len(by_key) > 1:
        raise _several(of, name, [by_key[key] for key in sorted(by_key)], number)
    return next(iter(by_key), name)


def _whose(one: Bearer) -> str:
    return f"{'、'.join(regions.require(place).name for place in one.places)}{one.year}"


def _several(of: Named, name: str, found: Sequence[Bearer], number: str) -> RuleBroken:
    what = of.table.name if isinstance(of.table, Kind) else heading_of(of.column)
    told = [f"{one.key}（{_whose(one)}）" for one in found]
    return RuleBroken(
        f"号为“{name}”的{what}有 {len(found)} 份：{listed(told, most=_MOST_NAMED, unit='份')}",
        rule="只写文件上的号，须在所能看到的单据里只有一份",
        hint="请再写明财政区划或预算年度，或写全单据号",
        details={"keys": [number], "refused": 1, "candidates": [one.key for one in found][:20]},
    )  # fmt: skip
