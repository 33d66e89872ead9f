"""Officers and the duties they hold: the one answer to who may do something.

Duties that exclude each other are data. What is done with a document the database checks against the same
rows, by the document's flow; whatever else a service does for somebody asks `require_duty`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from fisc.kernel.posting import in_transaction
from fisc.registry.errors import MissingDuty
from fisc.registry.tables import read_table


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who acts for a region ('' for a counterpart of all regions) with some duties."""

    code: str
    name: str
    mof_div_code: str
    duties: frozenset[str] = field(default_factory=frozenset)
    agency_code: str = ""


#: The program itself, where a step follows from rules alone.
SYSTEM = Officer("fisc", "系统", "", frozenset({"system"}))


def duty_names() -> dict[str, str]:
    """Duty code -> Chinese name."""
    return {row["code"]: row["name"] for row in read_table("duties.csv")}


def define_officers(conn: psycopg.Connection[Any], officers: Sequence[Officer]) -> None:
    """Make officers known, or give known ones other duties. Idempotent.

    Raises MissingDuty for a duty that does not exist and FourEyes where one person would hold two
    duties that exclude each other (财会〔2012〕21号).
    """
    unknown = {d for officer in officers for d in officer.duties} - duty_names().keys()
    if unknown:
        raise MissingDuty(
            f"没有岗位 {'、'.join(sorted(unknown))}", rule="岗位在 duties.csv 中设立", hint="请核对岗位代码"
        )
    rows = [(o.code, o.name, o.mof_div_code, o.agency_code, sorted(o.duties)) for o in officers]
    in_transaction(conn, lambda: _store(conn, rows))


def _store(conn: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into documents_officer (code, name, mof_div_code, agency_code, duties) "
            "values (%s, %s, %s, %s, %s) on conflict (code) do update set name = excluded.name, "
            "mof_div_code = excluded.mof_div_code, agency_code = excluded.agency_code, "
            "duties = excluded.duties",
            rows,
        )


def officers(conn: psycopg.Connection[Any], mof_div_code: str = "") -> list[Officer]:
    """Officers by code: those who act for a region (or for all), everyone where none is given."""
    rows = conn.execute(
        "select code, name, mof_div_code, duties, agency_code from documents_officer "
        "where %(r)s = '' or mof_div_code in ('', %(r)s) order by code",
        {"r": mof_div_code},
    )
    return [Officer(code, name, region, frozenset(duties), unit) for code, name, region, duties, unit in rows]


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
        raise MissingDuty(
            f"{officer} 不是{'、'.join(named[:5])}负责“{duty_names().get(duty, duty)}”的人员",
            rule="岗位职责（财会〔2012〕21号）",
            hint="请由承担该岗位的人员办理；人员与岗位用 fisc registry officer 登记",
            details={"officer": officer, "duty": duty, "regions": named},
        )
