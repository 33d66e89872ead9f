"""Funds advanced (预拨) before they are a unit's budget, and charged to its quota later (核销).

The cash leaves to 1011 预拨经费 (财库〔2015〕192号, T34); settling turns it into spending and uses the
quota up without a second payment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Unpack

import psycopg

from fisc.budget.kinds import ADVANCE
from fisc.budget.rules.quota_terms import refuse
from fisc.budget.rules.quota_types import Draft, QuotaOperation
from fisc.budget.rules.quotas import funds_advanced
from fisc.budget.services import quota_flow
from fisc.budget.services.early import DEPARTMENT, EarlyRequest, approval_dates, record_early_spending
from fisc.budget.services.lines import row_of
from fisc.budget.services.operations import draft_of
from fisc.budget.services.quota_flow import Signed
from fisc.budget.services.quota_store import facts
from fisc.documents import NotFound, RuleBroken, document_key, make, move, read, select, store, taken
from fisc.documents.refusals import listed
from fisc.kernel import Coding
from fisc.kernel.coding import intern_codings
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.budget import models

__all__ = ["Advance", "advance", "outstanding_advances", "settle_advance", "settled_advances"]

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Advance:
    """Funds to advance: `doc_no` unique in region and year; `basis_doc_no` is the government's approval.

    `early_kind` says which case of 预算法第五十四条 an advance before the congress approves rests on:
    department (up to last year's level), legal_duty, emergency, carried.
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
    early_kind: str = DEPARTMENT

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


def advance(conn: Conn, advances: Sequence[Advance], **signed: Unpack[Signed]) -> list[bool]:
    """Advance funds (预拨, 192-T34): made, reviewed, approved, posted 1011/1001; True where by this call.

    Raises RuleBroken without an approval, for an amount that is not positive, and, before the people's
    congress has approved the year's budget, beyond what 预算法第五十四条 lets through.
    """
    refuse([a.doc_no for a in advances if not a.basis_doc_no], "预拨没有批准文号",
           "财库〔2015〕192号：预拨经费须经批准", "请填写批准文号 basis_doc_no")  # fmt: skip
    refuse([a.doc_no for a in advances if a.amount_fen <= 0], "预拨金额不为正", "金额为正的整数分",
           "请核对金额")  # fmt: skip
    return in_transaction(conn, lambda: _advance(conn, advances, signed))


def _advance(conn: Conn, advances: Sequence[Advance], signed: Signed) -> list[bool]:
    on = signed["on"]
    codings = intern_codings(conn, [a.coding for a in advances])
    given = {a.doc_key: a for a in advances}
    rows = [row_of(a, "doc_no", "early_kind") | {"coding_id": codings[a.coding]} for a in advances]
    make(conn, ADVANCE, rows, by=signed["by"], on=on)
    keys = [a.doc_key for a in advances]
    move(conn, ADVANCE, keys, "review", by=signed["reviewed_by"], on=on)
    moved = store.advance(
        conn, ADVANCE, keys, "approve", by=signed["approved_by"], on=on,
        posts=lambda row: [funds_advanced(row, given[row.doc_key].coding, on)],
    )  # fmt: skip
    _arrange_early(conn, [given[row.doc_key] for row in moved], signed)
    return taken(keys, moved)


def _arrange_early(conn: Conn, advances: Sequence[Advance], signed: Signed) -> None:
    """Advances of a budget that the congress has not approved are spending before approval."""
    on = signed["on"]
    approved = approval_dates(conn, ((a.mof_div_code, a.fiscal_year) for a in advances))
    early = [
        EarlyRequest(a.doc_no, a.mof_div_code, a.fiscal_year, a.early_kind, a.fund_type_code, a.amount_fen,
                     a.basis_doc_no)
        for a in advances
        if approved.get((a.mof_div_code, a.fiscal_year), date.max) > on
    ]  # fmt: skip
    record_early_spending(conn, early, by=signed["approved_by"], on=on)


_SETTLED: Final = (
    "select l.ori_bgt_id, sum(l.amount_fen)::bigint from budget_quota_line l "
    "join budget_quota_document d on d.doc_key = l.doc_key "
    "where l.ori_bgt_id = any(%s) and d.operation = 'settle_advance' and d.state = 'issued' group by 1"
)


_CHARGED: Final = (
    "select q.coding_id, sum(l.amount_fen)::bigint from budget_quota_line l "
    "join budget_quota_document d on d.doc_key = l.doc_key join budget_quota q on q.bgt_id = l.bgt_id "
    "where d.mof_div_code = %s and d.fiscal_year = %s and d.operation = 'settle_advance' "
    "and d.state = 'issued' group by 1"
)


def settled_advances(conn: Conn, mof_div_code: str, fiscal_year: int) -> dict[int, int]:
    """Fen of advances charged to the quotas of a region's year, by coding block: used without a payment."""
    return dict(conn.execute(_CHARGED, [mof_div_code, fiscal_year]).fetchall())


def outstanding_advances(conn: Conn, doc_keys: Sequence[str]) -> dict[str, int]:
    """Fen advanced and not settled yet, by the advance's `doc_key`. NotFound for unknown ones."""
    settled: dict[str, int] = dict(conn.execute(_SETTLED, [list(doc_keys)]).fetchall())
    return {a.doc_key: a.amount_fen - settled.get(a.doc_key, 0) for a in read(conn, ADVANCE, doc_keys)}


def settle_advance(conn: Conn, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]) -> list[bool]:
    """Charge advances to quotas (核销): each change names its `advance`; True where issued by this call.

    Posts, in one voucher, 36-10 and 36-11 (the quota is used) and 192-T34 (5001/1011). Raises
    RuleBroken where more is settled than was advanced, or to another unit, fund or functional class.
    """
    drafts = [draft_of("settle_advance", document) for document in documents]

    def work() -> list[bool]:
        _lock_advances(conn, drafts)
        done = quota_flow.run(conn, drafts, **signed)
        _require_covered(conn, drafts)
        return done

    return in_transaction(conn, work)


_SAME = attrgetter("agency_code", "fund_type_code", "exp_func_code")


def _advances_of(drafts: Sequence[Draft]) -> list[str]:
    return sorted({line.ori_bgt_id for draft in drafts for line in draft.lines if line.ori_bgt_id})


def _lock_advances(conn: Conn, drafts: Sequence[Draft]) -> None:
    """One settlement of an advance at a time; and only of what was paid out, to whom it was paid."""
    keys = _advances_of(drafts)
    standing = select(
        conn, ADVANCE, "where t.doc_key = any(%s) order by t.doc_key for update of t", [keys]
    )  # fmt: skip
    paid = {a.doc_key: a for a in standing if a.state == "issued"}
    missing = [key for key in keys if key not in paid]
    if missing:
        raise NotFound(f"没有已预拨的预拨单 {listed(missing)}", rule="先预拨、后核销", hint="请核对预拨单号")
    _require_same_unit(conn, drafts, paid)


def _require_same_unit(conn: Conn, drafts: Sequence[Draft], paid: Mapping[str, models.Advance]) -> None:
    """Charged where it was advanced: the same unit, fund and functional class."""
    quotas = facts(conn, {line.bgt_id for draft in drafts for line in draft.lines})
    bad = [
        line.bgt_id
        for draft in drafts
        for line in draft.lines
        if line.bgt_id in quotas and line.ori_bgt_id
        and _SAME(quotas[line.bgt_id].coding) != _SAME(paid[line.ori_bgt_id])
    ]  # fmt: skip
    refuse(bad, "核销的指标与预拨的单位、资金性质或功能分类不同", "财库〔2015〕192号：预拨经费转列支出",
           "请用同一单位、同一资金性质、同一功能分类的指标核销")  # fmt: skip


def _require_covered(conn: Conn, drafts: Sequence[Draft]) -> None:
    over: dict[str, int] = defaultdict(int)
    over |= {key: -fen for key, fen in outstanding_advances(conn, _advances_of(drafts)).items() if fen < 0}
    if over:
        shown = [f"{key} 多 {format_fen(fen, '元')} 元" for key, fen in over.items()]
        raise RuleBroken(
            f"核销超过预拨：{listed(shown)}", rule="财库〔2015〕192号：预拨经费按实核销",
            hint="请减少核销金额", details={"refused": len(over)},
        )  # fmt: skip
