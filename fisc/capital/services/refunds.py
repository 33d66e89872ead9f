"""What came back of an injection's payment: the equity goes back with it, in red."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fisc.budget import services as budget
from fisc.capital import rules
from fisc.capital.codes import SECTOR, terms
from fisc.capital.kinds import REFUND
from fisc.capital.services.lines import injections_of, line_of, require_left
from fisc.capital.services.shared import Conn, Row
from fisc.documents import NotFound, WrongState, advance, make, move, read, taken
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
    """Draft and confirm what came back of injections: True where new. Raises as the two steps do."""

    def work() -> list[bool]:
        is_new = draft_refunds(conn, refunds, by=by, on=on)
        confirm_refunds(conn, [r.refund_no for r in refunds], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


def draft_refunds(conn: Conn, refunds: Sequence[InjectionRefund], *, by: str, on: date) -> list[bool]:
    """Draft refunds the treasury has recorded, with the use line each takes back from: True where new.

    Raises NotFound (no such refund of the injection's payment, no such line), WrongState (equity not
    recognised), RuleBroken (more than the line has left).
    """

    def work() -> list[bool]:
        found = injections_of(conn, refunds)
        known = _refunds_of(conn, found.values())
        refuse_each(
            x for r in refunds
            for x in _unknown(r.refund_no, r, found[r.injection_no], known.get(r.refund_no))
        )  # fmt: skip
        rows = [_row(r, found[r.injection_no], known[r.refund_no]) for r in refunds]
        is_new = make(conn, REFUND, rows, by=by, on=on)
        require_left(conn, [_taken_from(r.refund_no, r)
                            for r, new in zip(refunds, is_new, strict=True) if new])  # fmt: skip
        return is_new

    return in_transaction(conn, work)


def confirm_refunds(conn: Conn, refund_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Take back the equity, and the project it was for, of drafted refunds: True where now.

    Raises NotFound, WrongState, FourEyes, MissingDuty, RuleBroken; then none is posted.
    """

    def work() -> list[bool]:
        drafted = read(conn, REFUND, refund_nos)
        found = injections_of(conn, drafted)
        known = _refunds_of(conn, found.values())
        refuse_each(
            x for r in drafted for x in _unknown(r.doc_key, r, found[r.injection_no], known.get(r.doc_key))
        )
        require_left(conn, [_taken_from(r.doc_key, r) for r in drafted if r.state == REFUND.flow.initial])
        codings = budget.quota_codings(conn, [row.bgt_id for row in found.values()])

        def posts(document: models.InjectionRefund) -> list[Entry]:
            injection = found[document.injection_no]
            line = line_of(injection, document.line_no)
            if line is None:
                return []
            sector = terms(SECTOR, injection.fiscal_year).get(line.sector, "")
            return [rules.refunded(injection, codings[injection.bgt_id], document, line, sector)]

        moved = advance(conn, REFUND, refund_nos, "confirm", by=by, on=on, posts=posts)
        return taken(refund_nos, moved)

    return in_transaction(conn, work)


def discard_refunds(conn: Conn, refund_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Give drafted refunds up: True where given up now. Raises NotFound, WrongState, MissingDuty."""
    return move(conn, REFUND, refund_nos, "discard", by=by, on=on)


def _taken_from(number: str, r: InjectionRefund | models.InjectionRefund) -> tuple[str, str, int]:
    return (f"{number} 退回", r.injection_no, r.line_no)


def _refunds_of(conn: Conn, injections: Iterable[models.Injection]) -> dict[str, Row]:
    """The treasury's refunds of the injections' payments, by number: refunds are few."""
    return {
        refund["doc_key"]: refund
        for row in injections
        if row.state == "invested"
        for refund in treasury.payment(conn, row.pay_app_no)["refunds"]
    }


def _unknown(
    number: str, r: InjectionRefund | models.InjectionRefund, injection: models.Injection, refund: Row | None
) -> Iterator[FiscError]:
    what = f"注资单 {r.injection_no} 的退款 {number}"
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
