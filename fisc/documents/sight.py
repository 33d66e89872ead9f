"""What an officer sees: their region and those below it; of what units own, a unit's officer their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from fisc.documents.errors import NotFound
from fisc.documents.kind import Kind, Named
from fisc.documents.owning import OFFICE, OWNED, owned_columns
from fisc.documents.refusals import listed, not_found
from fisc.documents.words import heading_of
from fisc.registry import regions
from fisc.registry.officers import Officer
from fisc.registry.rows import Table

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase


Owned = Mapping[str, Any]
#: Who gave and who received what a row is of that has no region of its own.
_PARTIES: Final = ("giver_div_code", "rec_div_code")


def may_see(officer: Officer, mof_div_code: str) -> bool:
    """Whether an officer sees a region: all see their own and those below it, some see every one."""
    own = officer.mof_div_code
    if not own or own == mof_div_code:
        return True
    found = regions.lookup(mof_div_code) if mof_div_code else None
    while found is not None and found.parent:
        if found.parent == own:
            return True
        found = regions.lookup(found.parent)
    return False


def require_sight(officer: Officer, mof_div_code: str) -> None:
    """Raise NotFound for a region that an officer does not see: what lies there is not told either."""
    if not may_see(officer, mof_div_code):
        raise NotFound(
            f"{officer.code} 看不到{f'区划 {mof_div_code}' if mof_div_code else '全部区划'}的数据",
            rule="各级各部门只见本级及所属的数据", hint="请写明本级或所属的区划，或由该区划、上级的人员查看",
        )  # fmt: skip


def sees_unit(officer: Officer, one: Mapping[str, Any]) -> bool:
    """Whether an officer sees what a unit owns: a unit's officer what is theirs, or no unit's.

    `one` names its unit, and may name its department, whose officers see it too; what names a department
    alone is of all its units, and seen by its own officers.
    """
    own = officer.agency_code
    if not own or one.get("dept_code") == own:
        return True
    unit = one.get("agency_code")
    return unit == own or (not unit and not one.get("dept_code"))


def sees_lines(officer: Officer, document: Mapping[str, Any], lines: object) -> bool:
    """Whether an officer sees every line of a document: a unit's officer none that is of other units.

    Lines that name quotas, but not whose, are anybody's, unless their document names its unit.
    """
    if not officer.agency_code or not isinstance(lines, list | tuple):
        return True
    named = [line for line in lines if isinstance(line, Mapping)]
    is_told = "agency_code" in document or all("agency_code" in x or "bgt_id" not in x for x in named)
    return is_told and all(sees_unit(officer, line) for line in named)


def is_common(case: UseCase) -> bool:
    """Whether a question is of what all regions share, as payees and themes are: it names no place."""
    return case.number is None and not case.gives_file and not any(
        field.is_division or field.are_divisions for field in case.options
    )  # fmt: skip


def sees(
    officer: Officer, said: Mapping[str, Any], row: Mapping[str, Any], *, is_common: bool = False,
    is_for_units: bool = True, parties: Sequence[str] = (),
) -> bool:  # fmt: skip
    """Whether an officer sees a row: by the region it names, or that was asked for; else who sees all.

    Who sees one of its `parties` sees it too.

    What `is_common` to all regions everybody sees. What names no unit is the office's, and no unit's officer
    sees it, unless it `is_for_units`.
    """
    one = _that_tells_whose(row)
    is_open = is_for_units or (is_common and OWNED[0] not in one)
    if officer.agency_code and not is_open and not names_unit(one):
        return False
    if not sees_unit(officer, one):
        return False
    if OWNED[0] in one:
        return any(may_see(officer, str(one[name])) for name in (OWNED[0], *parties) if name in one)
    if between := [str(one[name]) for name in _PARTIES if name in one]:
        return any(may_see(officer, place) for place in between)
    is_asked = bool(said.get("mof_div_code") or said.get("mof_div_codes"))
    return is_common or is_asked or not officer.mof_div_code


def names_unit(row: Mapping[str, Any]) -> bool:
    """Whether a row says of which unit or department it is."""
    return any(name in _that_tells_whose(row) for name in OWNED[1:])


def is_told_to_units(case: UseCase, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an answer tells each unit its own: without anything of theirs it is empty, not refused."""
    return bool(case.kind is not None and case.kind.unit_by) or any(map(names_unit, rows))


def _that_tells_whose(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row, or what it holds that says its region where it says none itself: a document, a finding."""
    if OWNED[0] in row:
        return row
    held = (one for one in row.values() if isinstance(one, Mapping) and OWNED[0] in one)
    return next(held, row)


def seen_rows(
    conn: psycopg.Connection[Any], officer: Officer, case: UseCase, said: Mapping[str, Any],
    rows: Sequence[dict[str, Any]], *, is_seen: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows of an answer that an officer sees; `is_seen`: what was asked for by name is theirs."""
    common, parties = is_common(case), case.kind.parties if case.kind is not None else ()
    whose = _units_of(conn, case, rows) if officer.agency_code and not is_seen else {}
    return [
        row for row in rows
        if (is_seen or sees(officer, said, {**row, **whose.get(_key(case, row), {})}, is_common=common,
                            is_for_units=case.is_for_units, parties=parties))
        and sees_lines(officer, row.get("document") or row, row.get("lines"))
    ]  # fmt: skip


def _units_of(
    conn: psycopg.Connection[Any], case: UseCase, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Owned]:
    """Number -> whose it is, of the documents in an answer that do not say so themselves."""
    if case.kind is None or not case.kind.unit_by:
        return {}
    keys = [key for row in rows if (key := _key(case, row))]
    found = owners_in(case.kind, case.kind.number, column="doc_key").find(conn, keys, {})
    return {key: one for key, [one] in found.items()}


def _key(case: UseCase, row: Mapping[str, Any]) -> str:
    """The number of the document that a row is, or tells of; '' where it says none."""
    if case.kind is None:
        return ""
    return str(next((row[name] for name in (case.kind.number, "doc_key", "key") if name in row), ""))


def sees_owned(officer: Officer, owned: Mapping[str, Any]) -> bool:
    """Whether an officer sees what a region owns, or is a party of, and in it a unit where one is named."""
    named = [str(place) for name, place in owned.items() if name not in OWNED[1:]]
    places = [
        place for place in named if place
    ] or named  # a party that is not named is none; all regions' is ''
    return sees_unit(officer, owned) and any(may_see(officer, place) for place in places)


def seen_documents(
    conn: psycopg.Connection[Any], officer: Officer, kind: Kind[Any], doc_keys: Sequence[str]
) -> set[str]:
    """Those of these numbers of which there are documents that an officer sees."""
    found = owners_in(kind, "doc_key").find(conn, doc_keys, {})
    return {key for key in doc_keys if sees_all(officer, found.get(key, ()))}


def places_of(officer: Officer) -> list[str]:
    """The regions whose papers an officer sees who names none: their own, and those below it; [] for all."""
    own = officer.mof_div_code
    return [own, *(row.mof_div_code for row in regions.below(own))] if own else []


def owned_of(document: Any) -> Owned:
    """Region, unit and department of a document, as far as it has these."""
    return {name: getattr(document, name) for name in OWNED if hasattr(document, name)}


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose things are that a use case names by `named`: a field of its items, its number, or said beside.

    `find` takes names and what is said beside them: name -> what owns it (`OWNED`), of those that exist.
    `of` says where they are registered that may be named by what is printed of them.
    """

    named: str
    find: Callable[[psycopg.Connection[Any], Sequence[str], Mapping[str, Any]], Mapping[str, Sequence[Owned]]]
    of: Named | None = None


def owners_in(
    table: Table, named: str, *beside: str, column: str = "", is_of_office: bool = False,
    is_exact: bool = False,
) -> Owners:  # fmt: skip
    """Owners by the columns of a table that bears names in `column`, told apart by what is said `beside`.

    What `is_of_office` speaks of many units at once: no unit's officer sees it. What is told apart by
    more than its name, and what `is_exact`, is named by its name whole, not by what is printed of it.
    """

    @cache
    def asking() -> tuple[tuple[str, ...], bytes]:
        columns = owned_columns(table)
        tests = sql.SQL("").join(sql.SQL(" and {} = %s").format(sql.Identifier(name)) for name in beside)
        shape = "select distinct {by}, {columns} from {table} where {by} = any(%s){tests}"
        statement = sql.SQL(shape).format(
            by=sql.Identifier(column or named), columns=sql.SQL(", ").join(columns.values()),
            table=sql.Identifier(table.table), tests=tests,
        )  # fmt: skip
        return tuple(columns), statement.as_string().encode()

    def find(
        conn: psycopg.Connection[Any], names: Sequence[str], said: Mapping[str, Any]
    ) -> dict[str, list[Owned]]:
        columns, statement = asking()
        office = {"agency_code": OFFICE} if is_of_office else {}
        found: dict[str, list[Owned]] = defaultdict(list)
        alike: dict[tuple[Any, ...], Owned] = {}  # a thousand documents have few owners
        asked = [list(dict.fromkeys(names)), *(said[name] for name in beside)]
        for name, *values in conn.execute(statement, asked).fetchall():
            owned = tuple(values)
            if owned not in alike:
                alike[owned] = dict(zip(columns, owned, strict=True)) | office
            found[name].append(alike[owned])
        return found

    return Owners(named, find, None if beside or is_exact else Named(table, column or named))


def names_in(case: UseCase, owners: Owners, given: Sequence[Any], said: Mapping[str, Any]) -> list[str]:
    """What each item names, or the one thing that is said beside them; numbers name themselves."""
    if owners.named in said:
        return [str(said[owners.named])]
    is_number = case.shape is None
    return [str(one if is_number else getattr(one, owners.named)) for one in given]


def require_seen(
    conn: psycopg.Connection[Any], officer: Officer, case: UseCase, given: Sequence[Any],
    said: Mapping[str, Any],
) -> bool:  # fmt: skip
    """Whether it is known whose the things are that a question asks for by name; then all of them are seen.

    Raises NotFound for those that do not exist or that the officer does not see: both sound alike.
    """
    if case.asked_of is None:
        return False
    names = names_in(case, case.asked_of, given, said)
    owned = case.asked_of.find(conn, names, {**case.fixed, **said})
    if hidden := [name for name in dict.fromkeys(names) if not sees_all(officer, owned.get(name, ()))]:
        raise none_of(case, hidden)
    return True


def sees_all(officer: Officer, owned: Sequence[Owned]) -> bool:
    """Whether something exists and an officer sees all that owns it."""
    return bool(owned) and all(sees_owned(officer, one) for one in owned)


def none_of(case: UseCase, names: Sequence[str], keys: Sequence[str] = ()) -> NotFound:
    """The refusal of names that nothing has, or nothing that who asks may see; `keys` are their items."""
    assert case.asked_of is not None
    if case.kind is not None and case.asked_of.named == case.kind.number:
        return not_found(case.kind, names)
    return no_such(heading_of(case.asked_of.named), names, keys)


def no_such(heading: str, names: Sequence[str], keys: Sequence[str] = ()) -> NotFound:
    """The refusal of names of what is no document; `keys` are the items that say them."""
    return NotFound(
        f"没有{heading} {listed(names, most=5)}", rule="先登记后办理；各级各部门只见本级及所属的数据",
        hint=f"请核对{heading}，或由所属区划、上级的人员办理",
        details={"keys": list((keys or names)[:20]), "refused": len(keys or names)},
    )  # fmt: skip
