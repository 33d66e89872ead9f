"""Orders to the bank: signed vouchers become one pain.001 (or one flat bank file), registered and sent."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, LiteralString, NamedTuple

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
from fisc.banking.kinds import VOUCHER
from fisc.banking.services import register
from fisc.banking.services.register import OUTGOING, Layout, TreasuryAccount
from fisc.documents import NotFound, RuleBroken, WrongState
from fisc.documents.given_file import GivenFile
from fisc.documents.refusals import listed
from fisc.documents.store import By
from fisc.registry import regions
from fisc.registry.rows import insert_from
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services import bank
from fisc.treasury.services.certificates import payments_of

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]

#: States of a payment whose voucher pays no more; such a voucher has no other until it is signed anew.
_CAME_BACK: Final = frozenset({"returned", "corrected", "withdrawn"})


def payment_file(
    conn: Conn, pay_cert_nos: Sequence[str], *, by: By, on: date, layout: Layout = ""
) -> GivenFile:
    """Put signed vouchers into one pain.001, register it and note them as sent; its message number, bytes.

    With a `layout` the file is a flat bank file instead (fisc/banking/bankfile).

    All must be of one region and leave through one bank. The number follows from the vouchers: asking
    again for the same ones gives the same file, which is not new, and sends nothing twice. Raises NotFound,
    WrongState (a voucher went with another file, or the bank has returned it), RuleBroken (no account,
    several banks), MessageRefused.
    """
    return _files(conn, [pay_cert_nos], by, on, layout, begins_again=False)[0]


def payment_files(
    conn: Conn, sets: Sequence[Sequence[str]], *, by: By, on: date, layout: str = ""
) -> list[GivenFile]:
    """`payment_file` for each set of vouchers, all or none; no voucher goes with two of them.

    A program that begins again is given what it was given before, whatever became of the vouchers since.
    """
    return _files(conn, sets, by, on, layout, begins_again=True)


def _files(
    conn: Conn, sets: Sequence[Sequence[str]], by: By, on: date, layout: str, *, begins_again: bool
) -> list[GivenFile]:
    with conn.transaction():
        known = payments_of(conn, (number for of_set in sets for number in of_set))
        if not begins_again:
            _require_in_force(list(known.values()))
        wanted = [_file(_vouchers(known, of_set)) for of_set in sets]
        _require_apart(wanted)
        paying = _payers(conn, wanted)
        banks = [_one([a.bank_no for a in of_file], "付款行", "按代理银行") for of_file in paying]
        keys = [(bank_no, file.message_id) for bank_no, file in zip(banks, wanted, strict=True)]
        standing = register.find_all(conn, OUTGOING, keys)
        for key, file in zip(keys, wanted, strict=True):
            if key not in standing:
                _require_in_force(file.vouchers)
        orders = {
            key: (file, of_file, _order(file, of_file, on))
            for key, file, of_file in zip(keys, wanted, paying, strict=True)
            if key not in standing and _is_unsent(file.vouchers)
        }
        data = {key: written(order, layout) for key, (_, _, order) in orders.items()}
        _register(
            conn, [(file.region, order, data[key]) for key, (file, _, order) in orders.items()],
            layout or PAIN_001, by,
        )  # fmt: skip
        _send(conn, [(file, of_file) for file, of_file, _ in orders.values()], by, on)
        return [GivenFile(key[1], data.get(key) or standing[key].data, is_new=key in data) for key in keys]


class _File(NamedTuple):
    """A file to be: its number, the region, the vouchers in order."""

    message_id: str
    region: str
    vouchers: Sequence[Payment]


def _file(vouchers: Sequence[Payment]) -> _File:
    region = _one([v.mof_div_code for v in vouchers], "区划", "按区划")
    return _File(_message_id(region, vouchers), region, vouchers)


def _require_apart(files: Sequence[_File]) -> None:
    """Raise RuleBroken where a voucher is in two files: each would be an order to pay it."""
    apart = {file.message_id: file for file in files}.values()
    times = Counter(str(v.pay_cert_no) for file in apart for v in file.vouchers)
    if twice := [number for number, count in times.items() if count > 1]:
        raise RuleBroken(
            f"支付凭证 {listed(twice, most=5)} 同时列入了几份报文，都没有发送",
            rule="一张支付凭证只随一份报文发送", hint="请让每张凭证只在一份清单里",
            details={"refused": len(twice), "keys": twice[:20]},
        )  # fmt: skip


def _send(conn: Conn, files: Sequence[tuple[_File, Sequence[TreasuryAccount]]], by: By, on: date) -> None:
    """Note the vouchers of files as sent, each with its file's number; reconciliation follows them."""
    for file, _ in files:
        bank.send_payments(conn, file.vouchers, by=by, on=on, message_id=file.message_id)
    _follow(conn, [pair for file, of in files for pair in zip(file.vouchers, of, strict=True)], on)


def _vouchers(known: Mapping[str, Payment], pay_cert_nos: Sequence[str]) -> list[Payment]:
    wanted = sorted(set(pay_cert_nos))
    if not wanted:
        raise RuleBroken("没有选择支付凭证", rule="一份报文至少一笔", hint="请选择已签发的支付凭证")
    missing = [number for number in wanted if number not in known]
    if missing:
        raise NotFound(
            f"没有支付凭证 {listed(missing, most=5, unit='张')}",
            rule="先签发凭证，后发送银行",
            hint="请核对凭证号；退票后重新签发的凭证用新的凭证号",
            details={"refused": len(missing), "keys": missing[:20]},
        )
    return [known[number] for number in wanted]


def _require_in_force(vouchers: Sequence[Payment]) -> None:
    """Raise WrongState for vouchers that came back: the order that had them names a payee that failed."""
    back = [v for v in vouchers if v.state in _CAME_BACK]
    if back:
        numbers = [str(v.pay_cert_no) for v in back]
        said = [f"{v.pay_cert_no} {PAYMENT.states[v.state]}" for v in back]
        raise WrongState(
            f"支付凭证 {listed(said, most=5, unit='张')}，不能再凭以生成报文",
            rule="退票、更正、撤销以后，原支付凭证不再付款；重新签发的凭证另有凭证号",
            hint="退票或更正的，请更正收款信息、重新生成支付凭证（fisc treasury correct-payees、certify），"
            "以新凭证号生成报文；撤销的请去掉；当时发出的报文见 fisc banking show-sent",
            details={"refused": len(back), "keys": numbers[:20]},
        )  # fmt: skip


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


def _is_unsent(vouchers: Sequence[Payment]) -> bool:
    """True; raises WrongState where one of them went with another file."""
    sent = [v for v in vouchers if v.state != "certified"]
    if sent:
        raise WrongState(
            f"支付凭证 {sent[0].pay_cert_no} 等 {len(sent)} 张已随报文 {sent[0].message_id} 发送",
            rule="一张支付凭证只随一份报文发送",
            hint="请去掉已发送的凭证；重发原报文请按原凭证清单重新生成",
            details={"refused": len(sent), "keys": [v.pay_cert_no for v in sent[:20]]},
        )
    return True


_PAYERS: Final = (
    "select a.region, a.pay_type, a.bank_no, (banking_payer_accounts(a.region, a.pay_type, a.bank_no))[1] "
    "from unnest(%s::text[], %s::text[], %s::text[]) a(region, pay_type, bank_no)"
)


def _payers(conn: Conn, files: Sequence[_File]) -> list[list[TreasuryAccount]]:
    """Of each file the account from which each voucher is paid, the best of those that may."""
    asked = sorted({_way(v) for file in files for v in file.vouchers})
    best = {
        (region, pay_type, bank_no): acct_no
        for region, pay_type, bank_no, acct_no in conn.execute(_PAYERS, register.columns_of(asked, 3))
    }
    known = register.accounts(conn, sorted({acct_no for acct_no in best.values() if acct_no}))
    for file in files:
        for v in file.vouchers:
            if not best[_way(v)]:
                raise _without_payer(v)
    return [[known[best[_way(v)]] for v in file.vouchers] for file in files]


def _way(voucher: Payment) -> tuple[str, str, str]:
    return voucher.mof_div_code, voucher.pay_type, voucher.agent_bank_no


#: The account that the order named; of what went otherwise, and of what did not go, those that may pay it.
_PAYERS_OF: Final = (
    "select a.number, coalesce((select v.payer_accts from banking_voucher_match v "
    "where v.pay_cert_no = a.number and not v.is_outside), "
    "banking_payer_accounts(a.region, a.pay_type, a.bank_no)) "
    "from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) a(number, region, pay_type, bank_no)"
)


def payers_of(conn: Conn, payments: Mapping[str, Payment]) -> dict[str, list[str]]:
    """pay_cert_no -> the numbers of the accounts from which it is paid, and to which it comes back."""
    asked = [(number, *_way(payment)) for number, payment in payments.items()]
    return dict(conn.execute(_PAYERS_OF, register.columns_of(asked, 4)).fetchall()) if asked else {}


def _without_payer(voucher: Payment) -> RuleBroken:
    return RuleBroken(
        f"{voucher.mof_div_code} 没有可付支付凭证 {voucher.pay_cert_no} 的账户"
        + (f"（代理银行 {voucher.agent_bank_no}）" if voucher.agent_bank_no else ""),
        rule="国库集中支付通过零余额账户和国库单一账户办理",
        hint="请先登记财政零余额账户（11）或国库单一账户（21）",
    )


def _order(file: _File, accounts: Sequence[TreasuryAccount], on: date) -> PaymentOrder:
    message_id = file.message_id
    groups: dict[TreasuryAccount, list[CreditTransfer]] = defaultdict(list)
    for v, account in zip(file.vouchers, accounts, strict=True):
        groups[account].append(
            CreditTransfer(
                str(v.pay_cert_no), v.amount_fen, v.payee_name, v.payee_acct_no, v.payee_bank_no, v.purpose
            )
        )
    batches = [
        PaymentBatch(f"{message_id}{n % 100:02d}", account.as_debtor(), on, groups[account])
        for n, account in enumerate(sorted(groups, key=lambda a: a.acct_no), start=1)
    ]
    return PaymentOrder(message_id, on, initiator(file.region), batches)


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


def _register(conn: Conn, orders: Sequence[tuple[str, PaymentOrder, bytes]], kind: str, by: By) -> None:
    """Register orders, each with its region and bytes."""
    register.record_all(conn, [
        (data, {
            "direction": OUTGOING, "kind": kind, "message_id": order.message_id,
            "bank_no": order.batches[0].debtor.bank_no, "mof_div_code": region,
            "acct_no": order.batches[0].debtor.acct_no, "order_id": "", "state": "sent",
            "line_count": order.payment_count, "amount_fen": order.amount_fen,
            "business_on": order.created_on, "recorded_on": order.created_on,
            "recorded_by": by if isinstance(by, str) else by[0],
        })
        for region, order, data in orders
    ])  # fmt: skip


def following(which: LiteralString) -> bytes:
    """The statement by which reconciliation follows vouchers from now on, each once.

    `which` says which payments `p` of `treasury_payments_on` the day; takes day, is_outside, and `keys` of
    payments with the accounts (`accts`) that pay them; others are paid from any account that may. Returns
    region, voucher, message, fen, day of sending.
    """
    return insert_from(
        VOUCHER,
        (("pay_cert_no", "p.pay_cert_no"), ("mof_div_code", "p.mof_div_code"), ("pay_app_no", "p.pay_app_no"),
         ("amount_fen", "p.amount_fen"), ("payee_acct_no", "p.payee_acct_no"), ("sent_on", "p.sent_on"),
         ("message_id", "p.message_id"), ("is_outside", "%(is_outside)s"),
         ("payer_accts", "case when g.acct_no is not null then array[g.acct_no] else "
          "banking_payer_accounts(p.mof_div_code, p.pay_type, p.agent_bank_no) end")),
        "treasury_payments_on(%(day)s) p left join unnest(%(keys)s::text[], %(accts)s::text[]) "
        f"g(pay_app_no, acct_no) on g.pay_app_no = p.pay_app_no where {which}", known_by=("pay_cert_no",),
        returning=("mof_div_code", "pay_cert_no", "message_id", "amount_fen", "sent_on"),
    )  # fmt: skip


def _follow(conn: Conn, paid_from: Sequence[tuple[Payment, TreasuryAccount]], on: date) -> None:
    """Let reconciliation follow vouchers that went to a bank on a day, each with the account that pays it."""
    conn.execute(
        following("p.pay_app_no = any(%(keys)s) and p.sent_on is not null"),
        {
            "is_outside": False,
            "day": on,
            "keys": [v.doc_key for v, _ in paid_from],
            "accts": [account.acct_no for _, account in paid_from],
        },
    )
