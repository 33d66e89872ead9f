"""Funds advanced (预拨) before they are a unit's budget, and charged to its quota later (核销).

The cash leaves to 1011 预拨经费 (财库〔2015〕192号, T34); settling turns it into spending and uses the
quota up without a second payment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Unpack

import psycopg

from fisc.budget.kinds import ADVANCE
from fisc.budget.rules.advances import funds_advanced
from fisc.budget.rules.quota_types import QuotaOperation
from fisc.budget.rules.refusing import refuse
from fisc.budget.services import quota_flow
from fisc.budget.services.early import DEPARTMENT, KINDS, EarlyRequest, approval_dates, record_early_spending
from fisc.budget.services.lines import row_of
from fisc.budget.services.orders import settle_by
from fisc.budget.services.quota_flow import Signed
from fisc.budget.services.settling import outstanding_advances
from fisc.documents import document_key, findings, make, move, read, select, store, taken
from fisc.documents.editing import restated
from fisc.documents.editions import current, fresh, move_last
from fisc.documents.fitting import Used, require_fitting
from fisc.documents.flow import REVISE
from fisc.documents.inputs import OneOf
from fisc.kernel import Coding, post
from fisc.kernel.coding import codings_of, intern_codings
from fisc.kernel.posting import in_transaction
from fisc.registry.fit_types import State

if TYPE_CHECKING:
    from fisc.budget import models

__all__ = [
    "Advance", "AdvanceRevision", "AdvanceStanding", "advance", "approve_advances", "discard_advances",
    "list_open_advances", "make_advances", "outstanding_advances", "review_advances", "revise_advances",
    "send_back_advances", "settle_advance", "settled_advances",
]  # fmt: skip

Conn = psycopg.Connection[Any]
EarlyKind = Annotated[str, OneOf(KINDS)]


@dataclass(frozen=True, slots=True)
class Advance:
    """Funds to advance: `doc_no` unique in region and year; `basis_doc_no` is the government's approval.

    `confirm_reason` says why an advance that says the same as another is another.
    """

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    agency_code: str
    fund_type_code: str
    exp_func_code: str
    amount_fen: int
    purpose: str
    basis_doc_no: str
    confirm_reason: str = ""

    @property
    def doc_key(self) -> str:
        """The natural key: region, year, number."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)

    @property
    def coding(self) -> Coding:
        """Where 1011 holds the money until it is settled."""
        return Coding(
            self.fiscal_year, self.mof_div_code, self.fund_type_code, self.agency_code,
            exp_func_code=self.exp_func_code, cor_bgt_doc_no=self.doc_no,
        )  # fmt: skip


def make_advances(conn: Conn, advances: Sequence[Advance], *, by: str, on: date) -> list[bool]:
    """Ask for funds to be advanced (编制预拨): True where new. Review and approval follow.

    Raises RuleBroken without a document that approves it, and for an amount that is not positive.
    """
    _require_sound([(a.doc_no, a.basis_doc_no, a.amount_fen) for a in advances])

    def work() -> list[bool]:
        # charged to a quota of the same elements later
        used = (Used(a.doc_key, a.doc_no, a.coding, a.amount_fen, State.ADVANCE) for a in advances)
        notes = require_fitting(conn, used)
        findings.record(conn, notes, on=on)
        codings = intern_codings(conn, [a.coding for a in advances])
        rows = [row_of(a, "doc_no") | {"coding_id": codings[a.coding]} for a in advances]
        return make(conn, ADVANCE, fresh(conn, ADVANCE, rows), by=by, on=on)

    return in_transaction(conn, work)


@dataclass(frozen=True, slots=True)
class AdvanceRevision:
    """What an advance shall say instead; what is left out stays. Unit, fund and class stand."""

    doc_key: str
    amount_fen: int | None = None
    purpose: str | None = None
    basis_doc_no: str | None = None


def revise_advances(conn: Conn, revisions: Sequence[AdvanceRevision], *, by: str, on: date) -> list[bool]:
    """Put advances right (修改) that are drafts or were sent back. Raises RuleBroken as `make_advances`."""

    def work() -> list[bool]:
        keys = current(conn, ADVANCE, [one.doc_key for one in revisions])
        standing = read(conn, ADVANCE, keys, is_locked=True)
        changes = restated(ADVANCE, REVISE, standing, revisions)
        _require_sound(list(zip(keys, changes["basis_doc_no"], changes["amount_fen"], strict=True)))
        return move(conn, ADVANCE, keys, REVISE, by=by, on=on, changes=changes)

    return in_transaction(conn, work)


def _require_sound(advances: Sequence[tuple[str, str, int]]) -> None:
    """Raise RuleBroken for advances (number, approval, fen) that nobody approved, or of nothing."""
    refuse([number for number, basis, _ in advances if not basis], "预拨没有批准文号",
           "财库〔2015〕192号：预拨经费须经批准", "请填写批准文号")  # fmt: skip
    refuse([number for number, _, fen in advances if fen <= 0], "预拨金额不为正", "金额为正的整数分",
           "请核对金额")  # fmt: skip


def review_advances(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """The business office's review (业务处审核)."""
    return move_last(conn, ADVANCE, doc_keys, "review", by=by, on=on)


def send_back_advances(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date, note: str) -> list[bool]:
    """Back to the clerk (退回), with a reason."""
    return move_last(conn, ADVANCE, doc_keys, "back", by=by, on=on, note=note)


def discard_advances(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date, note: str = "") -> list[bool]:
    """Give up what was asked for (作废); its number may be entered anew."""
    return move_last(conn, ADVANCE, doc_keys, "discard", by=by, on=on, note=note)


def approve_advances(
    conn: Conn, doc_keys: Sequence[str], *, early_kind: EarlyKind = DEPARTMENT, by: str, on: date
) -> list[bool]:
    """Advance the funds (预拨, 192-T34): posted 1011/1001; True where by this call.

    `early_kind` says which case of 预算法第五十四条 they rest on while the congress has not approved the
    budget: department (up to last year's level), legal_duty, emergency, carried. Raises RuleBroken beyond
    what it lets through, and beyond the cash of the fund.
    """

    def work() -> list[bool]:
        keys = current(conn, ADVANCE, doc_keys)
        moved = store.advance(conn, ADVANCE, keys, "approve", by=by, on=on)
        codings = codings_of(conn, {one.coding_id for one in moved})
        post(conn, [funds_advanced(one, codings[one.coding_id], on) for one in moved])
        record_early_spending(conn, _early(conn, moved, codings, early_kind, on), by=by, on=on)
        conn.execute("set constraints advance_cash immediate")  # refused here, not at the end
        conn.execute("set constraints advance_cash deferred")
        return taken(keys, moved)

    return in_transaction(conn, work)


def advance(
    conn: Conn, advances: Sequence[Advance], *, early_kind: str = DEPARTMENT, **signed: Unpack[Signed]
) -> list[bool]:
    """Advance funds: made, reviewed and approved in one transaction; True where by this call."""
    keys, on = [a.doc_key for a in advances], signed["on"]

    def work() -> list[bool]:
        make_advances(conn, advances, by=signed["by"], on=on)
        review_advances(conn, keys, by=signed["reviewed_by"], on=on)
        return approve_advances(conn, keys, early_kind=early_kind, by=signed["approved_by"], on=on)

    return in_transaction(conn, work)


def _early(
    conn: Conn, advances: Sequence[models.Advance], codings: Mapping[int, Coding], kind: str, on: date
) -> list[EarlyRequest]:
    """Advances of a budget that the congress has not approved: they are spending before approval."""
    approved = approval_dates(conn, ((a.mof_div_code, a.fiscal_year) for a in advances))
    return [
        EarlyRequest(codings[a.coding_id].cor_bgt_doc_no, a.mof_div_code, a.fiscal_year, kind,
                     a.fund_type_code, a.amount_fen, a.basis_doc_no)
        for a in advances
        if approved.get((a.mof_div_code, a.fiscal_year), date.max) > on
    ]  # fmt: skip


_CHARGED: Final = (
    "select q.coding_id, sum(l.amount_fen)::bigint from budget_quota_line l "
    "join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision "
    "join budget_quota q on q.bgt_id = l.bgt_id "
    "where d.mof_div_code = %s and d.fiscal_year = %s and d.operation = 'settle_advance' "
    "and d.state = 'issued' group by 1"
)


def settled_advances(conn: Conn, mof_div_code: str, fiscal_year: int) -> dict[int, int]:
    """Fen of advances charged to the quotas of a region's year, by coding block: used without a payment."""
    return dict(conn.execute(_CHARGED, [mof_div_code, fiscal_year]).fetchall())


@dataclass(frozen=True, slots=True)
class AdvanceStanding:
    """An advance and what of it is not settled yet, in fen."""

    doc_key: str
    agency_code: str
    fund_type_code: str
    exp_func_code: str
    purpose: str
    amount_fen: int
    left_fen: int


def list_open_advances(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[AdvanceStanding]:
    """The advances of a region's year that are not settled in full, by number."""
    where = "where t.mof_div_code = %s and t.fiscal_year = %s and t.state = 'issued' order by t.doc_key"
    paid = select(conn, ADVANCE, where, [mof_div_code, fiscal_year])
    left = outstanding_advances(conn, [a.doc_key for a in paid])
    return [
        AdvanceStanding(a.doc_key, a.agency_code, a.fund_type_code, a.exp_func_code, a.purpose,
                        a.amount_fen, left[a.doc_key])
        for a in paid
        if left[a.doc_key]
    ]  # fmt: skip


def settle_advance(conn: Conn, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]) -> list[bool]:
    """Charge advances to quotas (核销): each change names its `advance`; True where issued by this call.

    Posts, in one voucher, 36-10 and 36-11 (the quota is used) and 192-T34 (5001/1011). Raises
    RuleBroken where more is settled than was advanced, or to another unit, fund or functional class.
    """
    keys, on = [document.doc_key for document in documents], signed["on"]

    def work() -> list[bool]:
        settle_by(conn, documents, by=signed["by"], on=on)
        quota_flow.review(conn, keys, by=signed["reviewed_by"], on=on)
        return quota_flow.approve(conn, keys, by=signed["approved_by"], on=on)

    return in_transaction(conn, work)
