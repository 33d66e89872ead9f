"""Reading payments: one of them whole, those of a quota, those of a day, and what is under way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from fisc.documents import NotFound, findings, select
from fisc.documents.detail import steps_of
from fisc.documents.kind import is_told
from fisc.registry.open_books import require_kept
from fisc.registry.rows import Table, names
from fisc.treasury.kinds import PAYMENT, REFUND, RETURN
from fisc.treasury.services.certificates import numbers_of

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]


def payment(conn: Conn, number: str) -> dict[str, Any]:
    """A payment by application or certificate number (one that came back too), with its history.

    Keys: the standard's names, `trail` (steps), `returns`, `refunds`, `findings`, `refunded_fen`.
    Raises NotFound.
    """
    found = select(
        conn, PAYMENT,
        "where t.doc_key = %(n)s or t.pay_cert_no = %(n)s or t.doc_key = "
        "(select pay_app_no from treasury_return where pay_cert_no = %(n)s) limit 1",
        {"n": number},
    )  # fmt: skip
    if not found:
        raise NotFound(
            f"没有支付 {number}", rule="支付以申请号或凭证号为准", hint="请核对号码", details={"key": number}
        )
    row = {**PAYMENT.shown(found[0]), "trail": steps_of(PAYMENT, found[0].trail)}
    for name, table in (("returns", RETURN), ("refunds", REFUND)):
        row[name] = _of_payment(conn, table, found[0].pay_app_no)
    named = [found[0].pay_app_no, *numbers_of(found[0])]
    row["findings"] = findings.recorded(conn, documents=named, states=())
    row["refunded_fen"] = sum(refund["amount_fen"] for refund in row["refunds"])
    return row


def show_payments(conn: Conn, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """`payment` for each of these numbers, without what only programs can read. Raises NotFound."""
    return [_readable(payment(conn, number)) for number in numbers]


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if is_told(name)}
    for name in ("returns", "refunds"):
        told[name] = [{n: value for n, value in line.items() if is_told(n)} for line in row[name]]
    for refund in told["refunds"]:
        refund["trail"] = steps_of(REFUND, refund["trail"])
    return {**told, "findings": [one.finding for one in row["findings"]]}


def _of_payment(conn: Conn, table: Table, pay_app_no: str) -> list[dict[str, Any]]:
    statement = sql.SQL("select {} from {} where pay_app_no = %s order by id").format(
        names(table.all_columns), sql.Identifier(table.table)
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, [pay_app_no]).fetchall()


def payments_of_quotas(conn: Conn, bgt_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The payments of these quotas, by quota and number; `refunded_fen` is what came back of each."""
    where: Final = "where t.bgt_id = any(%s) order by t.bgt_id, t.doc_key"
    return _with_refunded(conn, select(conn, PAYMENT, where, [list(bgt_ids)]))


def returned_between(conn: Conn, first: date, last: date) -> set[str]:
    """The certificates that banks sent back unpaid from one day to another, both included."""
    asked = "select pay_cert_no from treasury_return where returned_on between %s and %s"
    return {row[0] for row in conn.execute(asked, [first, last])}


def payments_on(conn: Conn, region: str, day: date) -> list[dict[str, Any]]:
    """What a region paid on a day, by number."""
    where: Final = "where t.mof_div_code = %s and t.paid_on = %s order by t.doc_key"
    return _with_refunded(conn, select(conn, PAYMENT, where, [region, day]))


def papers_of_payments(conn: Conn, pay_app_nos: Sequence[str]) -> dict[str, list[int]]:
    """The ledger's documents of payments, by application: of the payment itself and of its refunds."""
    found: dict[str, list[int]] = {}
    for number, paper in conn.execute(
        "select doc_key, id from treasury_payment where doc_key = any(%(n)s) union all "
        "select pay_app_no, id from treasury_refund where pay_app_no = any(%(n)s)",
        {"n": list(pay_app_nos)},
    ):
        found.setdefault(number, []).append(paper)
    return found


def _with_refunded(conn: Conn, payments: Sequence[Payment]) -> list[dict[str, Any]]:
    """Payments as they are shown, with what came back of each."""
    rows = conn.execute(
        "select pay_app_no, sum(amount_fen)::bigint from treasury_refund where pay_app_no = any(%s) "
        "group by 1",
        [[payment.pay_app_no for payment in payments]],
    )
    came: dict[str, int] = dict(rows.fetchall())
    return [
        {**PAYMENT.shown(payment), "refunded_fen": came.get(payment.pay_app_no, 0)} for payment in payments
    ]


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
    """What of a region is under way at the end of `on`, by number; as it stands for later days too.

    Raises NoBooks.
    """
    require_kept(conn, region, on.year)
    asked = {"region": region, "on": on}
    at_bank: Final = (
        f"where t.mof_div_code = %(region)s and {_NOT_CLEARED} and t.sent_on <= %(on)s and (t.state = 'sent' "
        "or (t.state in ('paid', 'cleared') and t.paid_on > %(on)s)) order by t.doc_key"
    )
    not_cleared: Final = (
        f"where t.mof_div_code = %(region)s and {_NOT_CLEARED} and t.paid_on <= %(on)s order by t.doc_key"
    )
    return InTransit(
        _shown(select(conn, PAYMENT, at_bank, asked)), _shown(select(conn, PAYMENT, not_cleared, asked))
    )


def _shown(payments: Iterable[Payment]) -> list[dict[str, Any]]:
    return [PAYMENT.shown(payment) for payment in payments]


#: Sent, and not cleared by the end of the day; written as the indexes have it.
_NOT_CLEARED: Final = "((t.sent_on is not null and t.act_lqd_date is null) or t.act_lqd_date > %(on)s)"
