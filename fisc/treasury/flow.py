"""How plans, payments, refunds, clearing and other affairs pass from state to state, and by whose hands.

A payment passes five people: the unit's maker and reviewer, the treasury's reviewer and signer,
and whoever exchanges messages with the bank. Applying, approving and paying are incompatible
(财会〔2012〕21号; 国库集中支付: facts in 财办〔2020〕13号).
"""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move, one_step, two_steps
from fisc.documents.flow import REVISE, revision

PAYMENT_FLOW: Final = Flow(
    states={
        "draft": "草稿", "unit_reviewed": "单位已审", "approved": "财政已审", "certified": "凭证已生成",
        "sent": "已发银行", "paid": "已支付", "cleared": "已清算", "returned": "已退票",
        "corrected": "已更正收款信息", "withdrawn": "已撤销",
    },
    initial="draft",
    make_duty="unit_make",
    moves=(
        Move("review", "单位审核", ("draft",), "unit_reviewed", "unit_review", ("make", REVISE)),
        Move("back", "退回", ("unit_reviewed", "approved"), "draft", "treasury_review", is_back=True),
        revision("draft", "unit_make"),
        Move("approve", "财政审核", ("unit_reviewed",), "approved", "treasury_review",
             ("make", REVISE, "review")),
        Move("certify", "生成支付凭证", ("approved", "corrected"), "certified", "treasury_sign",
             ("make", REVISE, "review", "approve", "correct")),
        Move("send", "发送银行", ("certified",), "sent", "bank_operate",
             ("make", REVISE, "review", "approve", "correct")),
        Move("pay", "支付确认", ("sent",), "paid", "bank_operate"),
        Move("return", "退票", ("sent",), "returned", "bank_operate"),
        # until a bank has the certificate, and again after it came back
        Move("correct", "更正收款信息", ("certified", "returned", "corrected"), "corrected", "unit_make",
             is_back=True),
        Move("clear", "清算", ("paid",), "cleared", "clearing_review"),
        Move("withdraw", "撤销", ("draft", "unit_reviewed", "approved", "certified", "returned", "corrected"),
             "withdrawn", "unit_make"),
    ),
)  # fmt: skip

#: States in which a payment is applied for and its money has not left.
UNDER_WAY: Final = ("draft", "unit_reviewed", "approved", "certified", "sent", "returned", "corrected")

PLAN_FLOW: Final = Flow(
    states={
        "draft": "草稿",
        "reviewed": "单位已审",
        "approved": "已批准",
        "opened": "已开启",
        "withdrawn": "已撤销",
    },
    initial="draft",
    make_duty="unit_make",
    moves=(
        Move("review", "单位审核", ("draft",), "reviewed", "unit_review", ("make", REVISE)),
        Move("back", "退回", ("reviewed",), "draft", "treasury_review", is_back=True),
        revision("draft", "unit_make"),
        Move("approve", "财政审批", ("reviewed",), "approved", "treasury_review", ("make", REVISE, "review")),
        Move("open", "开启", ("approved",), "opened", "treasury_make"),
        # again and again, each time by the treasury: what the unit will not use goes back to its quota
        Move(
            "cut", "核减", ("opened",), "opened", "treasury_review", ("make", REVISE, "review"), is_back=True
        ),
        Move("withdraw", "撤销", ("draft", "reviewed", "approved", "opened"), "withdrawn", "unit_make"),
    ),
)

REFUND_FLOW: Final = Flow(
    states={"recorded": "已入账", "cleared": "已清算"},
    initial="recorded",
    make_duty="bank_operate",
    moves=(Move("clear", "清算", ("recorded",), "cleared", "clearing_review"),),
)

NOTICE_FLOW: Final = one_step(("issued", "已下达"), "clearing_make")
DEBIT_FLOW: Final = one_step(("recorded", "已入账"), "clearing_review")

#: Of who drafts affairs and their reversals, and of who posts them.
AFFAIR_DUTIES: Final = ("treasury_make", "treasury_review")
AFFAIR_FLOW: Final = two_steps(
    ("draft", "草稿"), ("post", "审核入账"), ("posted", "已入账"), AFFAIR_DUTIES,
    is_discarded=True, is_reversed=True,
)  # fmt: skip
