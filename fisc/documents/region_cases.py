"""What people do with divisions: record those that the national register has not, rename, take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import psycopg

from fisc.documents.errors import MissingDuty
from fisc.documents.inputs import OneOf
from fisc.documents.sight import Owners, may_see
from fisc.documents.use_case import UseCase
from fisc.kernel.posting import in_transaction
from fisc.registry import added_regions, regions
from fisc.registry.elements.defining import DUTY
from fisc.registry.officers import officers_by_code
from fisc.registry.tables import RegionRow

Conn = psycopg.Connection[Any]
_LEVEL: Final = OneOf(added_regions.LEVELS, "级次")


@dataclass(frozen=True, slots=True)
class Division:
    """A division as people record it; level and parent may be left out where it is renamed."""

    division_code: str
    name: str
    source: str
    level: Annotated[str, _LEVEL] = ""
    parent_div_code: str = ""


def use_cases() -> tuple[UseCase, ...]:
    """The use cases of divisions."""
    return (
        UseCase("registry.define-regions", define_regions, name="登记或更名区划", duty=DUTY),
        UseCase(
            "registry.remove-regions",
            remove_regions,
            name="撤回登记的区划",
            duty=DUTY,
            owners=Owners("division_code", _themselves),
        ),
        UseCase("registry.regions", list_regions, name="区划清单", is_for_units=True),
    )


def define_regions(conn: Conn, given: Sequence[Division], *, by: str) -> list[bool]:
    """Record divisions or rename them: True for each that is new, or has another name now.

    Who acts for a government records what lies below it. Raises MissingDuty, and what `define_region` raises.
    """

    def work() -> list[bool]:
        return [_define(conn, one, by) for one in given]

    return in_transaction(conn, work)


def _define(conn: Conn, given: Division, by: str) -> bool:
    added_regions.alone(conn)
    before = added_regions.name_of(conn, given.division_code)
    row = added_regions.define_region(
        conn, given.division_code, given.name, level=given.level, parent=given.parent_div_code,
        source=given.source,
    )  # fmt: skip
    _require_above(conn, by, row)
    return before != row.name


def remove_regions(conn: Conn, division_codes: Sequence[str], *, by: str) -> list[bool]:
    """Take back what was recorded here and nothing uses; a renamed division has its old name again.

    True for each that stood. Raises BadRegion for what is in use, MissingDuty, UnknownRegion.
    """

    def work() -> list[bool]:
        found = [regions.require(code) for code in division_codes]
        for row in found:
            _require_above(conn, by, row)
        return [added_regions.remove_region(conn, row.mof_div_code) for row in found]

    return in_transaction(conn, work)


def _themselves(
    conn: Conn, names: Sequence[str], said: Mapping[str, Any]
) -> dict[str, list[dict[str, str | None]]]:
    """A division is seen by who sees the government that it is of."""
    known = {name: _known(name) for name in names}
    return {name: [{"mof_div_code": row.mof_div_code}] for name, row in known.items() if row is not None}


def _known(code: str) -> RegionRow | None:
    """The division of a code; None where there is none, or where it is no code."""
    try:
        return regions.lookup(code)
    except ValueError:
        return None


def _require_above(conn: Conn, by: str, row: RegionRow) -> None:
    """Raise MissingDuty for an officer whose government does not lie above a division."""
    officer = officers_by_code(conn, [by]).get(by)
    if officer is None or not may_see(officer, row.parent):
        raise MissingDuty(
            f"人员 {by} 不能登记或撤回 {row.parent} 之下的区划 {row.mof_div_code} {row.name}",
            rule="区划由上级政府的人员登记", hint="请由该上级持有此岗位的人员办理",
        )  # fmt: skip


def list_regions(conn: Conn, *, under: str = "", name: str = "") -> list[dict[str, Any]]:
    """Divisions below one, or whose names contain something; neither: provinces and this database's own.

    Raises UnknownRegion for what they should lie below.
    """
    ours = added_regions.recorded()
    return [row._asdict() | {"is_own": row.mof_div_code in ours} for row in _asked(under, name)]


def _asked(under: str, name: str) -> list[RegionRow]:
    if under:
        place = regions.find(under)
        rows = [place, *regions.below(place.mof_div_code)]
    else:
        rows = list(regions.governments_known())
    if name:
        return [row for row in rows if regions.is_called(row, name)]
    ours = added_regions.recorded()
    return rows if under else [r for r in rows if r.level == "province" or r.mof_div_code in ours]
