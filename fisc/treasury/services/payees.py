"""Payee checks: the account is registered and usable and in the payee's name; monitoring rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, LiteralString, Protocol

import psycopg

from fisc.documents import RuleBroken
from fisc.kernel import Coding, FiscError
from fisc.kernel.asking import Question
from fisc.kernel.findings import Finding
from fisc.registry import elements
from fisc.treasury.checks.payments import Beside, Facts, PayeeAgency, judge


class Payable(Protocol):
    """Who is paid: an application, a payment that stands, or a correction."""

    @property
    def pay_app_no(self) -> str:
        """The application's number."""

    @property
    def payee_name(self) -> str:
        """The payee as the payment names it."""

    @property
    def payee_acct_no(self) -> str:
        """The account."""

    @property
    def payee_bank_no(self) -> str:
        """The bank that keeps it, '' where it is not said."""


class Asked(Payable, Protocol):
    """What is paid, and for what."""

    @property
    def amount_fen(self) -> int:
        """The amount in fen."""

    @property
    def mof_div_code(self) -> str:
        """The region that pays."""

    @property
    def pay_type(self) -> str:
        """direct, authorised, payroll or entity."""

    @property
    def purpose(self) -> str:
        """What for, in words."""

    @property
    def attachments(self) -> Sequence[str]:
        """Names and SM3 digests of what is attached."""


Accounts = Mapping[str, elements.PayeeAccount]


def registered(conn: psycopg.Connection[Any], payees: Iterable[Payable], year: int) -> Accounts:
    """The accounts of these payees as they are registered in a year, by account number."""
    return elements.payee_accounts(conn, sorted({p.payee_acct_no for p in payees}), year)


def of_payments(pay_app_nos: Sequence[str], year: int) -> Question[Accounts]:
    """`registered`, of payments that stand."""
    numbers: LiteralString = "array(select payee_acct_no from treasury_payment where doc_key = any(%(keys)s))"
    return elements.accounts_asked(numbers, {"keys": list(pay_app_nos)}, year)


def unusable(conn: psycopg.Connection[Any], blocks: Iterable[Coding]) -> dict[Coding, FiscError]:
    """The coding blocks that name a disabled or unknown unit, project or theme, each with its refusal."""
    places: dict[tuple[int, str], list[Coding]] = defaultdict(list)
    for coding in blocks:
        places[coding.fiscal_year, coding.mof_div_code].append(coding)
    found: dict[Coding, FiscError] = {}
    for mine in places.values():
        found |= _unusable(conn, mine)
    return found


def _unusable(conn: psycopg.Connection[Any], blocks: Sequence[Coding]) -> dict[Coding, FiscError]:
    """Of one year and region; where there are any they are found by halving."""
    try:
        elements.require_usable(
            conn, blocks[0].fiscal_year, blocks[0].mof_div_code,
            agency_codes={c.agency_code for c in blocks}, pro_codes={c.pro_code for c in blocks},
            theme_codes={c.theme_code for c in blocks},
        )  # fmt: skip
    except FiscError as refusal:
        if len(blocks) == 1:
            return {blocks[0]: refusal}
        half = len(blocks) // 2
        return _unusable(conn, blocks[:half]) | _unusable(conn, blocks[half:])
    return {}


def mismatch(payee: Payable, accounts: Accounts) -> FiscError | None:
    """Why money may not go to this account under this name; None where it may."""
    account = accounts.get(payee.payee_acct_no)
    if account is None or not account.is_usable:
        return _refusal(payee, "没有登记或已停用", "请先登记收款人账户，或核对账号")
    if account.acct_name != payee.payee_name:
        return _refusal(payee, f"户名是“{account.acct_name}”", "请按开户名填写收款人，或核对账号")
    if payee.payee_bank_no and account.bank_no and account.bank_no != payee.payee_bank_no:
        return _refusal(payee, f"开户行是 {account.bank_no}，不是 {payee.payee_bank_no}", "请核对开户行")
    return None


def _refusal(payee: Payable, what: str, hint: str) -> RuleBroken:
    return RuleBroken(
        f"支付申请 {payee.pay_app_no} 的收款账户 {payee.payee_acct_no}（{payee.payee_name}）{what}",
        rule="支付前核对收款人户名与账号（国库集中支付：支付申请审核）",
        hint=hint,
        details={"pay_app_no": payee.pay_app_no, "payee_acct_no": payee.payee_acct_no},
    )


Agencies = Mapping[tuple[int, str, str], PayeeAgency]


def asked(payees: Sequence[Asked], year: int) -> Question[tuple[Accounts, Agencies]]:
    """`registered`, and (year, region, name) -> the budget unit of that year that bears a payee's name there.

    For the payees' own regions.
    """
    question = elements.payees_asked(
        year, {p.payee_acct_no for p in payees}, {p.payee_name for p in payees},
        {p.mof_div_code for p in payees},
    )  # fmt: skip
    return Question(question.statement, question.parameters, lambda rows: _named(*question.read(rows)))


def _named(accounts: Accounts, named: elements.Named) -> tuple[Accounts, Agencies]:
    return accounts, {place: PayeeAgency(*codes) for place, codes in named.items()}


def judged(asked: Asked, coding: Coding, known: Agencies, on: date, beside: Beside) -> list[Finding]:
    """What the monitoring rules say of a payment, by what its unit pays the payee beside it that day."""
    place = (coding.fiscal_year, coding.mof_div_code, asked.payee_name)
    return judge(
        Facts(
            asked.pay_app_no, coding.mof_div_code, asked.amount_fen, asked.pay_type, asked.payee_name,
            asked.payee_acct_no, asked.purpose, coding, known.get(place), tuple(asked.attachments), on,
            beside,
        )
    )  # fmt: skip
