"""Income and expenditure codes of transfers mirror each other (收入 110… ↔ 支出 230…).

What the giver spends as 2300248 the receiver takes in as 1100248: the tail is the same. Codes that
do not follow the tail (on-lent debt) are rows of `transfer_twins.csv`. Both codes must be in force.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from fisc.documents import RuleBroken
from fisc.documents.known import unknown_fund
from fisc.registry import classifications, funds
from fisc.registry.rules import budget_fund
from fisc.registry.tables import read_table

RULE: Final = "政府收支分类科目：转移性收入与转移性支出科目对应"
_INCOME, _OUTLAY = "110", "230"

#: Categories that law counts as general transfers (一般性转移支付), for its days and shares.
GENERAL: Final = frozenset({"general", "shared"})
#: Categories whose money is for no purpose of its own: what of it nobody needs is the receiver's surplus.
UNBOUND: Final = frozenset({"returns", "general"})
#: Categories of special money (专项): what of it nobody was given in two years goes back (财预〔2015〕15号).
SPECIAL: Final = frozenset({"special", "fund", "capital"})
#: The last digits of items of shared mandates among general transfers (11002, 23002).
SHARED_TAILS: Final = tuple(str(tail) for tail in range(41, 70))
_BY_SECTION: Final = {
    "01": "returns", "02": "general", "03": "special", "04": "fund", "05": "capital", "06": "upload",
    "11": "bond",
}  # fmt: skip


#: What the categories are called.
CATEGORIES: Final = {
    "returns": "税收返还", "general": "一般性转移支付", "shared": "一般性转移支付（共同财政事权）",
    "special": "专项转移支付", "fund": "政府性基金转移支付", "capital": "国有资本经营预算转移支付",
    "upload": "上解", "bond": "债务转贷",
}  # fmt: skip


class Twin(NamedTuple):
    """An income code and the expenditure code that mirrors it."""

    rev_func_code: str
    tp_func_code: str


@cache
def _exceptions() -> tuple[Twin, ...]:
    return tuple(Twin(row["rev_func_code"], row["tp_func_code"]) for row in read_table("transfer_twins.csv"))


def category(code: str) -> str:
    """The category of an income (110…) or expenditure (230…) code. Raises RuleBroken for other codes."""
    found = _BY_SECTION.get(code[3:5]) if code[:3] in (_INCOME, _OUTLAY) else None
    if found is None:
        raise RuleBroken(
            f"科目 {code} 不是转移支付、上解或转贷科目",
            rule=RULE,
            hint="请用 11001–11006、11011 或对应的 230 科目",
        )
    return "shared" if is_shared(code) else found


def is_shared(code: str) -> bool:
    """Whether the code is a general transfer for mandates that governments share (共同财政事权)."""
    return code[3:5] == "02" and code[5:7] in SHARED_TAILS


def is_bond(code: str) -> bool:
    """Whether the code is on-lent debt (债务转贷)."""
    return category(code) == "bond"


@cache
def outlay_of(rev_func_code: str, fiscal_year: int, fund: str) -> str:
    """The expenditure code that mirrors an income code. Raises RuleBroken where one is not in force."""
    listed = {twin.rev_func_code: twin.tp_func_code for twin in _exceptions()}
    mirrored = listed.get(rev_func_code, _OUTLAY + rev_func_code[3:])
    return _both(Twin(rev_func_code, mirrored), fiscal_year, fund).tp_func_code


@cache
def income_of(tp_func_code: str, fiscal_year: int, fund: str) -> str:
    """The income code that mirrors an expenditure code. Raises RuleBroken where one is not in force."""
    exceptions = [twin for twin in _exceptions() if twin.tp_func_code == tp_func_code]
    fitting = [
        t.rev_func_code for t in exceptions if _in_force("rev_func", t.rev_func_code, fiscal_year, fund)
    ]
    mirrored = fitting[0] if fitting else _INCOME + tp_func_code[3:]
    return _both(Twin(mirrored, tp_func_code), fiscal_year, fund).rev_func_code


def _both(twin: Twin, fiscal_year: int, fund: str) -> Twin:
    category(twin.rev_func_code)
    if funds.lookup(fund) is None:
        raise unknown_fund([fund])
    for kind, code in (("rev_func", twin.rev_func_code), ("exp_func", twin.tp_func_code)):
        if why := classifications.unknown(kind, code, fiscal_year, budget_fund(fund)):
            raise RuleBroken(
                f"{why}，{twin.rev_func_code} 与 {twin.tp_func_code} 不能对应",
                rule=RULE,
                hint=f"用 fisc registry list {kind} --code {code[:5]} 查可用的科目",
                details={"rev_func_code": twin.rev_func_code, "tp_func_code": twin.tp_func_code},
            )
    return twin


def _in_force(kind: str, code: str, fiscal_year: int, fund: str) -> bool:
    return classifications.lookup(kind, code, fiscal_year, budget_fund(fund)) is not None
