"""A day's reconciliation as a value: classes of difference, items with both sides' keys, the proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple


class Class(NamedTuple):
    """A class of difference: its Chinese name, and whether it is a fault or only a matter of days."""

    name: str
    is_fault: bool


CLASSES: Mapping[str, Class] = {
    "in_transit": Class("在途：已发银行，尚无回单", False),
    "bank_first": Class("在途：银行已入账，回单未到", False),
    "awaiting_statement": Class("在途：已支付或退回，对账单未到", False),
    "refund_awaited": Class("在途：账上已退款，对账单未到", False),
    "awaiting_clearing": Class("在途：已申请划款，国库未划", False),
    "late": Class("逾期未回单", True),
    "paid_twice": Class("重复支付", True),
    "amount_differs": Class("金额不符", True),
    "lines_differ": Class("合计相符，逐笔与凭证不符", True),
    "wrong_payee": Class("收款账号不符", True),
    "no_voucher": Class("银行付款无凭证", True),
    "credit_unexplained": Class("银行收款无依据", True),
    "returned_marked_paid": Class("已退回，账上仍为已支付", True),
    "paid_after_return": Class("账上已退回，银行已支付", True),
    "refund_without_credit": Class("账上已退款，银行未收到", True),
    "paid_not_booked": Class("账上已支付，银行未入账", True),
    "cleared_without_payment": Class("已清算，银行未支付", True),
    "sent_outside": Class("凭证未经报文发送", True),
    "treasury_without_clearing": Class("国库划款无清算凭证", True),
    "clearing_amount_differs": Class("划款金额不符", True),
    "cleared_twice": Class("重复划款", True),
    "clearing_not_executed": Class("划款凭证国库未划款", True),
    "clearing_not_credited": Class("国库已划款，代理银行未收到", True),
    "clearing_astray": Class("划款记入别的银行的账户", True),
    "credit_without_clearing": Class("代理银行收到划款，国库未划", True),
    "document_awaits": Class("在途：收付单据已入账，对账单未到", False),
    "document_unbooked": Class("收付单据已入账，银行未收付", True),
    "document_differs": Class("收付单据与银行金额不符", True),
    "line_unexplained": Class("银行其他收付无依据", True),
    "line_ambiguous": Class("银行收付对应不止一份单据", True),
    "duplicate_message": Class("重复报文：已收过，没有再办理", False),
    "duplicate_receipt": Class("重复回单", True),
    "duplicate_entry": Class("重复入账明细", True),
    "unknown_receipt": Class("回单无对应凭证", True),
    "not_sent": Class("凭证未发送即有回单", True),
    "foreign_receipt": Class("回单所答的报文不符", True),
    "foreign_account": Class("入账账户不是付款账户", True),
    "contradictory": Class("同一回单前后矛盾", True),
    "refused_after_booking": Class("银行已记付出，又报拒绝", True),
    "unknown_status": Class("无法识别的支付状态", True),
    "not_applied": Class("回单未能入账", True),
    "statement_gap": Class("对账单余额不衔接", True),
    "statement_voided": Class("对账单已作废，没有当日的另一份", True),
    "days_untold": Class("其间没有对账单：余额衔接，收付相抵的不能知道", False),
    "account_unstated": Class("账户从未收到对账单，没有核对，不能证明平衡", False),
    "day_unstated": Class("对账单没有当日的余额，不能证明平衡", False),
    "statement_owed": Class("银行未按日送达对账单", True),
    "opening_differs": Class("银行期初余额与账面不同", True),
    "opening_explained": Class("银行期初余额与账面不同，两名人员已说明", False),
    "statement_corrected": Class("对账单已更正，以后一份为准", False),
}


#: What statements do not tell: nothing is proven over it.
_UNTOLD: Final = (
    "statement_gap",
    "statement_voided",
    "account_unstated",
    "day_unstated",
    "opening_differs",
)
#: What is told, and time does not explain.
_NO_TRANSIT: Final = (
    "duplicate_message",
    "statement_corrected",
    "days_untold",
    "account_unstated",
    "day_unstated",
    "opening_explained",
)
#: Of a refund alone: the voucher that it is of was paid as the books say.
OF_REFUNDS: Final = ("refund_awaited", "refund_without_credit")


class Item(NamedTuple):
    """One difference. `ours` and `theirs` are the keys on both sides; amounts are fen, out positive.

    `ours` is a voucher (pay_cert_no), clearing document (lqd_cert_no) or other paper; `theirs` are the
    bank's or treasury's references, joined by a space, or a message number. `since` is the day it began.
    """

    kind: str
    ours: str
    theirs: str
    ours_fen: int
    theirs_fen: int
    since: date
    words: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether somebody must act."""
        return CLASSES[self.kind].is_fault


class Match(NamedTuple):
    """What a document settled: its number and the bank's (several joined by a space), fen, out positive.

    `words` say by what they were matched where no party told; '' where it did.
    """

    document: str
    theirs: str
    line_count: int
    outflow_fen: int
    booked_on: date
    words: str = ""


class Identity(NamedTuple):
    """Left and right side of an equation of sums (fen), each term with its name."""

    name: str
    left: tuple[tuple[str, int], ...]
    right: tuple[tuple[str, int], ...]

    @property
    def gap_fen(self) -> int:
        """Left less right; 0 when it holds."""
        return sum(fen for _, fen in self.left) - sum(fen for _, fen in self.right)


@dataclass(frozen=True, slots=True)
class ReconciliationReport:
    """What the vouchers, the bank and the treasury say about a region up to a day.

    `basis` tells in short on which statements it rests: on others it is another edition.
    """

    region: str
    day: date
    items: tuple[Item, ...]
    identities: tuple[Identity, ...]
    matched_count: int
    matched_fen: int
    matches: tuple[Match, ...] = ()
    basis: str = ""
    document_id: int = 0
    edition: int = 1
    is_new: bool = field(default=True, compare=False)

    @property
    def faults(self) -> tuple[Item, ...]:
        """The items that somebody must act on."""
        return tuple(item for item in self.items if item.is_fault)

    @property
    def in_transit(self) -> tuple[Item, ...]:
        """The items that time explains."""
        return tuple(item for item in self.items if not item.is_fault and item.kind not in _NO_TRANSIT)

    @property
    def is_proven(self) -> bool:
        """Whether every identity holds to the fen, and no statement is missing under it."""
        is_whole = all(item.kind not in _UNTOLD for item in self.items)
        return is_whole and all(identity.gap_fen == 0 for identity in self.identities)

    @property
    def counts(self) -> dict[str, int]:
        """Class -> number of items."""
        return dict(Counter(item.kind for item in self.items))


def payload_of(report: ReconciliationReport) -> dict[str, Any]:
    """The report as JSON values."""
    return {
        "items": [[*item[:5], item.since.isoformat(), item.words] for item in report.items],
        "identities": [[i.name, [list(t) for t in i.left], [list(t) for t in i.right]]
                       for i in report.identities],
        "matched_count": report.matched_count,
        "matched_fen": report.matched_fen,
        "matches": [
            [*m[:4], m.booked_on.isoformat(), *([m.words] if m.words else [])] for m in report.matches
        ],
        "basis": report.basis,
    }  # fmt: skip


def report_of(
    region: str, day: date, recorded: tuple[int, int], payload: Mapping[str, Any]
) -> ReconciliationReport:
    """The report that a recorded document holds; `recorded` is its id and which edition of the day it is."""
    items = (Item(*row)._replace(since=date.fromisoformat(row[5])) for row in payload["items"])
    identities = (
        Identity(name, tuple((t[0], t[1]) for t in left), tuple((t[0], t[1]) for t in right))
        for name, left, right in payload["identities"]
    )
    matches = (
        Match._make((*row[:4], date.fromisoformat(row[4]), *(row[5:] or [""])))
        for row in payload.get("matches", ())
    )
    return ReconciliationReport(
        region, day, tuple(items), tuple(identities), payload["matched_count"], payload["matched_fen"],
        tuple(matches), payload.get("basis", ""),
        *recorded, is_new=False,
    )  # fmt: skip
