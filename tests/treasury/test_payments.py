"""A payment from application to the bank's receipt: what each step does, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.documents import FourEyes, MissingDuty, NotFound, RuleBroken, WrongState
from fisc.kernel import DuplicateConflict, FiscError, QuotaShortfall, close_periods
from fisc.registry import elements
from fisc.treasury import services as treasury
from tests.treasury.paying import (
    BANNER,
    CITY,
    DAY,
    OTHER,
    OWN,
    PAPER,
    YUAN,
    application,
    applied,
    certified,
    entry,
    left,
    paid,
    quota_id,
    receipt,
    rule_codes,
    sent,
    state,
)

Conn = psycopg.Connection[Any]


def test_a_payment_goes_through_and_both_books_say_so_in_one_entry(paying: Conn) -> None:
    assert paid(paying, application("A1")) == ["PZA1"]
    assert entry(paying, "pay_app:A1:applied") == ["借 quota:9302 100.00", "贷 quota:9402 100.00"]
    assert entry(paying, "pay_app:A1:paid") == [
        "借 quota:9402 100.00",
        "贷 quota:9501 100.00",
        "借 treasury_2015:5001 100.00",
        "贷 treasury_2015:1001 100.00",
    ]
    assert rule_codes(paying, "pay_app:A1:paid") == "36-11+192-T12"
    assert left(paying) == {"executable": 900, "paid": 100}
    assert state(paying, "A1") == state(paying, "PZA1") == "paid"


@pytest.mark.parametrize(
    ("bgt_id", "account"), [("Q2", "5001"), ("G1", "5002"), ("C1", "5003"), ("B1", "5002")]
)
def test_each_fund_is_spent_on_its_own_account(paying: Conn, bgt_id: str, account: str) -> None:
    paid(paying, application("A1", bgt_id))
    assert entry(paying, "pay_app:A1:paid")[2:] == [
        f"借 treasury_2015:{account} 100.00",
        "贷 treasury_2015:1001 100.00",
    ]


def test_the_books_of_2021_follow_the_same_rules(paying: Conn) -> None:
    day = date(2021, 6, 1)
    paid(paying, application("A1", quota_id("Q1", CITY, 2021)), on=day)
    assert rule_codes(paying, "pay_app:A1:paid") == "36-11+192-T12"


_STEPS_TO_THE_BANK = {
    "draft": [lambda c, on: treasury.review(c, ["A1"], by="unit2", on=on)],
    "unit_reviewed": [lambda c, on: treasury.approve(c, ["A1"], by="reviewer", on=on)],
    "approved": [lambda c, on: treasury.certify(c, ["A1"], by="signer", on=on)],
    "certified": [
        lambda c, on: treasury.send(c, ["PZA1"], by="teller", on=on, message_id="M1"),
        lambda c, on: treasury.correct_payees(
            c, [treasury.PayeeCorrection("A1", "鄂尔多斯乙公司", "6200009", "103205000001")], by="unit", on=on
        ),
    ],
}  # fmt: skip


@pytest.mark.parametrize("so_far", range(4))
def test_nothing_brings_a_payment_on_after_its_quotas_year(paying: Conn, so_far: int) -> None:
    """Whoever begins after New Year is told to withdraw it; the quota is free then."""
    last, new = date(2021, 12, 31), date(2022, 1, 4)
    quota = quota_id("Q1", CITY, 2021)
    applied(paying, application("A1", quota), on=last)
    states = list(_STEPS_TO_THE_BANK)
    for stood in states[:so_far]:
        _STEPS_TO_THE_BANK[stood][0](paying, last)
    for step in _STEPS_TO_THE_BANK[states[so_far]]:
        with pytest.raises(RuleBroken, match=r"用的不是当年的指标.*A1") as refused:
            step(paying, new)
        assert "第十八条" in refused.value.rule and "撤销" in refused.value.hint
    assert state(paying, "A1") == states[so_far]
    assert treasury.withdraw(paying, ["A1"], by="unit", on=new) == [True]
    assert left(paying, quota) == {"executable": 1000}


def test_every_hand_is_another_persons(paying: Conn) -> None:
    [number] = applied(paying, application("A1"))
    with pytest.raises(MissingDuty):
        treasury.review(paying, [number], by="unit", on=DAY)
    with pytest.raises(MissingDuty):
        treasury.apply(paying, [application("A2")], by="banner-unit", on=DAY)
    treasury.review(paying, [number], by="unit2", on=DAY)
    with pytest.raises(WrongState):
        treasury.certify(paying, [number], by="signer", on=DAY)


def test_who_made_a_payment_never_signs_it(paying: Conn) -> None:
    from fisc.documents import Officer, define_officers

    define_officers(paying, [Officer("both", "兼岗", "", frozenset({"unit_make", "bank_operate"}))])
    treasury.apply(paying, [application("A1")], by="both", on=DAY)
    treasury.review(paying, ["A1"], by="unit2", on=DAY)
    treasury.approve(paying, ["A1"], by="reviewer", on=DAY)
    certs = treasury.certify(paying, ["A1"], by="signer", on=DAY)
    with pytest.raises(FourEyes):
        treasury.send(paying, certs, by="both", on=DAY, message_id="M1")


def test_sent_back_it_is_reviewed_again(paying: Conn) -> None:
    applied(paying, application("A1"))
    treasury.review(paying, ["A1"], by="unit2", on=DAY)
    treasury.send_back(paying, ["A1"], by="reviewer", on=DAY, note="附件不全")
    assert state(paying, "A1") == "draft"
    assert left(paying) == {"executable": 900, "applied": 100}
    assert treasury.review(paying, ["A1"], by="unit2", on=DAY) == [True]


def test_each_step_again_changes_nothing(paying: Conn) -> None:
    first = application("A1")
    assert [o.is_new for o in treasury.apply(paying, [first, first], by="unit", on=DAY)] == [True, False]
    assert [o.is_new for o in treasury.apply(paying, [first], by="unit", on=DAY)] == [False]
    assert treasury.review(paying, ["A1"], by="unit2", on=DAY) == [True]
    assert treasury.review(paying, ["A1"], by="unit2", on=DAY) == [False]
    treasury.approve(paying, ["A1"], by="reviewer", on=DAY)
    assert treasury.certify(paying, ["A1"], by="signer", on=DAY) == ["PZA1"]
    assert treasury.certify(paying, ["A1"], by="signer", on=DAY) == ["PZA1"]
    assert treasury.send(paying, ["PZA1"], by="teller", on=DAY, message_id="M1") == [True]
    assert treasury.send(paying, ["PZA1"], by="teller", on=DAY, message_id="M2") == [False]
    said = [receipt("PZA1")]
    assert [o.is_new for o in treasury.confirm_paid(paying, [*said, *said], by="teller", on=DAY)] == [
        True,
        False,
    ]
    assert [o.is_new for o in treasury.confirm_paid(paying, said, by="teller", on=DAY)] == [False]
    assert [o.is_new for o in treasury.apply(paying, [first], by="unit", on=DAY)] == [False]
    assert left(paying) == {"executable": 900, "paid": 100}
    assert treasury.payment(paying, "A1")["message_id"] == "M1"


def test_the_same_number_with_other_content_is_refused(paying: Conn) -> None:
    applied(paying, application("A1"))
    with pytest.raises(DuplicateConflict, match="A1"):
        treasury.apply(paying, [application("A1", yuan=101)], by="unit", on=DAY)
    with pytest.raises(DuplicateConflict, match="A9"):
        treasury.apply(paying, [application("A9"), application("A9", yuan=1)], by="unit", on=DAY)
    assert left(paying) == {"executable": 900, "applied": 100}


def test_no_quota_no_payment_and_nothing_is_held(paying: Conn) -> None:
    with pytest.raises(QuotaShortfall, match=r"A2.*700\.00 元，可用只有 400\.00 元") as refused:
        treasury.apply(paying, [application("A1", yuan=600), application("A2", yuan=700)], by="unit", on=DAY)
    assert "R32" in refused.value.rule and refused.value.hint
    assert left(paying) == {"executable": 1000}
    with pytest.raises(NotFound, match="指标 X9 不存在"):
        treasury.apply(paying, [application("A1", "X9")], by="unit", on=DAY)


def test_with_each_the_sound_ones_are_served_in_their_order(paying: Conn) -> None:
    applied(paying, application("A0"))
    given = [
        application("A1", yuan=600),
        application("A2", yuan=700),
        application("A3", yuan=300),
        application("A4", "X9"),
        application("A5", yuan=1, payee_name="别人"),
        application("A0", yuan=5),
        application("A6", yuan=1),
        application("A0"),
    ]
    found = treasury.apply(paying, given, by="unit", on=DAY, each=True)
    assert [(o.key, o.is_new, type(o.refusal)) for o in found[:5]] == [
        ("A1", True, type(None)),
        ("A2", False, QuotaShortfall),
        ("A3", True, type(None)),
        ("A4", False, NotFound),
        ("A5", False, RuleBroken),
    ]
    assert isinstance(found[5].refusal, DuplicateConflict)
    assert isinstance(found[6].refusal, QuotaShortfall)
    assert left(paying) == {"applied": 1000}


def test_many_refusals_are_named_together(paying: Conn) -> None:
    bad = [application(f"A{n}", payee_acct_no=f"999{n:04}") for n in range(25)]
    with pytest.raises(RuleBroken) as refused:
        treasury.apply(paying, bad, by="unit", on=DAY)
    assert refused.value.details["refused"] == 25
    assert "等共 25 项" in refused.value.message
    assert len(refused.value.details["keys"]) == 20


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"payee_acct_no": "7777777"}, "没有登记"),
        ({"payee_name": "鄂尔多斯乙公司"}, "户名是“鄂尔多斯甲公司”"),
        ({"payee_bank_no": "103205000001"}, "开户行是"),
        ({"payee_name": "市教育局", "payee_acct_no": "6200088", "payee_bank_no": ""}, "本单位"),
        ({"purpose": " "}, "没有填写用途"),
        ({"purpose": "123-456"}, "全部是数字或符号"),
        ({"payee_acct_no": "账号一"}, "没有登记"),
        ({"amount_fen": 0}, "不是正数"),
        ({"pay_type": "cash"}, "支付类型不存在"),
        ({"mof_div_code": BANNER}, "区划"),
        ({"stage": "later"}, "没有资金占用阶段"),
        ({"bgt_id": quota_id("Q1", CITY, 2021)}, "不是当年的指标"),
    ],
)
def test_what_may_not_be_paid_is_refused_with_its_rule(
    paying: Conn, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(FiscError, match=words) as refused:
        treasury.apply(paying, [application("A1", **given)], by="unit", on=DAY)
    assert refused.value.rule and refused.value.hint
    assert left(paying) == {"executable": 1000}


@pytest.mark.parametrize("number", ["", " A1", "A\n1", "A" * 31])
def test_a_number_that_no_bank_message_can_carry_is_refused(paying: Conn, number: str) -> None:
    given = [application("A0"), application(number)]
    refused, good = treasury.apply(paying, given[::-1], by="unit", on=DAY, each=True)
    assert "编号不能用" in str(refused.refusal) and good.is_new
    assert left(paying) == {"executable": 900, "applied": 100}


def test_a_disabled_account_or_unit_is_paid_no_more(paying: Conn) -> None:
    [number] = applied(paying, application("A1"))
    treasury.review(paying, [number], by="unit2", on=DAY)
    treasury.approve(paying, [number], by="reviewer", on=DAY)
    elements.disable(
        paying,
        "payee_accounts",
        [elements.Key(2022, "6200001")],
        on=DAY,
        by="registrar",
        reason="账户已经销户",
    )
    with pytest.raises(RuleBroken, match="停用"):
        treasury.certify(paying, [number], by="signer", on=DAY)
    elements.disable(
        paying,
        "agencies",
        [elements.Key(2022, "101001", CITY)],
        on=DAY,
        by="registrar",
        reason="单位已经撤并",
    )
    with pytest.raises(FiscError, match="101001"):
        treasury.apply(
            paying, [application("A2", payee_acct_no="6200002", payee_bank_no="")], by="unit", on=DAY
        )


def test_a_large_or_odd_payment_is_noted_and_goes_on(paying: Conn) -> None:
    odd = application("A1", purpose="接待 酒水")
    with pytest.raises(RuleBroken, match="附件"):
        applied(paying, odd)
    applied(paying, replace(odd, attachments=(PAPER,)))
    [alert] = treasury.payment(paying, "A1")["findings"]
    assert (alert.finding.rule_id, alert.finding.what) == ("R22", "用途含有“酒水”")


def test_a_changed_certificate_is_not_sent(paying: Conn) -> None:
    [cert] = certified(paying, application("A1"))
    with paying.transaction(force_rollback=True), pytest.raises(psycopg.Error):
        paying.execute("update treasury_payment set payee_acct_no = '6200009' where doc_key = 'A1'")
    paying.execute("set local session_replication_role = replica")  # even one who gets past the triggers
    paying.execute("update treasury_payment set payee_acct_no = '6200009' where doc_key = 'A1'")
    paying.execute("set local session_replication_role = origin")
    with pytest.raises(RuleBroken, match="与签发时不同"):
        treasury.send(paying, [cert], by="teller", on=DAY, message_id="M1")


@pytest.mark.parametrize("change", ["amount_fen = 1", "bgt_id = 'Q2'", "coding_id = 1", "purpose = '别的'"])
def test_the_database_keeps_what_was_applied_for(paying: Conn, change: str) -> None:
    applied(paying, application("A1"))
    with paying.transaction(force_rollback=True), pytest.raises(psycopg.Error, match="不再改变"):
        paying.execute(f"update treasury_payment set {change} where doc_key = 'A1'".encode())


def test_a_withdrawn_payment_frees_its_quota(paying: Conn) -> None:
    certified(paying, application("A1"), application("A2", yuan=50))
    assert treasury.withdraw(paying, ["A1"], by="unit", on=DAY) == [True]
    assert treasury.withdraw(paying, ["A1"], by="unit", on=DAY) == [False]
    assert entry(paying, "pay_app:A1:withdrawn") == ["借 quota:9402 100.00", "贷 quota:9302 100.00"]
    assert left(paying) == {"executable": 950, "applied": 50}


def test_what_the_bank_has_cannot_be_withdrawn(paying: Conn) -> None:
    sent(paying, application("A1"))
    with pytest.raises(WrongState, match="已发银行"):
        treasury.withdraw(paying, ["A1"], by="unit", on=DAY)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (receipt("PZA1", 99), "不得部分支付|应付 100.00 元，银行回单是 99.00 元"),
        (receipt("PZA1", on=date(2022, 3, 2)), "晚于今天"),
        (receipt("PZ-none"), "没有支付凭证"),
        (receipt("PZA2"), "不能确认支付"),
        (receipt("PZA1", on=date(2022, 2, 28)), "支付日 2022-02-28 早于发送银行的 2022-03-01"),
    ],
)
def test_a_receipt_that_cannot_be_is_refused(paying: Conn, said: treasury.BankReceipt, words: str) -> None:
    sent(paying, application("A1"))
    certified(paying, application("A2"))
    with pytest.raises(FiscError, match=words):
        treasury.confirm_paid(paying, [said], by="teller", on=DAY)
    [outcome] = treasury.confirm_paid(paying, [said], by="teller", on=DAY, each=True)
    assert outcome.refusal is not None and not outcome.is_new
    assert left(paying) == {"executable": 800, "applied": 200}


def test_another_receipt_for_the_same_certificate_is_a_conflict(paying: Conn) -> None:
    paid(paying, application("A1"))
    with pytest.raises(DuplicateConflict, match="PZA1"):
        treasury.confirm_paid(paying, [receipt("PZA1", agent_business_no="OTHER")], by="teller", on=DAY)


def test_a_quota_of_last_year_is_not_paid_this_year(paying: Conn) -> None:
    day = date(2021, 12, 31)
    sent(paying, application("A1", quota_id("Q1", CITY, 2021)), on=day)
    with pytest.raises(RuleBroken, match="2021 年指标"):
        treasury.confirm_paid(
            paying, [receipt("PZA1", on=date(2022, 1, 4))], by="teller", on=date(2022, 1, 4)
        )
    late = treasury.confirm_paid(paying, [receipt("PZA1", on=day)], by="teller", on=date(2022, 1, 4))
    assert [o.is_new for o in late] == [True]


def test_a_return_posts_nothing_and_the_corrected_payment_has_another_number(paying: Conn) -> None:
    sent(paying, application("A1"))
    said = treasury.BankReturn("PZA1", "AC04", "账户已销户", DAY)
    assert [o.is_new for o in treasury.record_returns(paying, [said, said], by="teller", on=DAY)] == [
        True,
        False,
    ]
    assert left(paying) == {"executable": 900, "applied": 100}
    wrong = treasury.PayeeCorrection("A1", "鄂尔多斯甲公司", "6200009")
    with pytest.raises(RuleBroken, match="户名是“鄂尔多斯乙公司”"):
        treasury.correct_payee(paying, [wrong], by="unit", signed_by="signer", on=DAY)
    right = treasury.PayeeCorrection("A1", "鄂尔多斯甲公司", "6200002")
    assert treasury.correct_payee(paying, [right], by="unit", signed_by="signer", on=DAY) == ["PZA1-2"]
    assert [o.is_new for o in treasury.record_returns(paying, [said], by="teller", on=DAY)] == [False]
    treasury.send(paying, ["PZA1-2"], by="teller", on=DAY, message_id="M2")
    with pytest.raises(WrongState, match="PZA1 已于 2022-03-01 退票"):
        treasury.confirm_paid(paying, [receipt("PZA1")], by="teller", on=DAY)
    treasury.confirm_paid(paying, [receipt("PZA1-2")], by="teller", on=DAY)
    assert left(paying) == {"executable": 900, "paid": 100}
    found = treasury.payment(paying, "PZA1")
    assert (found["pay_cert_no"], found["payee_acct_no"]) == ("PZA1-2", "6200002")
    assert [(r["pay_cert_no"], r["payee_acct_no"]) for r in found["returns"]] == [("PZA1", "6200001")]


def test_the_corrector_does_not_sign(paying: Conn) -> None:
    sent(paying, application("A1"))
    treasury.record_returns(paying, [treasury.BankReturn("PZA1", "AC04", "", DAY)], by="teller", on=DAY)
    right = treasury.PayeeCorrection("A1", "鄂尔多斯甲公司", "6200002")
    with pytest.raises(MissingDuty):
        treasury.correct_payee(paying, [right], by="unit", signed_by="unit", on=DAY)
    assert treasury.correct_payee(paying, [right], by="unit", on=DAY) == ["PZA1"]
    assert treasury.certify(paying, ["A1"], by="signer", on=DAY) == ["PZA1-2"]


def test_a_returned_payment_may_be_withdrawn(paying: Conn) -> None:
    sent(paying, application("A1"))
    treasury.record_returns(paying, [treasury.BankReturn("PZA1", "AC04", "", DAY)], by="teller", on=DAY)
    treasury.withdraw(paying, ["A1"], by="unit", on=DAY)
    assert left(paying) == {"executable": 1000}


@pytest.mark.parametrize(
    ("day", "words"), [(date(2022, 2, 28), "早于发送银行"), (date(2022, 3, 2), "晚于今天")]
)
def test_a_return_before_sending_or_after_today_is_refused(paying: Conn, day: date, words: str) -> None:
    sent(paying, application("A1"))
    with pytest.raises(RuleBroken, match=words):
        treasury.record_returns(paying, [treasury.BankReturn("PZA1", "AC04", "", day)], by="teller", on=DAY)
    assert state(paying, "A1") == "sent"


def test_a_payee_is_corrected_until_a_bank_has_the_certificate(paying: Conn) -> None:
    certified(paying, application("A1"))
    for number, name in (("6200009", "鄂尔多斯乙公司"), ("6200002", "鄂尔多斯甲公司")):
        right = treasury.PayeeCorrection("A1", name, number)
        assert treasury.correct_payees(paying, [right], by="unit", on=DAY) == [True]
        assert treasury.correct_payees(paying, [right], by="unit", on=DAY) == [False]
    with pytest.raises(WrongState, match="已更正收款信息"):
        treasury.send(paying, ["PZA1"], by="teller", on=DAY, message_id="M1")
    assert treasury.certify(paying, ["A1"], by="signer", on=DAY) == ["PZA1-2"]
    treasury.send(paying, ["PZA1-2"], by="teller", on=DAY, message_id="M1")
    late = treasury.PayeeCorrection("A1", "鄂尔多斯乙公司", "6200009")
    with pytest.raises(WrongState, match="已发银行"):
        treasury.correct_payees(paying, [late], by="unit", on=DAY)


def test_a_correction_is_no_way_to_whom_may_not_be_paid(paying: Conn) -> None:
    certified(paying, application("A1"), application("A2", pay_type="entity"))
    own = treasury.PayeeCorrection("A1", OWN.name, "6200088")
    with pytest.raises(RuleBroken, match=r"A1 被监控规则拦截：从零余额账户向本单位"):
        treasury.correct_payees(paying, [own], by="unit", on=DAY)
    assert treasury.payment(paying, "A1")["payee_name"] == "鄂尔多斯甲公司"
    to_itself = replace(own, pay_app_no="A2")  # an allocation goes to the unit's own account by its nature
    assert treasury.correct_payees(paying, [to_itself], by="unit", on=DAY) == [True]


def test_a_correction_makes_no_double(paying: Conn) -> None:
    certified(paying, application("A1", purpose="教学设备款"))
    sent(paying, application("A2", purpose="教学设备款", **TO_OTHER))
    returned = treasury.BankReturn("PZA2", "AC04", "账号不符", DAY)
    treasury.record_returns(paying, [returned], by="teller", on=DAY)
    same = treasury.PayeeCorrection("A2", "鄂尔多斯甲公司", "6200002")
    with pytest.raises(RuleBroken, match=r"收款人、金额、用途.*A2"):
        treasury.correct_payees(paying, [same], by="unit", on=DAY)
    right = treasury.PayeeCorrection("A2", "鄂尔多斯乙公司", "6200010")
    elements.define_payees(
        paying, [replace(OTHER, accounts=(elements.PayeeAccount("6200010"),))], by="registrar", on=DAY
    )
    assert treasury.correct_payees(paying, [right], by="unit", on=DAY) == [True]


TO_OTHER = {"payee_name": "鄂尔多斯乙公司", "payee_acct_no": "6200009", "payee_bank_no": "103205000001"}


def _sent_back(conn: Conn, *applications: treasury.PaymentApplication) -> None:
    numbers = applied(conn, *applications)
    treasury.review(conn, numbers, by="unit2", on=DAY)
    treasury.send_back(conn, numbers, by="reviewer", on=DAY, note="请核对收款账号")


def test_what_was_sent_back_is_put_right_and_handed_in_again(paying: Conn) -> None:
    _sent_back(paying, application("A1"))
    less = treasury.PaymentRevision("A1", amount_fen=60 * YUAN, purpose="改过的用途")
    assert treasury.revise(paying, [less], by="unit", on=DAY) == [True]
    assert treasury.revise(paying, [less], by="unit", on=DAY) == [False]
    assert left(paying) == {"executable": 940, "applied": 60}
    more = treasury.PaymentRevision("A1", amount_fen=300 * YUAN)
    assert treasury.revise(paying, [more], by="unit", on=DAY) == [True]
    assert left(paying) == {"executable": 700, "applied": 300}
    found = treasury.payment(paying, "A1")
    assert (found["purpose"], found["amount_fen"], found["state"]) == ("改过的用途", 300 * YUAN, "draft")
    treasury.withdraw(paying, ["A1"], by="unit", on=DAY)
    assert left(paying) == {"executable": 1000}


def test_a_quota_of_a_year_that_is_closed_is_said_to_be_of_a_closed_year(paying: Conn) -> None:
    close_periods(paying, [CITY], [202200 + month for month in range(13)])
    asked = application("A1", yuan=1_001)
    with pytest.raises(QuotaShortfall, match="2022 年已关账") as refused:
        treasury.apply(paying, [asked], by="unit", on=DAY)
    assert "2023 年的指标" in refused.value.hint and "追加" not in refused.value.hint


def test_a_revision_is_judged_as_an_application_is(paying: Conn) -> None:
    _sent_back(paying, application("A1"))
    for wrong, refusal, words in (
        (treasury.PaymentRevision("A1", amount_fen=1_001 * YUAN), QuotaShortfall, "超过可执行指标"),
        (treasury.PaymentRevision("A1", amount_fen=0), RuleBroken, "不是正数"),
        (treasury.PaymentRevision("A1", payee_acct_no="1"), RuleBroken, "没有登记或已停用"),
    ):
        with pytest.raises(refusal, match=words):
            treasury.revise(paying, [wrong], by="unit", on=DAY)
    assert left(paying) == {"executable": 900, "applied": 100}
    treasury.review(paying, ["A1"], by="unit2", on=DAY)
    with pytest.raises(WrongState, match="单位已审"):
        treasury.revise(paying, [treasury.PaymentRevision("A1", purpose="晚了")], by="unit", on=DAY)


def test_what_was_paid_does_not_come_back_as_a_return(paying: Conn) -> None:
    paid(paying, application("A1"))
    with pytest.raises(WrongState, match="不能退票") as refused:
        treasury.record_returns(paying, [treasury.BankReturn("PZA1", "AC04", "", DAY)], by="teller", on=DAY)
    assert "退款" in refused.value.hint


def test_a_return_that_says_another_thing_is_a_conflict(paying: Conn) -> None:
    sent(paying, application("A1"))
    said = treasury.BankReturn("PZA1", "AC04", "", DAY)
    treasury.record_returns(paying, [said], by="teller", on=DAY)
    with pytest.raises(DuplicateConflict):
        treasury.record_returns(paying, [replace(said, reason_code="AC01")], by="teller", on=DAY)


def test_an_allocation_is_paid_and_cleared_by_the_treasury_itself(paying: Conn) -> None:
    own = {"payee_name": "市教育局", "payee_acct_no": "6200088", "payee_bank_no": "", "agent_bank_no": ""}
    certs = sent(paying, application("A1", pay_type="entity", **own), application("A2"))
    assert certs == ["BKA1", "PZA2"]
    with pytest.raises(RuleBroken, match="不是拨款凭证"):
        treasury.confirm_allocated(paying, [receipt("PZA2")], by="teller", cleared_by="clearer2", on=DAY)
    treasury.confirm_allocated(paying, [receipt("BKA1")], by="teller", cleared_by="clearer2", on=DAY)
    assert state(paying, "A1") == "cleared"
    assert treasury.issue_clearing_notices(paying, CITY, DAY, by="clearer", on=DAY) == []


def test_an_allocation_is_noted_by_one_and_cleared_by_another(paying: Conn) -> None:
    own = {"payee_name": "市教育局", "payee_acct_no": "6200088", "payee_bank_no": "", "agent_bank_no": ""}
    sent(paying, application("A1", pay_type="entity", **own), application("A2"))
    with pytest.raises(WrongState):
        treasury.clear_allocated(paying, ["BKA1"], by="clearer2", on=DAY)
    treasury.confirm_paid(paying, [receipt("BKA1"), receipt("PZA2")], by="teller", on=DAY)
    with pytest.raises(MissingDuty):
        treasury.clear_allocated(paying, ["BKA1"], by="teller", on=DAY)
    [notice] = treasury.issue_clearing_notices(paying, CITY, DAY, by="clearer", on=DAY)
    assert (notice.agent_bank_no, notice.amount_fen) == ("ICBC", 100 * YUAN)
    with pytest.raises(RuleBroken, match="不是拨款凭证"):
        treasury.clear_allocated(paying, ["PZA2"], by="clearer2", on=DAY)
    with pytest.raises(NotFound, match="BKA9"):
        treasury.clear_allocated(paying, ["BKA9"], by="clearer2", on=DAY)
    assert treasury.clear_allocated(paying, ["BKA1"], by="clearer2", on=DAY) == [True]
    assert treasury.clear_allocated(paying, ["BKA1"], by="clearer2", on=DAY) == [False]
    row = treasury.payment(paying, "A1")
    assert (row["lqd_cert_no"], row["act_lqd_date"]) == (receipt("BKA1").agent_business_no, DAY)


def test_readers_find_payments_by_quota_and_day(paying: Conn) -> None:
    paid(paying, application("A2"), application("A1", "Q2"))
    applied(paying, application("A3"))
    assert [row["pay_app_no"] for row in treasury.payments_of_quotas(paying, ["Q1", "Q2"])] == [
        "A2",
        "A3",
        "A1",
    ]
    assert [row["pay_app_no"] for row in treasury.payments_on(paying, CITY, DAY)] == ["A1", "A2"]
    assert treasury.payments_on(paying, BANNER, DAY) == []
    with pytest.raises(NotFound):
        treasury.payment(paying, "A9")


def test_amounts_are_whole_fen(paying: Conn) -> None:
    applied(paying, application("A1", amount_fen=1))
    assert treasury.payment(paying, "A1")["amount_fen"] == 1
    assert left(paying)["executable"] == 999_99 // YUAN


def test_monitoring_rules_look_at_what_only_some_funds_meet() -> None:
    from fisc.treasury.checks.payments import Facts, PayeeAgency, judge, refusing
    from tests.treasury.paying import coding

    facts = Facts("A1", CITY, 100, "direct", "某镇", "6200000", "设备", coding("B1"))
    running = replace(facts, coding=replace(coding("B1"), gov_bgt_eco_code="50201"))
    direct = replace(
        facts, coding=replace(coding("Q1"), is_direct_fund="01"), payee_agency=PayeeAgency("9", "9")
    )
    caught = [refusing(judge(f)) for f in (facts, running, direct, replace(direct, pay_type="entity"))]
    assert [found.rule_id if found else "" for found in caught] == ["", "R27", "R10", "R10"]
    assert [f.rule_id for f in judge(replace(facts, amount_fen=10**9))] == ["R13"]


def test_the_functional_class_says_what_a_payment_is() -> None:
    from fisc.treasury.models import Payment
    from fisc.treasury.rules.payments import paid as paid_entry
    from tests.treasury.paying import coding

    payment = Payment(
        id=1, doc_key="A1", mof_div_code=CITY, amount_fen=100, stage="executable", pay_type="direct",
        purpose="还本", pay_cert_no="PZA1",
    )  # fmt: skip
    block = replace(coding("Q1"), exp_func_code="2310301")
    lines = [(line.account, line.side * line.amount_fen) for line in paid_entry(payment, block, DAY).lines]
    assert lines[2:] == [
        ("treasury_2015:5041", 100),
        ("treasury_2015:1001", -100),
        ("treasury_2015:2026", 100),
        ("treasury_2015:3082", -100),
    ]
    for func in ("2300225", "2300901", ""):
        with pytest.raises(RuleBroken, match="不能用支付申请支付"):
            paid_entry(payment, replace(block, exp_func_code=func), DAY)


@pytest.mark.parametrize("sign", ["\n", "\t", "\0", "\x1f", "\u202e", "\ud800", "\u2028"])
@pytest.mark.parametrize("name", ["purpose", "payee_name", "contract_no", "agent_bank_no", "payee_acct_no"])
def test_words_are_printable_and_one_that_is_not_is_refused_alone(paying: Conn, sign: str, name: str) -> None:
    """They go into messages whose lines they would break, and on paper where nobody would see them."""
    good, bad = application("A1"), application("A2", **{name: f"甲{sign}乙"})
    first, second = treasury.apply(paying, [good, bad], by="unit", on=DAY, each=True)
    assert first.is_new and isinstance(second.refusal, RuleBroken)


def test_wide_spaces_are_words(paying: Conn) -> None:
    assert applied(paying, application("A1", purpose="教学\u3000设备"))


def test_a_quota_pays_from_the_day_on_which_it_was_issued(paying: Conn) -> None:
    with pytest.raises(RuleBroken, match="申请日期 2022-01-01 早于所依据的指标 Q1 的日期 2022-01-02"):
        applied(paying, application("A1"), on=date(2022, 1, 1))
    assert applied(paying, application("A1"), on=date(2022, 1, 2)) == ["A1"]
