"""From a source document down: regions, quotas with their stages, payees, payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.services import QuotaBalance, quota_balances
from fisc.budget.services.following import quotas_of_sources
from fisc.documents import NotFound
from fisc.documents.accounts import SOURCE_BUDGETED, SPENDING
from fisc.documents.from_above import both_forms, standing_forms
from fisc.follow.tree import Node, pruned, rest, total
from fisc.registry import regions
from fisc.transfers.services import Granted, granted, stages
from fisc.treasury.services import payments_of_quotas
from fisc.treasury.services.following import PaidTo, came_back, paid_by_payee, restored

if TYPE_CHECKING:
    from fisc.budget.models import Quota

#: States of a payment in which the money has left.
_LEFT: Final = frozenset({"paid", "cleared"})
#: Where money waits that no quota names, in the own budget.
_WAITING: Final = {SPENDING: "已列支出预算、未下达指标", SOURCE_BUDGETED: "已列本级预算、未按文号使用"}
#: What went back to the government that gave it, by number.
_GONE: Final = "交回上级"
#: What was paid in an earlier year, came back, and is spent or waits again.
_BACK: Final = "以前年度支付退回，按文号重新安排"
_STAGES: Final = {
    "pending_fen": "待分", "executable_fen": "可执行", "frozen_fen": "冻结", "reserved_fen": "采购占用",
    "planned_fen": "用款计划", "applied_fen": "已申请",
}  # fmt: skip


def follow_source(conn: psycopg.Connection[Any], number: str, most: int | None = None) -> Node:
    """Where the money of a document went: its tree, down to single payments.

    `number` is that of a document from above, or of one by which a government issued money, its own or from
    above; it may be written in any form. With `most` at
    most so many branches stand at a level, the largest, and the others as one. Raises NotFound
    for a number under which no transfer is in force.
    """
    tree = _to_payees(conn, number)
    if most is None:
        return _with_payments(conn, tree)
    return pruned(_with_payments(conn, pruned(tree, most)), most)


def _to_payees(conn: psycopg.Connection[Any], number: str) -> Node:
    lines = granted(conn, [number])
    if not lines:
        raise NotFound(
            f"没有文号为 {number} 的转移支付",
            rule="资金按上级文号追踪（财办〔2022〕36号）",
            hint="请核对文号；尚未审核登记的文件还没有资金",
            details={"doc_no": number},
        )
    return _tree(conn, standing_forms(conn, [number])[number], lines)


def _tree(conn: psycopg.Connection[Any], number: str, lines: Sequence[Granted]) -> Node:
    held = {(one.line.rec_div_code, one.line.source_no) for one in lines}
    quotas = [
        quota
        for quota in quotas_of_sources(conn, [source for _, source in held])
        if (quota.mof_div_code, quota.sup_bgt_doc_no) in held
    ]
    ids = [quota.bgt_id for quota in quotas]
    balances = quota_balances(conn, ids)
    paid = _by(paid_by_payee(conn, ids), lambda row: row.bgt_id)
    nodes = _by(
        ((q, _quota(q, balances[q.bgt_id], paid.get(q.bgt_id, ()))) for q in quotas),
        lambda pair: pair[0].mof_div_code,
    )
    waiting: dict[str, list[Node]] = defaultdict(list)
    back = came_back(conn, both_forms(source for _, source in held))
    for region, source in sorted(held):
        waiting[region] += rest(_BACK, -back.get((region, source), 0))
    for one in stages(conn, [source for _, source in held], list(_WAITING)):
        if (one.mof_div_code, one.sup_bgt_doc_no) in held:
            waiting[one.mof_div_code] += rest(_WAITING[one.account], one.fen)
    return _source(number, lines, nodes, waiting)


def _by(items: Iterable[Any], key: Any) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


Quotas = Mapping[str, Sequence[tuple["Quota", Node]]]


def _source(
    number: str, lines: Sequence[Granted], quotas: Quotas, waiting: Mapping[str, Sequence[Node]]
) -> Node:
    receivers = {one.line.rec_div_code for one in lines}
    first = [one for one in lines if one.line.giver_div_code not in receivers]
    parts = [
        _region(
            region,
            lines,
            [node for _, node in quotas.get(region, ())],
            [
                *rest(_GONE, _given_back(one for one in first if one.line.rec_div_code == region)),
                *waiting.get(region, ()),
            ],
        )
        for region in dict.fromkeys(one.line.rec_div_code for one in lines)
    ]
    facts = {
        "title": first[0].title,
        "given_by": regions.name_of(first[0].line.giver_div_code),
        "received_on": min(one.effective_on for one in first),
        "registered_by": first[0].registered_by,
        "cash_fen": sum(one.cash_fen for one in first),
        "given_back_fen": _given_back(first),
        "taken_back_fen": sum(one.line.taken_back_fen for one in first),
        "is_direct_fund": first[0].line.is_direct_fund,
        "income_codes": sorted({one.line.rev_func_code for one in first}),
    }
    return Node("source", number, first[0].title, sum(one.net_fen for one in first), facts, tuple(parts))


def _region(region: str, lines: Sequence[Granted], quotas: Sequence[Node], waiting: Sequence[Node]) -> Node:
    """What a region keeps of the document: quotas, what its own budget holds (`waiting`), what is left.

    What it gave back within the tree is its giver's again; what left the tree is in `waiting`.
    """
    received = [one for one in lines if one.line.rec_div_code == region]
    givers = {one.line.rec_div_code for one in lines}
    kept = sum(one.net_fen for one in received)
    kept -= _given_back(one for one in received if one.line.giver_div_code in givers)
    kept -= sum(one.net_fen - one.given_back_fen for one in lines if one.line.giver_div_code == region)
    held = [*(node for node in quotas if node.amount_fen), *waiting]
    facts = {
        "by": _via(received),
        "received_fen": sum(one.net_fen for one in received),
        "cash_fen": sum(one.cash_fen for one in received),
        "given_back_fen": _given_back(received),
        "taken_back_fen": sum(one.line.taken_back_fen for one in received),
    }
    left = kept - total(held)
    parts = (*held, *rest("未下达" if left > 0 else "超出来源", left))
    return Node("region", region, regions.name_of(region), kept, facts, parts)


def _given_back(lines: Iterable[Granted]) -> int:
    return sum(one.given_back_fen for one in lines)


def _via(received: Sequence[Granted]) -> list[dict[str, object]]:
    """The documents by which a region received it, with day, amount and cash."""
    groups = _by(received, lambda one: one.line.cor_bgt_doc_no)
    return [
        {
            "doc_no": number,
            "effective_on": min(one.effective_on for one in lines),
            "amount_fen": sum(one.net_fen for one in lines),
            "cash_fen": sum(one.cash_fen for one in lines),
            "given_back_fen": _given_back(lines),
        }
        for number, lines in groups.items()
    ]


def _quota(quota: Quota, balance: QuotaBalance, paid: Sequence[PaidTo]) -> Node:
    """A quota: what was paid to whom; what is left, by stage."""
    payees = [
        Node("payee", p.payee_acct_no, p.payee_name, p.paid_fen, {"payment_count": p.payment_count})
        for p in paid
    ]
    stages = {name: fen for field, name in _STAGES.items() if (fen := getattr(balance, field))}
    unpaid = balance.total_fen - balance.paid_fen
    other = balance.paid_fen - total(payees)
    facts = {
        "doc_no": quota.cor_bgt_doc_no,
        "fiscal_year": quota.fiscal_year,
        "agency_code": quota.agency_code,
        "pro_code": quota.pro_code,
        "exp_func_code": quota.exp_func_code,
        "issued_on": quota.issued_on,
        "stages": stages,
    }
    parts = (*payees, *rest("其他列支（核销）", other), *rest("未支付", unpaid, stages=stages))
    name = f"{quota.agency_code} {quota.pro_code}".strip()
    return Node("quota", quota.bgt_id, name, balance.total_fen, facts, parts)


def _with_payments(conn: psycopg.Connection[Any], tree: Node) -> Node:
    """The tree with the single payments of every payee that stands in it."""
    ids = [node.key for node in tree.walk() if node.kind == "quota"]
    rows = [row for row in payments_of_quotas(conn, ids) if row["state"] in _LEFT]
    back = restored(conn, [row["pay_app_no"] for row in rows])
    rows = [{**row, "net_fen": row["amount_fen"] - back.get(row["pay_app_no"], 0)} for row in rows]
    payments = _by(rows, lambda row: (row["bgt_id"], row["payee_name"], row["payee_acct_no"]))
    return _filled(tree, payments, "")


def _filled(
    node: Node, payments: Mapping[tuple[str, str, str], Sequence[dict[str, Any]]], quota: str
) -> Node:
    if node.kind == "payee":
        rows = payments.get((quota, node.name, node.key), ())
        return replace(node, parts=tuple(_payment(row) for row in rows if row["net_fen"]))
    below = node.key if node.kind == "quota" else quota
    return replace(node, parts=tuple(_filled(part, payments, below) for part in node.parts))


def _payment(row: Mapping[str, Any]) -> Node:
    facts = {name: row[name] for name in ("pay_cert_no", "paid_on", "refunded_fen", "state")}
    return Node("payment", row["pay_app_no"], row["purpose"], row["net_fen"], facts)
