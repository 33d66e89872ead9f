"""What money from above is for: the class (类) of outlay that its revenue code names (grant_purposes.csv).

What a document itself names as its class goes first. A code that names no class says nothing, and so does a
document that has a line of such a code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from fisc.kernel import Coding
from fisc.registry.fit_types import Known, Misfit
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
    `registry_misused_grant` of the database refuses the same.
    """
    grants = known.grants.get((c.fiscal_year, c.mof_div_code, c.fund_type_code, c.sup_bgt_doc_no), ())
    purposes = _purposes(c.fiscal_year)
    spent = c.exp_func_code or _passed_on(c, purposes)
    found = [purposes.get(grant.rev_func_code) for grant in grants]
    meant = {
        grant.exp_func_code[:_CLASS_LENGTH] or (purpose.exp_func_code if purpose else "")
        for grant, purpose in zip(grants, found, strict=True)
    }
    if not spent or not meant or "" in meant or spent[:_CLASS_LENGTH] in meant:
        return
    is_bound = all(purpose and purpose.is_bound for purpose in found)
    came = "、".join(dict.fromkeys(
        f"{grant.rev_func_code}（{purpose.name if purpose else grant.exp_func_code}）"
        for grant, purpose in zip(grants, found, strict=True)
    ))  # fmt: skip
    yield Misfit(
        "fit.grant_purpose", "上级资金用途",
        f"上级文件 {c.sup_bgt_doc_no} 的资金列收入 {came}，不是用于 {c.exp_func_code or c.tp_func_code} 的",
        _BOUND if is_bound else _MEANT,
        f"请改用 {'、'.join(sorted(meant))} 类的科目，或改用其他资金；"
        "经批准统筹整合使用的，可以地区设定（fisc registry make-settings，“专项转移支付用途”）改为提示",
        is_noted=not is_bound or setting(c.mof_div_code, "grant_purpose", year_end(c.fiscal_year)) == "note",
    )  # fmt: skip


_BOUND: Final = "专款专用：专项转移支付用于办理特定事项（预算法第十六条）"
_MEANT: Final = "共同财政事权转移支付用于科目所列的事权（政府收支分类科目；收支科目按名称对应）"


def _passed_on(c: Coding, purposes: Mapping[str, _Purpose]) -> str:
    """The class for which money is passed on to a lower government; '' where its code names none."""
    mirrored = purposes.get(f"110{c.tp_func_code[3:]}") if c.tp_func_code else None
    return mirrored.exp_func_code if mirrored else ""
