"""From a payment back up: application, quota, quota documents, transfer documents, entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.budget.kinds import QUOTA_DOCUMENT
from fisc.budget.rules.quotas import OPERATIONS
from fisc.budget.services import quota_balances
from fisc.budget.services.following import documents_of_quota, quota_lineage
from fisc.reading.entries import Entered, entered
from fisc.registry import regions
from fisc.transfers.kinds import ISSUE, RECEIPT
from fisc.transfers.services import Granted, ways_up
from fisc.treasury.kinds import PAYMENT, REFUND
from fisc.treasury.services import payment

if TYPE_CHECKING:
    from fisc.budget.models import Quota


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way up. `kind`: payment, quota, quota_document, transfer or source; fen."""

    kind: str
    name: str
    key: str
    amount_fen: int
    on: date | None
    facts: dict[str, object] = field(default_factory=dict)
    entries: tuple[Entered, ...] = ()


def follow_payment(conn: psycopg.Connection[Any], number: str) -> list[Step]:
    """The way from a payment (application or certificate number) up to the document its money came under.

    A payment of own money ends at its quota documents. Raises NotFound for an unknown number.
    """
    paid = payment(conn, number)
    lineage = quota_lineage(conn, paid["bgt_id"])
    steps = [_payment(conn, paid), *_quotas(conn, lineage)]
    source = next((quota for quota in reversed(lineage) if quota.sup_bgt_doc_no), None)
    if source is None:
        return steps
    lines = ways_up(conn, source.mof_div_code, source.fiscal_year, source.sup_bgt_doc_no)
    by_document: dict[str, list[Granted]] = defaultdict(list)
    for one in lines:
        by_document[one.line.doc_key].append(one)
    return [*steps, *(_document(conn, of) for of in by_document.values())]


def _payment(conn: psycopg.Connection[Any], paid: dict[str, Any]) -> Step:
    shown = (
        "pay_cert_no", "state", "payee_name", "payee_acct_no", "purpose", "agency_code", "contract_no",
        "agent_business_no", "lqd_cert_no", "act_lqd_date", "refunded_fen", "trail",
    )  # fmt: skip
    keys = [PAYMENT.key(paid["pay_app_no"]), *(REFUND.key(row["doc_key"]) for row in paid["refunds"])]
    return Step(
        "payment",
        "支付",
        paid["pay_app_no"],
        paid["amount_fen"],
        paid["paid_on"],
        {"state_name": PAYMENT.states[paid["state"]], **{name: paid[name] for name in shown}},
        tuple(entered(conn, keys)),
    )


def _quotas(conn: psycopg.Connection[Any], lineage: Sequence[Quota]) -> Iterable[Step]:
    balances = quota_balances(conn, [quota.bgt_id for quota in lineage])
    for quota in lineage:
        facts: dict[str, object] = {
            "fiscal_year": quota.fiscal_year,
            "agency_code": quota.agency_code,
            "pro_code": quota.pro_code,
            "exp_func_code": quota.exp_func_code,
            "fund_type_code": quota.fund_type_code,
            "sup_bgt_doc_no": quota.sup_bgt_doc_no,
            "balance": balances[quota.bgt_id],
        }
        fen = balances[quota.bgt_id].total_fen
        yield Step("quota", "指标", quota.bgt_id, fen, quota.issued_on, facts)
        for doc, moved_fen in documents_of_quota(conn, quota.bgt_id):
            facts = {
                "doc_no": doc.doc_no,
                "operation": doc.operation,
                "operation_name": OPERATIONS[doc.operation],
                "title": doc.title,
                "state": doc.state,
                "state_name": QUOTA_DOCUMENT.states[doc.state],
            }
            entries = tuple(entered(conn, [QUOTA_DOCUMENT.key(doc.doc_key)]))
            yield Step("quota_document", "指标文", doc.doc_key, moved_fen, doc.dated_on, facts, entries)


def _document(conn: psycopg.Connection[Any], lines: Sequence[Granted]) -> Step:
    line = lines[0].line
    kind, name = ("transfer", "转移支付下达文") if line.is_issue else ("source", "上级文件")
    facts: dict[str, object] = {
        "doc_no": line.cor_bgt_doc_no,
        "sup_bgt_doc_no": line.sup_bgt_doc_no,
        "title": lines[0].title,
        "given_by": regions.name_of(line.giver_div_code),
        "received_by": regions.name_of(line.rec_div_code),
        "cash_fen": sum(one.cash_fen for one in lines),
        "given_back_fen": sum(one.given_back_fen for one in lines),
        "is_direct_fund": line.is_direct_fund,
    }
    paper = ISSUE if line.is_issue else RECEIPT
    fen = sum(one.net_fen for one in lines)
    entries = tuple(entered(conn, [paper.key(line.doc_key)]))
    return Step(kind, name, line.doc_key, fen, lines[0].effective_on, facts, entries)
