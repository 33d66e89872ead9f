"""What the service of debt refuses: more than is owed, settled twice, no budget, the wrong desk."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from fisc.closing import services as closing
from fisc.debt import services as debt
from fisc.debt.kinds import REVERSAL, REVERSIBLE
from fisc.documents import MissingDuty, RuleBroken
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.documents.store import read
from fisc.kernel import QuotaShortfall, read_entries_of
from fisc.transfers.checks import ACCOUNT
from fisc.treasury import services as treasury
from tests.debt.world import BANNER, CITY, LENT, OWED, YUAN, Conn, day, event, owe, pay, quota, record
from tests.old_quotas import OLD, noted, old_quota
from tests.treasury.paying import application

INTEREST: dict[str, Any] = {"part": "interest"}
LOWER: dict[str, Any] = {"lower_div_code": BANNER}
REFUSALS = [
    ("more principal than the city owes",
     [event("A", "debt_withheld_by_upper", OWED + 1)], "偿还超过账上的债务.*应付转贷.*本金"),
    ("more than was lent on", [event("A", "debt_withheld_from_lower", LENT + 1, **LOWER)], "应收转贷.*本金"),
    ("advanced beyond what was lent on",
     [event("A", "lower_debt_advanced", LENT + 1, **LOWER)], "垫付超过 150602000 所欠.*本金应收 8000.00 元"),
    ("advanced beyond it together",
     [event("O", "lower_debt_advanced", LENT, **LOWER), event("A", "lower_debt_advanced", 1, **LOWER)],
     "垫付未结清 8001.00 元"),
    ("advanced for one that owes nothing",
     [event("A", "lower_debt_advanced", 1, lower_div_code="150621000")], "垫付超过 150621000 所欠"),
    ("withheld after it was advanced",
     [event("O", "lower_debt_advanced", LENT, **LOWER), event("A", "debt_withheld_from_lower", 1, **LOWER)],
     "本金应收 7999.00 元，垫付未结清 8000.00 元"),
    ("interest advanced that is not receivable",
     [event("A", "lower_debt_advanced", 1, **INTEREST, **LOWER)], "利息应收 0.00 元"),
    ("interest advanced beyond what is",
     [event("O", "interest_receivable_accrued", 5, **INTEREST, **LOWER),
      event("A", "lower_debt_advanced", 6, **INTEREST, **LOWER)], "利息应收 5.00 元，垫付未结清 6.00 元"),
    ("interest withheld from one that owes nothing",
     [event("A", "debt_withheld_from_lower", 1, **INTEREST, fund_type_code="121", **LOWER)],
     "150602000 没有所欠的转贷债务"),
    ("advanced with cash of bonds that there is not",
     [event("A", "lower_debt_advanced", 1, fund_type_code="114", **LOWER)], "国库存款不够付，缺 1.00 元"),
    ("interest that nobody accrued",
     [event("A", "debt_withheld_by_upper", **INTEREST, accrued_fen=1)], "应付转贷.*利息"),
    ("principal of another budget",
     [event("A", "debt_withheld_by_upper", 1, fund_type_code="121")], "应付转贷"),
    ("a fund without bonds", [event("A", "debt_withheld_by_upper", fund_type_code="13")], "没有地方政府债券"),
    ("interest accrued of principal", [event("A", "interest_payable_accrued")], "只办理利息"),
    ("accrued said of an accrual",
     [event("A", "interest_payable_accrued", **INTEREST, accrued_fen=1)], "已计提额"),
    ("no lower government", [event("A", "lower_debt_advanced")], "须写明下级区划"),
    ("a lower government of one's own", [event("A", "debt_withheld_by_upper", **LOWER)], "不写下级区划"),
    ("a lower one's event at the upper desk",
     [event("A", "lower_debt_deposited", **LOWER)], "由 150602000 办理"),
    ("an upper one's event at the lower desk",
     [event("A", "debt_withheld_from_lower", **LOWER, mof_div_code=BANNER)], "由 150600000 办理"),
    ("withheld by an upper one whose books are here",
     [event("A", "debt_withheld_by_upper", mof_div_code=BANNER)], "由上级办理扣缴"),
    ("nothing settled", [event("A", "debt_withheld_charged", bgt_id=quota("R"))], "须写明所结清"),
    ("no quota", [event("O", "debt_withheld_by_upper"), event("A", "debt_withheld_charged", settles_no="O")],
     "无预算不得支出"),
    ("a quota of another class",
     [event("O", "debt_withheld_by_upper"),
      event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("E"))], "不是还本支出"),
    ("principal from a quota of interest",
     [event("O", "debt_withheld_by_upper"),
      event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("I"))], "不是还本支出"),
    ("another part than was withheld",
     [event("O", "debt_withheld_by_upper"),
      event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("I"), **INTEREST)], "不是同一资金"),
    ("charged by whom it was not withheld from",
     [event("O", "debt_withheld_from_lower", **LOWER),
      event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("R"))], "不是本级的"),
    ("settled beyond what it was",
     [event("O", "debt_withheld_by_upper"),
      event("A", "debt_withheld_charged", 60, settles_no="O", bgt_id=quota("R")),
      event("B", "debt_withheld_charged", 61, settles_no="O", bgt_id=quota("R"))], "结清额超过原事项"),
    ("a day to come", [event("A", "debt_withheld_by_upper", happened_on=day(2022, 9))], "晚于今天"),
]  # fmt: skip

#: What its officer does about what is wrong.
REMEDIES = [
    ([event("A", "interest_payable_accrued")], "请改填利息"),
    ([event("A", "lower_debt_advanced")], "--lower-div-code"),
    ([event("A", "lower_debt_deposited", **LOWER)], f"请由 {BANNER} 的人员办理，财政区划填 {BANNER}"),
    ([event("A", "debt_withheld_by_upper", mof_div_code=BANNER)], "“扣缴下级本息”，下级区划填 " + BANNER),
    ([event("A", "debt_withheld_charged", bgt_id=quota("R"))], "fisc debt list-open"),
    ([event("O", "debt_withheld_by_upper"), event("A", "debt_withheld_charged", settles_no="O")], "--bgt-id"),
    ([event("O", "debt_withheld_by_upper"),
      event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("E"))], "列还本支出（231）的指标"),
    ([event("A", "debt_withheld_by_upper", fund_type_code="13", **INTEREST, accrued_fen=-1)],
     "；请填写债券的"),
]  # fmt: skip


@pytest.mark.parametrize(("items", "remedy"), REMEDIES, ids=[remedy for _, remedy in REMEDIES])
def test_each_refusal_says_what_to_do(city: Conn, items: list[debt.DebtItem], remedy: str) -> None:
    *before, last = items
    for one in before:
        record(city, one)
    with pytest.raises(RuleBroken) as refused, city.transaction():
        record(city, last)
    assert remedy in refused.value.hint


@pytest.mark.parametrize(
    ("items", "why"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_what_is_refused_posts_nothing(city: Conn, items: list[debt.DebtItem], why: str) -> None:
    *before, last = items
    for one in before:
        record(city, one)
    posted = city.execute("select count(*) from ledger.entry").fetchone()
    with pytest.raises((RuleBroken, psycopg.Error), match=why), city.transaction():
        record(city, last)
    assert city.execute("select count(*) from ledger.entry").fetchone() == posted


def test_what_a_lower_one_paid_in_is_passed_on_whatever_else_the_fund_paid(city: Conn) -> None:
    of_fund = {**INTEREST, **LOWER, "fund_type_code": "121"}
    owe(city, CITY, 2022, fund="122")
    pay(city, "付", "J", 300)  # of cash that the fund has not: the floor is the region's
    pay(city, "缴", "J", region=BANNER)
    record(city, event("A", "lower_debt_deposited", pay_app_no="缴", **{**of_fund, "mof_div_code": BANNER}))
    record(city, event("B", "lower_debt_paid_from_deposit", settles_no="A", **of_fund))
    with (
        pytest.raises((RuleBroken, psycopg.Error), match=r"国库存款不够付，缺 301\.00 元"),
        city.transaction(),
    ):
        record(city, event("计", "interest_receivable_accrued", 1, **of_fund),
               event("C", "lower_debt_advanced", 1, **of_fund))  # fmt: skip


def test_all_that_is_owed_can_be_repaid_and_not_a_fen_more(city: Conn) -> None:
    record(city, event("A", "debt_withheld_by_upper", OWED))
    with pytest.raises((RuleBroken, psycopg.Error), match="应付转贷"), city.transaction():
        record(city, event("B", "debt_withheld_by_upper", 1))


def test_a_charge_takes_no_more_than_its_quota_has(city: Conn) -> None:
    pay(city, "付", "I", 450)
    record(city, event("O", "debt_withheld_by_upper", **INTEREST))
    with pytest.raises(QuotaShortfall, match="超过可执行指标"):
        record(city, event("A", "debt_withheld_charged", settles_no="O", bgt_id=quota("I"), **INTEREST))


def test_what_was_accrued_is_settled_by_a_payment_of_interest_once(city: Conn) -> None:
    record(city, event("计", "interest_payable_accrued", 200, **INTEREST))
    for number, code in (("本", "R"), ("息", "I"), ("教", "E")):
        pay(city, number, code)
    for number in ("本", "教"):
        with pytest.raises(RuleBroken, match="不是付息支出"):
            record(city, event("A", "interest_paid", **INTEREST, pay_app_no=number))
    record(city, event("A", "interest_paid", 60, **INTEREST, pay_app_no="息"))
    with pytest.raises((RuleBroken, psycopg.Error), match="超过所列支付"), city.transaction():
        record(city, event("B", "interest_paid", 41, **INTEREST, pay_app_no="息"))
    record(city, event("B", "interest_paid", 40, **INTEREST, pay_app_no="息"))


def test_who_makes_an_event_does_not_post_it(city: Conn) -> None:
    debt.make_events(city, [event("A", "debt_withheld_by_upper")], by="clerk", on=day())
    with pytest.raises(MissingDuty):
        debt.post_events(city, ["A"], by="clerk", on=day())


def test_a_number_given_up_is_entered_anew(city: Conn) -> None:
    debt.make_events(city, [event("A", "debt_withheld_by_upper", 1)], by="clerk", on=day())
    debt.discard_events(city, ["A"], by="clerk", on=day())
    assert record(city, event("A", "debt_withheld_by_upper", 2)) == [True]


def reverse(conn: Conn, number: str) -> None:
    draft_reversals(conn, REVERSAL, REVERSIBLE, [(f"冲{number}", "debt_event", number, "金额记错一位")],
                    by="clerk", on=day(2022, 6))  # fmt: skip
    confirm_reversals(conn, REVERSAL, REVERSIBLE, [f"冲{number}"], by="reviewer", on=day(2022, 6))
    conn.execute("set constraints all immediate")
    conn.execute("set constraints all deferred")


def test_what_was_withheld_is_reversed_in_both_books(city: Conn) -> None:
    record(city, event("A", "debt_withheld_from_lower", **LOWER))
    reverse(city, "A")
    [paper] = read(city, REVERSAL, ["冲A"])
    red = read_entries_of(city, [paper.id]).values()
    assert {one.region for one in red} == {CITY, BANNER}
    assert all(line.amount_fen == -100 * YUAN for one in red for line in one.lines)


def test_the_claim_that_an_advance_is_of_is_not_reversed(city: Conn) -> None:
    record(city, event("计", "interest_receivable_accrued", **INTEREST, **LOWER))
    record(city, event("A", "lower_debt_advanced", **INTEREST, **LOWER))
    with pytest.raises((RuleBroken, psycopg.Error), match=r"利息应收 0\.00 元"), city.transaction():
        reverse(city, "计")


def test_what_was_advanced_stands_in_the_settlement_of_both_until_it_is_given_back(city: Conn) -> None:
    record(city, event("A", "lower_debt_advanced", **LOWER))
    for region in (CITY, BANNER):
        [claim] = closing.owed(city, region, 2022).claims
        assert (claim.name, claim.key, claim.debtor, claim.creditor, claim.amount_fen) == (
            "垫付本息", "A", BANNER, CITY, 100 * YUAN)  # fmt: skip
    pay(city, "还", "R", 60, region=BANNER)
    record(city, event("B", "lower_debt_reimbursed", 60, settles_no="A", pay_app_no="还",
                       mof_div_code=BANNER, **LOWER))  # fmt: skip
    assert [one.amount_fen for one in closing.owed(city, CITY, 2022).claims] == [40 * YUAN]


def test_interest_that_was_settled_is_not_taken_out_of_the_books_before(city: Conn) -> None:
    record(city, event("计", "interest_payable_accrued", **INTEREST))
    pay(city, "息", "I")
    record(city, event("A", "interest_paid", **INTEREST, pay_app_no="息"))
    with pytest.raises(psycopg.Error, match=r"应付转贷.*利息"), city.transaction():
        reverse(city, "计")


def test_what_is_left_to_settle_is_listed_for_each_side(city: Conn) -> None:
    record(city, event("A", "debt_withheld_from_lower", **LOWER))
    record(city, event("B", "lower_debt_paid_from_deposit", 30, settles_no="A", **LOWER))
    told = {
        region: [(r["event_no"], r["left_fen"] // YUAN) for r in debt.not_settled(city, region, day(2022, 6))]
        for region in (CITY, BANNER)
    }
    assert told == {CITY: [("A", 70)], BANNER: [("A", 100)]}


def test_a_payment_of_principal_asks_no_more_than_is_owed(city: Conn) -> None:
    pay(city, "还1", "R", OWED - 1)
    with pytest.raises(RuleBroken, match=r"应付转贷本金.*只有 1\.00 元"):
        pay(city, "还2", "R", 2)
    pay(city, "还3", "R", 1)
    assert city.execute("select 1 from treasury_payment where doc_key = '还2'").fetchall() == []


def test_what_is_under_way_counts_against_what_is_owed(city: Conn) -> None:
    given = [application(n, quota("R"), yuan) for n, yuan in (("还1", OWED - 1), ("还2", 2), ("还3", 1))]
    outcomes = treasury.apply(city, given, by="unit", on=day(), each=True)
    assert [o.refusal is None for o in outcomes] == [True, False, True]
    with pytest.raises(RuleBroken, match=r"只有 0\.00 元"):
        treasury.apply(city, [application("还4", quota("R"), 1)], by="unit", on=day())


def test_what_was_withheld_is_owed_in_the_settlement_of_the_year(city: Conn) -> None:
    record(city, event("A", "debt_withheld_from_lower", **LOWER))
    record(city, event("B", "debt_withheld_by_upper", 30))
    settled = closing.owed(city, CITY, 2022)
    assert (settled.net(BANNER), settled.net("150000000")) == (-100 * YUAN, 30 * YUAN)
    assert closing.owed(city, BANNER, 2022).net(CITY) == 100 * YUAN
    assert [pair for pair in closing.compare(city, CITY, 2022) if pair.side == ACCOUNT] == []


@pytest.mark.parametrize(
    ("classes", "what"),
    [
        ({"gov_bgt_eco_code": "", "dep_bgt_eco_code": ""}, "没有写明政府预算支出经济分类"),
        ({"dep_bgt_eco_code": ""}, "没有写明部门预算支出经济分类"),
    ],
)
def test_nothing_is_charged_to_a_quota_that_lacks_classes(
    city: Conn, monkeypatch: pytest.MonkeyPatch, classes: dict[str, str], what: str
) -> None:
    record(city, event("计1", "interest_payable_accrued", 300, **INTEREST))
    record(city, event("扣1", "debt_withheld_by_upper", **INTEREST))
    old_quota(city, monkeypatch, quota("I"), **classes)
    charged = event("列1", "debt_withheld_charged", **INTEREST, bgt_id=OLD, settles_no="扣1")
    with pytest.raises(RuleBroken, match=rf"债务收付单 列1 的指标 OLD {what}") as refused:
        record(city, charged)
    assert "预算法第三十二条" in refused.value.rule
    noted(monkeypatch, is_noted=True)  # by the program alone: the database asks, too
    with pytest.raises(RuleBroken, match=r"没有写明.*debt_event:列1"), city.transaction():
        record(city, charged)
