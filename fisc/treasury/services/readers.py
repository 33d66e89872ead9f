"""Reading payments: one of them whole, those of a quota, those of a day, and what is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from fisc.documents import NotFound, findings

Conn = psycopg.Connection[Any]

_COLUMNS = (
    "doc_key as pay_app_no, pay_cert_no, mof_div_code, fiscal_year, state, bgt_id, agency_code, "
    "fund_type_code, coding_id, amount_fen, pay_type, stage, set_mode_code, contract_no, payroll_line, "
    "payee_name, payee_acct_no, payee_bank_no, purpose, agent_bank_no, voucher_digest, message_id, "
    "sent_on, agent_business_no, paid_on, lqd_cert_no, act_lqd_date"
)


def payment(conn: Conn, number: str) -> dict[str, Any]:
    """A payment by application or certificate number (one that came back too), with its history.

    Keys: the standard's names, `trail` (steps), `returns`, `refunds`, `findings`, `refunded_fen`.
    Raises NotFound.
    """
    found = _rows(
        conn,
        "where doc_key = %(n)s or pay_cert_no = %(n)s or doc_key = "
        "(select pay_app_no from treasury_return where pay_cert_no = %(n)s) limit 1",
        {"n": number},
        more=", trail",
    )
    if not found:
        raise NotFound(
            f"没有支付 {number}", rule="支付以申请号或凭证号为准", hint="请核对号码", details={"key": number}
        )
    row = found[0]
    for name in ("return", "refund"):
        table = f"treasury_{name}"
        row[f"{name}s"] = _of_payment(conn, table, row["pay_app_no"])
    row["findings"] = findings.recorded(conn, documents=[row["pay_app_no"]], states=())
    row["refunded_fen"] = sum(refund["amount_fen"] for refund in row["refunds"])
    return row


def _rows(conn: Conn, where: str, parameters: Any, more: str = "") -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        statement = f"select {_COLUMNS}{more} from treasury_payment {where}"
        return cursor.execute(statement.encode(), parameters).fetchall()


def _of_payment(conn: Conn, table: str, pay_app_no: str) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        statement = f"select * from {table} where pay_app_no = %s order by id"
        return cursor.execute(statement.encode(), [pay_app_no]).fetchall()


def payments_of_quotas(conn: Conn, bgt_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The payments of these quotas, by quota and number; `refunded_fen` is what came back of each."""
    return _rows(conn, "where bgt_id = any(%s) order by bgt_id, doc_key", [list(bgt_ids)], _REFUNDED)


def payments_on(conn: Conn, region: str, day: date) -> list[dict[str, Any]]:
    """What a region paid on a day, by number."""
    return _rows(conn, "where mof_div_code = %s and paid_on = %s order by doc_key", [region, day], _REFUNDED)


_REFUNDED = (
    ", (select coalesce(sum(r.amount_fen), 0)::bigint from treasury_refund r "
    "where r.pay_app_no = treasury_payment.doc_key) as refunded_fen"
)


@dataclass(frozen=True, slots=True)
class InTransit:
    """What is under way at the end of a day: with the bank, or paid and not cleared by the treasury."""

    at_bank: list[dict[str, Any]]
    not_cleared: list[dict[str, Any]]

    @property
    def at_bank_fen(self) -> int:
        """Sent to the bank and not answered, in fen."""
        return sum(row["amount_fen"] for row in self.at_bank)

    @property
    def not_cleared_fen(self) -> int:
        """Paid by the bank and not yet moved by the treasury, in fen."""
        return sum(row["amount_fen"] for row in self.not_cleared)


def in_transit(conn: Conn, region: str, on: date) -> InTransit:
    """What of a region is under way at the end of `on`, by number; as it stands for later days too."""
    asked = {"region": region, "on": on}
    at_bank = _rows(
        conn,
        f"where mof_div_code = %(region)s and {_NOT_CLEARED} and sent_on <= %(on)s and (state = 'sent' or "
        "(state in ('paid', 'cleared') and paid_on > %(on)s)) order by doc_key",
        asked,
    )
    not_cleared = _rows(
        conn,
        f"where mof_div_code = %(region)s and {_NOT_CLEARED} and paid_on <= %(on)s order by doc_key",
        asked,
    )
    return InTransit(at_bank, not_cleared)


#: Sent, and not cleared by the end of the day; written as the indexes have it.
_NOT_CLEARED = "((sent_on is not null and act_lqd_date is null) or act_lqd_date > %(on)s)"
