"""What must hold between governments: what one sent is what the other received, number by number.

Read from the ledger alone, so it holds whatever code posted. One query over the turnover of the
accounts concerned, of the city and its banners.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents.accounts import (
    PAID,
    SOURCE_BUDGETED,
    SOURCE_PENDING,
    SPENDING,
    TRANSFER_ISSUED,
    TRANSFER_SPENDING,
)
from fisc.kernel.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry import limits
from fisc.registry.areas import Area, governments
from fisc.registry.rules import accounts_for
from fisc.transfers.services.direct import QUOTA_STAGES, DirectProgress, direct_progress
from fisc.transfers.services.read import numbers_kept, received_by
from fisc.transfers.services.timing import late_issues
from fisc.transfers.terms import pass_on_terms

#: What is compared: 指标, 补助与转贷收支, 上下级往来, 上解.
QUOTA, CASH, ACCOUNT, UPLOAD = "quota", "cash", "account", "upload"


@dataclass(frozen=True, slots=True)
class Pair:
    """What the city's book says and what a banner's says, in fen, from the year's start to the period's end.

    `doc_no` is the number of the city's document, the banner's number from above; '' for the account between
    the two and for uploads, and for a source that a banner entered without a number.
    """

    side: str
    doc_no: str
    mof_div_code: str
    city_fen: int
    banner_fen: int

    @property
    def difference_fen(self) -> int:
        """The city's amount less the banner's."""
        return self.city_fen - self.banner_fen


#: The elements that may name a banner, its own or the one across.
_NAMING: Final = ("mof_div_code", "rec_div_code", "from_div_code")


class _Watched(NamedTuple):
    """An account on one side of the comparison: `key` is the element that names the banner."""

    side: str
    account: str
    is_city: bool
    sign: int
    key: str


def _watched(fiscal_year: int) -> Iterator[_Watched]:
    """The accounts compared, looked up in the posting rules of the year."""
    issued_from = accounts_for("transfer_quota_received", fiscal_year)[0]
    lent = accounts_for("budget_source_approved", fiscal_year, source="debt")[0]
    yield _Watched(QUOTA, TRANSFER_ISSUED, True, -1, "rec_div_code")
    for pair in (issued_from, lent):
        yield _Watched(QUOTA, f"{pair.book}:{pair.debit}", False, 1, "mof_div_code")
    for event in ("treasury_advance_document_follows", "debt_onlent_out"):
        pair = _first_step(event, fiscal_year)
        yield _Watched(CASH, f"{pair.book}:{pair.debit}", True, 1, "rec_div_code")
    for event in ("transfer_in_document_follows", "debt_onlent_in"):
        pair = _first_step(event, fiscal_year)
        yield _Watched(CASH, f"{pair.book}:{pair.credit}", False, -1, "mof_div_code")
    with_lower = accounts_for("treasury_advance_to_lower", fiscal_year)[0]
    with_upper = accounts_for("transfer_in_before_document", fiscal_year)[0]
    yield _Watched(ACCOUNT, f"{with_lower.book}:{with_lower.debit}", True, 1, "rec_div_code")
    yield _Watched(ACCOUNT, f"{with_upper.book}:{with_upper.credit}", False, -1, "mof_div_code")
    up_in, up_out = _first_step("upload_received", fiscal_year), _first_step("upload_paid", fiscal_year)
    yield _Watched(UPLOAD, f"{up_in.book}:{up_in.credit}", True, -1, "from_div_code")
    yield _Watched(UPLOAD, f"{up_out.book}:{up_out.debit}", False, 1, "mof_div_code")


def _first_step(event: str, fiscal_year: int) -> Any:
    """The pair of an event's first step; where two books move, the budgetary one, which comes last."""
    pairs = accounts_for(event, fiscal_year)
    return next(p for p in reversed(pairs) if p.book.endswith("_budget")) if len(pairs) > 2 else pairs[0]


def city_equals_banners(conn: psycopg.Connection[Any], city: str, period: int) -> list[Pair]:
    """Where what the city sent by the end of `period` (yyyymm) is not what banners received; [] if nowhere.

    Quotas (9305 = 910x below) and booked cash (5011, 5042 = 4011, 4042) by the number of the city's document
    and banner; the account between them (1031 = 2012) and uploads (4012 = 5012) by banner.
    """
    return [pair for pair in _compared(conn, city, period) if pair.city_fen != pair.banner_fen]


def sent_and_received(conn: psycopg.Connection[Any], city: str, period: int) -> list[Pair]:
    """Every pair that `city_equals_banners` compares, equal or not."""
    return _compared(conn, city, period)


def _compared(conn: psycopg.Connection[Any], city: str, period: int) -> list[Pair]:
    banners = governments(Area("members", city))
    looks = {(w.account, w.is_city): w for w in _watched(period // 100)}
    accounts = tuple({account for account, _ in looks})
    asked = Turnover(accounts, (city, *banners), year(period // 100, period % 100, 0))
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    received_as = numbers_kept(conn, city, period // 100)
    rows = turnover(conn, asked, "account", *_NAMING, "sup_bgt_doc_no", "cor_bgt_doc_no")
    for (account, *codes), fen in rows.items():
        named = dict(zip((*_NAMING, "sup", "own"), codes, strict=True))
        is_city = named["mof_div_code"] == city
        look = looks.get((account, is_city))
        if look is None or named[look.key] not in banners:
            continue
        given_as = received_as.get((named["own"], named[look.key]), named["own"])
        doc_no = (given_as if is_city else named["sup"]) if look.side in (QUOTA, CASH) else ""
        sums[look.side, doc_no, named[look.key]][0 if is_city else 1] += look.sign * fen
    return [Pair(*key, *fen) for key, fen in sorted(sums.items())]


class SourceGap(NamedTuple):
    """A document of which more, or less, stands in a region's books than the region received; fen."""

    mof_div_code: str
    doc_no: str
    received_fen: int
    standing_fen: int


#: Where money of a document stands: waiting, in the own budget, passed on, given to quotas.
_STANDING: Final = (
    SOURCE_PENDING, SPENDING, TRANSFER_SPENDING, SOURCE_BUDGETED, TRANSFER_ISSUED, *QUOTA_STAGES,
)  # fmt: skip


def source_gaps(conn: psycopg.Connection[Any], regions: Sequence[str], period: int) -> list[SourceGap]:
    """Documents from above whose money is not where it came to: handed on twice, or lost; [] if none.

    What a region received for a year by the end of `period` (yyyymm, at most December) is what it passed on,
    gave to quotas by the number, has in its own budget, and what waits.
    """
    fiscal_year = period // 100
    received: dict[tuple[str, str], int] = defaultdict(int)
    for region in regions:
        for one in received_by(conn, region, fiscal_year):
            if one.effective_on.year * 100 + one.effective_on.month <= period:
                received[region, one.line.source_no] += one.net_fen
    numbers = Among("sup_bgt_doc_no", tuple({number for _, number in received}))
    periods = year(fiscal_year, period % 100, 0)
    asked = Turnover(_STANDING, tuple(regions), periods, CREDIT, (numbers,), coding_year=fiscal_year)
    standing = turnover(conn, asked, "mof_div_code", "sup_bgt_doc_no") if received else {}
    gaps = [SourceGap(*key, fen, standing.get(key, 0)) for key, fen in sorted(received.items())]
    return [gap for gap in gaps if gap.received_fen != gap.standing_fen]


#: Rules of monitoring_rules.csv over direct funds.
_DIRECT: Final = {"R11": "直达资金下达不及时", "R12": "直达资金滞留闲置"}


def direct_violations(conn: psycopg.Connection[Any], fiscal_year: int, as_of: date) -> list[Finding]:
    """R11 not issued within the days of law; R12 money that lies unpaid with no payment for many days.

    (R10, direct funds into special accounts, is refused where a payment is applied for.)
    """
    progress = [row for row in direct_progress(conn, fiscal_year) if row.mof_div_code]
    return [*_late(conn, progress, fiscal_year, as_of), *_idle(conn, progress, fiscal_year, as_of)]


def _late(
    conn: psycopg.Connection[Any], progress: Sequence[DirectProgress], fiscal_year: int, as_of: date
) -> list[Finding]:
    direct = {(number, row.mof_div_code) for row in progress for number in row.source_nos}
    found = []
    for region in sorted({row.mof_div_code for row in progress}):
        for term in pass_on_terms(conn, Place(region, fiscal_year, as_of)):
            if term.is_late and (term.document, region) in direct:
                message = f"{term.began_on} 收到，限 {term.due_on} 前下达，已超 {term.days_late} 天"
                place = (region, fiscal_year, term.document)
                found.append(_finding("R11", place, term.open_fen, message, term.rule))
    return found


def _idle(
    conn: psycopg.Connection[Any], progress: Sequence[DirectProgress], fiscal_year: int, as_of: date
) -> list[Finding]:
    limit = limits.lookup("direct_fund_idle_days", fiscal_year)
    unpaid = [row for row in progress if row.quota_fen > row.paid_fen]
    last = _last_paid(conn, [number for row in unpaid for number in row.source_nos], as_of)
    found = []
    for row in unpaid:
        paid = [day for number in row.source_nos if (day := last.get((number, row.mof_div_code)))]
        since = max(paid, default=row.received_on)
        if as_of - since > timedelta(days=limit.value):
            message = f"自 {since} 起 {(as_of - since).days} 天没有支付"
            fen = row.quota_fen - row.paid_fen
            place = (row.mof_div_code, fiscal_year, "、".join(row.source_nos))
            found.append(_finding("R12", place, fen, message, limit.rule))
    return found


def _finding(rule_id: str, place: tuple[str, int, str], fen: int, words: str, source: str) -> Finding:
    region, year, number = place
    return Finding(rule_id, _DIRECT[rule_id], words, source, region, year, number, amount_fen=fen)


def _last_paid(
    conn: psycopg.Connection[Any], numbers: Sequence[str], as_of: date
) -> dict[tuple[str, str], date]:
    """(number, region) -> the last day on which something was paid, by `as_of`."""
    sources = Among("sup_bgt_doc_no", tuple({number for number in numbers if number}))
    asked = Turnover((PAID,), None, where=(sources,), until=as_of)
    found: dict[tuple[str, str], date] = {}
    by = ("sup_bgt_doc_no", "mof_div_code", "business_date", "side", "is_red")
    for number, region, day, side, is_red in turnover(conn, asked, *by):
        if (side == CREDIT) is not is_red:  # what lowers the balance is a payment
            found[number, region] = max(day, found.get((number, region), day))
    return found


_UNEQUAL, _LATE_ISSUE, _SOURCE = "transfer.unequal", "transfer.late_issue", "transfer.source"
RULES: Final = {
    _UNEQUAL: "上下级账不符", _LATE_ISSUE: "转移支付下达过晚", _SOURCE: "上级资金与去向不符", **_DIRECT,
}  # fmt: skip
_SIDES: Final = {QUOTA: "指标", CASH: "补助与转贷", ACCOUNT: "往来", UPLOAD: "上解"}


def _of_place(conn: psycopg.Connection[Any], place: Place) -> Iterator[Finding]:
    region, fiscal_year, on = place
    for pair in city_equals_banners(conn, region, on.year * 100 + on.month):
        yield _unequal(pair, place)
    for gap in source_gaps(conn, [region], fiscal_year * 100 + (on.month if on.year == fiscal_year else 12)):
        if gap.standing_fen > gap.received_fen:
            yield _gap(gap, place)
    yield from (x for x in direct_violations(conn, fiscal_year, on) if x.mof_div_code == region)
    for one in late_issues(conn, region, fiscal_year):
        if one.effective_on <= on:
            yield Finding(
                _LATE_ISSUE, RULES[_LATE_ISSUE], f"{one.effective_on} 下达，晚于预算变动截止日",
                "财库〔2015〕192号第四十四条", region, fiscal_year, one.line.cor_bgt_doc_no,
                one.line.rec_div_code, one.net_fen,
            )  # fmt: skip


def _gap(gap: SourceGap, place: Place) -> Finding:
    came, stands = (format_fen(fen, "元") for fen in (gap.received_fen, gap.standing_fen))
    words = f"{gap.doc_no} 收到 {came} 元，账上去向合计 {stands} 元"
    return Finding(
        _SOURCE, RULES[_SOURCE], words, "先有预算、再有指标，上级资金按文号安排（财办〔2022〕36号）",
        place.mof_div_code, place.fiscal_year, gap.doc_no, "", gap.received_fen, gap.standing_fen,
    )  # fmt: skip


def _unequal(pair: Pair, place: Place) -> Finding:
    city, banner = (format_fen(fen, "元") for fen in (pair.city_fen, pair.banner_fen))
    words = f"{_SIDES[pair.side]} {pair.doc_no}：上级账 {city} 元，{pair.mof_div_code} 账 {banner} 元"
    return Finding(
        _UNEQUAL, RULES[_UNEQUAL], words, "上下级往来、补助按文号核对一致", place.mof_div_code,
        place.fiscal_year, pair.doc_no, f"{pair.side} {pair.mof_div_code}", pair.city_fen, pair.banner_fen,
    )  # fmt: skip


CHECKS: Final = (Check(RULES, _of_place),)
