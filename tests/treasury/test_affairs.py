"""The other affairs of the treasury: each rule of 财库〔2015〕192号 with its entry in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.catalogue import CATALOGUE
from fisc.closing import services as closing
from fisc.documents import MissingDuty, NotFound, RuleBroken, WrongState
from fisc.kernel import DuplicateConflict, QuotaShortfall
from fisc.reading.service import FigureService
from fisc.registry import settings
from fisc.registry.tables import read_table
from fisc.treasury import services as treasury
from fisc.treasury.rules.other import KINDS
from fisc.treasury.services import TreasuryAffair, other
from tests.treasury.paying import CITY, DAY, YUAN, entry, left, period_of, quota_id, rule_codes

Conn = psycopg.Connection[Any]
OLD = date(2021, 12, 31)
OLD_Q1 = quota_id("Q1", CITY, 2021)
OTHER = "核对过，是另一笔款项"


def affair(number: str, kind: str, yuan: int = 100, **given: Any) -> TreasuryAffair:
    told = {"mof_div_code": CITY, "fund_type_code": "111", "happened_on": DAY, **given}
    return TreasuryAffair(number, kind, amount_fen=yuan * YUAN, **told)


def record(conn: Conn, *affairs: TreasuryAffair, on: date = DAY) -> list[bool]:
    return treasury.record_affairs(conn, affairs, by="clerk", reviewed_by="reviewer", on=on)


SPENT = ["借 quota:9302 100.00", "贷 quota:9402 100.00", "借 quota:9402 100.00", "贷 quota:9501 100.00"]
#: What stands before, the affair, and its entry.
ENTRIES: list[tuple[list[TreasuryAffair], TreasuryAffair, list[str]]] = [
    ([], affair("A", "treasury_interest", rev_func_code="103070501"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:4001 100.00"]),
    ([], affair("A", "unidentified_receipt"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:2015 100.00"]),
    ([affair("O", "unidentified_receipt")],
     affair("A", "unidentified_receipt_recognised", settles_no="O", rev_func_code="1039999"),
     ["借 treasury_2015:2015 100.00", "贷 treasury_2015:4001 100.00"]),
    ([affair("O", "unidentified_receipt")], affair("A", "unidentified_receipt_returned", settles_no="O"),
     ["借 treasury_2015:2015 100.00", "贷 treasury_2015:1001 100.00"]),
    ([], affair("A", "payment_carryover_accrued", bgt_id=OLD_Q1, happened_on=OLD),
     [*SPENT, "借 treasury_2015:5001 100.00", "贷 treasury_2015:2011 100.00"]),
    ([], affair("A", "payment_carryover_accrued", fund_type_code="121", bgt_id="G1",
                happened_on=date(2022, 12, 31)),
     [*SPENT, "借 treasury_2015:5002 100.00", "贷 treasury_2015:2011 100.00"]),
    ([affair("O", "payment_carryover_accrued", bgt_id=OLD_Q1, happened_on=OLD)],
     affair("A", "payment_carryover_paid", settles_no="O"),
     ["借 treasury_2015:2011 100.00", "贷 treasury_2015:1001 100.00"]),
    ([affair("O", "payment_carryover_accrued", bgt_id=OLD_Q1, happened_on=OLD)],
     affair("A", "payment_carryover_reclassified", settles_no="O", bgt_id="Q2"),
     [*SPENT, "借 treasury_2015:2011 100.00", "贷 treasury_2015:5001 100.00 改列科目",
      "借 treasury_2015:5001 100.00", "贷 treasury_2015:1001 100.00"]),
    ([], affair("A", "funds_advanced"), ["借 treasury_2015:1011 100.00", "贷 treasury_2015:1001 100.00"]),
    ([affair("O", "funds_advanced")], affair("A", "funds_advanced_charged", settles_no="O", bgt_id="Q1"),
     [*SPENT, "借 treasury_2015:5001 100.00", "贷 treasury_2015:1011 100.00"]),
    ([affair("O", "funds_advanced")], affair("A", "funds_advanced_returned", settles_no="O"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:1011 100.00"]),
    ([], affair("A", "money_lent"), ["借 treasury_2015:1021 100.00", "贷 treasury_2015:1001 100.00"]),
    ([affair("O", "money_lent")], affair("A", "money_lent_repaid", settles_no="O"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:1021 100.00"]),
    ([], affair("A", "temporary_payment"), ["借 treasury_2015:1036 100.00", "贷 treasury_2015:1001 100.00"]),
    ([affair("O", "temporary_payment")], affair("A", "temporary_payment_repaid", settles_no="O"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:1036 100.00"]),
    ([affair("O", "temporary_payment")],
     affair("A", "temporary_payment_charged", settles_no="O", bgt_id="Q1"),
     [*SPENT, "借 treasury_2015:5001 100.00", "贷 treasury_2015:1036 100.00"]),
    ([], affair("A", "cash_placed"), ["借 treasury_2015:1003 100.00", "贷 treasury_2015:1001 100.00"]),
    ([affair("O", "cash_placed")], affair("A", "cash_returned", settles_no="O"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:1003 100.00"]),
    ([affair("O", "cash_placed", happened_on=OLD)],
     affair("A", "cash_returned", settles_no="O", interest_fen=YUAN // 2),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:1003 100.00",
      "借 treasury_2015:1001 0.50", "贷 treasury_2015:4001 0.50"]),
    ([], affair("A", "special_account_received", fund_type_code="2", rev_func_code="1030422"),
     ["借 treasury_2015:1004 100.00", "贷 treasury_2015:4005 100.00"]),
    ([], affair("A", "special_fund_received", bgt_id="GF1"),
     [*SPENT, "借 treasury_2015:1004 100.00", "贷 treasury_2015:4007 100.00",
      "借 treasury_2015:5001 100.00", "贷 treasury_2015:1001 100.00"]),
    ([], affair("A", "in_transit_recorded", fund_type_code="121", rev_func_code="103014801", fiscal_year=2021,
                happened_on=date(2022, 1, 5)),
     ["借 treasury_2015:1007 100.00", "贷 treasury_2015:4002 100.00"]),
    ([], affair("A", "regional_aid_received", rev_func_code="1102101"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:4013 100.00"]),
    ([], affair("A", "regional_aid_paid", bgt_id="X1"),
     [*SPENT, "借 treasury_2015:5013 100.00", "贷 treasury_2015:1001 100.00"]),
    ([affair("O", "in_transit_recorded", rev_func_code="101010101", fiscal_year=2021,
             happened_on=date(2022, 1, 5))],
     affair("A", "in_transit_cleared", settles_no="O"),
     ["借 treasury_2015:1001 100.00", "贷 treasury_2015:1007 100.00"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "given", "lines"), ENTRIES, ids=[e[1].kind for e in ENTRIES])
def test_each_affair_posts_its_entry(
    paying: Conn, before: list[TreasuryAffair], given: TreasuryAffair, lines: list[str]
) -> None:
    on = max(DAY, given.happened_on)
    for earlier in before:
        record(paying, earlier)
    assert record(paying, given, on=on) == [True]
    assert record(paying, given, on=on) == [False]
    assert entry(paying, "affair:A:posted") == lines
    assert KINDS[given.kind].rule in rule_codes(paying, "affair:A:posted")


@pytest.mark.parametrize(
    "given",
    [affair("A", "regional_aid_paid", bgt_id="Q1"),
     affair("A", "regional_aid_received", rev_func_code="103070501"),
     affair("A", "special_fund_received", bgt_id="Q1"),
     affair("A", "special_fund_received", bgt_id="X1")],
    ids=["outlay", "income", "grain fund", "grain fund as aid"],
)  # fmt: skip
def test_what_has_a_class_of_its_own_stands_under_it(paying: Conn, given: TreasuryAffair) -> None:
    with pytest.raises(RuleBroken, match="不是它的科目"):
        record(paying, given)


def test_every_kind_has_its_entry_shown() -> None:
    decisions = {kind for kind, told in KINDS.items() if told.of_held}  # test_held_refunds shows theirs
    assert {given.kind for _, given, _ in ENTRIES} == set(KINDS) - decisions


def test_what_belongs_to_last_year_posts_in_its_december(paying: Conn) -> None:
    given = affair("A", "in_transit_recorded", rev_func_code="101010101", fiscal_year=2021,
                   happened_on=date(2022, 1, 5))  # fmt: skip
    record(paying, given)
    assert period_of(paying, "affair:A:posted") == 202112
    figures = FigureService(paying, CATALOGUE)
    assert figures.get("revenue.general", CITY, 2021).value == 100 * YUAN
    assert figures.get("revenue.general", CITY, 2022).value is None


def test_what_is_accrued_at_the_years_end_is_spent_in_its_year(paying: Conn) -> None:
    record(paying, affair("O", "payment_carryover_accrued", bgt_id=OLD_Q1, happened_on=OLD))
    record(paying, affair("A", "payment_carryover_paid", settles_no="O"))
    figures = FigureService(paying, CATALOGUE)
    assert period_of(paying, "affair:O:posted") == 202112
    assert figures.get("expenditure.general", CITY, 2021).value == 100 * YUAN
    assert figures.get("expenditure.general", CITY, 2022).value is None


def test_an_affair_is_settled_piece_by_piece_and_no_further(paying: Conn) -> None:
    record(paying, affair("O", "money_lent"), affair("O2", "money_lent", 5, counterparty="某局"))
    record(paying, affair("A1", "money_lent_repaid", 60, settles_no="O"))
    found = treasury.open_affairs(paying, CITY, DAY)
    assert [(row["affair_no"], row["left_fen"] // YUAN) for row in found] == [("O", 40), ("O2", 5)]
    with pytest.raises(RuleBroken, match="结清额超过原事项"):
        record(paying, affair("A2", "money_lent_repaid", 41, settles_no="O"))
    record(paying, affair("A3", "money_lent_repaid", 40, settles_no="O"))
    assert [row["affair_no"] for row in treasury.open_affairs(paying, CITY, DAY)] == ["O2"]


def test_spending_takes_its_quota_or_is_refused(paying: Conn) -> None:
    record(paying, affair("O", "funds_advanced", 2_000))
    record(paying, affair("A1", "funds_advanced_charged", 900, settles_no="O", bgt_id="Q1"))
    assert left(paying) == {"executable": 100, "paid": 900}
    with pytest.raises(QuotaShortfall, match=r"可用只有 100\.00 元"):
        record(paying, affair("A2", "funds_advanced_charged", 101, settles_no="O", bgt_id="Q1"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (affair("A", "gift"), "没有事项"),
        (affair("A", "money_lent", 0), "不是正数"),
        (affair("A", "money_lent", interest_fen=5), "没有利息"),
        (affair("A", "money_lent_repaid"), "须写明所结清"),
        (affair("A", "money_lent", settles_no="O"), "不结清别的"),
        (affair("A", "cash_returned", settles_no="O"), "不能结清 O"),
        (affair("A", "money_lent_repaid", settles_no="O", fund_type_code="121"), "不是同一区划"),
        (affair("A", "payment_carryover_accrued"), "无预算不得支出"),
        (affair("A", "money_lent", bgt_id="Q1"), "不用指标"),
        (affair("A", "treasury_interest"), "须写明收入分类"),
        (
            affair("A", "treasury_interest", rev_func_code="103070501", fund_type_code="121"),
            "只适用于一般公共预算",
        ),
        (affair("A", "money_lent", happened_on=date(2022, 3, 2)), "晚于今天"),
        (affair("A", "money_lent", fiscal_year=2021), "不能记入 2021 年"),
        (affair("A", "payment_carryover_accrued", bgt_id="Q1", happened_on=OLD), "与指标 .* 不符"),
    ],
)
def test_what_does_not_fit_its_rule_is_refused(paying: Conn, given: TreasuryAffair, words: str) -> None:
    record(paying, affair("O", "money_lent"))
    with pytest.raises(RuleBroken, match=words) as refused:
        record(paying, given)
    assert refused.value.rule and refused.value.hint
    assert entry(paying, "affair:A:posted") == []


@pytest.mark.parametrize(
    ("code", "fund", "words"),
    [("1100245", "111", "不是这类事项的科目"), ("105040101", "111", "不是这类事项的科目"),
     ("101010101", "111", "不是这类事项的科目"), ("10399", "111", "不是末级"), ("103", "111", "不是末级"),
     ("103999998", "111", "没有收入分类"), ("103014801", "111", "资金性质应为")],
)  # fmt: skip
def test_an_affair_is_no_way_around_the_papers_of_revenue(
    paying: Conn, code: str, fund: str, words: str
) -> None:
    record(paying, affair("O", "unidentified_receipt", fund_type_code=fund))
    given = affair(
        "A", "unidentified_receipt_recognised", fund_type_code=fund, settles_no="O", rev_func_code=code
    )
    with pytest.raises(RuleBroken, match=words):
        record(paying, given)


@pytest.mark.parametrize("code", ["101010101", "1030706", "103999999", "1100245"])
def test_interest_of_the_treasury_comes_under_its_one_code(paying: Conn, code: str) -> None:
    with pytest.raises(RuleBroken, match="不是这类事项的科目"):
        record(paying, affair("A", "treasury_interest", rev_func_code=code))


@pytest.mark.parametrize(("day", "yuan"), [(DAY, 1), (date(2022, 2, 1), 1), (OLD, 2), (OLD, 10**10)])
def test_a_deposit_brings_no_more_interest_than_it_can(paying: Conn, day: date, yuan: int) -> None:
    record(paying, affair("O", "cash_placed", happened_on=day))
    given = affair("A", "cash_returned", settles_no="O", interest_fen=yuan * YUAN)
    with pytest.raises(RuleBroken, match=r"超过本金 100\.00 元存放"):
        record(paying, given)


@pytest.mark.parametrize(
    ("first", "given"),
    [
        ([], {"kind": "treasury_interest", "rev_func_code": "101010101"}),
        (["unidentified_receipt"], {"kind": "unidentified_receipt_recognised", "rev_func_code": "1100245"}),
        (["cash_placed"], {"kind": "cash_returned", "interest_fen": YUAN}),
        ([], {"kind": "payment_carryover_accrued", "bgt_id": "Q1"}),
        ([], {"kind": "special_fund_received", "bgt_id": "Q1"}),
        ([], {"kind": "regional_aid_paid", "bgt_id": "GF1"}),
    ],
)
def test_the_database_holds_what_lets_money_in(
    paying: Conn, monkeypatch: pytest.MonkeyPatch, first: list[str], given: dict[str, Any]
) -> None:
    monkeypatch.setattr(other, "beyond", lambda a, origin: iter(()))
    monkeypatch.setattr(other, "of_quota", lambda kind, quota: iter(()))
    record(paying, *(affair("O", kind, happened_on=DAY) for kind in first))
    more = {"settles_no": "O"} if first else {}
    with pytest.raises(RuleBroken, match="科目、资金、利息或时间"):
        record(paying, affair("A", **given, **more))


def test_a_region_settles_how_much_a_deposit_can_bring(paying: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"rule_id": "cash", "mof_div_code": CITY, "parameter": "rate_max_bp", "value": "150",
           "valid_from": "2022-02-01", "valid_to": ""}  # fmt: skip
    monkeypatch.setattr(
        settings, "read_table", lambda name: [*read_table(name), *([row] if "checks" in name else [])]
    )
    settings.shipped_check.cache_clear()
    record(paying, affair("O", "cash_placed", happened_on=OLD))
    given = affair("A", "cash_returned", settles_no="O", interest_fen=50)
    with pytest.raises(RuleBroken, match=r"按年利率 1\.5% 计"):
        record(paying, given)
    monkeypatch.undo()
    settings.shipped_check.cache_clear()
    assert record(paying, given) == [True]


def test_what_is_left_at_the_years_end_is_accrued_at_the_years_end(paying: Conn) -> None:
    with pytest.raises(RuleBroken, match="只在 12 月和清理期"):
        record(paying, affair("A", "payment_carryover_accrued", bgt_id="Q1"))


def test_what_it_settles_must_stand(paying: Conn) -> None:
    with pytest.raises(NotFound, match="O"):
        record(paying, affair("A", "money_lent_repaid", settles_no="O"))
    end = date(2022, 12, 31)
    record(paying, affair("O", "payment_carryover_accrued", bgt_id="Q1", happened_on=end), on=end)
    with pytest.raises(RuleBroken, match="次年"):
        record(paying, affair("A", "payment_carryover_paid", settles_no="O", happened_on=end), on=end)


def test_two_people_and_one_number(paying: Conn) -> None:
    with pytest.raises(MissingDuty):
        treasury.record_affairs(paying, [affair("A", "money_lent")], by="clerk", reviewed_by="clerk", on=DAY)
    twice = affair("A", "money_lent")
    assert record(paying, twice, twice) == [True, False]
    with pytest.raises(DuplicateConflict):
        record(paying, replace(twice, amount_fen=1))


def test_two_steps_do_what_both_at_once_do(paying: Conn) -> None:
    given = [affair("A", "treasury_interest", rev_func_code="103070501"),
             affair("B", "payment_carryover_accrued", bgt_id=OLD_Q1, happened_on=OLD)]  # fmt: skip
    assert treasury.make_affairs(paying, given, by="clerk", on=DAY) == [True, True]
    assert entry(paying, "affair:A:posted") == []
    with pytest.raises(MissingDuty):
        treasury.post_affairs(paying, ["A"], by="clerk", on=DAY)
    assert treasury.post_affairs(paying, ["A", "B"], by="reviewer", on=DAY) == [True, True]
    assert treasury.post_affairs(paying, ["A", "B"], by="reviewer", on=DAY) == [False, False]
    record(paying, *(replace(one, affair_no=f"{one.affair_no}2", confirm_reason=OTHER) for one in given))
    for number in "AB":
        lines = entry(paying, f"affair:{number}:posted")
        assert lines
        assert lines == entry(paying, f"affair:{number}2:posted")


def test_what_is_only_drafted_settles_nothing_yet_and_keeps_its_place(paying: Conn) -> None:
    record(paying, affair("O", "money_lent"))
    back = affair("A", "money_lent_repaid", 60, settles_no="O")
    treasury.make_affairs(paying, [back, affair("D", "money_lent", confirm_reason=OTHER)], by="clerk", on=DAY)
    assert [(a["affair_no"], a["left_fen"] // YUAN) for a in treasury.open_affairs(paying, CITY, DAY)] == [
        ("O", 100)
    ]
    again = replace(back, affair_no="A2")
    with pytest.raises(RuleBroken, match="结清额超过原事项"):
        treasury.make_affairs(paying, [again], by="clerk", on=DAY)
    with pytest.raises(NotFound, match="还没有入账"):
        treasury.make_affairs(paying, [replace(again, settles_no="D")], by="clerk", on=DAY)
    assert treasury.discard_affairs(paying, ["A"], by="clerk", on=DAY) == [True]
    assert treasury.make_affairs(paying, [again], by="clerk", on=DAY) == [True]
    with pytest.raises(WrongState):
        treasury.post_affairs(paying, ["A"], by="reviewer", on=DAY)


def test_the_quota_is_asked_when_the_money_moves_too(paying: Conn) -> None:
    given = affair("A", "payment_carryover_accrued", 900, bgt_id=OLD_Q1, happened_on=OLD)
    treasury.make_affairs(paying, [given], by="clerk", on=DAY)
    record(paying, replace(given, affair_no="B", confirm_reason=OTHER))
    with pytest.raises(QuotaShortfall):
        treasury.post_affairs(paying, ["A"], by="reviewer", on=DAY)
    assert treasury.make_affairs(paying, [given], by="clerk", on=DAY) == [False]
    assert entry(paying, "affair:A:posted") == []


# ---- no more than the fund's cash, and none of debt


TAKES_OUT = sorted(kind for kind, told in KINDS.items() if told.takes_out and not told.spends)


@pytest.mark.parametrize("fund", ["112", "113", "114", "122"])
@pytest.mark.parametrize("kind", TAKES_OUT)
def test_money_of_debt_is_not_lent_advanced_or_placed(paying: Conn, kind: str, fund: str) -> None:
    with pytest.raises(RuleBroken, match=f"{KINDS[kind].name}.*不能") as refused:
        treasury.make_affairs(paying, [affair("A", kind, fund_type_code=fund)], by="clerk", on=DAY)
    assert "第三十五条" in refused.value.rule


def test_a_bond_is_no_special_fund(paying: Conn) -> None:
    paying.execute(
        "insert into registry_quota_rule (rule, element, prefix, name, note, source, is_verified, "
        "valid_from_year) select 'debt', 'exp_func_code', '2220115', name, note, source, is_verified, 2016 "
        "from registry_quota_rule where rule = 'debt' limit 1"
    )
    with pytest.raises(RuleBroken, match="转作专用基金"):
        record(paying, affair("A", "special_fund_received", bgt_id="GF1"))


@pytest.mark.parametrize("kind", TAKES_OUT)
def test_the_database_keeps_money_of_debt(paying: Conn, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other, "matching", lambda *_: None)
    with pytest.raises(RuleBroken, match="债务资金不能借出"):
        record(paying, affair("A", kind, fund_type_code="122"))


def test_money_that_came_by_mistake_goes_back_from_a_fund_of_debt(paying: Conn) -> None:
    record(paying, affair("O", "unidentified_receipt", fund_type_code="122"))
    back = affair("A", "unidentified_receipt_returned", settles_no="O", fund_type_code="122")
    assert record(paying, back) == [True]


@pytest.mark.parametrize("kind", TAKES_OUT)
def test_an_affair_takes_no_more_cash_than_its_fund_has(paying: Conn, kind: str) -> None:
    held = cash_of_fund(paying)
    with pytest.raises(RuleBroken, match=r"资金性质 111 的国库存款不够付，缺 1\.00 元"), paying.transaction():
        record(paying, affair("A", kind, held + 1))
    assert record(paying, affair("B", kind, held)) == [True]


def cash_of_fund(conn: Conn) -> int:
    """Yuan that the general fund holds: what came in by books, and its share of what no book tells."""
    accounts = ["treasury_2015:1001", "test_reserve:1"]
    row = conn.execute(
        "select ledger.stands(%s, '11', %s, '{\"fund_type_code\": \"111\"}')", [CITY, accounts]
    ).fetchone()
    assert row is not None
    return int(row[0]) // YUAN


def test_the_years_end_names_what_was_lent_advanced_and_paid_for_the_time_being(paying: Conn) -> None:
    for number, kind in (("L", "money_lent"), ("F", "funds_advanced"), ("T", "temporary_payment")):
        record(paying, affair(number, kind, counterparty="某公司"))
    record(paying, affair("R", "money_lent_repaid", 60, settles_no="L"))
    told = {one.rule_id: one for one in closing.open_affairs(paying, [CITY], DAY.year)}
    for kind, words, yuan in (
        ("loans_open", "L 某公司 40.00 元", 40),
        ("funds_advanced_open", "F 某公司 100.00 元", 100),
        ("temporary_payments_open", "T 某公司 100.00 元", 100),
    ):
        found = told[f"year_end.{kind}"]
        assert found.amount_fen == yuan * YUAN and words in found.what and not found.refuses
        assert "fisc treasury make-affairs" in found.hint
    assert "向借款单位收回" in told["year_end.loans_open"].hint


@pytest.mark.parametrize(
    ("fund", "summary", "words"),
    [("111", "购物咭", "公款不得购买.*摘要"), ("112", "支付教师工资", "债务资金用于经常性支出.*摘要")],
)
def test_what_an_affair_that_spends_says_is_judged_as_a_purpose(
    paying: Conn, fund: str, summary: str, words: str
) -> None:
    """The database reads the block of the quota that it spends; what brings money back says what it was."""
    if fund != "111":
        paying.execute(
            "insert into registry_quota_rule (rule, element, prefix, name, note, source, is_verified, "
            "valid_from_year) select 'debt', 'exp_func_code', c.exp_func_code, name, note, r.source, "
            "is_verified, 2016 from registry_quota_rule r, budget_quota q "
            "cross join lateral ledger.blocks(q.coding_id) c where rule = 'debt' and q.bgt_id = 'X1' limit 1"
        )
    spends = affair("A", "regional_aid_paid", bgt_id="X1", summary=summary)
    with pytest.raises(RuleBroken, match=words):
        record(paying, spends)
    assert record(paying, affair("B", "unidentified_receipt", summary="退回的购物卡款")) == [True]


def handing_out() -> set[str]:
    return {name for name, kind in KINDS.items() if kind.takes_out and not kind.spends}


def test_the_database_knows_by_which_affairs_cash_leaves(paying: Conn) -> None:
    rows = paying.execute("select k from unnest(%s::text[]) k where treasury_hands_out(k)", [list(KINDS)])
    assert {kind for (kind,) in rows} == handing_out()


@pytest.mark.parametrize("kind", sorted(handing_out()))
def test_what_an_affair_that_hands_cash_out_says_is_judged(paying: Conn, kind: str) -> None:
    """A temporary payment, a loan or an advance is no way around the words of payments."""
    asked = affair("A", kind, counterparty="某公司", basis_doc_no="鹤政〔2022〕9号", summary="购买购物卡")
    with pytest.raises(RuleBroken, match=r"公款不得购买.*摘要"):
        record(paying, asked)


def test_what_is_charged_with_an_older_affair_is_judged(paying: Conn) -> None:
    """Of affairs that stood before their words were judged."""
    before = affair(
        "A", "temporary_payment", counterparty="某局", basis_doc_no="鹤政〔2022〕9号", summary="垫付"
    )
    assert record(paying, before) == [True]
    treasury.post_affairs(paying, ["A"], by="reviewer", on=DAY)
    paying.execute("set constraints all immediate")
    paying.execute("alter table treasury_affair disable trigger user")
    paying.execute("update treasury_affair set summary = '购买购物卡' where doc_key = 'A'")
    paying.execute("alter table treasury_affair enable trigger user")
    charged = affair("B", "temporary_payment_charged", settles_no="A", bgt_id="Q1", summary="列支")
    with pytest.raises(RuleBroken, match=r"公款不得购买.*所转列事项的摘要"):
        record(paying, charged)
