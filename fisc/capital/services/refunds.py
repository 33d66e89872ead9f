"""What came back of an injection's payment: the equity goes back with it, in red."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fisc.budget import services as budget
from fisc.capital import rules
from fisc.capital.codes import SECTOR, terms
from fisc.capital.kinds import INJECTION, REFUND
from fisc.capital.services.lines import line_of, require_left
from fisc.capital.services.shared import Conn, Row
from fisc.documents import NotFound, WrongState, advance, make, read
from fisc.documents.refusals import refuse_each
from fisc.kernel import Entry, FiscError
from fisc.kernel.posting import in_transaction
from fisc.treasury import services as treasury

if TYPE_CHECKING:
    from fisc.capital import models


@dataclass(frozen=True, slots=True)
class InjectionRefund:
    """A refund that the treasury has recorded, and the use line that it takes back from."""

    refund_no: str
    injection_no: str
    line_no: int


def record_refunds(
    conn: Conn, refunds: Sequence[InjectionRefund], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Take back the equity, and the project it was for, of refunds the treasury has recorded: True where new.

    Raises NotFound (no such refund of the injection's payment, no such line), WrongState (equity not
    recognised), RuleBroken (more than the line has left); then none is posted.
    """
    return in_transaction(conn, lambda: _record(conn, refunds, by, reviewed_by, on))


def _record(conn: Conn, given: Sequence[InjectionRefund], by: str, reviewed_by: str, on: date) -> list[bool]:
    found = {row.doc_key: row for row in read(conn, INJECTION, [r.injection_no for r in given])}
    known = _refunds_of(conn, found.values())
    refuse_each(x for r in given for x in _unknown(r, found[r.injection_no], known.get(r.refund_no)))
    rows = [_row(r, found[r.injection_no], known[r.refund_no]) for r in given]
    is_new = make(conn, REFUND, rows, by=by, on=on)
    fresh = [r for r, new in zip(given, is_new, strict=True) if new]
    require_left(conn, [(f"{r.refund_no} 退回", r.injection_no, r.line_no) for r in fresh])
    codings = budget.quota_codings(conn, [row.bgt_id for row in found.values()])

    def posts(document: models.InjectionRefund) -> list[Entry]:
        injection = found[document.injection_no]
        line = line_of(injection, document.line_no)
        if line is None:
            return []
        sector = terms(SECTOR, injection.fiscal_year).get(line.sector, "")
        return [rules.refunded(injection, codings[injection.bgt_id], document, line, sector)]

    advance(conn, REFUND, [r.refund_no for r in given], "confirm", by=reviewed_by, on=on, posts=posts)
    return is_new


def _refunds_of(conn: Conn, injections: Iterable[models.Injection]) -> dict[str, Row]:
    """The treasury's refunds of the injections' payments, by number: refunds are few."""
    return {
        refund["doc_key"]: refund
        for row in injections
        if row.state == "invested"
        for refund in treasury.payment(conn, row.pay_app_no)["refunds"]
    }


def _unknown(r: InjectionRefund, injection: models.Injection, refund: Row | None) -> Iterator[FiscError]:
    what = f"注资单 {r.injection_no} 的退款 {r.refund_no}"
    if injection.state != "invested":
        yield WrongState(
            f"{what}：注资尚未确认股权",
            rule="先确认股权、后退回（财库〔2015〕192号 T26）",
            hint="请先确认股权",
        )
    elif refund is None or line_of(injection, r.line_no) is None:
        yield NotFound(
            f"{what}：国库没有这笔退款，或没有第 {r.line_no} 行用途",
            rule="注资退回以国库登记的退款为准",
            hint="请先登记退款，并核对退款号与用途行号",
        )


def _row(r: InjectionRefund, injection: models.Injection, refund: Row) -> dict[str, object]:
    return {
        "doc_key": r.refund_no, "mof_div_code": injection.mof_div_code,
        "fiscal_year": refund["refunded_on"].year, "injection_no": r.injection_no, "line_no": r.line_no,
        "amount_fen": refund["amount_fen"], "refunded_on": refund["refunded_on"],
    }  # fmt: skip
