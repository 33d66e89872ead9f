"""The days of law, early notice, and direct funds on their way."""

from __future__ import annotations

from datetime import date, timedelta

from fisc.kernel import Coding, credit, debit, post
from fisc.kernel.entries import Entry
from fisc.kernel.findings import Place
from fisc.transfers import services as tr
from fisc.transfers.checks import direct_violations
from fisc.transfers.terms import own_terms, pass_on_terms
from tests.papers import a_document
from tests.transfers.world import (
    BANNER,
    CITY,
    DAY,
    DOWN,
    OTHER,
    UP,
    YEAR,
    Conn,
    arranged,
    hands,
    issued,
    line,
    own_budget,
    passed_on,
    source,
)


def test_money_from_above_is_passed_on_within_thirty_days(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 900)], **hands(), on=DAY)
    [running] = pass_on_terms(city, Place(CITY, YEAR, DAY + timedelta(days=30)))
    assert (running.due_on, running.open_fen, running.is_late) == (date(2022, 3, 31), 900, False)
    late = DAY + timedelta(days=35)
    [overrun] = pass_on_terms(city, Place(CITY, YEAR, late))
    assert (overrun.days_late, overrun.done_on, overrun.rule) == (5, None, "预算法第五十二条")
    tr.issue(city, [issued([(BANNER, 900)])], **hands(), on=late)
    [done] = pass_on_terms(city, Place(CITY, YEAR, date(YEAR, 12, 31)))
    assert (done.days_late, done.done_on, done.open_fen) == (5, late, 0)
    [below] = pass_on_terms(city, Place(BANNER, YEAR, late))
    assert (below.document, below.began_on, below.open_fen) == (DOWN, late, 900)


def test_own_transfers_have_thirty_and_sixty_days_from_approval(city: Conn) -> None:
    own_budget(city, 500)
    own_budget(city, 300, "2300313")
    approved, late = date(2022, 1, 20), date(2022, 3, 25)
    general, special = own_terms(city, Place(CITY, YEAR, late), approved)
    assert (general.due_on, special.due_on) == (date(2022, 2, 19), date(2022, 3, 21))
    assert (general.days_late, special.days_late) == (34, 4)
    on_time = issued([(BANNER, 500)], sup="", code="2300202", dated_on=date(2022, 2, 10))
    tr.issue(city, [on_time], **hands(), on=date(2022, 2, 10))
    general, special = own_terms(city, Place(CITY, YEAR, late), approved)
    assert (general.is_late, special.is_late) == (False, True)
    assert (general.amount_fen, general.open_fen, general.done_on) == (500, 0, date(2022, 2, 10))


def test_shares_of_early_notice_at_the_years_end(city: Conn) -> None:
    own_budget(city, 1000)
    own_budget(city, 1000, "2300313")
    for code, number in (("2300202", "一"), ("2300313", "二")):
        tr.issue(city, [issued([(BANNER, 1000)], number, sup="", code=code)], **hands(), on=DAY)
    told = date(2022, 11, 20)
    own_budget(city, 900, year=YEAR + 1)
    own_budget(city, 699, "2300313", year=YEAR + 1)
    for code, number, fen in (("2300202", "提一", 900), ("2300313", "提二", 699)):
        early = issued([(BANNER, fen)], number, sup="", code=code, fiscal_year=YEAR + 1, is_advance=True)
        tr.issue(city, [early], **hands(), on=told)
    general, special = tr.early_notices(city, CITY, YEAR, date(2022, 12, 31))
    assert (general.share_bp, general.minimum_bp, general.is_met) == (9000, 9000, True)
    assert (special.share_bp, special.minimum_bp, special.is_met) == (6990, 7000, False)
    assert "第四十八条" in special.rule


def test_early_notices_enter_the_year_they_are_for(city: Conn) -> None:
    early = source(900, fiscal_year=YEAR + 1, is_advance=True)
    tr.receive(city, [early], **hands(), on=date(2022, 11, 15))
    row = city.execute("select period, business_date from ledger.entry order by id desc").fetchone()
    assert row == (202301, date(2022, 11, 15))


def test_transfers_issued_after_the_cut_off_are_named(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    assert tr.late_issues(city, CITY, YEAR) == []
    tr.receive(city, [source(9, "内财预〔2022〕99号")], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-9", 9, sup_bgt_doc_no="内财预〔2022〕99号")], **hands(), on=DAY)
    tr.issue(city, [issued([(BANNER, 9)], "迟发", "内财预〔2022〕99号")], **hands(), on=date(2022, 12, 1))
    assert [g.line.cor_bgt_doc_no for g in tr.late_issues(city, CITY, YEAR)] == ["迟发"]


def _quota(conn: Conn, region: str, fen: int, paid_fen: int, on: date) -> None:
    """A quota of the document's money in a region, some of it paid; the rest waits at the unit."""
    number = UP if region == CITY else DOWN
    coding = Coding(YEAR, region, "111", agency_code="001001", sup_bgt_doc_no=number, is_direct_fund="1")
    pool = Coding(YEAR, region, "111", sup_bgt_doc_no=number)
    lines = [debit("quota:9200", pool, fen), credit("quota:9302", coding, fen)]
    if paid_fen:
        lines += [debit("quota:9302", coding, paid_fen), credit("quota:9501", coding, paid_fen)]
    post(conn, [Entry(f"q:{region}", region, on, tuple(lines), document_id=a_document(conn, region))])


def test_direct_funds_are_followed_from_the_centre(city: Conn) -> None:
    tr.receive(city, [source(1000, is_direct_fund="1")], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 800)], **hands(), on=DAY)
    tr.issue(city, [issued([(BANNER, 500), (OTHER, 300)])], **hands(), on=DAY)
    _quota(city, BANNER, 400, 100, DAY)
    _quota(city, CITY, 150, 150, DAY)
    whole, own, banner, other = tr.direct_progress(city, YEAR)
    assert (whole.received_fen, whole.quota_fen, whole.paid_fen) == (1000, 550, 250)
    assert (whole.distribution_bp, whole.payment_bp) == (5500, 2500)
    assert (own.mof_div_code, own.distribution_bp, own.payment_bp) == (CITY, 9500, 7500)
    assert (banner.distribution_bp, banner.payment_bp) == (8000, 2000)
    assert (other.distribution_bp, other.is_direct_fund) == (0, "1")


def test_direct_funds_that_lie_still_are_named(city: Conn) -> None:
    tr.receive(city, [source(1000, is_direct_fund="1"), source(5, "内财社〔2022〕9号")], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 800)], **hands(), on=DAY)
    tr.issue(city, [issued([(BANNER, 800)])], **hands(), on=DAY)
    _quota(city, BANNER, 800, 100, DAY)
    assert direct_violations(city, YEAR, DAY + timedelta(days=30)) == []
    late, idle = direct_violations(city, YEAR, DAY + timedelta(days=91))
    assert (late.rule_id, late.mof_div_code, late.amount_fen) == ("R11", CITY, 200)
    assert (idle.rule_id, idle.mof_div_code, idle.amount_fen) == ("R12", BANNER, 700)
    assert "91 天没有支付" in idle.what


def test_lines_remember_what_was_booked_and_paid(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    from tests.transfers.world import tills

    tr.pay_out(city, [tr.LineCash("拨-1", line(), 500)], **tills(), on=DAY)
    tr.recover_cash(city, [tr.LineCash("缴-1", line(), 100)], **tills(), on=DAY)
    tr.accrue(city, [tr.LineCash("挂-1", line(), 300)], **tills(), on=date(2022, 12, 31))
    tr.take_back(city, [tr.TakeBackItem("收-1", line(), 150)], **hands(), on=DAY)
    upper, lower = tr.granted(city, [UP])
    assert (upper.net_fen, upper.cash_fen, upper.line.is_issue) == (900, 0, False)
    assert (lower.net_fen, lower.line.booked_fen, lower.cash_fen) == (750, 700, 400)
    tr.pay_accrued(city, [tr.SettleCash("补-1", "挂-1", 300)], **tills(), on=date(2023, 1, 9))
    assert tr.granted(city, [UP])[1].cash_fen == 700
    assert [one.line.doc_key for one in tr.ways_up(city, BANNER, YEAR, DOWN)] == [
        lower.line.doc_key, upper.line.doc_key,
    ]  # fmt: skip
