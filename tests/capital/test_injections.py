"""An injection: both entries of T26 once each, uses that add up, loans, what they save, what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.capital import rules
from fisc.capital import services as capital
from fisc.capital.kinds import INJECTION
from fisc.capital.services import InjectionPayment, InjectionRefund, Use
from fisc.documents import MissingDuty, NotFound, Officer, RuleBroken, WrongState, define_officers
from fisc.kernel import Coding, DuplicateConflict, FiscError, QuotaShortfall
from fisc.treasury import services as treasury
from tests.capital import world
from tests.capital.world import CITY, DAY, LOAN, WATER, WIND, YUAN, Conn
from tests.papers import equity_part
from tests.treasury import paying

PAYMENT = [
    "借 quota:9402 1000.00",
    "贷 quota:9501 1000.00",
    "借 treasury_2015:5003 1000.00",
    "贷 treasury_2015:1001 1000.00",
]
EQUITY = [
    "借 treasury_2015:1071 1000.00 投资成本:E1",
    "贷 treasury_2015:3081 1000.00 投资成本:E1",
    "借 capital_register:K120 300.00 新能源",
    "贷 capital_register:K290 300.00 新能源",
    "借 capital_register:K120 100.00 水利",
    "贷 capital_register:K290 100.00 水利",
]


def test_an_injection_posts_both_entries_of_the_rule_once_each(city: Conn) -> None:
    world.invested(city, world.injection())
    assert paying.entry(city, "pay_app:P-ZZ1:paid") == PAYMENT
    assert world.entries(city, "injection:") == {"injection:ZZ1:invested": EQUITY}
    assert paying.rule_codes(city, "injection:ZZ1:invested") == "192-T26+cap-02"


def test_all_of_it_again_changes_nothing(city: Conn) -> None:
    numbers = world.invested(city, world.injection())
    world.prepaid(city, world.prepayment())
    count = world.entry_count(city)
    assert capital.record_injections(city, [world.injection()], by="k-maker", on=DAY) == [False]
    assert capital.approve_injections(city, numbers, by="k-head", on=DAY) == [False]
    assert capital.recognise_equity(city, numbers, by="k-head", on=DAY) == [False]
    assert world.prepaid(city, world.prepayment()) == [False]
    assert world.entry_count(city) == count
    with pytest.raises(DuplicateConflict, match="ZZ1"):
        capital.record_injections(city, [world.injection(uses=(LOAN, WIND))], by="k-maker", on=DAY)


def test_a_general_budget_pays_from_its_own_account(city: Conn) -> None:
    world.invested(city, world.injection(bgt_id="K2"))
    assert "借 treasury_2015:5001 1000.00" in paying.entry(city, "pay_app:P-ZZ1:paid")
    assert world.entries(city, "injection:") == {"injection:ZZ1:invested": EQUITY}


def test_equity_waits_for_the_bank(city: Conn) -> None:
    world.approved(city, world.injection())
    with pytest.raises(NotFound, match="没有支付申请 P-ZZ1"):
        capital.recognise_equity(city, ["ZZ1"], by="k-head", on=DAY)
    capital.apply_for_payment(city, [InjectionPayment("ZZ1", "6300001", "102205000001")], by="unit", on=DAY)
    with pytest.raises(WrongState, match="尚未由银行支付"):
        capital.recognise_equity(city, ["ZZ1"], by="k-head", on=DAY)
    assert world.entries(city, "injection:") == {}


def test_a_payment_of_another_amount_carries_no_injection(city: Conn) -> None:
    world.approved(city, world.injection())
    other = paying.application("P-ZZ1", "K1", 999, payee_name=world.POWER.name, payee_acct_no="6300001")
    paying.paid(city, other, on=DAY)
    with pytest.raises(RuleBroken, match=r"注资 1,?000\.00 元.*999\.00 元"):
        capital.recognise_equity(city, ["ZZ1"], by="k-head", on=DAY)


def test_what_was_discarded_is_not_paid_and_what_was_invested_stays(city: Conn) -> None:
    world.approved(city, world.injection("ZZ3"))
    assert capital.discard_injections(city, ["ZZ3"], by="k-maker", on=DAY) == [True]
    with pytest.raises(WrongState, match="作废"):
        capital.apply_for_payment(
            city, [InjectionPayment("ZZ3", "6300001", "102205000001")], by="unit", on=DAY
        )
    world.invested(city, world.injection())
    with pytest.raises(WrongState):
        capital.discard_injections(city, ["ZZ1"], by="k-maker", on=DAY)


def test_no_payment_before_approval_and_none_beyond_the_quota(city: Conn) -> None:
    capital.record_injections(city, [world.injection()], by="k-maker", on=DAY)
    payment = InjectionPayment("ZZ1", "6300001", "102205000001")
    with pytest.raises(WrongState, match="不能申请支付"):
        capital.apply_for_payment(city, [payment], by="unit", on=DAY)
    world.approved(city, world.injection("ZZ9", uses=(replace(WIND, amount_fen=6_000 * YUAN),)))
    with pytest.raises(QuotaShortfall):
        capital.apply_for_payment(city, [replace(payment, injection_no="ZZ9")], by="unit", on=DAY)


def test_who_records_does_not_approve_and_nobody_may_do_both(city: Conn) -> None:
    capital.record_injections(city, [world.injection()], by="k-maker", on=DAY)
    with pytest.raises(MissingDuty):
        capital.approve_injections(city, ["ZZ1"], by="k-maker", on=DAY)
    both = Officer("k-both", "兼", "", frozenset({"capital_make", "capital_review"}))
    with pytest.raises(FiscError, match="不能由一人兼任"):
        define_officers(city, [both])


@pytest.mark.parametrize(
    ("change", "refusal", "told"),
    [
        ({"enterprise_code": "E9"}, NotFound, "没有已登记的国有企业 E9"),
        ({"bgt_id": "Q9"}, NotFound, "没有指标 Q9"),
        ({"bgt_id": "W1"}, RuleBroken, "政府经济分类 50799"),
        ({"basis_doc_no": ""}, RuleBroken, "依据"),
        ({"basis_kind": "telephone"}, RuleBroken, "依据"),
        ({"basis_on": date(2022, 5, 11)}, RuleBroken, "依据"),
        ({"amount_fen": 999 * YUAN}, RuleBroken, "用途合计"),
        ({"share_bp": 10_001}, RuleBroken, "持股"),
        ({"uses": (replace(LOAN, contract_no=""),)}, RuleBroken, "第 1 行"),
        ({"uses": (WIND, replace(WATER, sector="casino"))}, RuleBroken, "第 2 行"),
        ({"uses": (Use("dinner", 100),)}, RuleBroken, "dinner"),
    ],
)
def test_what_is_no_injection_is_refused(
    city: Conn, change: dict[str, Any], refusal: type[Exception], told: str
) -> None:
    with pytest.raises(refusal, match=told):
        capital.record_injections(city, [world.injection(**change)], by="k-maker", on=DAY)


def test_one_refused_refuses_all_and_all_are_named(city: Conn) -> None:
    wrong = [world.injection(f"Z{n}", enterprise_code=f"E9{n}") for n in range(3)]
    with pytest.raises(NotFound, match=r"3 项.*E90.*E91.*E92"):
        capital.record_injections(city, [world.injection(), *wrong], by="k-maker", on=DAY)
    assert capital.record_injections(city, [world.injection()], by="k-maker", on=DAY) == [True]


def test_a_loan_repaid_early_stands_with_what_it_saves_a_year(city: Conn) -> None:
    world.invested(city, world.injection())
    assert world.prepaid(city, world.prepayment("H1", 350), world.prepayment("H2", 250)) == [True, True]
    assert world.entries(city, "prepayment:") == {
        "prepayment:H1:confirmed": [
            "借 capital_register:K110 350.00 工行:L-7",
            "贷 capital_register:K290 350.00 工行:L-7",
            "借 capital_register:K210 7.00 工行:L-7",
            "贷 capital_register:K290 7.00 工行:L-7",
        ],
        "prepayment:H2:confirmed": [
            "借 capital_register:K110 250.00 工行:L-7",
            "贷 capital_register:K290 250.00 工行:L-7",
            "借 capital_register:K210 5.00 工行:L-7",
            "贷 capital_register:K290 5.00 工行:L-7",
        ],
    }
    savings = capital.loan_savings(city, CITY, 2022)
    assert [(s.contract_no, s.principal_fen, s.rate_bp, s.new_rate_bp, s.saving_fen) for s in savings] == [
        ("L-7", 350 * YUAN, 525, 325, 7 * YUAN), ("L-7", 250 * YUAN, 525, 325, 5 * YUAN),
    ]  # fmt: skip


def test_a_payment_and_a_receipt_serve_once(city: Conn) -> None:
    world.invested(city, world.injection())
    other = world.injection("ZZ2", pay_app_no="P-ZZ1")
    with pytest.raises(RuleBroken, match="P-ZZ1 已由单据 ZZ1 使用"):
        capital.record_injections(city, [other], by="k-maker", on=DAY)
    world.prepaid(city, world.prepayment("H1", 100))
    with pytest.raises(RuleBroken, match="R-H1 已由单据 H1 使用"):
        world.prepaid(city, world.prepayment("H2", 100, evidence_no="R-H1"))


def test_no_more_is_repaid_than_the_line_was_given(city: Conn) -> None:
    world.invested(city, world.injection())
    world.prepaid(city, world.prepayment("H1", 400))
    with pytest.raises(RuleBroken, match=r"超出 100\.00 元"):
        world.prepaid(city, world.prepayment("H2", 300))
    assert len(world.entries(city, "prepayment:")) == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"line_no": 2}, NotFound),
        ({"line_no": 7}, NotFound),
        ({"prepaid_on": date(2022, 5, 9)}, RuleBroken),
        ({"prepaid_on": date(2022, 6, 3)}, RuleBroken),
        ({"evidence_no": ""}, RuleBroken),
        ({"yuan": 0}, RuleBroken),
    ],
)
def test_a_receipt_that_does_not_fit_is_refused(
    city: Conn, change: dict[str, Any], refusal: type[Exception]
) -> None:
    world.invested(city, world.injection())
    with pytest.raises(refusal):
        world.prepaid(city, world.prepayment(**change))


def test_nothing_is_repaid_with_money_that_has_not_come(city: Conn) -> None:
    world.paid(city, world.injection())
    with pytest.raises(WrongState):
        world.prepaid(city, world.prepayment())


def test_what_comes_back_of_the_payment_takes_the_equity_back(city: Conn) -> None:
    world.invested(city, world.injection())
    on = date(2022, 7, 1)
    refund = treasury.Refund("T1", "P-ZZ1", 80 * YUAN, on)
    treasury.refund(city, [refund], by="teller", on=on)
    asked = [InjectionRefund("T1", "ZZ1", 2)]
    for is_new in (True, False):
        told = capital.record_refunds(city, asked, by="k-maker", reviewed_by="k-head", on=on)
        assert told == [is_new]
    assert world.entries(city, "injection_refund:") == {
        "injection_refund:T1:posted": [
            "借 treasury_2015:1071 (80.00) 投资成本:E1",
            "贷 treasury_2015:3081 (80.00) 投资成本:E1",
            "借 capital_register:K120 (80.00) 新能源",
            "贷 capital_register:K290 (80.00) 新能源",
        ]
    }
    assert capital.stakes(city, CITY, on)[0].cost_fen == (2_000 + 1_000 - 80) * YUAN


def test_a_refund_the_treasury_does_not_know_or_of_more_than_the_line_is_refused(city: Conn) -> None:
    world.invested(city, world.injection())
    on = date(2022, 7, 1)
    treasury.refund(city, [treasury.Refund("T1", "P-ZZ1", 180 * YUAN, on)], by="teller", on=on)
    signed: dict[str, Any] = {"by": "k-maker", "reviewed_by": "k-head", "on": on}
    with pytest.raises(NotFound):
        capital.record_refunds(city, [InjectionRefund("T9", "ZZ1", 2)], **signed)
    with pytest.raises(RuleBroken, match=r"退回后超出 80\.00 元"):
        capital.record_refunds(city, [InjectionRefund("T1", "ZZ1", 3)], **signed)


def test_from_2023_the_equity_takes_over_what_the_payment_spent() -> None:
    said = {
        "id": 1, "doc_key": "Z", "mof_div_code": CITY, "enterprise_code": "E1", "amount_fen": 100, "uses": [],
        "basis_doc_no": "鄂府纪〔2022〕1号", "pay_app_no": "P",
    }  # fmt: skip
    [document] = INJECTION.load(tuple(said), [tuple(said.values())])
    block = Coding(2023, CITY, "13", gov_bgt_eco_code="50803")
    entry = rules.invested(document, block, date(2023, 3, 1), project_names={})
    told = [(x.account, x.side, x.amount_fen, equity_part(x.coding)) for x in entry.lines]
    assert told == [
        ("treasury_2022_financial:1061", 1, 100, "投资成本:E1"),
        ("treasury_2022_financial:5007", -1, 100, ""),
    ]


@given(
    fen=st.integers(1, 10**13),
    rate=st.integers(0, 3_000),
    cost=st.integers(0, 3_000),
    days=st.integers(-10, 4_000),
)
def test_a_saving_is_the_difference_of_the_rates_for_a_year_at_most(
    fen: int, rate: int, cost: int, days: int
) -> None:
    on = date(2022, 6, 1)
    line = rules.UseLine(
        1, "loan", fen, rate_bp=rate, new_rate_bp=cost,
        due_on=date.fromordinal(on.toordinal() + days).isoformat(),
    )  # fmt: skip
    exact = fen * (rate - cost) * max(0, min(days, 365)) / (10_000 * 365)
    assert abs(rules.saving_fen(line, fen, on) - exact) <= max(1, abs(exact) * 1e-12)
