"""Injections (资本金注入): basis, quota, payment through the treasury, and the equity it becomes.

The money leaves by a payment of the treasury like any other, which posts the spending. The equity is
posted when that payment has been made, once, whoever applied for it. What comes back of the payment
takes the equity back with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fisc.budget import services as budget
from fisc.capital import rules
from fisc.capital.codes import BASIS, SECTOR, USES, is_injection, names_of, terms
from fisc.capital.kinds import INJECTION
from fisc.capital.rules import LOAN, PROJECT
from fisc.capital.services.shared import (
    Conn,
    enterprise_key,
    enterprises_of,
    no_enterprise,
    require_unclaimed,
)
from fisc.documents import NotFound, RuleBroken, WrongState, advance, make, move, read, taken
from fisc.documents.flow import ENDED
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import lines_at, refuse_each
from fisc.kernel import Coding, FiscError
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.treasury import services as treasury
from fisc.treasury.services import PaymentApplication

if TYPE_CHECKING:
    from fisc.capital import models


@dataclass(frozen=True, slots=True)
class Use:
    """What a part of an injection is for: a loan repaid early, a major project of a sector, or other.

    A loan has bank, contract, its rate and the new money's in basis points, and the day it falls due.
    """

    kind: Annotated[str, OneOf(USES)]
    amount_fen: int
    sector: Annotated[str, OneOf(lambda: names_of(SECTOR))] = ""
    project_name: str = ""
    bank_name: str = ""
    contract_no: str = ""
    rate_bp: int = 0
    new_rate_bp: int = 0
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Injection:
    """An injection: its basis in law, the quota it is paid from, the payment that will carry it.

    `share_bp` is the government's share after it. The uses add up to `amount_fen`.
    """

    injection_no: str
    mof_div_code: str
    enterprise_code: str
    basis_kind: Annotated[str, OneOf(lambda: names_of(BASIS))]
    basis_doc_no: str
    basis_on: date
    bgt_id: str
    pay_app_no: str
    amount_fen: int
    share_bp: int
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class InjectionPayment:
    """Where the money of an approved injection is to go."""

    injection_no: str
    payee_acct_no: str
    payee_bank_no: str
    pay_type: str = "direct"
    agent_bank_no: str = ""
    stage: str = "executable"
    repeat_reason: str = ""
    attachments: tuple[str, ...] = ()


def record_injections(conn: Conn, injections: Sequence[Injection], *, by: str, on: date) -> list[bool]:
    """Record injections: True where new. Nothing is posted.

    Raises NotFound (enterprise, quota), RuleBroken (basis, uses that do not add up, a quota that is not
    for injections), DuplicateConflict; then none is recorded.
    """
    return in_transaction(conn, lambda: _record(conn, injections, by, on))


def _record(conn: Conn, injections: Sequence[Injection], by: str, on: date) -> list[bool]:
    codings = budget.quota_codings(conn, [i.bgt_id for i in injections])
    known = enterprises_of(conn, [enterprise_key(i.mof_div_code, i.enterprise_code) for i in injections])
    refuse_each(refusal for i in injections for refusal in _wrong(i, codings[i.bgt_id], known, on))
    claims = {i.pay_app_no: i.injection_no for i in injections}
    require_unclaimed(conn, "capital_injection", "pay_app_no", claims, "支付申请")
    return make(conn, INJECTION, [_row(i, codings[i.bgt_id].fiscal_year) for i in injections], by=by, on=on)


def _wrong(i: Injection, quota: Coding, known: Collection[str], on: date) -> Iterator[FiscError]:
    what = f"注资单 {i.injection_no}"
    if enterprise_key(i.mof_div_code, i.enterprise_code) not in known:
        yield no_enterprise(what, i.enterprise_code)
    kinds = terms(BASIS, quota.fiscal_year)
    if i.basis_kind not in kinds or not i.basis_doc_no or i.basis_on > on:
        yield RuleBroken(
            f"{what}：依据“{kinds.get(i.basis_kind, i.basis_kind)} {i.basis_doc_no} {i.basis_on}”不成立",
            rule="注资须有人大决议、政府会议纪要或文件为依据（中发〔2018〕25号）",
            hint=f"请写明依据的种类（{'、'.join(kinds.values())}）、文号与日期，日期不晚于登记日",
        )
    eco = quota.gov_bgt_eco_code
    if not is_injection(eco, quota.fiscal_year) or quota.mof_div_code != i.mof_div_code:
        yield RuleBroken(
            f"{what}：指标 {i.bgt_id}（区划 {quota.mof_div_code}，政府经济分类 {eco or '空'}）不能用于注资",
            rule="注资列对企业资本性支出（政府收支分类 508），用本级预算安排",
            hint="请用本区划、政府经济分类为 508 的指标",
        )
    yield from _wrong_uses(i, what, quota.fiscal_year)


def _wrong_uses(i: Injection, what: str, fiscal_year: int) -> Iterator[FiscError]:
    total = sum(u.amount_fen for u in i.uses)
    if total != i.amount_fen or i.amount_fen <= 0 or not 0 <= i.share_bp <= 10_000:
        yield RuleBroken(
            f"{what}：金额 {format_fen(i.amount_fen)} 元，用途合计 {format_fen(total)} 元，"
            f"持股 {i.share_bp / 100:.2f}%",
            rule="注资金额为正，用途各行之和等于注资金额",
            hint="请核对用途各行、金额与注资后持股比例",
        )
    for number, use in enumerate(i.uses, 1):
        if not _is_whole(use, fiscal_year):
            yield RuleBroken(
                f"{what} {lines_at(number)}：用途“{USES.get(use.kind, use.kind)}”所需的内容不全",
                rule="偿还贷款写明银行、合同、利率与到期日；重大项目写明领域与项目",
                hint=f"用途可用 {'、'.join(USES.values())}；"
                f"领域可用 {'、'.join(terms(SECTOR, fiscal_year).values())}",
            )


def _is_whole(use: Use, fiscal_year: int) -> bool:
    if use.amount_fen <= 0:
        return False
    if use.kind == LOAN:
        is_named = bool(use.bank_name and use.contract_no and use.due_on)
        return is_named and use.rate_bp > 0 and use.new_rate_bp >= 0
    if use.kind == PROJECT:
        return use.sector in terms(SECTOR, fiscal_year) and bool(use.project_name)
    return use.kind == "other"


def _row(i: Injection, fiscal_year: int) -> dict[str, object]:
    uses = [
        {**asdict(use), "due_on": use.due_on.isoformat() if use.due_on else "", "line_no": number}
        for number, use in enumerate(i.uses, 1)
    ]
    return INJECTION.row(i, doc_key=i.injection_no, fiscal_year=fiscal_year, uses=uses)


def approve_injections(conn: Conn, injection_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Approve the basis and uses of injections: True where approved now. Raises WrongState, FourEyes."""
    return move(conn, INJECTION, injection_nos, "approve", by=by, on=on)


def discard_injections(conn: Conn, injection_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Discard injections whose equity was not recognised: True where discarded now. Raises WrongState."""
    return move(conn, INJECTION, injection_nos, "discard", by=by, on=on)


def apply_for_payment(
    conn: Conn, payments: Sequence[InjectionPayment], *, by: str, on: date
) -> list[treasury.Outcome]:
    """Apply to the treasury for the payments of approved injections, to the enterprises' own accounts.

    Raises WrongState for an injection that is not approved, and what the treasury refuses.
    """
    return in_transaction(conn, lambda: _apply(conn, payments, by, on))


def _apply(conn: Conn, payments: Sequence[InjectionPayment], by: str, on: date) -> list[treasury.Outcome]:
    found = read(conn, INJECTION, [p.injection_no for p in payments])
    refuse_each(_not_approved(row) for row in found if row.state in (INJECTION.initial, *ENDED))
    known = enterprises_of(conn, [_enterprise_of(row) for row in found])
    applications = [
        PaymentApplication(
            row.pay_app_no, row.bgt_id, row.amount_fen, p.pay_type, known[_enterprise_of(row)].name,
            p.payee_acct_no, p.payee_bank_no, f"资本金注入 {row.basis_doc_no}", row.mof_div_code,
            stage=p.stage, agent_bank_no=p.agent_bank_no, repeat_reason=p.repeat_reason,
            attachments=p.attachments,
        )
        for p, row in zip(payments, found, strict=True)
    ]  # fmt: skip
    return treasury.apply(conn, applications, by=by, on=on)


def _enterprise_of(row: models.Injection) -> str:
    return enterprise_key(row.mof_div_code, row.enterprise_code)


def _not_approved(row: models.Injection) -> FiscError:
    return WrongState(
        f"注资单 {row.doc_key} 处于“{INJECTION.states[row.state]}”，不能申请支付",
        rule="注资先有依据与审核、后有支付（中发〔2018〕25号）",
        hint="请先审核注资单",
    )


def recognise_equity(conn: Conn, injection_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Post the equity of injections whose payment was made (192-T26): True where posted now.

    The entry bears the day of the payment. Raises WrongState (not approved; not paid yet), NotFound (no
    such payment), RuleBroken (the payment is of another quota or amount); then none is posted.
    """
    return in_transaction(conn, lambda: _recognise(conn, injection_nos, by, on))


def _recognise(conn: Conn, injection_nos: Sequence[str], by: str, on: date) -> list[bool]:
    found = read(conn, INJECTION, injection_nos)
    payments = _payments(conn, found)
    refuse_each(refusal for row in found for refusal in _not_paid(row, payments.get(row.pay_app_no)))
    codings = budget.quota_codings(conn, [row.bgt_id for row in found])
    paid_on = {row.doc_key: payments[row.pay_app_no]["paid_on"] for row in found}
    moved = advance(
        conn, INJECTION, injection_nos, "invest", by=by, on=on,
        changes={"invested_on": [paid_on[number] for number in injection_nos]},
        posts=lambda row: [
            rules.invested(row, codings[row.bgt_id], paid_on[row.doc_key],
                           project_names=terms(SECTOR, row.fiscal_year))
        ],
    )  # fmt: skip
    return taken(injection_nos, moved)


def _payments(conn: Conn, found: Sequence[models.Injection]) -> dict[str, dict[str, Any]]:
    payments = treasury.payments_of_quotas(conn, sorted({row.bgt_id for row in found}))
    return {p["pay_app_no"]: p for p in payments}


def _not_paid(row: models.Injection, payment: Mapping[str, Any] | None) -> Iterator[FiscError]:
    what = f"注资单 {row.doc_key}"
    if payment is None:
        yield NotFound(
            f"{what}：指标 {row.bgt_id} 没有支付申请 {row.pay_app_no}",
            rule="股权随支付确认（财库〔2015〕192号 T26：支出与股权投资同时登记）",
            hint="请先申请支付",
        )
    elif payment["amount_fen"] != row.amount_fen:
        yield RuleBroken(
            f"{what}：注资 {format_fen(row.amount_fen)} 元，"
            f"支付 {row.pay_app_no} 为 {format_fen(payment['amount_fen'])} 元",
            rule="一笔注资由一笔支付办理，金额相等",
            hint="请核对支付申请",
        )
    elif payment["state"] not in ("paid", "cleared"):
        yield WrongState(
            f"{what}：支付 {row.pay_app_no} 尚未由银行支付，不能确认股权",
            rule="股权随支付确认（财库〔2015〕192号 T26）",
            hint="请待银行回单到达后再办理",
        )
