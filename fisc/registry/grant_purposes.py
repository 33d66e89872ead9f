"""What money from above is for: the class (类) of outlay that its revenue code names (grant_purposes.csv).

What a line itself names goes first, within the class of its code where law binds it. A code that names no
class says nothing; a document is judged line by line, and may be used for what any of its lines is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from fisc.kernel import Coding
from fisc.registry.fit_types import Grant, Known, Misfit
from fisc.registry.settings import setting, year_end
from fisc.registry.tables import in_years, read_table

_CLASS_LENGTH: Final = 3


class _Purpose(NamedTuple):
    exp_func_code: str
    name: str
    is_bound: bool


@cache
def _purposes(year: int) -> Mapping[str, _Purpose]:
    return {
        row["rev_func_code"]: _Purpose(row["exp_func_code"], row["name"], row["control"] == "refuse")
        for row in read_table("grant_purposes.csv")
        if in_years(year, int(row["valid_from_year"]), int(row["valid_to_year"] or 9999))
    }


def purpose_misfits(c: Coding, known: Known) -> Iterator[Misfit]:
    """What is spent, or passed on, of money from above for another purpose than it came for.

    Refused where all of it came as special transfers, unless the region settled that it is noted; else noted.
    `registry_misused_grant` of the database refuses the same; it holds how much of each line is used, too.
    """
    grants = known.grants.get((c.fiscal_year, c.mof_div_code, c.fund_type_code, c.sup_bgt_doc_no), ())
    purposes = _purposes(c.fiscal_year)
    meant = [_meant(grant, purposes.get(grant.rev_func_code)) for grant in grants]
    passed = _passed_on(c, purposes)
    if not meant or not (c.exp_func_code or c.tp_func_code) or any(_serves(c, passed, one) for one in meant):
        return
    came = "、".join(dict.fromkeys(
        f"{grant.rev_func_code}（{purposes[grant.rev_func_code].name if one.is_by_code else one.code}）"
        for grant, one in zip(grants, meant, strict=True)
    ))  # fmt: skip
    yield _misfit(
        c, is_bound=all(one.is_bound for one in meant),
        what=f"上级文件 {c.sup_bgt_doc_no} 的资金列收入 {came}，"
        f"不是用于 {c.exp_func_code or c.tp_func_code} 的",
        hint=f"请改用 {'、'.join(sorted({one.code for one in meant}))} 的科目，或改用其他资金",
    )  # fmt: skip


def line_misfits(c: Coding, _: Known) -> Iterator[Misfit]:
    """A line of a document from above that names a class outside that of its code of revenue.

    Refused and noted as `purpose_misfits`; the database refuses it too (`registry_strange_grant`).
    """
    purpose = _purposes(c.fiscal_year).get(c.rev_func_code)
    if purpose is None or not c.exp_func_code or c.exp_func_code.startswith(purpose.exp_func_code):
        return
    yield _misfit(
        c, is_bound=purpose.is_bound,
        what=f"收入 {c.rev_func_code}（{purpose.name}）不是用于支出功能分类 {c.exp_func_code} 的",
        hint=f"请改用 {purpose.exp_func_code} 类的科目，或按上级文件核对收入科目",
    )  # fmt: skip


def _misfit(c: Coding, what: str, hint: str, *, is_bound: bool) -> Misfit:
    return Misfit(
        "fit.grant_purpose", "上级资金用途", what, _BOUND if is_bound else _MEANT,
        f"{hint}；"
        "经批准统筹整合使用的，可以地区设定（fisc registry make-settings，“专项转移支付用途”）改为提示",
        is_noted=not is_bound or setting(c.mof_div_code, "grant_purpose", year_end(c.fiscal_year)) == "note",
    )  # fmt: skip


_BOUND: Final = "专款专用：专项转移支付用于办理特定事项（预算法第十六条）"
_MEANT: Final = "共同财政事权转移支付用于科目所列的事权（政府收支分类科目；收支科目按名称对应）"


class _Meant(NamedTuple):
    """What a line is for ('' for nothing of its own), whether law binds it, whether its code says so."""

    code: str
    is_bound: bool
    is_by_code: bool


def _meant(grant: Grant, purpose: _Purpose | None) -> _Meant:
    """The class that the line names, else that of its code, out of which a special transfer never goes."""
    named, is_bound = grant.exp_func_code, purpose is not None and purpose.is_bound
    if purpose and (not named or (is_bound and not named.startswith(purpose.exp_func_code))):
        return _Meant(purpose.exp_func_code, is_bound, is_by_code=True)
    return _Meant(named, is_bound, is_by_code=False)


def _serves(c: Coding, passed: str | None, one: _Meant) -> bool:
    """Whether money of a line is for what a block spends or passes on: to the item where both name one."""
    if not one.code:
        return True
    spent = c.exp_func_code
    if spent and not (spent.startswith(one.code) or one.code.startswith(spent)):
        return False
    if passed is None:  # its code names no class: a special transfer is none of it
        return bool(spent) or not one.is_bound
    return not passed or passed == one.code[:_CLASS_LENGTH]


def _passed_on(c: Coding, purposes: Mapping[str, _Purpose]) -> str | None:
    """The class for which money is passed on to a lower government; '' where none is, None where its code
    names none."""
    if not c.tp_func_code:
        return ""
    mirrored = purposes.get(f"110{c.tp_func_code[3:]}")
    return mirrored.exp_func_code if mirrored else None
