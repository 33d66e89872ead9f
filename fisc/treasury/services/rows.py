"""Payments as rows: found by application or certificate number, and as their entries need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from fisc.documents import NotFound
from fisc.kernel import Coding, codings_of
from fisc.treasury.rules.payments import Held

Conn = psycopg.Connection[Any]
Row = Mapping[str, Any]

#: What entries need of a payment.
HELD = ("doc_key", "mof_div_code", "fiscal_year", "amount_fen", "stage", "pay_type", "coding_id", "purpose")


def of_certificates(
    conn: Conn, pay_cert_nos: Iterable[str], columns: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """pay_cert_no -> its payment; certificates that are not in force are not among them.

    They stay locked until the end of the transaction: what was seen is still so when they move.
    """
    names = ", ".join(dict.fromkeys(("pay_cert_no", "doc_key", "state", *columns)))
    statement = (
        f"select {names} from treasury_payment where pay_cert_no = any(%s) order by doc_key for update"
    ).encode()
    with conn.cursor(row_factory=dict_row) as cursor:
        return {row["pay_cert_no"]: row for row in cursor.execute(statement, [list(set(pay_cert_nos))])}


def returned_certificates(conn: Conn, pay_cert_nos: Iterable[str]) -> dict[str, dict[str, Any]]:
    """pay_cert_no -> what the bank said when it returned it."""
    wanted = list(pay_cert_nos)
    if not wanted:
        return {}
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("select * from treasury_return where pay_cert_no = any(%s)", [wanted])
        return {row["pay_cert_no"]: row for row in rows}


def unknown_certificate(pay_cert_no: str) -> NotFound:
    """The refusal of a certificate number that was never issued."""
    return NotFound(
        f"没有支付凭证 {pay_cert_no}",
        rule="银行只按财政部门签发的支付凭证付款（国库集中支付）",
        hint="请核对凭证号；若银行已付款，请登记为差错并与银行核对",
        details={"pay_cert_no": pay_cert_no},
    )


def held(conn: Conn, rows: Sequence[Row]) -> list[Held]:
    """Payments as their entries need them."""
    blocks: dict[int, Coding] = codings_of(conn, (row["coding_id"] for row in rows))
    return [
        Held(row["doc_key"], row["mof_div_code"], row["amount_fen"], row["stage"], row["pay_type"],
             blocks[row["coding_id"]], row["purpose"])
        for row in rows
    ]  # fmt: skip
