"""Officers and the duties they hold: the one answer to who may do something.

Duties that exclude each other are data. What is done with a document the database checks against the same
rows, by the document's flow; whatever else a service does for somebody asks `require_duty`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any, Final

import psycopg

from fisc.kernel.posting import in_transaction
from fisc.registry.errors import FourEyes, MissingDuty, UnknownElement
from fisc.registry.rows import Table, insert_rows, read_rows
from fisc.registry.tables import read_table
from fisc.registry.written import require_codes, require_names
from fisc.sheets.columns import OneOf

OFFICERS: Final = Table("documents.OfficerRow")
#: The duty of who administers officers.
ADMIN: Final = "officer_admin"


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who acts for a region ('' for a counterpart of all regions) with some duties."""

    code: str
    name: str
    mof_div_code: str
    duties: Annotated[frozenset[str], OneOf(duty_names)] = field(default_factory=frozenset)
    agency_code: str = ""


#: The program itself, where a step follows from rules alone.
SYSTEM = Officer("fisc", "系统", "", frozenset({"system"}))


def duty_names() -> dict[str, str]:
    """Duty code -> Chinese name."""
    return {row["code"]: row["name"] for row in read_table("duties.csv")}


def define_officers(conn: psycopg.Connection[Any], officers: Sequence[Officer]) -> None:
    """Make officers known, or give known ones other duties. Idempotent.

    Raises BadElement for a number or name that cannot be one, MissingDuty for a duty that does not exist and
    FourEyes where one person would hold two duties that exclude each other (财会〔2012〕21号).
    """
    _require_written(officers)
    unknown = {d for officer in officers for d in officer.duties} - duty_names().keys()
    if unknown:
        raise MissingDuty(
            f"没有岗位 {'、'.join(sorted(unknown))}", rule="岗位须是设立的岗位",
            hint="用 fisc docs use-cases officers.register 查看全部岗位",
        )  # fmt: skip
    _require_apart(officers)
    rows = [OFFICERS.row(officer, duties=sorted(officer.duties)) for officer in officers]
    renewed = tuple(f.name for f in fields(Officer) if f.name != "code")
    in_transaction(conn, lambda: insert_rows(conn, OFFICERS, rows, known_by=("code",), renews=renewed))


@dataclass(frozen=True, slots=True)
class OfficerEntry:
    """An officer as an administrator registers them; '' as region is a counterpart of all regions."""

    code: str
    name: str
    duties: Annotated[tuple[str, ...], OneOf(duty_names)]
    mof_div_code: str = ""
    agency_code: str = ""


def register_officers(
    conn: psycopg.Connection[Any], entries: Sequence[OfficerEntry], *, by: str
) -> list[bool]:
    """Register officers, or give known ones another name, place or duties: True for each new or changed.

    An administrator of one region registers officers of that region. Raises MissingDuty, FourEyes, and
    UnknownElement for a unit that the region does not have.
    """
    given = [Officer(e.code, e.name, e.mof_div_code, frozenset(e.duties), e.agency_code) for e in entries]
    _require_written(given)

    def work() -> list[bool]:
        codes = [one.code for one in given]
        conn.execute("select from documents_officer where code = any(%s) for update", [codes])
        known = officers_by_code(conn, codes)
        regions = {one.mof_div_code for one in (*known.values(), *given)}
        require_admin(conn, by, regions)
        _require_agencies(conn, given)
        define_officers(conn, given)
        return [known.get(one.code) != one for one in given]

    return in_transaction(conn, work)


def _require_apart(officers: Sequence[Officer]) -> None:
    """Raise FourEyes where one person would hold two duties that exclude each other, by their names."""
    apart = read_table("incompatible_duties.csv")
    for officer in officers:
        for row in apart:
            if {row["duty"], row["other"]} <= officer.duties:
                one, other = (f"{duty_names()[row[name]]}（{row[name]}）" for name in ("duty", "other"))
                raise FourEyes(
                    f"岗位“{one}”与“{other}”不能由一人兼任：{officer.code}", rule=row["source"],
                    hint="请把其中一个岗位交给他人", details={"keys": [officer.code], "refused": 1},
                )  # fmt: skip


def _require_written(officers: Sequence[Officer]) -> None:
    """Raise BadElement for a number or name that cannot be one."""
    require_codes("人员编号", (one.code for one in officers))
    require_names("人员姓名", (one.name for one in officers))


def _require_agencies(conn: psycopg.Connection[Any], officers: Sequence[Officer]) -> None:
    """Raise UnknownElement for officers of units that no year of their region has."""
    acting = [one for one in officers if one.agency_code]
    found = conn.execute(
        "select distinct mof_div_code, agency_code from registry_agency where agency_code = any(%s)",
        [[one.agency_code for one in acting]],
    ).fetchall()
    known = set(found)
    if strange := [one for one in acting if (one.mof_div_code, one.agency_code) not in known]:
        first = strange[0]
        raise UnknownElement(
            f"{first.code} 的单位 {first.agency_code} 没有在区划 {first.mof_div_code or '“全部”'} 登记",
            rule="单位先登记、后有其人员",
            hint="请核对区划与单位代码；单位用 fisc registry define-agencies 登记",
            details={"keys": [one.code for one in strange[:20]], "refused": len(strange)},
        )


def require_admin(conn: psycopg.Connection[Any], by: str, regions: set[str]) -> None:
    """Raise MissingDuty unless `by` administers officers of these regions.

    '' among them, an officer of all regions, is for who acts for all.
    """
    require_duty(conn, by, ADMIN, *regions)
    if "" in regions and region_of(conn, by):
        raise MissingDuty(
            f"{by} 只管理本区划的人员，不能管理全部区划的人员",
            rule="人员由本级管理员登记（财会〔2012〕21号）",
            hint="请写明区划，或由全部区划的人员管理员办理",
        )  # fmt: skip


def has_officers(conn: psycopg.Connection[Any]) -> bool:
    """Whether any person is registered: then a command runs as one of them."""
    asked = "select exists (select from documents_officer where code <> %s)"
    return conn.execute(asked, [SYSTEM.code]).fetchone() == (True,)


def officers(conn: psycopg.Connection[Any], mof_div_code: str = "") -> list[Officer]:
    """Officers by code: those who act for a region (or for all), everyone where none is given."""
    where: Final = "where %(r)s = '' or mof_div_code in ('', %(r)s) order by code"
    found = read_rows(conn, OFFICERS, Officer, where, {"r": mof_div_code})
    return [replace(officer, duties=frozenset(officer.duties)) for officer in found]


def officers_by_code(conn: psycopg.Connection[Any], codes: Collection[str]) -> dict[str, Officer]:
    """Code -> officer, of those of `codes` that are registered."""
    found = read_rows(conn, OFFICERS, Officer, "where code = any(%(codes)s)", {"codes": list(codes)})
    return {officer.code: replace(officer, duties=frozenset(officer.duties)) for officer in found}


def region_of(conn: psycopg.Connection[Any], officer: str) -> str:
    """The region that an officer acts for; '' for one of all regions, or who is not known."""
    row = conn.execute("select mof_div_code from documents_officer where code = %s", [officer]).fetchone()
    return str(row[0]) if row else ""


def require_duty(conn: psycopg.Connection[Any], officer: str, duty: str, *regions: str) -> None:
    """Raise MissingDuty unless the officer holds the duty, for all regions or for just these.

    '' among the regions (what serves every region) asks for the duty alone.
    """
    named = sorted({region for region in regions if region})
    row = conn.execute(
        "select %s = any(duties) and (mof_div_code = '' or mof_div_code = all(%s::text[])) "
        "from documents_officer where code = %s",
        [duty, named, officer],
    ).fetchone()
    if row is None or not row[0]:
        who = officer or "没有登录的人"
        raise MissingDuty(
            f"{who} 不是{'、'.join(named[:5])}负责“{duty_names().get(duty, duty)}”的人员",
            rule="岗位职责（财会〔2012〕21号）",
            hint="请由承担该岗位的人员办理；人员与岗位由管理员用 fisc officers register 登记",
            details={"officer": officer, "duty": duty, "regions": named},
        )
