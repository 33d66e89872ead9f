"""Operations on quotas as people hand them in: each has the fields that it needs and no other.

All become quota documents (`operations`), which are reviewed and approved like every other one; with REVISE
as `step` drafts of them are put right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg

from fisc.budget.kinds import ADVANCE
from fisc.budget.rules.quota_types import EXECUTABLE, QuotaChange, QuotaOperation, Stage
from fisc.budget.services.operations import make_quota_operations
from fisc.budget.services.settling import SETTLES, require_chargeable
from fisc.documents import document_key
from fisc.documents.editions import current
from fisc.documents.flow import MAKE
from fisc.kernel.posting import in_transaction

__all__ = [
    "AdvanceSettlement", "BudgetCutOrder", "CutLine", "OrderLine", "QuotaOrder", "SettlementLine",
    "make_budget_cuts", "make_quota_orders", "make_settlements", "make_swaps",
]  # fmt: skip

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So much of one quota, in fen; `stage` says where it is taken."""

    bgt_id: str
    amount_fen: int
    stage: Stage = EXECUTABLE


@dataclass(frozen=True, slots=True)
class CutLine:
    """So much cut of one quota, and what the cut is measured against, in fen."""

    bgt_id: str
    amount_fen: int
    base_fen: int


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """So much of an advance charged to one quota, in fen; `advance` is the advance's number."""

    bgt_id: str
    amount_fen: int
    advance: str


@dataclass(frozen=True, slots=True)
class Order:
    """What every operation says: number, place, day, why, and the approval where one is needed."""

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    dated_on: date
    title: str

    @property
    def doc_key(self) -> str:
        """The natural key: region, year, number."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)


@dataclass(frozen=True, slots=True)
class QuotaOrder(Order):
    """Quotas cut, frozen, freed, reserved, released or taken back."""

    lines: tuple[OrderLine, ...]
    basis_doc_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BudgetCutOrder(Order):
    """Quotas cut by policy (压减) within a scope."""

    scope: str
    lines: tuple[CutLine, ...]
    basis_doc_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdvanceSettlement(Order):
    """Advances charged to quotas (核销)."""

    lines: tuple[SettlementLine, ...]
    basis_doc_no: str = ""
    reason: str = ""


def make_quota_orders(
    conn: Conn, orders: Sequence[QuotaOrder], *, operation: str, by: str, on: date, step: str = MAKE
) -> list[bool]:
    """Make documents that cut, freeze, free, reserve, release or take quotas back: True where new.

    Review and approval follow. Raises RuleBroken, NotFound naming the lines.
    """
    return make_quota_operations(
        conn, operation, [_operation(order) for order in orders], by=by, on=on, step=step
    )


def make_swaps(
    conn: Conn, swaps: Sequence[QuotaOperation], *, by: str, on: date, step: str = MAKE
) -> list[bool]:
    """Make swaps (调剂, see `operations.swap`): True where new. Review and approval follow."""
    return make_quota_operations(conn, "swap", swaps, by=by, on=on, step=step)


def make_budget_cuts(
    conn: Conn, cuts: Sequence[BudgetCutOrder], *, by: str, on: date, step: str = MAKE
) -> list[bool]:
    """Make cuts by policy (压减, see `cuts.cut_budget`): True where new. Review and approval follow."""
    given = [_operation(cut, scope=cut.scope) for cut in cuts]
    return make_quota_operations(conn, "budget_cut", given, by=by, on=on, step=step)


def make_settlements(
    conn: Conn, settlements: Sequence[AdvanceSettlement], *, by: str, on: date, step: str = MAKE
) -> list[bool]:
    """Charge advances to quotas (核销): True where new. Review and approval follow.

    Raises NotFound for what was not advanced, RuleBroken for another unit, fund or functional class; with the
    approval it is asked again, and whether the advance covers it.
    """
    return settle_by(conn, [_operation(one) for one in settlements], by=by, on=on, step=step)


def settle_by(
    conn: Conn, operations: Sequence[QuotaOperation], *, by: str, on: date, step: str = MAKE
) -> list[bool]:
    """`make_settlements` of operations whose changes name their advances."""

    def work() -> list[bool]:
        given = _with_last_advances(conn, operations)
        require_chargeable(conn, [(line.bgt_id, line.advance) for one in given for line in one.lines])
        return make_quota_operations(conn, SETTLES, given, by=by, on=on, step=step)

    return in_transaction(conn, work)


def _with_last_advances(conn: Conn, operations: Sequence[QuotaOperation]) -> list[QuotaOperation]:
    """Operations whose changes name the last advance of each number."""
    said = list({line.advance for one in operations for line in one.lines})
    last = dict(zip(said, current(conn, ADVANCE, said), strict=True))
    return [
        replace(one, lines=tuple(replace(line, advance=last[line.advance]) for line in one.lines))
        for one in operations
    ]


def _operation(order: QuotaOrder | BudgetCutOrder | AdvanceSettlement, *, scope: str = "") -> QuotaOperation:
    return QuotaOperation(
        order.doc_no, order.mof_div_code, order.fiscal_year, order.dated_on, order.title,
        tuple(_change(line) for line in order.lines), order.basis_doc_no, order.reason, scope,
    )  # fmt: skip


def _change(line: OrderLine | CutLine | SettlementLine) -> QuotaChange:
    if isinstance(line, CutLine):
        return QuotaChange(line.bgt_id, line.amount_fen, base_fen=line.base_fen)
    if isinstance(line, SettlementLine):
        return QuotaChange(line.bgt_id, line.amount_fen, advance=line.advance)
    return QuotaChange(line.bgt_id, line.amount_fen, line.stage)
