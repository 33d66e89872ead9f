"""Asking whether coding blocks fit together, by the units and projects that are recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import psycopg

from fisc.kernel import Coding
from fisc.kernel.asking import Question, ask
from fisc.registry.fit_types import Grant, Known, Misfit, State, Unit
from fisc.registry.fitting import misfits

#: Units and projects that blocks name, the units whose projects they are, and what came under their documents
#: from above, which is kept above the registry (`registry_grants`). One query.
_KNOWN: Final = b"""
with named as (select y::smallint as y, r, a, p, f, d from unnest(%(fit_years)s::int[],
        %(fit_regions)s::text[], %(fit_agencies)s::text[], %(fit_projects)s::text[], %(fit_funds)s::text[],
        %(fit_papers)s::text[]) n(y, r, a, p, f, d)),
projects as (select p.fiscal_year, p.mof_div_code, p.pro_code, p.agency_code, p.name from registry_project p
    join (select distinct y, r, p from named where p <> '') n
        on n.y = p.fiscal_year and n.r = p.mof_div_code and n.p = p.pro_code)
select fiscal_year, mof_div_code, agency_code, kind, dept_code, null::text as project, null::text as paper
from registry_agency a
join (select y, r, a from named where a <> ''
      union select fiscal_year, mof_div_code, agency_code from projects) n
    on n.y = a.fiscal_year and n.r = a.mof_div_code and n.a = a.agency_code
union all
select fiscal_year, mof_div_code, agency_code, null, name, pro_code, null from projects
union all
select n.y, n.r, g.rev_func_code, n.f, g.exp_func_code, null, n.d
from (select distinct y, r, f, d from named where d <> '') n
cross join lateral registry_grants(n.r, n.y, n.f, n.d) g
union all
select distinct fiscal_year, mof_div_code, null, null, manage_mof_dep_code, null, null from registry_agency
where manage_mof_dep_code <> '' and (fiscal_year, mof_div_code) in (select y, r from named)"""


def fits_asked(blocks: Iterable[Coding]) -> Question[Known]:
    """What is recorded of the units, projects and papers that blocks name, and offices of their regions."""
    named = sorted({
        (c.fiscal_year, c.mof_div_code, c.agency_code, c.pro_code, c.fund_type_code, c.sup_bgt_doc_no)
        for c in blocks
    })  # fmt: skip
    given = {
        "fit_years": [one[0] for one in named], "fit_regions": [one[1] for one in named],
        "fit_agencies": [one[2] for one in named], "fit_projects": [one[3] for one in named],
        "fit_funds": [one[4] for one in named], "fit_papers": [one[5] for one in named],
    }  # fmt: skip
    return Question(_KNOWN, given, _read)


def _read(rows: Iterable[tuple[Any, ...]]) -> Known:
    units: dict[tuple[int, str, str], Unit] = {}
    projects: dict[tuple[int, str, str], str] = {}
    names: dict[tuple[int, str, str], str] = {}
    bureaus: dict[tuple[int, str], set[str]] = defaultdict(set)
    grants: dict[tuple[int, str, str, str], tuple[Grant, ...]] = defaultdict(tuple)
    for year, region, agency, kind, dept, project, paper in rows:
        if paper is not None:
            grants[year, region, kind, paper] += (Grant(agency, dept),)
        elif agency is None:
            bureaus[year, region].add(dept)
        elif project is None:
            units[year, region, agency] = Unit(kind, dept)
        else:
            projects[year, region, project], names[year, region, project] = agency, dept
    offices = {place: frozenset(those) for place, those in bureaus.items()}
    return Known(units, projects, offices, grants, names)


Block = tuple[Coding, State]


def misfits_of(conn: psycopg.Connection[Any], blocks: Iterable[Block]) -> Mapping[Block, list[Misfit]]:
    """What does not fit in coding blocks in their states, those that fit left out."""
    given = list(dict.fromkeys(blocks))
    known = ask(conn, fits_asked([coding for coding, _ in given])) if given else Known()
    found = {(coding, state): list(misfits(coding, known, state)) for coding, state in given}
    return {block: those for block, those in found.items() if those}
