"""Money between budgets and reserves to entries (财库〔2015〕192号 T30 to T33; 41-19 to 41-21, 41-28).

A transfer between budgets takes its cash along: 192's 借5021 贷4021 is told by fund, as 借5021 贷1001 of
one and 借1001 贷4021 of the other. Over-collected revenue that reduces a deficit stays in the balance of
the general budget, and begins the next year as a budget of principal (36-04): what pays it is 192-T20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from fisc.budget.rules.approval import class_coding, pool_coding, source_coding
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry
from fisc.kernel.entries import OPENING_MONTH
from fisc.registry.quota_rules import CARRIED, SET_ASIDE
from fisc.reserves.kinds import MOVE
from fisc.reserves.tables import route

if TYPE_CHECKING:
    from fisc.reserves.models import FundMove


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of move: its name, its rule, the classes of income and outlay that it bears."""

    name: str
    rule: str
    rev_func_code: str = ""
    exp_func_code: str = ""
    is_transfer: bool = False

    @property
    def law(self) -> str:
        """Its rule, as a refusal names it."""
        if self.rule.startswith("T"):
            return f"192-{self.rule}（财库〔2015〕192号）；2023 年起 41号"
        return f"预算法第六十六条；{self.rule}（财办〔2022〕36号）"


DEFICIT_REDUCED: Final = "deficit_reduced"
#: 地方政府一般债券还本支出, for which alone what reduces a deficit goes on; 上年结余收入, as which it comes.
PRINCIPAL: Final = "2310301"
_CARRIED_INCOME: Final = "11008"
_NEW_SOURCE: Final = {"source": "carried", "stage": "executable"}

KINDS: Final[Mapping[str, Kind]] = {
    "fund_transfer": Kind("预算间调入调出", "T30", is_transfer=True),
    "stabilisation_drawn": Kind("动用预算稳定调节基金", "T31", rev_func_code="11015"),
    "stabilisation_set_aside": Kind("安排预算稳定调节基金", "T32", exp_func_code=SET_ASIDE),
    "working_capital_set": Kind("设置、补充预算周转金", "T33"),
    "working_capital_to_stabilisation": Kind("预算周转金转入预算稳定调节基金", "T33"),
    DEFICIT_REDUCED: Kind("超收收入冲减赤字", "36-04"),
}


def posted(move: FundMove) -> Entry:
    """The entry of a move."""
    kind = KINDS[move.kind]
    if move.kind == DEFICIT_REDUCED:
        return _onward(move, kind)
    return voucher(
        MOVE.event(move.doc_key, "posted"), move.mof_div_code, move.happened_on, _legs(move, kind),
        document_id=move.id, summary=move.summary or kind.name, source_ref=move.approval_no,
    )  # fmt: skip


def _onward(move: FundMove, kind: Kind) -> Entry:
    """A source of the next year that nothing but principal is budgeted from (36-04, its first two steps)."""
    year, region, fund = move.fiscal_year + 1, move.mof_div_code, move.fund_type_code
    income = source_coding(year, region, fund, _CARRIED_INCOME)
    of_principal = replace(class_coding(year, region, fund, PRINCIPAL), bgt_type_code=CARRIED)
    pool = pool_coding(year, region, fund)
    ends = ((replace(income, exp_func_code=PRINCIPAL, bgt_type_code=CARRIED), pool), (pool, of_principal))
    legs = [
        Leg("quota_added", move.amount_fen, *end, choices=_NEW_SOURCE, step=step)
        for step, end in enumerate(ends, 1)
    ]
    return voucher(
        MOVE.event(move.doc_key, "posted"), region, date(year, 1, 1), legs, document_id=move.id,
        period=year * 100 + OPENING_MONTH, summary=move.summary or kind.name, source_ref=move.approval_no,
    )  # fmt: skip


def _legs(move: FundMove, kind: Kind) -> list[Leg]:
    if kind.is_transfer:
        return _transfer(move)
    block = _block(move, move.fund_type_code, kind.exp_func_code, kind.rev_func_code)
    plain = _block(move, move.fund_type_code)
    debit, credit = (block, plain) if kind.exp_func_code else (plain, block)
    return [Leg(move.kind, move.amount_fen, debit, credit)]


def _transfer(move: FundMove) -> list[Leg]:
    way = route(move.fund_type_code, move.to_fund_type_code)
    assert way is not None, "asked before it was made"
    fen, left, came = move.amount_fen, move.fund_type_code, move.to_fund_type_code
    # of which kind of fund it is taken stands on it, as its balance is kept by kind
    out = _block(move, left, way.exp_func_code, move.fund_kind_code)
    into = _block(move, came, "", way.rev_func_code)
    return [
        Leg("fund_transfer_out", fen, out, _block(move, left)),
        Leg("fund_transfer_in", fen, _block(move, came), into),
    ]


def _block(move: FundMove, fund: str, exp_func_code: str = "", rev_func_code: str = "") -> Coding:
    return Coding(
        move.fiscal_year, move.mof_div_code, fund, exp_func_code=exp_func_code, rev_func_code=rev_func_code
    )
