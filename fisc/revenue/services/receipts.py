"""Shared receipts and refunds: recorded in full, divided among the levels, each of ours in its books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fisc.documents import Kind, RuleBroken, advance, findings, make, taken, write_lines
from fisc.documents.editions import booked, current, fresh, move_last
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import listed
from fisc.documents.store import By
from fisc.kernel import post
from fisc.kernel.findings import Finding
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, regions
from fisc.registry.value_lists import values
from fisc.revenue import rules
from fisc.revenue.kinds import RECEIPT, REFUND, SHARES, SHARING
from fisc.revenue.services.asking import Amount, require_one_paper, require_received, require_usual
from fisc.revenue.services.common import (
    Conn,
    Source,
    claim_days,
    require_kinds,
    require_leaves,
    require_past,
    require_positive,
    require_sources,
)
from fisc.revenue.services.running import divide
from fisc.revenue.sharing import LEVEL_NAMES, LevelAmount, require_whole, rules_in_force, split

if TYPE_CHECKING:
    from fisc.revenue.models import Receipt, Refund

#: How a receipt or a refund is divided among the levels.
Shares = tuple[LevelAmount, ...]
#: 留抵退税 and every other refund.
#: Kinds of refund by code: what the registry says.
REFUND_KINDS = values()["refund_kind"]
#: Where tax credit is refunded from (收入分类: 增值税留抵退税 and the transfers between levels for it).
CREDIT_CODES = ("101010136", "101010137", "101010138")


@dataclass(frozen=True, slots=True)
class GrossReceipt:
    """A receipt for all levels together, collected in `mof_div_code` (a city's own level or a banner).

    `confirm_reason`: why an amount that was asked about is right.
    """

    receipt_no: str
    mof_div_code: str
    received_on: date
    rev_func_code: str
    fund_type_code: str
    gross_fen: int
    confirm_reason: str = ""


@dataclass(frozen=True, slots=True)
class TaxRefund:
    """A refund in full; `kind` is `credit` (留抵退税) or `other`.

    `payee_name`, `payee_acct_no`: whom it goes to; the bank's booking is matched with it. Without a name only
    a booking that bears its number is. `confirm_reason`: why what was asked about is right, and by which
    paper the money had come in.
    """

    refund_no: str
    mof_div_code: str
    refunded_on: date
    rev_func_code: str
    full_fen: int
    source: Source
    kind: Annotated[str, OneOf(REFUND_KINDS)] = "credit"
    fund_type_code: str = "111"
    payee_name: str = ""
    payee_acct_no: str = ""
    confirm_reason: str = ""


@dataclass(frozen=True, slots=True)
class LevelPart:
    """What a level gets of what is shared, in basis points; `own` is whichever level collects."""

    level: Annotated[str, OneOf(LEVEL_NAMES)]
    share_bp: int


@dataclass(frozen=True, slots=True)
class SharingOrder:
    """What a document of the fiscal system says of a code in a jurisdiction.

    `jurisdiction` are leading digits: 1506 a city and its banners, 150600 its own level, 150602 a banner.
    """

    jurisdiction: str
    rev_func_code: str
    valid_from: date
    shares: tuple[LevelPart, ...]
    source: Source

    @property
    def key(self) -> str:
        """The number of its document."""
        return f"{self.jurisdiction}-{self.rev_func_code}-{self.valid_from:%Y%m%d}"


def record_receipts(conn: Conn, receipts: Sequence[GrossReceipt], *, by: By, on: date) -> list[bool]:
    """Record gross receipts; True for each that is new. Posting waits for another person.

    Raises NotFound for unknown codes, RuleBroken for amounts not above zero, a day still to come, codes
    that have finer ones or are no own revenue, DuplicateConflict where a number stands with other content.
    """
    require_positive([(r.receipt_no, r.gross_fen) for r in receipts], "入库金额")
    require_past(((r.receipt_no, r.received_on) for r in receipts), on)
    require_leaves((r.rev_func_code, r.received_on.year, r.fund_type_code) for r in receipts)
    for code, fund in {(r.rev_func_code, r.fund_type_code) for r in receipts}:
        rules.require_own_revenue(code, fund)
    rows = [RECEIPT.row(r, doc_key=r.receipt_no, fiscal_year=r.received_on.year) for r in receipts]
    rows = fresh(conn, RECEIPT, rows)
    notes = require_usual(conn, (_amount(row, "gross_fen") for row in rows))
    return in_transaction(conn, lambda: _noted(conn, make(conn, RECEIPT, rows, by=by, on=on), notes, on))


def confirm_receipts(conn: Conn, receipt_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Divide recorded receipts and post each of our levels' shares: True where posted now.

    Odd fen fall where all that the year shared of the code comes nearest to the exact shares.
    The shares of centre and region stand as rows. Raises NotFound, WrongState, FourEyes, and RuleBroken
    where no rule of sharing fits or the day's code came in by a daily report; then nothing is posted.
    """

    def work() -> list[bool]:
        numbers = current(conn, RECEIPT, receipt_nos)
        moved = advance(conn, RECEIPT, numbers, "confirm", by=by, on=on)
        divided = divide(conn, [(r, r.received_on, r.gross_fen) for r in moved])
        _keep(conn, RECEIPT, divided)
        claim_days(conn, [day for r, shares in divided for day in _days(r, r.received_on, shares)], "receipt")
        entries = [entry for r, shares in divided for entry in rules.shared(r, shares)]
        post(conn, booked(conn, RECEIPT, entries))
        return taken(numbers, moved)

    return in_transaction(conn, work)


def record_refunds(conn: Conn, refunds: Sequence[TaxRefund], *, by: By, on: date) -> list[bool]:
    """Record refunds, each with its paper; True for each that is new.

    The amount borne below the centre is kept beside the full amount. Raises RuleBroken for refunds
    without a paper, not above zero, of no known kind, or of tax credit on another code, and what `asking`
    asks about, such as a paper by which the same was refunded.
    """
    require_sources((r.refund_no, r.source) for r in refunds)
    require_positive([(r.refund_no, r.full_fen) for r in refunds], "退税额")
    require_kinds([(r.refund_no, r.kind) for r in refunds], REFUND_KINDS, "退库种类")
    require_past(((r.refund_no, r.refunded_on) for r in refunds), on)
    _require_credit_codes(refunds)
    require_leaves((r.rev_func_code, r.refunded_on.year, r.fund_type_code) for r in refunds)
    given = rules_in_force(conn)
    rows = [
        {"doc_key": r.refund_no, "mof_div_code": r.mof_div_code, "fiscal_year": r.refunded_on.year,
         "refunded_on": r.refunded_on, "kind": r.kind, "rev_func_code": r.rev_func_code,
         "fund_type_code": r.fund_type_code, "full_fen": r.full_fen,
         "local_fen": _local(split(r.full_fen, r.rev_func_code, r.mof_div_code, r.refunded_on, given)),
         "payee_name": r.payee_name, "payee_acct_no": r.payee_acct_no,
         "confirm_reason": r.confirm_reason, **r.source.columns()}
        for r in refunds
    ]  # fmt: skip
    rows = fresh(conn, REFUND, rows)
    notes = require_usual(conn, (_amount(row, "full_fen") for row in rows))
    require_one_paper(conn, rows)
    return in_transaction(conn, lambda: _noted(conn, make(conn, REFUND, rows, by=by, on=on), notes, on))


def _noted(conn: Conn, is_new: list[bool], notes: Iterable[Finding], on: date) -> list[bool]:
    findings.record(conn, notes, on=on)
    return is_new


def confirm_refunds(conn: Conn, refund_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Post recorded refunds, red for our levels' shares (T02), in full as a statistic: True where posted now.

    Raises NotFound, WrongState, FourEyes, RuleBroken as `confirm_receipts`, and where a code never received
    what is paid back; then nothing is posted.
    """

    def work() -> list[bool]:
        numbers = current(conn, REFUND, refund_nos)
        moved = advance(conn, REFUND, numbers, "confirm", by=by, on=on)
        divided = divide(conn, [(r, r.refunded_on, -r.full_fen) for r in moved])
        _require_same_share(divided)
        require_received(conn, divided)
        _keep(conn, REFUND, divided)
        claim_days(conn, [day for r, shares in divided for day in _days(r, r.refunded_on, shares)], "refund")
        entries = [entry for r, shares in divided for entry in rules.refunded(r, shares)]
        post(conn, booked(conn, REFUND, entries))
        return taken(numbers, moved)

    return in_transaction(conn, work)


def record_sharing(
    conn: Conn, orders: Sequence[SharingOrder], *, region: str, by: By, on: date
) -> dict[str, bool]:
    """Record how codes are shared, from documents of the fiscal system: key -> whether it is new, in order.

    `region` is the government whose rule it is. Raises RuleBroken for shares that are not a whole, for
    jurisdictions or codes nobody knows, or without a paper.
    """
    keys = [o.key for o in orders]
    require_sources(zip(keys, (o.source for o in orders), strict=True))
    _require_orders(orders)
    rows = [
        {"doc_key": key, "mof_div_code": region, "fiscal_year": o.valid_from.year,
         "jurisdiction": o.jurisdiction, "rev_func_code": o.rev_func_code, "valid_from": o.valid_from,
         "shares": _whole(o), **o.source.columns()}
        for key, o in zip(keys, orders, strict=True)
    ]  # fmt: skip
    rows = fresh(conn, SHARING, rows)
    is_new = make(conn, SHARING, rows, by=by, on=on)
    return dict(zip((str(row["doc_key"]) for row in rows), is_new, strict=True))


def _whole(order: SharingOrder) -> list[list[str | int]]:
    return [
        [level, share_bp] for level, share_bp in require_whole((s.level, s.share_bp) for s in order.shares)
    ]


def confirm_sharing(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Bring recorded rules of sharing into force: True where now. They outrank the shipped ones."""
    return move_last(conn, SHARING, doc_keys, "confirm", by=by, on=on)


def level_shares(conn: Conn, doc_kind: str, doc_keys: Sequence[str]) -> dict[str, list[LevelAmount]]:
    """How receipts (`receipt`) or refunds (`refund`) were divided: document number -> levels from the top."""
    found: dict[str, list[LevelAmount]] = {key: [] for key in doc_keys}
    for key, *share in conn.execute(
        "select doc_key, level, to_div_code, amount_fen from revenue_level_share "
        "where doc_kind = %s and doc_key = any(%s) order by doc_key, id",
        [doc_kind, list(doc_keys)],
    ):
        found[key].append(LevelAmount(*share))
    return found


def _amount(row: Mapping[str, Any], column: str) -> Amount:
    return Amount(
        row["doc_key"], row["mof_div_code"], row["fiscal_year"], row["fund_type_code"], row["rev_func_code"],
        row[column], row["confirm_reason"],
    )  # fmt: skip


def _require_orders(orders: Sequence[SharingOrder]) -> None:
    """A rule speaks of a revenue code of some year and of divisions that there are."""
    bad = [
        f"{o.jurisdiction} {o.rev_func_code}" for o in orders
        if not classifications.years_of("rev_func", o.rev_func_code)
        or not regions.is_jurisdiction(o.jurisdiction)
    ]  # fmt: skip
    if bad:
        raise RuleBroken(
            f"分成办法 {listed(bad)} 的适用区划或收入分类没有登记",
            rule="分成办法只对登记的区划和收入分类作出规定",
            hint="适用区划写区划代码的前几位，收入分类用 fisc registry list rev_func 核对",
            details={"keys": bad[:20], "refused": len(bad)},
        )


def _require_credit_codes(refunds: Sequence[TaxRefund]) -> None:
    wrong = [r for r in refunds if (r.kind == "credit") != (r.rev_func_code in CREDIT_CODES)]
    if wrong:
        raise RuleBroken(
            f"{wrong[0].refund_no} 的退库种类“{REFUND_KINDS[wrong[0].kind]}”与收入分类 "
            f"{wrong[0].rev_func_code} 不符",
            rule="留抵退税列增值税留抵退税科目（政府收支分类科目），其他退库列原收入分类",
            hint=f"{wrong[0].rev_func_code} 的退库，种类应为“{REFUND_KINDS[_fitting(wrong[0])]}”"
            f"（kind 写 {_fitting(wrong[0])}）；种类无误的，请核对科目",
            details={"keys": [r.refund_no for r in wrong[:20]], "refused": len(wrong)},
        )


def _fitting(one: TaxRefund) -> str:
    """The kind of refund that is made from the code of one."""
    return "credit" if one.rev_func_code in CREDIT_CODES else "other"


def _require_same_share(divided: Iterable[tuple[Refund, Shares]]) -> None:
    """A refund is posted as it was recorded: a rule of sharing changed in between is a new decision.

    Of the odd fen, what was shared before decides: each level may bear one more or less than recorded.
    """
    changed = [
        refund.doc_key for refund, shares in divided
        if abs(-_local(shares) - refund.local_fen) >= max(len(shares), 2)
    ]  # fmt: skip
    if changed:
        raise RuleBroken(
            f"{changed[0]} 登记以后分成办法变了，地方负担额与登记时不同",
            rule="核对入账须与登记内容一致",
            hint="请按新的办法另行登记",
            details={"keys": changed[:20], "refused": len(changed)},
        )


def _local(shares: Iterable[LevelAmount]) -> int:
    return sum(share.amount_fen for share in shares if share.level != "centre")


def _keep(conn: Conn, kind: Kind[Any], divided: Iterable[tuple[Receipt | Refund, Shares]]) -> None:
    write_lines(conn, SHARES, (
        SHARES.row(share, **SHARES.mark(kind), doc_key=document.doc_key, mof_div_code=document.mof_div_code)
        for document, shares in divided for share in shares
    ))  # fmt: skip


def _days(document: Receipt | Refund, on: date, shares: Shares) -> Iterable[tuple[str, date, str, str]]:
    for share in shares:
        if share.level in rules.OUR_LEVELS:
            yield (share.to_div_code, on, document.rev_func_code, document.fund_type_code)
