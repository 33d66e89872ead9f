"""What 三保 needs (保工资、保运转、保基本民生), as computed, and whether the budget covers it.

三保 is budgeted first and in full: a department's budget, and the government's draft, are refused
while what they give to a 三保 tag is less than the reviewed need. A need of a department binds that
department; a need without a department is the whole region's figure. Within a tag the national
standard comes before the local one, so a shortfall falls on the local part first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import psycopg

from fisc.budget.kinds import NEED
from fisc.budget.services.lines import row_of
from fisc.budget.services.refusals import require_none
from fisc.documents import make, move
from fisc.documents.inputs import OneOf
from fisc.documents.store import By
from fisc.kernel.money import format_fen
from fisc.registry.tables import read_table
from fisc.registry.value_lists import values

RULE: Final = "“三保”支出在预算编制中优先、足额安排（预算管理一体化规范，财办〔2020〕13号）"

#: 保工资, 保运转, 保基本民生.
TAGS: Final[Mapping[str, str]] = {
    row["code"]: row["name"] for row in read_table("tags.csv") if row["kind"] == "three_guarantees"
}
STANDARDS: Final[Mapping[str, str]] = values()["need_standard"]


@dataclass(frozen=True, slots=True)
class Need:
    """A computed need of a 三保 tag, in fen: of a department, or (dept_code '') of the whole region."""

    mof_div_code: str
    fiscal_year: int
    tag: Annotated[str, OneOf(TAGS)]
    amount_fen: int
    dept_code: str = ""
    standard: Annotated[str, OneOf(STANDARDS)] = "national"
    basis: str = ""

    @property
    def doc_key(self) -> str:
        """Natural key: region, year, tag, department, standard."""
        return f"{self.mof_div_code}-{self.fiscal_year}-{self.tag}-{self.dept_code or 'all'}-{self.standard}"


def enter_needs(conn: psycopg.Connection[Any], needs: Sequence[Need], *, by: By, on: date) -> list[bool]:
    """录入测算需求 (duty budget_make): True for each that is new. RuleBroken names what is wrong."""
    _require_sound(needs)
    return make(conn, NEED, [row_of(need) for need in needs], by=by, on=on)


def _require_sound(needs: Sequence[Need]) -> None:
    problems = [
        f"{need.doc_key}：标识、标准或金额有误"
        for need in needs
        if need.tag not in TAGS or need.standard not in STANDARDS or need.amount_fen <= 0
    ]
    hint = f"标识为 {'、'.join(TAGS)}，标准为 {'、'.join(STANDARDS)}，金额大于零"
    require_none("三保测算需求有误", problems, rule=RULE, hint=hint)


def review_needs(conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """审核 (duty budget_review): from now on the need binds."""
    return move(conn, NEED, doc_keys, "review", by=by, on=on)


def return_needs(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date, note: str
) -> list[bool]:
    """退回 with a reason: the need no longer binds until it is revised and reviewed."""
    return move(conn, NEED, doc_keys, "back", by=by, on=on, note=note)


def revise_needs(conn: psycopg.Connection[Any], needs: Sequence[Need], *, by: By, on: date) -> list[bool]:
    """修改 amount and basis of needs that were returned."""
    _require_sound(needs)
    changes: dict[str, list[object]] = {
        "amount_fen": [n.amount_fen for n in needs],
        "basis": [n.basis for n in needs],
    }
    return move(conn, NEED, [n.doc_key for n in needs], "revise", by=by, on=on, changes=changes)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a budget covers a 三保 need, in fen. dept_code '' is the whole region."""

    mof_div_code: str
    fiscal_year: int
    dept_code: str
    tag: str
    national_fen: int
    local_fen: int
    budget_fen: int

    @property
    def need_fen(self) -> int:
        """The whole need."""
        return self.national_fen + self.local_fen

    @property
    def gap_fen(self) -> int:
        """What is missing; 0 where the need is met."""
        return max(0, self.need_fen - self.budget_fen)

    @property
    def words(self) -> str:
        """The shortfall in one phrase."""
        national_gap = max(0, self.national_fen - self.budget_fen)
        part = f"，其中国家标准部分缺 {format_fen(national_gap)} 元" if national_gap else ""
        whose = f"部门 {self.dept_code} " if self.dept_code else "全区划"
        return (
            f"{whose}{TAGS[self.tag]}：测算需求 {format_fen(self.need_fen)} 元，预算安排 "
            f"{format_fen(self.budget_fen)} 元，缺 {format_fen(self.gap_fen)} 元{part}"
        )


#: Needs that bind, against the tagged outlay of the departments' proposals of one round.
_COVERAGE: Final = """
    with wanted as (
        select mof_div_code, fiscal_year, dept_code, tag,
               coalesce(sum(amount_fen) filter (where standard = 'national'), 0)::bigint as national_fen,
               coalesce(sum(amount_fen) filter (where standard = 'local'), 0)::bigint as local_fen
        from budget_need where state = 'reviewed' and mof_div_code = %(region)s and fiscal_year = %(year)s
        group by 1, 2, 3, 4),
    given as (
        select p.dept_code, t.tag, sum(l.amount_fen)::bigint as budget_fen
        from budget_proposal p
        join budget_proposal_line l on l.doc_key = p.doc_key and l.revision = p.revision and l.side = 'outlay'
        cross join lateral unnest(l.tags) t(tag)
        where p.mof_div_code = %(region)s and p.fiscal_year = %(year)s and p.round = %(round)s
        group by 1, 2)
    select w.mof_div_code, w.fiscal_year, w.dept_code, w.tag, w.national_fen, w.local_fen,
           coalesce((select sum(g.budget_fen) from given g
                     where g.tag = w.tag and w.dept_code in ('', g.dept_code)), 0)::bigint
    from wanted w order by w.dept_code, w.tag"""


def coverage(
    conn: psycopg.Connection[Any], mof_div_code: str, fiscal_year: int, *, round_no: int = 2
) -> list[Coverage]:
    """Every reviewed need of a region and year against the departments' budgets of a round."""
    rows = conn.execute(
        _COVERAGE, {"region": mof_div_code, "year": fiscal_year, "round": round_no}
    ).fetchall()
    return [Coverage(*row) for row in rows]


def require_covered(found: Sequence[Coverage], what: str) -> None:
    """Raise RuleBroken naming every need that is not met."""
    short = [c.words for c in found if c.gap_fen]
    require_none(what, short, rule=RULE, hint="请先足额安排“三保”，再安排其他支出；需求有误请退回修改测算")
