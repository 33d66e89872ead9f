"""The documents of state capital: what of each is content, and which step writes what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fisc.budget.kinds import QUOTA
from fisc.capital import flow
from fisc.documents import Kind
from fisc.documents.counterparty import Counterparty
from fisc.documents.kind import Named, reversal_kind
from fisc.treasury.kinds import PAYMENT

if TYPE_CHECKING:
    from fisc.capital.models import (
        Enterprise,
        FunderReturn,
        Income,
        Injection,
        InjectionRefund,
        Prepayment,
        Reversal,
    )

ENTERPRISE: Final[Kind[Enterprise]] = Kind(
    "capital.Enterprise",
    prefix="enterprise",
    flow=flow.ENTERPRISE_FLOW,
    has_editions=True,
    content=("enterprise_code", "name", "kind", "share_bp", "cost_fen", "fund_type_code", "held_on"),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind", "enterprise_code"),
)

INJECTION: Final[Kind[Injection]] = Kind(
    "capital.Injection",
    prefix="injection",
    number="injection_no",
    flow=flow.INJECTION_FLOW,
    content=(
        "enterprise_code", "basis_kind", "basis_doc_no", "basis_on", "bgt_id", "pay_app_no", "amount_fen",
        "share_bp", "uses",
    ),
    written={
        "invest": ("invested_on",),
    },
    refers={"pay_app_no": "pay_app"},
    names={
        "bgt_id": Named(QUOTA, "bgt_id"),
        "pay_app_no": Named(PAYMENT, "doc_key", may_be_new=True),  # `capital apply` makes it afterwards
    },
    facets=("mof_div_code", "fiscal_year", "state", "enterprise_code"),
)  # fmt: skip

PREPAYMENT: Final[Kind[Prepayment]] = Kind(
    "capital.Prepayment",
    prefix="prepayment",
    number="prepayment_no",
    flow=flow.PREPAYMENT_FLOW,
    content=("injection_no", "line_no", "amount_fen", "prepaid_on", "evidence_no"),
    refers={"injection_no": "injection"},
)

REFUND: Final[Kind[InjectionRefund]] = Kind(
    "capital.InjectionRefund",
    prefix="injection_refund",
    number="refund_no",
    flow=flow.REFUND_FLOW,
    content=("injection_no", "line_no", "amount_fen", "refunded_on"),
    refers={"injection_no": "injection"},
)

INCOME: Final[Kind[Income]] = Kind(
    "capital.Income",
    prefix="capital_income",
    flow=flow.INCOME_FLOW,
    content=(
        "kind", "enterprise_code", "amount_fen", "evidence_no", "happened_on", "due_on", "declared_no",
        "rev_func_code", "daily_report_no", "fund_type_code",
    ),
    refers={"declared_no": "capital_income", "daily_report_no": "daily_report"},
    booked_on="happened_on",
    counterparty=Counterparty(
        "(select max(e.name) from capital_enterprise e where e.mof_div_code = t.mof_div_code "
        "and e.enterprise_code = t.enterprise_code)"
    ),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind", "enterprise_code"),
)  # fmt: skip

RETURN: Final[Kind[FunderReturn]] = Kind(
    "capital.FunderReturn",
    prefix="funder_return",
    flow=flow.RETURN_FLOW,
    has_editions=True,
    content=("enterprise_code", "duty_code", "injection_no", "evidence_no", "filed_on"),
    refers={"injection_no": "injection"},
    facets=("mof_div_code", "fiscal_year", "state", "enterprise_code"),
)

#: What a reversal may name.
REVERSIBLE: Final[Mapping[str, Kind[Any]]] = {
    kind.prefix: kind for kind in (ENTERPRISE, INJECTION, PREPAYMENT, REFUND, INCOME, RETURN)
}

REVERSAL: Final[Kind[Reversal]] = reversal_kind(
    "capital.Reversal", "capital_reversal", flow.DUTIES, REVERSIBLE
)

KINDS: Final = (*REVERSIBLE.values(), REVERSAL)
