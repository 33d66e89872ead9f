"""Rolling the library over into the next year (滚动管理).

What continues is declared again for the new year: recurring projects, phased ones until their last
year, and one-off ones that were never funded. They carry their goals, and pass the same reviews.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.kinds import INDICATORS, LIBRARY_PROJECT
from fisc.budget.services import library
from fisc.budget.services.library import Declaration, Indicator
from fisc.documents import lines_of, select
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.budget.models import LibraryProject, PerformanceIndicator

#: Continues: 002; 003 up to its last year; 001 only if it was never funded.
_CONTINUING: Final = (
    "where t.mof_div_code = %(region)s and t.fiscal_year = %(from_year)s "
    "and t.state in ('in_library', 'funded') "
    "and case t.pro_kind_code when '002' then true when '003' then t.last_year >= %(to_year)s "
    "else t.state = 'in_library' end order by t.doc_key"
)


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What a project that continues asks for in the new year, in fen."""

    pro_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RollOver:
    """A region's library rolled over into the year after; `amounts` where more or less is asked for."""

    mof_div_code: str
    from_year: int
    amounts: tuple[AskedAgain, ...] = ()


def roll_over_projects(
    conn: psycopg.Connection[Any], rolled: RollOver, *, by: By, on: date
) -> dict[str, bool]:
    """Declare for the next year what continues: key of each declaration, in order -> whether it is new.

    A project asks again for what finance found due, or for what `amounts` say. Idempotent: what
    stands already in the new year is left as it is. Agencies must be in use in the new year.
    """
    amounts = {one.pro_code: one.amount_fen for one in rolled.amounts}

    def work() -> dict[str, bool]:
        year = rolled.from_year
        asked = {"region": rolled.mof_div_code, "from_year": year, "to_year": year + 1}
        continuing = select(conn, LIBRARY_PROJECT, _CONTINUING, asked)
        goals = lines_of(conn, INDICATORS, continuing)
        declared = [_declaration(p, goals[p.doc_key], amounts) for p in continuing]
        keys = [d.doc_key for d in declared]
        standing = {p.doc_key for p in select(conn, LIBRARY_PROJECT, "where t.doc_key = any(%s)", [keys])}
        origins = {key: p.doc_key for key, p in zip(keys, continuing, strict=True)}
        fresh = [d for d in declared if d.doc_key not in standing]
        library.declare_rolled(conn, fresh, origins, by=by, on=on)
        return {key: key not in standing for key in keys}

    return in_transaction(conn, work)


#: What a project takes along as it is.
_KEPT: Final = (
    "mof_div_code", "name", "agency_code", "dept_code", "pro_kind_code", "pro_class",
    "fund_type_code", "exp_func_code", "goal", "basis", "manage_mof_dep_code", "first_year", "last_year",
    "total_fen",
)  # fmt: skip


def _declaration(
    p: LibraryProject, goals: Sequence[PerformanceIndicator], amounts: Mapping[str, int]
) -> Declaration:
    due_fen = p.fin_audit_fen or p.apply_up_fen
    return Declaration(
        **{name: getattr(p, name) for name in _KEPT},
        pro_code=p.declared_pro_code,
        fiscal_year=p.fiscal_year + 1,
        apply_up_fen=amounts.get(p.declared_pro_code, due_fen),
        indicators=tuple(
            Indicator(**{f.name: getattr(goal, f.name) for f in fields(Indicator)}) for goal in goals
        ),
        theme_codes=tuple(p.theme_codes),
        tags=tuple(p.tags),
    )
