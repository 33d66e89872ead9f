"""What stakes yield: shares of results (192-T27), dividends declared (T28) and received (T29).

Where the treasury's daily report has booked the cash of a dividend already, its receipt names the
report, and only the receivable is settled: the money is never income twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from fisc.capital import rules
from fisc.capital.kinds import INCOME
from fisc.capital.services.enterprises import stakes
from fisc.capital.services.shared import (
    Conn,
    Row,
    enterprise_key,
    enterprises_of,
    no_enterprise,
    rows,
)
from fisc.documents import NotFound, RuleBroken, advance, make, move, read, taken
from fisc.documents.refusals import refuse_each
from fisc.kernel import FiscError, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications
from fisc.revenue import services as revenue

if TYPE_CHECKING:
    from fisc.capital import models


@dataclass(frozen=True, slots=True)
class ShareOfResult:
    """The government's share of an enterprise's audited result; below zero for a loss."""

    number: str
    mof_div_code: str
    enterprise_code: str
    amount_fen: int
    evidence_no: str
    happened_on: date
    fund_type_code: str = "13"


@dataclass(frozen=True, slots=True)
class Dividend:
    """A dividend declared for the government, to be paid in by `due_on`."""

    number: str
    mof_div_code: str
    enterprise_code: str
    amount_fen: int
    evidence_no: str
    happened_on: date
    due_on: date
    fund_type_code: str = "13"


@dataclass(frozen=True, slots=True)
class DividendReceipt:
    """What came in of a declared dividend; `daily_report_no` where a daily report has booked the cash."""

    number: str
    declared_no: str
    mof_div_code: str
    enterprise_code: str
    amount_fen: int
    evidence_no: str
    happened_on: date
    rev_func_code: str
    daily_report_no: str = ""
    fund_type_code: str = "13"


Item = ShareOfResult | Dividend | DividendReceipt
_RECEIVED: Final = "received"
_KINDS: Mapping[type, str] = {ShareOfResult: "result", Dividend: "declared", DividendReceipt: _RECEIVED}
#: Revenue classes that profits and dividends of state enterprises are booked under.
STATE_CAPITAL_REVENUE = "10306"


def record_income(conn: Conn, items: Sequence[Item], *, by: str, reviewed_by: str, on: date) -> list[bool]:
    """Record, review and post what stakes yield, all or none: True where new. Raises as the two steps do."""

    def work() -> list[bool]:
        is_new = _draft(conn, items, by=by, on=on)
        confirm_income(conn, [x.number for x in items], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


def draft_results(conn: Conn, results: Sequence[ShareOfResult], *, by: str, on: date) -> list[bool]:
    """Draft shares of results: True where new. Raises NotFound, RuleBroken, DuplicateConflict."""
    return _draft(conn, results, by=by, on=on)


def draft_dividends(conn: Conn, dividends: Sequence[Dividend], *, by: str, on: date) -> list[bool]:
    """Draft declared dividends: True where new. Raises as `draft_results`."""
    return _draft(conn, dividends, by=by, on=on)


def draft_dividend_receipts(
    conn: Conn, receipts: Sequence[DividendReceipt], *, by: str, on: date
) -> list[bool]:
    """Draft what came in of declared dividends: True where new.

    Raises NotFound (enterprise, declaration, daily report), RuleBroken (amount, revenue class, more than
    was declared or reported), DuplicateConflict.
    """
    return _draft(conn, receipts, by=by, on=on)


def _draft(conn: Conn, items: Sequence[Item], *, by: str, on: date) -> list[bool]:
    def work() -> list[bool]:
        _refuse_wrong(conn, [(x.number, _KINDS[type(x)], x) for x in items], on)
        is_new = make(conn, INCOME, [_row(x) for x in items], by=by, on=on)
        fresh = [x.number for x, is_fresh in zip(items, is_new, strict=True) if is_fresh]
        _require_covered(conn, read(conn, INCOME, fresh), ("draft", "posted"))
        return is_new

    return in_transaction(conn, work)


def confirm_income(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Post drafted results, dividends and what came in of them, all or none: True where posted now.

    Raises NotFound, WrongState, FourEyes, MissingDuty, and what the drafts raise.
    """

    def work() -> list[bool]:
        drafted = read(conn, INCOME, doc_keys)
        _refuse_wrong(conn, [(x.doc_key, x.kind, x) for x in drafted], on)
        moved = advance(conn, INCOME, doc_keys, "confirm", by=by, on=on)
        _require_covered(conn, moved, ("posted",))
        post(conn, [rules.income(row) for row in moved])
        _require_borne(conn, moved, on)
        return taken(doc_keys, moved)

    return in_transaction(conn, work)


def _require_borne(conn: Conn, moved: Sequence[models.Income], on: date) -> None:
    """Raise RuleBroken for losses that leave a stake below nothing: more than it stands at is not lost."""
    lost = {
        (x.mof_div_code, x.enterprise_code): x
        for x in moved
        if x.kind == _KINDS[ShareOfResult] and x.amount_fen < 0
    }
    below = [
        (stake, lost[region, stake.enterprise_code])
        for region in sorted({region for region, _ in lost})
        for stake in stakes(conn, region, on)
        if (region, stake.enterprise_code) in lost and stake.book_fen < 0
    ]  # fmt: skip
    refuse_each(
        RuleBroken(
            f"{rules.INCOME_NAMES[x.kind]}单 {x.doc_key}：亏损 {format_fen(-x.amount_fen)} 元，超过企业 "
            f"{stake.enterprise_code} {stake.name} 的账面余额 {format_fen(stake.book_fen - x.amount_fen)} 元",
            rule="权益法下分担亏损，以股权投资账面余额减记至零为限（财库〔2015〕192号 T27）",
            hint="请核对亏损额；超过账面余额的部分不入账，备查登记",
        )
        for stake, x in below
    )


def discard_income(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Give drafts up: True where given up now. Raises NotFound, WrongState, MissingDuty."""
    return move(conn, INCOME, doc_keys, "discard", by=by, on=on)


def _refuse_wrong(conn: Conn, given: Sequence[tuple[str, str, Item | models.Income]], on: date) -> None:
    """`given` are (number, kind, what it says)."""
    known = enterprises_of(conn, [enterprise_key(x.mof_div_code, x.enterprise_code) for _, _, x in given])
    refuse_each(refusal for one in given for refusal in _wrong(*one, known, on))


def _wrong(
    number: str, kind: str, x: Item | models.Income, known: Collection[str], on: date
) -> Iterator[FiscError]:
    what = f"{rules.INCOME_NAMES[kind]}单 {number}"
    if enterprise_key(x.mof_div_code, x.enterprise_code) not in known:
        yield no_enterprise(what, x.enterprise_code)
    is_loss = kind == _KINDS[ShareOfResult] and x.amount_fen < 0
    if (x.amount_fen <= 0 and not is_loss) or not x.evidence_no or x.happened_on > on:
        yield RuleBroken(
            f"{what}：金额 {format_fen(x.amount_fen)} 元、依据“{x.evidence_no}”、日期 {x.happened_on} 不成立",
            rule="股权损益与收益以审计报告、分配决议、缴款凭证入账（财库〔2015〕192号 T27 至 T29）",
            hint="请写明依据与不晚于今天的日期；除亏损外金额为正",
        )
    due_on = getattr(x, "due_on", None)
    if due_on is not None and due_on < x.happened_on:
        yield RuleBroken(
            f"{what}：到期日 {due_on} 早于宣告日 {x.happened_on}",
            rule="股利先宣告、后支付（财库〔2015〕192号 T28）", hint="请核对两个日期",
        )  # fmt: skip
    if kind == _RECEIVED and not _is_state_capital(x):
        yield RuleBroken(
            f"{what}：收入分类 {getattr(x, 'rev_func_code', '')} 不是国有资本经营收入",
            rule="利润、股利、股息列 10306 国有资本经营收入（政府收支分类科目）",
            hint="请用 10306 下的科目",
        )


def _is_state_capital(x: Item | models.Income) -> bool:
    code = getattr(x, "rev_func_code", "")
    known = classifications.lookup("rev_func", code, x.happened_on.year, x.fund_type_code)
    return known is not None and code.startswith(STATE_CAPITAL_REVENUE)


def _row(x: Item) -> dict[str, object]:
    return {
        "doc_key": x.number, "mof_div_code": x.mof_div_code, "fiscal_year": x.happened_on.year,
        "kind": _KINDS[type(x)], "enterprise_code": x.enterprise_code, "amount_fen": x.amount_fen,
        "evidence_no": x.evidence_no, "happened_on": x.happened_on,
        "due_on": x.due_on if isinstance(x, Dividend) else None,
        "declared_no": getattr(x, "declared_no", ""), "rev_func_code": getattr(x, "rev_func_code", ""),
        "daily_report_no": getattr(x, "daily_report_no", ""), "fund_type_code": x.fund_type_code,
    }  # fmt: skip


class DividendPaid(NamedTuple):
    """What came in of a dividend, in fen; `report_no` is the daily report that told of it, or ''."""

    number: str
    happened_on: date
    amount_fen: int
    rev_func_code: str
    report_no: str


@dataclass(frozen=True, slots=True)
class DividendState:
    """A dividend declared, with what came in of it up to a day, in fen."""

    number: str
    enterprise_code: str
    evidence_no: str
    declared_on: date
    due_on: date
    declared_fen: int
    receipts: tuple[DividendPaid, ...]

    @property
    def received_fen(self) -> int:
        """What came in."""
        return sum(fen for _, _, fen, _, _ in self.receipts)


_DECLARED = (
    "select doc_key, enterprise_code, evidence_no, happened_on, due_on, amount_fen from capital_income "
    "where mof_div_code = %s and kind = 'declared' and state = 'posted' and happened_on <= %s "
    "order by happened_on, doc_key"
)
_CAME_IN = (
    "select declared_no, doc_key, happened_on, amount_fen, rev_func_code, daily_report_no "
    "from capital_income where mof_div_code = %s and kind = 'received' and state = 'posted' "
    "and happened_on <= %s order by happened_on, doc_key"
)


def dividends(conn: Conn, mof_div_code: str, on: date) -> list[DividendState]:
    """The dividends declared for a region up to `on`, the earliest first, and what came in of each."""
    came: dict[str, list[DividendPaid]] = {}
    for declared_no, number, day, fen, code, report in conn.execute(_CAME_IN, [mof_div_code, on]):
        came.setdefault(declared_no, []).append(DividendPaid(number, day, fen, code, report))
    return [
        DividendState(number, enterprise, evidence, declared_on, due_on, fen, tuple(came.get(number, ())))
        for number, enterprise, evidence, declared_on, due_on, fen in conn.execute(
            _DECLARED, [mof_div_code, on]
        )
    ]


#: What of each declaration has not come in; the receipts just made are in it.
_LEFT = (
    "select d.doc_key, d.mof_div_code, d.enterprise_code, d.amount_fen - "
    "coalesce((select sum(r.amount_fen) from capital_income r where r.kind = 'received' "
    "and r.declared_no = d.doc_key and r.state not in ('discarded', 'reversed')), 0)::bigint as left_fen "
    "from capital_income d where d.kind = 'declared' and d.state = any(%s) and d.doc_key = any(%s) "
    "order by d.doc_key for update"
)


def _require_covered(conn: Conn, moved: Sequence[models.Income], states: Sequence[str]) -> None:
    """No receipt among these is of more than was declared, or than a daily report booked.

    `states` are those a declaration may stand in.
    """
    receipts = [x for x in moved if x.kind == _RECEIVED]
    _require_declared(conn, receipts, states)
    _require_reported(conn, receipts)


def _require_declared(conn: Conn, receipts: Sequence[models.Income], states: Sequence[str]) -> None:
    asked = [list(states), sorted({r.declared_no for r in receipts})]
    found = {row["doc_key"]: row for row in rows(conn, _LEFT, asked)}
    refuse_each(refusal for r in receipts for refusal in _over(r, found.get(r.declared_no)))


def _over(r: models.Income, declared: Row | None) -> Iterator[FiscError]:
    own = (r.mof_div_code, r.enterprise_code)
    if declared is None or (declared["mof_div_code"], declared["enterprise_code"]) != own:
        yield NotFound(
            f"收到股利单 {r.doc_key}：企业 {r.enterprise_code} 没有宣告单 {r.declared_no}",
            rule="先宣告、后收到（财库〔2015〕192号 T28、T29）",
            hint="请先登记分配决议",
        )
    elif declared["left_fen"] < 0:
        yield RuleBroken(
            f"收到股利单 {r.doc_key}："
            f"超过宣告单 {r.declared_no} 未缴额 {format_fen(-declared['left_fen'])} 元",
            rule="收到的股利不超过应收股利（财库〔2015〕192号 T29）",
            hint="请核对宣告额与以前的缴款",
        )


#: What receipts have claimed of daily reports, by report and revenue class.
_CLAIMED = (
    "select daily_report_no, rev_func_code, sum(amount_fen)::bigint from capital_income "
    "where daily_report_no = any(%s) and state not in ('discarded', 'reversed') group by 1, 2 order by 1, 2"
)


def _require_reported(conn: Conn, receipts: Sequence[models.Income]) -> None:
    """No receipt claims of a daily report what it did not book."""
    claims = {(r.daily_report_no, r.rev_func_code) for r in receipts if r.daily_report_no}
    if not claims:
        return
    numbers = sorted({number for number, _ in claims})
    booked = revenue.booked_in_reports(conn, numbers)
    claimed = {(number, code): fen for number, code, fen in conn.execute(_CLAIMED, [numbers])}
    left = {claim: booked.get(claim, 0) - claimed[claim] for claim in sorted(claims)}
    short = [(*claim, fen) for claim, fen in left.items() if fen < 0]
    refuse_each(
        RuleBroken(
            f"国库收入日报 {number} 的科目 {code} 比所引用的股利少 {format_fen(-fen)} 元",
            rule="日报已入账的收入不重复入账，也不超过日报列数",
            hint="请核对日报号与收入分类；款项未列日报的不填日报号",
        )
        for number, code, fen in short
    )
