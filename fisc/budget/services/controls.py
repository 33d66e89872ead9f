"""Control totals (控制数): the first down. By department, fund and functional class (类)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.budget.kinds import CONTROL
from fisc.budget.services.lines import Whole, line_of, make_whole, revise_whole, row_of
from fisc.budget.services.refusals import fresh, require_none
from fisc.documents import move, taken
from fisc.documents.lines import digest
from fisc.documents.store import By
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications

RULE: Final = "部门预算“两上两下”：一上审定后下达控制数（预算管理一体化规范，财办〔2020〕13号）"


@dataclass(frozen=True, slots=True)
class ControlLine:
    """What a department may propose at most in a fund and a functional class of three digits, in fen."""

    fund_type_code: str
    func_class_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Control:
    """The control totals of one department."""

    mof_div_code: str
    fiscal_year: int
    dept_code: str
    lines: tuple[ControlLine, ...]

    @property
    def doc_key(self) -> str:
        """Natural key: region, year, department."""
        return f"{self.mof_div_code}-{self.fiscal_year}-{self.dept_code}-control"

    @property
    def total_fen(self) -> int:
        """All funds and classes together."""
        return sum(line.amount_fen for line in self.lines)


def make_controls(
    conn: psycopg.Connection[Any], controls: Sequence[Control], *, by: By, on: date
) -> list[bool]:
    """编制控制数 (duty budget_make): True for each that is new. All or nothing.

    Raises RuleBroken for classes that are no 类 of the year, amounts that are not positive, a class
    given twice.
    """
    _require_sound(controls)

    wholes = [_whole(c) for c in controls]
    return in_transaction(conn, lambda: make_whole(conn, CONTROL, wholes, by=by, on=on))


def revise_controls(
    conn: psycopg.Connection[Any], controls: Sequence[Control], *, by: By, on: date
) -> list[bool]:
    """修改 what was returned: the lines anew under the next revision."""
    _require_sound(controls)
    wholes = [_whole(c) for c in controls]
    revised = in_transaction(conn, lambda: revise_whole(conn, CONTROL, wholes, "revise", by=by, on=on))
    return taken([c.doc_key for c in controls], revised)


def _require_sound(controls: Sequence[Control]) -> None:
    problems = []
    for c in controls:
        seen = set()
        for line in c.lines:
            place = (line.fund_type_code, line.func_class_code)
            row = classifications.lookup("exp_func", line.func_class_code, c.fiscal_year)
            if row is None or row.level != "class":
                problems.append(f"{c.dept_code}：{c.fiscal_year} 年没有功能类 {line.func_class_code}")
            if line.amount_fen <= 0 or place in seen:
                problems.append(f"{c.dept_code}：{'/'.join(place)} 的控制数重复或不大于零")
            seen.add(place)
    require_none("控制数有误", problems, rule=RULE, hint="请按资金性质和功能分类的类各给一个大于零的数")


def _whole(c: Control) -> Whole:
    stated = {"total_fen": c.total_fen, "lines_digest": digest(c.lines)}
    return Whole(row_of(c, "lines") | stated, [line_of(line) for line in c.lines])


def review_controls(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date
) -> list[bool]:
    """审核 (duty budget_review)."""
    return move(conn, CONTROL, doc_keys, "review", by=by, on=on)


def issue_controls(conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """下达控制数, the first down (duty budget_approve).

    Raises RuleBroken naming departments whose first up is not accepted, and those whose control
    totals would not leave room for their reviewed 三保 needs.
    """

    def work() -> list[bool]:
        is_new = move(conn, CONTROL, doc_keys, "issue", by=by, on=on)
        found = conn.execute(_NOT_READY, {"keys": fresh(doc_keys, is_new)}).fetchall()
        unready = [dept for dept, is_accepted, _, _ in found if not is_accepted]
        require_none(
            "一上预算尚未审定，不能下达控制数", unready, rule=RULE, hint="请先审定这些部门的一上预算"
        )
        short = [
            f"{dept}：控制数 {format_fen(total)} 元，“三保”测算需求 {format_fen(need)} 元"
            for dept, _, total, need in found
            if need > total
        ]
        require_none("控制数不足以安排“三保”", short, rule=RULE, hint="请先保证“三保”，再分配其他控制数")
        return is_new

    return in_transaction(conn, work)


_NOT_READY: Final = """
    select c.dept_code, coalesce(p.state = 'accepted', false), c.total_fen, coalesce(n.need_fen, 0)::bigint
    from budget_control c
    left join budget_proposal p on p.mof_div_code = c.mof_div_code and p.fiscal_year = c.fiscal_year
         and p.dept_code = c.dept_code and p.round = 1
    left join lateral (
        select sum(amount_fen) as need_fen from budget_need n where n.state = 'reviewed'
        and n.mof_div_code = c.mof_div_code and n.fiscal_year = c.fiscal_year
        and n.dept_code = c.dept_code) n on true
    where c.doc_key = any(%(keys)s) order by c.doc_key"""


def return_controls(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date, note: str
) -> list[bool]:
    """退回 with a reason (duty budget_approve), also after they were issued: then a second up waits."""
    return move(conn, CONTROL, doc_keys, "back", by=by, on=on, note=note)
