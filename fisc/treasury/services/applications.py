"""Applications for payments (支付申请): checked, and made with what they hold of their quotas.

One application or ten thousand go in one transaction with a handful of statements; a single one is written
with one. Applying holds the quota (9302, 9401 or 9304 -> 9402).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Annotated, Any

import psycopg

from fisc.documents import NotFound, attachments, create, findings, make
from fisc.documents.inputs import OneOf, OrBlank
from fisc.documents.refusals import given_twice, refuse_all
from fisc.documents.store import By, officers_of
from fisc.kernel import Coding, DuplicateConflict, FiscError, post
from fisc.kernel.asking import ask_all
from fisc.kernel.findings import Finding
from fisc.kernel.posting import in_transaction, is_alone
from fisc.registry import carried
from fisc.registry.fit_types import Misfit
from fisc.sheets.text import bad_sign
from fisc.treasury.checks.payments import refusal, refusing
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.rules import payments as rules
from fisc.treasury.services import doubles, drawing, judging, payees, principal, together
from fisc.treasury.services.certificates import misfit
from fisc.treasury.services.drawing import Quota
from fisc.treasury.services.outcomes import Outcome, outcomes
from fisc.treasury.services.settings import Setting, settings_asked, settings_in

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class PaymentApplication:
    """A payment that a unit asks for, of one quota to one account; `pay_app_no` names it for good.

    `pay_type` is direct, authorised or entity, payroll where a roster makes it (`treasury.payroll`); `stage`
    says what the money is taken from: executable quota, an opened plan of use (planned), or what a purchase
    reserved. `repeat_reason` says why it is no double of one that says the same; an attachment is its name
    and SM3 digest: 合同.pdf:66c7...
    """

    pay_app_no: str
    bgt_id: str
    amount_fen: int
    pay_type: Annotated[str, OneOf(judging.ASKED_ALONE, told=judging.PAY_TYPES)]
    payee_name: str
    payee_acct_no: str
    payee_bank_no: OrBlank
    purpose: str
    mof_div_code: str
    contract_no: str = ""
    set_mode_code: str = ""
    stage: Annotated[str, OneOf(rules.STAGES)] = "executable"
    payroll_line: str = ""
    agent_bank_no: str = ""
    repeat_reason: str = ""
    attachments: tuple[str, ...] = ()


def apply(
    conn: Conn, applications: Sequence[PaymentApplication], *, by: By, on: date, each: bool = False
) -> list[Outcome]:
    """Apply for payments (支付申请): check them, hold their quotas, all or none.

    With `each` the sound ones are applied for and the others get their refusal in their outcome:
    QuotaShortfall, RuleBroken (payee, monitoring rule, plan of use), NotFound, DuplicateConflict.
    Applications are served in the order given. Applying again changes nothing.
    """
    if not applications:
        return []
    numbers = [a.pay_app_no for a in applications]

    def work(*, is_lone: bool) -> list[Outcome]:
        batch = _batch(conn, applications, by, on, is_lone=is_lone)
        new = _apply(conn, batch, each=each and not is_lone)
        return outcomes(numbers, new, batch.refused, batch.noted)

    if len(applications) == 1 and is_alone(conn):
        with suppress(FiscError):  # said well only where everything is asked and the balance is held
            return in_transaction(conn, lambda: work(is_lone=True), is_single=True)
    return in_transaction(conn, lambda: work(is_lone=False))


@dataclass(slots=True)
class _Batch:
    """Applications on their way in: each once, who made it, its quota, and why it is refused if it is."""

    on: date
    given: list[PaymentApplication]
    makers: dict[str, str]
    quotas: dict[str, Quota]
    refused: dict[str, FiscError]
    #: Whether it is one application that is written with one statement, and reads without locks.
    is_lone: bool
    #: The numbers that stand already.
    known: set[str]
    settings: Mapping[tuple[str, int], Setting]
    accounts: payees.Accounts
    agencies: payees.Agencies
    #: Of those that say the same as another that stands: which one.
    doubles: Mapping[str, str]
    #: What stands beside them, and what they come to themselves.
    beside: together.Sums
    #: What rules note of them.
    noted: list[Finding] = field(default_factory=list)

    def sound(self, applications: Iterable[PaymentApplication]) -> list[PaymentApplication]:
        """Those of `applications` that are not refused."""
        return [a for a in applications if a.pay_app_no not in self.refused]

    def coding(self, a: PaymentApplication) -> Coding:
        """The coding block of an application's quota."""
        return self.quotas[a.bgt_id].coding


def judged_anew(
    conn: Conn, applications: Sequence[PaymentApplication], on: date, made: Mapping[str, str]
) -> list[Finding]:
    """What the rules note of applications that stand and say this now. Raises as `apply` what they forbid.

    `made` are the days on which they were made, by number.
    """
    if not applications:
        return []
    batch = _batch(conn, applications, "", on, is_lone=False, made=made)
    for a in batch.sound(batch.given):
        batch.beside.add(a, batch.coding(a).agency_code)
    alerts = _check(conn, batch, batch.sound(batch.given))
    refuse_all(batch.refused)
    return alerts


def _apply(conn: Conn, batch: _Batch, *, each: bool) -> set[str]:
    """The numbers that are new."""
    fresh = batch.sound(a for a in batch.given if a.pay_app_no not in batch.known)
    alerts = batch.noted = _check(conn, batch, fresh)
    _hold(conn, batch, batch.sound(fresh))
    if not each:
        refuse_all(batch.refused)
    _require_same(conn, batch, batch.sound(a for a in batch.given if a.pay_app_no in batch.known), each)
    return _write(conn, batch, batch.sound(fresh), alerts)


def _write(
    conn: Conn, batch: _Batch, good: Sequence[PaymentApplication], alerts: Sequence[Finding]
) -> set[str]:
    """Make the documents and post what they hold, with what the rules noted; the numbers that are new."""
    if not good:
        return set()
    if batch.is_lone and not alerts:
        return _write_one(conn, batch, good[0])
    with conn.transaction() if batch.is_lone else nullcontext():
        made = create(conn, PAYMENT, _rows(batch, good), by=_makers(batch, good), on=batch.on)
        new = {payment.doc_key for payment in made}
        findings.record(conn, [alert for alert in alerts if alert.document in new], on=batch.on)
        post(conn, [rules.applied(one, batch.quotas[one.bgt_id].coding, batch.on) for one in made])
    return new


def _write_one(conn: Conn, batch: _Batch, a: PaymentApplication) -> set[str]:
    row = _row(a, batch.quotas[a.bgt_id])
    [draft] = PAYMENT.load(("id", *row), [(0, *row.values())])
    held = rules.applied(draft, batch.coding(a), batch.on)
    [is_new] = make(conn, PAYMENT, [row], by=_makers(batch, [a]), on=batch.on, entries=[held])
    return {a.pay_app_no} if is_new else set()


def _batch(
    conn: Conn, applications: Sequence[PaymentApplication], by: By, on: date, *, is_lone: bool,
    made: Mapping[str, str] | None = None,
) -> _Batch:  # fmt: skip
    """One application per number; a number given twice with different content, or no quota, is refused."""
    first: dict[str, PaymentApplication] = {}
    refused: dict[str, FiscError] = {}
    for a in applications:
        if first.setdefault(a.pay_app_no, a) != a:
            refused[a.pay_app_no] = given_twice("支付申请", [a.pay_app_no])
    garbled = {n: words for n, a in first.items() if (words := _garbled(a))}
    refused |= {n: judging.broken(first[n], words) for n, words in garbled.items()}
    given = [a for n, a in first.items() if n not in garbled]
    makers = officers_of(by, len(applications))
    quotas, (known, twins), settings, (accounts, agencies), others = _facts(
        conn, given, on, is_lone=is_lone, made=made
    )
    for a in given:
        if a.bgt_id not in quotas:
            refused.setdefault(a.pay_app_no, _without_quota(a))
    by_number = dict(zip((a.pay_app_no for a in applications), makers, strict=True))
    sums = together.Sums(others, on, made)
    return _Batch(
        on, given, by_number, quotas, refused, is_lone, known, settings, accounts, agencies, twins, sums
    )


_Quotas = dict[str, Quota]
_Settings = dict[tuple[str, int], Setting]


def _facts(
    conn: Conn,
    given: Sequence[PaymentApplication],
    on: date,
    *,
    is_lone: bool,
    made: Mapping[str, str] | None,
) -> tuple[_Quotas, doubles.Standing, _Settings, tuple[payees.Accounts, payees.Agencies], together.Standing]:
    """The quotas of applications, what stands of them, like them and beside them, settings, payees.

    An application of another region or year than its quota's is refused before these matter.
    """
    if not given:
        return {}, (set(), {}), {}, ({}, {}), together.Standing()
    regions = {"regions": sorted({a.mof_div_code for a in given})}
    quotas, standing, settings, named, others = ask_all(
        conn, drawing.asked(conn, {a.bgt_id for a in given}, has_blocks=is_lone),
        doubles.asked(given, on, made),
        settings_asked("where t.mof_div_code = any(%(regions)s)", regions), payees.asked(given, on.year),
        together.asked(given, on, made), is_locked=False,
    )  # fmt: skip
    places = {(quota.coding.mof_div_code, quota.coding.fiscal_year) for quota in quotas.values()}
    return quotas, standing, settings_in(settings, places), named, others


def _without_quota(a: PaymentApplication) -> NotFound:
    return NotFound(
        f"支付申请 {a.pay_app_no} 的指标 {a.bgt_id} 不存在",
        rule="先有预算、再有指标、后有支出（财办〔2022〕36号，监控规则 R32）",
        hint="请核对指标编号，或先下达指标",
        details={"bgt_id": a.bgt_id},
    )


def _check(conn: Conn, batch: _Batch, fresh: Sequence[PaymentApplication]) -> list[Finding]:
    """Refuse what rules forbid; returns the alerts of the rest."""
    if not fresh:
        return []
    unusable, beyond = _unusable(conn, batch, fresh), _beyond_debt(conn, batch, fresh)
    doubled = dict(doubles.refusals(fresh, batch.doubles))
    strange = drawing.strange_blocks(conn, (batch.coding(a) for a in fresh))
    alerts: list[Finding] = []
    for a in fresh:
        coding = batch.coding(a)
        wrong = (
            unusable.get(coding)
            or judging.malformed(a, coding, batch.settings, batch.on)
            or (_strange(a, strange[coding]) if coding in strange else None)
            or payees.mismatch(a, batch.accounts)
            or beyond.get(a.pay_app_no)
            or doubled.get(a.pay_app_no)
        )
        others = batch.beside.of(a, coding.agency_code)
        found = [] if wrong else payees.judged(a, coding, batch.agencies, batch.on, others)
        if caught := refusing(found):
            wrong = refusal(caught)
        if wrong:
            batch.refused[a.pay_app_no] = wrong
        else:
            alerts += found
            batch.beside.add(a, coding.agency_code)
    return alerts


def _strange(a: PaymentApplication, found: Sequence[Misfit]) -> FiscError:
    return drawing.strange_quota(f"支付申请 {a.pay_app_no}", a.bgt_id, found)


def _beyond_debt(conn: Conn, batch: _Batch, fresh: Sequence[PaymentApplication]) -> Mapping[str, FiscError]:
    """Payments of principal beyond what the books owe."""
    repaid = [a for a in fresh if principal.is_principal(batch.coding(a))]
    return principal.beyond(conn, [(a.pay_app_no, batch.coding(a), a.amount_fen) for a in repaid])


def _unusable(conn: Conn, batch: _Batch, fresh: Sequence[PaymentApplication]) -> Mapping[Coding, FiscError]:
    """Blocks that name what may not be used; a lone one's unit and project are for the payments' guard."""
    blocks = {batch.coding(a) for a in fresh}
    if batch.is_lone:
        blocks = {block for block in blocks if block.theme_code}
    return payees.unusable(conn, blocks)


def _garbled(a: PaymentApplication) -> tuple[str, str, str] | None:
    """What is wrong with its words: they are printed in one line, in which wide spaces may stand."""
    if why := misfit(a.pay_app_no):
        return (f"的编号不能用：{why}", *_NO_NUMBER)
    said = "".join((*(getattr(a, name) for name in _WORDS), *a.attachments)).translate(_SPACES)
    if not said.isprintable() or bad_sign(said):
        return _BAD_SIGN
    why = carried.first_fault(
        ((carried.NAME, a.payee_name), (carried.ACCOUNT, a.payee_acct_no), (carried.BANK, a.payee_bank_no),
         (carried.PURPOSE, a.purpose))
    )  # fmt: skip
    if why:
        return (f"的{why}", *_BAD_SIGN[1:])
    wrong = attachments.fault_of(a.attachments)
    return (f"的附件{wrong}", attachments.RULE, attachments.HINT) if wrong else None


_NO_TEXTS = ("int", "tuple[str, ...]")
_WORDS = tuple(one.name for one in fields(PaymentApplication) if one.type not in _NO_TEXTS)
_SPACES = {0x3000: " ", 0xA0: " "}


#: What is wrong, by which rule, what to do.
_NO_NUMBER = (
    "编号要写进银行报文和银行文件，连同凭证的字头字尾：不为空，无空格首尾、不可见字符和竖线，"
    f"不超过 {carried.APPLICATION.bytes} 字节（汉字两字节）",
    "请重新编号",
)
_BAD_SIGN = (
    "的用途、收款人等文字里有换行、控制字符或乱码",
    "文字要写进单据和银行报文（ISO 20022 字段长度、银行文件栏宽）：可印的文字，各在一行，不超长",
    "请删去该字符或缩短，重新填写",
)  # fmt: skip


def _hold(conn: Conn, batch: _Batch, sound: Sequence[PaymentApplication]) -> None:
    """Refuse what the quotas do not cover, in the order given; of a lone one the posting says it."""
    if batch.is_lone:
        return
    demands = [_demand(a, batch.quotas[a.bgt_id]) for a in sound]
    if demands:
        batch.refused |= drawing.shortfalls(conn, demands)


def _demand(a: PaymentApplication, quota: Quota) -> drawing.Demand:
    account = rules.stage_account(a.stage, quota.coding.fiscal_year)
    who = f"支付申请 {a.pay_app_no}（指标 {a.bgt_id}，单位 {quota.coding.agency_code}）"
    return drawing.Demand(
        a.pay_app_no, account, quota.coding_id, a.amount_fen, f"{who}超过{rules.STAGES[a.stage]}"
    )


def _row(a: PaymentApplication, quota: Quota) -> dict[str, object]:
    coding = quota.coding
    return PAYMENT.row(
        a, doc_key=a.pay_app_no, fiscal_year=coding.fiscal_year, agency_code=coding.agency_code,
        fund_type_code=coding.fund_type_code, coding_id=quota.coding_id,
    )  # fmt: skip


def _rows(batch: _Batch, given: Sequence[PaymentApplication]) -> list[dict[str, object]]:
    return [_row(a, batch.quotas[a.bgt_id]) for a in given]


def _makers(batch: _Batch, given: Sequence[PaymentApplication]) -> list[str]:
    return [batch.makers[a.pay_app_no] for a in given]


def _require_same(conn: Conn, batch: _Batch, repeated: Sequence[PaymentApplication], each: bool) -> None:
    """Applications that stand already must say the same; with `each` those that do not are refused alone."""
    try:
        make(conn, PAYMENT, _rows(batch, repeated), by=_makers(batch, repeated), on=batch.on)
    except DuplicateConflict as other:
        if not each:
            raise
        if len(repeated) == 1:
            batch.refused[repeated[0].pay_app_no] = other
            return
        for a in repeated:
            _require_same(conn, batch, [a], each)
