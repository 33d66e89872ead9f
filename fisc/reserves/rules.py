"""Money between budgets and reserves to entries (财库〔2015〕192号 T30 to T33; 41-19 to 41-21, 41-28).

A transfer between budgets takes its cash along: 192's 借5021 贷4021 is told by fund, as 借5021 贷1001 of
one and 借1001 贷4021 of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry
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


KINDS: Final[Mapping[str, Kind]] = {
    "fund_transfer": Kind("预算间调入调出", "T30", is_transfer=True),
    "stabilisation_drawn": Kind("动用预算稳定调节基金", "T31", rev_func_code="11015"),
    "stabilisation_set_aside": Kind("安排预算稳定调节基金", "T32", exp_func_code="23015"),
    "working_capital_set": Kind("设置、补充预算周转金", "T33"),
    "working_capital_to_stabilisation": Kind("预算周转金转入预算稳定调节基金", "T33"),
}


def posted(move: FundMove) -> Entry:
    """The entry of a move."""
    kind = KINDS[move.kind]
    return voucher(
        MOVE.event(move.doc_key, "posted"), move.mof_div_code, move.happened_on, _legs(move, kind),
        document_id=move.id, summary=move.summary or kind.name, source_ref=move.approval_no,
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
    out, into = _block(move, left, way.exp_func_code), _block(move, came, "", way.rev_func_code)
    return [
        Leg("fund_transfer_out", fen, out, _block(move, left)),
        Leg("fund_transfer_in", fen, _block(move, came), into),
    ]


def _block(move: FundMove, fund: str, exp_func_code: str = "", rev_func_code: str = "") -> Coding:
    return Coding(
        move.fiscal_year, move.mof_div_code, fund, exp_func_code=exp_func_code, rev_func_code=rev_func_code
    )
