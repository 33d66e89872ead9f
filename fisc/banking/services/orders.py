"""Orders to the bank: signed vouchers become one pain.001 (or one flat bank file), registered and sent."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.banking.bankfile import write_order_file
from fisc.banking.iso20022 import (
    PAIN_001,
    CreditTransfer,
    PaymentBatch,
    PaymentOrder,
    validate,
    write_order,
)
from fisc.banking.services import register
from fisc.banking.services.register import (
    FISCAL_ZERO,
    OUTGOING,
    PAYROLL,
    SINGLE,
    UNIT_ZERO,
    TreasuryAccount,
)
from fisc.documents import NotFound, RuleBroken, WrongState
from fisc.documents.store import By
from fisc.registry import regions
from fisc.treasury.services import bank
from fisc.treasury.services.certificates import of_certificates

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]

#: From which accounts a kind of payment may leave, best first: an account of its own, else the fiscal one.
_ACCOUNT_KINDS = {
    "direct": (FISCAL_ZERO,),
    "authorised": (UNIT_ZERO, FISCAL_ZERO),
    "payroll": (PAYROLL, FISCAL_ZERO),
    "entity": (SINGLE,),
}


def payment_file(
    conn: Conn, pay_cert_nos: Sequence[str], *, by: By, on: date, layout: str = ""
) -> tuple[str, bytes]:
    """Put signed vouchers into one pain.001, register it and note them as sent; (message number, bytes).

    With a `layout` the file is a flat bank file instead (fisc/banking/bankfile).

    All must be of one region and leave through one bank. The number follows from the vouchers: asking
    again for the same ones gives the same file and sends nothing twice. Raises NotFound, WrongState
    (a voucher went with another file), RuleBroken (no account, several banks), MessageRefused.
    """
    with conn.transaction():
        vouchers = _vouchers(conn, pay_cert_nos)
        region = _one([v.mof_div_code for v in vouchers], "区划", "按区划")
        message_id = _message_id(region, vouchers)
        accounts = _accounts(conn, region, vouchers)
        bank_no = _one([a.bank_no for a in accounts], "付款行", "按代理银行")
        standing = register.find(conn, OUTGOING, bank_no, message_id)
        if standing is not None:
            return message_id, standing.data
        _require_unsent(vouchers)
        order = _order(region, message_id, vouchers, accounts, on)
        data = written(order, layout)
        _register(conn, order, data, layout or PAIN_001, by)
        bank.send_payments(conn, vouchers, by=by, on=on, message_id=message_id)
        _follow(conn, vouchers)
    return message_id, data


def _vouchers(conn: Conn, pay_cert_nos: Sequence[str]) -> list[Payment]:
    wanted = list(dict.fromkeys(pay_cert_nos))
    if not wanted:
        raise RuleBroken("没有选择支付凭证", rule="一份报文至少一笔", hint="请选择已签发的支付凭证")
    known = of_certificates(conn, wanted).payments
    missing = sorted(set(wanted) - known.keys())
    if missing:
        raise NotFound(
            f"没有支付凭证 {'、'.join(missing[:5])}" + (f" 等 {len(missing)} 张" if len(missing) > 5 else ""),
            rule="先签发凭证，后发送银行",
            hint="请核对凭证号；退票后重新签发的凭证用新的凭证号",
            details={"refused": len(missing), "keys": missing[:20]},
        )
    return [known[number] for number in sorted(known)]


def _one(values: Sequence[str], what: str, how: str) -> str:
    distinct = sorted(set(values))
    if len(distinct) > 1:
        raise RuleBroken(
            f"所选凭证属于不同的{what}：{'、'.join(distinct)}", rule=f"一份报文只有一个{what}",
            hint=f"请{how}分别发送",
        )  # fmt: skip
    return distinct[0]


def _message_id(region: str, vouchers: Sequence[Payment]) -> str:
    """A number that follows from what is sent: 'ZF' + region + 22 hex digits, 33 characters."""
    said = "\n".join(str(v.pay_cert_no) for v in vouchers)
    return f"ZF{region}{hashlib.blake2b(said.encode(), digest_size=11).hexdigest()}"


def _region_of(message_id: str) -> str:
    return message_id[2:11]


def _require_unsent(vouchers: Sequence[Payment]) -> None:
    sent = [v for v in vouchers if v.state != "certified"]
    if sent:
        raise WrongState(
            f"支付凭证 {sent[0].pay_cert_no} 等 {len(sent)} 张已随报文 {sent[0].message_id} 发送",
            rule="一张支付凭证只随一份报文发送",
            hint="请去掉已发送的凭证；重发原报文请按原凭证清单重新生成",
            details={"refused": len(sent), "keys": [v.pay_cert_no for v in sent[:20]]},
        )


def _accounts(conn: Conn, region: str, vouchers: Sequence[Payment]) -> list[TreasuryAccount]:
    """The account that each voucher is paid from."""
    known: Mapping[str, list[TreasuryAccount]] = defaultdict(list)
    for account in register.accounts_of(conn, region):
        known[account.kind].append(account)
    return [_account(known, v) for v in vouchers]


def _account(known: Mapping[str, list[TreasuryAccount]], voucher: Payment) -> TreasuryAccount:
    for kind in _ACCOUNT_KINDS[voucher.pay_type]:
        for account in known[kind]:
            if kind == SINGLE or voucher.agent_bank_no in ("", account.bank_no):
                return account
    raise RuleBroken(
        f"{voucher.mof_div_code} 没有可付支付凭证 {voucher.pay_cert_no} 的账户"
        + (f"（代理银行 {voucher.agent_bank_no}）" if voucher.agent_bank_no else ""),
        rule="国库集中支付通过零余额账户和国库单一账户办理",
        hint="请先登记财政零余额账户（11）或国库单一账户（21）",
    )


def _order(
    region: str,
    message_id: str,
    vouchers: Sequence[Payment],
    accounts: Sequence[TreasuryAccount],
    on: date,
) -> PaymentOrder:
    groups: dict[TreasuryAccount, list[CreditTransfer]] = defaultdict(list)
    for v, account in zip(vouchers, accounts, strict=True):
        groups[account].append(
            CreditTransfer(
                str(v.pay_cert_no), v.amount_fen, v.payee_name, v.payee_acct_no, v.payee_bank_no, v.purpose
            )
        )
    batches = [
        PaymentBatch(f"{message_id}{n % 100:02d}", account.debtor, on, groups[account])
        for n, account in enumerate(sorted(groups, key=lambda a: a.acct_no), start=1)
    ]
    return PaymentOrder(message_id, on, initiator(region), batches)


def initiator(region: str) -> str:
    """The finance bureau's name in messages."""
    row = regions.lookup(region)
    return f"{row.name if row else region}财政局"


def written(order: PaymentOrder, layout: str) -> bytes:
    """An order as pain.001, or as a flat file of a layout. Raises MessageRefused."""
    if layout:
        return write_order_file(order, layout)
    data = write_order(order)
    validate(data)
    return data


def _register(conn: Conn, order: PaymentOrder, data: bytes, kind: str, by: By) -> None:
    day, account = order.created_on, order.batches[0].debtor
    register.record(
        conn, data, direction=OUTGOING, kind=kind, message_id=order.message_id, bank_no=account.bank_no,
        mof_div_code=_region_of(order.message_id), acct_no=account.acct_no, order_id="", state="sent",
        line_count=order.payment_count, amount_fen=order.amount_fen, business_on=day, recorded_on=day,
        recorded_by=by if isinstance(by, str) else by[0],
    )  # fmt: skip


#: Vouchers that reconciliation follows from now on; what comes after says which payments `p`.
FOLLOW: Final = (
    "insert into treasury_voucher_match "
    "(pay_cert_no, mof_div_code, pay_app_no, amount_fen, payee_acct_no, sent_on, message_id, is_outside) "
    "select p.pay_cert_no, p.mof_div_code, p.doc_key, p.amount_fen, p.payee_acct_no, p.sent_on, "
    "p.message_id, %(is_outside)s from treasury_payment p "
)


def _follow(conn: Conn, vouchers: Sequence[Payment]) -> None:
    """Let reconciliation follow vouchers that went to a bank."""
    conn.execute(
        FOLLOW + "where p.id = any(%(ids)s) and p.sent_on is not null on conflict (pay_cert_no) do nothing",
        {"is_outside": False, "ids": [v.id for v in vouchers]},
    )
