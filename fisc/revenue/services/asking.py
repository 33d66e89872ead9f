"""What is asked about before it is believed: amounts out of proportion, refunds of what never came in.

`confirm_reason` on a document says what was looked at; what no government can have is refused in any case.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fisc.documents import RuleBroken
from fisc.documents.flow import ENDED
from fisc.documents.refusals import refusal
from fisc.kernel.findings import Finding
from fisc.kernel.money import FEN_PER_UNIT, format_fen
from fisc.registry import limits
from fisc.revenue import ledger
from fisc.revenue.rules import OUR_LEVELS
from fisc.sheets.text import paper_number, says_something

if TYPE_CHECKING:
    from fisc.revenue.models import Refund
    from fisc.revenue.services.common import Conn
    from fisc.revenue.sharing import LevelAmount

_YUAN: Final = FEN_PER_UNIT["元"]
#: Tax and non-tax receipts: the classes whose budget a code's amount is held against.
_CLASS_DIGITS: Final = 3
_TAX: Final = "101"
#: A year in a text, and a paper's number.
_YEAR: Final = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_NUMBERED: Final = re.compile(r"[0-9A-Za-z][ 　]*号|号码?[：: 　]*[0-9A-Za-z]")
_REASON: Final = "请写明核对情况（--confirm-reason、confirm_reason）"


class Amount(NamedTuple):
    """What a document says of one revenue code; `reason` is why it is right though it was asked about."""

    key: str
    mof_div_code: str
    fiscal_year: int
    fund_type_code: str
    rev_func_code: str
    fen: int
    reason: str


def require_usual(conn: Conn, given: Iterable[Amount]) -> list[Finding]:
    """Raise RuleBroken for amounts beyond what any government has, and, without a reason, for those that are
    more than their class comes to in a year, or for other than taxes many times that.

    Findings of large ones that nothing is known of.
    """
    amounts = list(given)
    beyond = [one for one in amounts if abs(one.fen) > _limit("revenue_line_max_yuan", one) * _YUAN]
    if beyond:
        raise refusal(
            RuleBroken, "金额超出一级政府可能的收入", [_said(one) for one in beyond],
            rule="单笔收入、退库不超过登记的上限（legal_limits.csv）", hint="请核对金额与单位",
        )  # fmt: skip
    large = [one for one in amounts if abs(one.fen) > _limit("unusual_amount_min_yuan", one) * _YUAN]
    yearly = _yearly(conn, {_class_of(one) for one in large})
    known = [(one, yearly[_class_of(one)]) for one in large if _class_of(one) in yearly]
    unusual = [
        f"{_said(one)}，{what} {format_fen(fen)} 元" for one, (what, fen) in known
        if not says_something(one.reason) and abs(one.fen) > fen * _limit(_times(one), one)
    ]  # fmt: skip
    if unusual:
        raise refusal(
            RuleBroken, "金额远超本类收入一年的数", unusual,
            rule="一笔远超本类收入全年预算（没有的，预算草案或上年入库）、税收超过其全年预算的须核对（legal_limits.csv）",
            hint=f"请核对金额与单位；确实无误的，{_REASON}",
        )  # fmt: skip
    return [_unjudged(one) for one in large if _class_of(one) not in yearly]


def _unjudged(one: Amount) -> Finding:
    return Finding(
        "revenue.unjudged", "收入没有可以核对的数",
        f"{_said(one)}：没有本类收入的预算、预算草案和上年入库数，金额无从核对",
        "一笔远超本类收入全年预算的须核对（legal_limits.csv）", one.mof_div_code, one.fiscal_year,
        one.key, f"{one.fund_type_code} {one.rev_func_code}", amount_fen=abs(one.fen),
        hint="请与国库日报表、缴款书核对，并说明核对情况",
    )  # fmt: skip


def require_one_paper(conn: Conn, refunds: Sequence[Mapping[str, Any]]) -> None:
    """Raise RuleBroken for refunds by a paper by which the same was refunded already, unless a reason
    says why it is another. `refunds` are rows of the document; the database holds it as well."""
    rows = conn.execute(
        f"select doc_key, {_PAPER} from revenue_refund where state <> all(%s) "
        "and mof_div_code = any(%s) and refunded_on = any(%s) order by doc_key".encode(),
        [list(ENDED), [r["mof_div_code"] for r in refunds], [r["refunded_on"] for r in refunds]],
    ).fetchall()
    first: dict[tuple[Any, ...], str] = {}
    for key, *paper in rows:
        first.setdefault(_told(*paper), key)
    twice = []
    for row in refunds:
        before = first.setdefault(_told(*(row[name] for name in _PAPER.split(", "))), row["doc_key"])
        if before != row["doc_key"] and not says_something(row["confirm_reason"]):
            twice.append(f"{row['doc_key']} 与 {before}")
    if twice:
        raise refusal(
            RuleBroken, "同一份退还书、同一科目、日期和金额已登记退库", twice,
            rule="一份收入退还书只退一次（会计法第十四条）",
            hint=f"请核对是否重复登记；确为另一笔的，{_REASON}",
        )  # fmt: skip


def require_received(conn: Conn, divided: Iterable[tuple[Refund, Iterable[LevelAmount]]]) -> None:
    """Raise RuleBroken where a level of ours would pay back more of a code than its books of this year and
    the last received, unless the refund's reason says so; for a large amount it names the year, an earlier
    one, and the number of the paper by which it was paid in.

    Tax credit is not of what was paid in under a code of its own: it is held against the class alone.
    """
    left: dict[tuple[str, int, str, str], int] = {}
    over = []
    for refund, shares in divided:
        for share in shares if refund.kind != "credit" else ():
            if share.level in OUR_LEVELS:
                place = (share.to_div_code, refund.fiscal_year, refund.fund_type_code, refund.rev_func_code)
                had = left[place] if place in left else _received(conn, *place)
                left[place] = had + share.amount_fen
                if left[place] < 0 and not _tells_when(refund, -left[place]):
                    over.append(
                        f"{refund.doc_key}：{share.to_div_code} 科目 {refund.rev_func_code} 退 "
                        f"{format_fen(-share.amount_fen)} 元，本年和上年账上尚余 {format_fen(max(had, 0))} 元"
                    )
    if over:
        raise refusal(
            RuleBroken, "退库超过这个科目本年和上年入库的数", over,
            rule="退库只退已入库的收入（国家金库条例实施细则）",
            hint=f"请核对科目与金额；以前年度入库的，{_REASON}，注明原缴款书的年度和号码，如 2019年第12号",
        )  # fmt: skip


def _tells_when(refund: Refund, over: int) -> bool:
    """Whether its reason lets a refund go beyond what this year and the last received, by `over` fen."""
    said = refund.confirm_reason
    if over <= limits.limit("unusual_amount_min_yuan", refund.fiscal_year) * _YUAN:
        return says_something(said)
    is_earlier = any(int(year) < refund.fiscal_year - 1 for year in _YEAR.findall(said))
    return says_something(said) and is_earlier and _NUMBERED.search(said) is not None


_PAPER: Final = "source_no, source_name, mof_div_code, rev_func_code, fund_type_code, refunded_on, full_fen"


def _told(number: str, called: str, *what: Any) -> tuple[Any, ...]:
    """What a paper refunds: it is its number, however written, or what it is called (`revenue_paper`)."""
    return (paper_number(number) or called, *what)


def _received(conn: Conn, region: str, fiscal_year: int, fund: str, code: str) -> int:
    cells = ledger.receipts(conn, region, (fiscal_year - 1, fiscal_year), (fund,))
    return sum(cell.amount_fen for cell in cells if cell.rev_func_code == code)


_Class = tuple[str, int, str, str]


def _class_of(one: Amount) -> _Class:
    return (one.mof_div_code, one.fiscal_year, one.fund_type_code, one.rev_func_code[:_CLASS_DIGITS])


def _yearly(conn: Conn, asked: set[_Class]) -> dict[_Class, tuple[str, int]]:
    """What classes come to in a year, and what says so: the budget; where a class has none, the draft that
    was submitted; else what came in last year. Classes that nothing is known of are left out."""
    found: dict[_Class, tuple[str, int]] = {}
    for what, read in (("全年预算", _budgeted), ("提请审议的预算草案", _submitted), ("上年入库", _last_year)):
        for place in {one[:3] for one in asked - found.keys()}:
            sums: Counter[_Class] = Counter()
            for code, fen in read(conn, *place):
                sums[(*place, code[:_CLASS_DIGITS])] += fen
            found = {one: (what, fen) for one, fen in sums.items() if fen > 0} | found
    return found


def _budgeted(conn: Conn, region: str, year: int, fund: str) -> list[tuple[str, int]]:
    return [(one.rev_func_code, one.adjusted_fen) for one in ledger.budgets(conn, region, year, (fund,))]


def _last_year(conn: Conn, region: str, year: int, fund: str) -> list[tuple[str, int]]:
    return [
        (one.rev_func_code, one.amount_fen) for one in ledger.receipts(conn, region, (year - 1,), (fund,))
    ]


def _submitted(conn: Conn, region: str, year: int, fund: str) -> list[tuple[str, int]]:
    """Sources of the draft budget that awaits the congress."""
    asked = "select rev_func_code, fen from budget_submitted_sources(%s, %s, %s)"
    return [(code, fen) for code, fen in conn.execute(asked, [region, year, fund])]


def _times(one: Amount) -> str:
    """Which limit says how often its class may be exceeded: taxes come in day by day, others perhaps once."""
    return "unusual_tax_times" if one.rev_func_code.startswith(_TAX) else "unusual_times"


def _limit(code: str, one: Amount) -> int:
    return limits.limit(code, one.fiscal_year)


def _said(one: Amount) -> str:
    return f"{one.key} 收入分类 {one.rev_func_code} {format_fen(one.fen)} 元"
