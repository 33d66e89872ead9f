"""Asking whether coding blocks fit together, by the units and projects that are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import psycopg

from fisc.kernel import Coding
from fisc.kernel.asking import Question, ask
from fisc.registry.fitting import Known, Misfit, Unit, misfits

#: Units and projects that blocks name, and the units whose projects they are. One query.
_KNOWN: Final = b"""
with named as (select y::smallint as y, r, a, p from unnest(%(fit_years)s::int[], %(fit_regions)s::text[],
        %(fit_agencies)s::text[], %(fit_projects)s::text[]) n(y, r, a, p)),
projects as (select p.fiscal_year, p.mof_div_code, p.pro_code, p.agency_code from registry_project p
    join (select distinct y, r, p from named where p <> '') n
        on n.y = p.fiscal_year and n.r = p.mof_div_code and n.p = p.pro_code)
select fiscal_year, mof_div_code, agency_code, kind, dept_code, null::text as project from registry_agency a
join (select y, r, a from named where a <> ''
      union select fiscal_year, mof_div_code, agency_code from projects) n
    on n.y = a.fiscal_year and n.r = a.mof_div_code and n.a = a.agency_code
union all
select fiscal_year, mof_div_code, agency_code, null, null, pro_code from projects"""


def fits_asked(blocks: Iterable[Coding]) -> Question[Known]:
    """What is recorded of the units and projects that coding blocks name."""
    named = sorted({(c.fiscal_year, c.mof_div_code, c.agency_code, c.pro_code) for c in blocks})
    given = {
        "fit_years": [one[0] for one in named], "fit_regions": [one[1] for one in named],
        "fit_agencies": [one[2] for one in named], "fit_projects": [one[3] for one in named],
    }  # fmt: skip
    return Question(_KNOWN, given, _read)


def _read(rows: Iterable[tuple[Any, ...]]) -> Known:
    units: dict[tuple[int, str, str], Unit] = {}
    projects: dict[tuple[int, str, str], str] = {}
    for year, region, agency, kind, dept, project in rows:
        if project is None:
            units[year, region, agency] = Unit(kind, dept)
        else:
            projects[year, region, project] = agency
    return Known(units, projects)


def misfits_of(conn: psycopg.Connection[Any], blocks: Iterable[Coding]) -> Mapping[Coding, list[Misfit]]:
    """What does not fit in coding blocks, those that fit left out."""
    given = list(dict.fromkeys(blocks))
    known = ask(conn, fits_asked(given)) if given else Known()
    found = {coding: list(misfits(coding, known)) for coding in given}
    return {coding: those for coding, those in found.items() if those}
