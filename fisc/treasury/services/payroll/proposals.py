"""Proposes which quotas pay a payroll, and applies for the payments when the officer accepts.

A proposal reads and holds nothing. Accepting makes one application for each quota and puts the
lines of its people into the sub-ledger of the voucher that holds the quota: the database
refuses lines that do not add up to it, and a line that was paid before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import psycopg

from fisc.documents import RuleBroken, attachments, read
from fisc.documents.refusals import listed
from fisc.kernel.asking import ask
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry import elements
from fisc.sheets import Fault, Table, find_table, open_source
from fisc.sheets.headings import require_known
from fisc.sheets.marking import place_of_results, write_copy
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services import doubles
from fisc.treasury.services.applications import PaymentApplication, apply
from fisc.treasury.services.imports.columns import OTHER_COLUMNS, columns_of
from fisc.treasury.services.payroll.enrolling import Roster, enroll
from fisc.treasury.services.payroll.explaining import Explanation, Suggestion, explain, suggest
from fisc.treasury.services.payroll.matching import Matching, Share, match
from fisc.treasury.services.payroll.quotas import personnel_quotas
from fisc.treasury.services.payroll.sheets import PayrollSheet, items_of, read_payroll
from fisc.treasury.services.payroll.standing import ONCE, PaidBefore, set_apart, standing, two_persons
from fisc.treasury.services.settings import payment_stage

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
#: Rows that a refusal tells.
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Payee:
    """The account that distributes the pay (工资统发账户); it must be registered.

    `agent_bank_no` is the bank through which the treasury pays it (代理银行), as with any payment.
    """

    name: str
    acct_no: str
    bank_no: str = ""
    agent_bank_no: str = ""


@dataclass(slots=True)
class Proposal:
    """Which quota pays which line, why some have none, and which rows are no good."""

    region: str
    pay_month: str
    stage: str
    file: Path
    sha256: str
    table: Table = field(repr=False)
    sheet: PayrollSheet = field(repr=False)
    matching: Matching = field(repr=False)
    paid_before: list[PaidBefore] = field(repr=False)
    rounds: Mapping[str, int] = field(repr=False)
    """How often a line was applied for and withdrawn before; lines that never were are left out."""

    @property
    def by_quota(self) -> dict[str, list[Share]]:
        """bgt_id -> its lines, quotas and lines in order."""
        found: dict[str, list[Share]] = {}
        for share in sorted(self.matching.shares, key=lambda s: s.bgt_id):
            found.setdefault(share.bgt_id, []).append(share)
        return found

    @property
    def explanations(self) -> list[Explanation]:
        """Why each line that stays over found no quota."""
        return list(explain(self.matching))

    @property
    def suggestions(self) -> list[Suggestion]:
        """What would pay the lines that stay over."""
        return suggest(self.matching)

    @property
    def faults(self) -> list[Fault]:
        """What is wrong with rows of the file."""
        return [
            Fault(row, "", text, sheet=self.table.sheet.name)
            for row, texts in sorted(self.sheet.faults.items()) for text in texts
        ]  # fmt: skip

    @property
    def is_whole(self) -> bool:
        """Whether every row is good and every line has its quota."""
        return not self.sheet.faults and not self.matching.residual

    def write(self, out: str | Path | None = None) -> Path:
        """The user's file again, with each row's quota or the reason it has none in 导入结果.

        Raises FiscError for an `out` that is the file itself, or is no file in a folder that is there.
        """
        place = place_of_results(self.table, out)
        said: dict[int, list[str]] = {row: list(texts) for row, texts in self.sheet.faults.items()}
        for one in self.paid_before:
            before = f"{one.item.item_name}：先前已办理（支付申请 {one.pay_app_no}）"
            said.setdefault(one.item.row_no, []).append(before)
        for share in self.matching.shares:
            said.setdefault(share.item.row_no, []).append(
                f"{share.item.item_name} → 指标 {share.bgt_id}（规则 {share.step}）"
            )
        for why in self.explanations:
            said.setdefault(why.item.row_no, []).append(f"未匹配：{why.text}")
        messages = {row: "；".join(texts) for row, texts in said.items()}
        return write_copy(self.table, messages, place, red=self.sheet.faults.keys())


@dataclass(frozen=True, slots=True)
class Accepted:
    """What accepting made: the applications, in order, and how many lines they carry."""

    pay_app_nos: tuple[str, ...]
    is_new: tuple[bool, ...]
    line_count: int
    amount_fen: int


def propose(
    conn: psycopg.Connection[Any],
    path: str | Path,
    *,
    region: str,
    pay_month: str,
    sheet: str | None = None,
    with_hidden: bool = False,
    skip_unknown_columns: bool = True,
    content: bytes | None = None,
) -> Proposal:
    """Match the payroll file at `path` for `pay_month` ('2021-03') to the agencies' quotas of that year.

    Reads only. Lines that were applied for before are set aside, so the same file may be given again for
    what is left; one that says another amount, name or account than was applied for is a fault of its row,
    and so is an item to the account of another person. Hidden rows are faults unless `with_hidden`; columns
    that are not known are told in its notes, or refused where they are not to be skipped. `content` is the
    file's, where `path` is but its name. Raises FileRefused when the file as a whole is no good.
    """
    if not _MONTH.fullmatch(pay_month):
        raise RuleBroken(f"工资月份“{pay_month}”不是 年-月", rule=ONCE, hint="请写成 2021-03 的样子")
    source = open_source(path if content is None else content, Path(path).name)
    table = find_table(source, columns_of("payroll"), sheet=sheet, with_hidden=with_hidden)
    if not skip_unknown_columns:
        require_known(table, OTHER_COLUMNS, items_of(table))
    lines = read_payroll(table, region, pay_month)
    found = standing(conn, lines.items, region, pay_month)
    before = set_apart(lines, found)
    year = int(pay_month[:4])
    stage = payment_stage(conn, region, year)
    quotas = personnel_quotas(conn, region, year, {item.agency_code for item in lines.items}, stage)
    return Proposal(
        region, pay_month, stage, Path(path), source.sha256, table, lines, match(lines.items, quotas), before,
        found.rounds,
    )  # fmt: skip


def accept(
    conn: psycopg.Connection[Any],
    proposal: Proposal,
    *,
    payee: Payee,
    by: str,
    on: date,
    matched_only: bool = False,
) -> Accepted:
    """Apply for the payments of a proposal, with their lines: all or nothing.

    A proposal with bad rows or lines that stay over is refused unless `matched_only`. Accepting the
    same proposal again changes nothing. Raises RuleBroken, and what `apply` raises (QuotaShortfall when
    money was taken since the proposal was made).
    """
    if not proposal.is_whole and not matched_only:
        raise _not_whole(proposal)
    return in_transaction(conn, lambda: _accept(conn, proposal, payee, by, on))


def _not_whole(proposal: Proposal) -> RuleBroken:
    """The refusal of a proposal with bad rows or lines that stay over, telling each, whatever the door."""
    residual = proposal.matching.residual
    parts = [f"{len(proposal.sheet.faults)} 行有误"] if proposal.sheet.faults else []
    said = [f"第 {fault.row} 行：{fault.problem}" for fault in proposal.faults]
    said += [f"第 {why.item.row_no} 行 {why.item.per_name} {why.item.item_name}：{why.text}"
             for why in proposal.explanations]  # fmt: skip
    how = "；".join(one.text for one in proposal.suggestions) or "请按各行说明改正"
    if residual:
        parts.append(f"{len(residual)} 行共 {format_fen(proposal.matching.residual_fen)} 元没有指标")
    return RuleBroken(
        f"{proposal.pay_month} 工资有 {'、'.join(parts)}，没有申请支付：{listed(said, mark='；')}",
        rule="支出指标余额控制资金支付（财办〔2022〕36号）；工资须足额发放（保工资）",
        hint=f"{how}，然后重新匹配；要先发已匹配的部分，请选“只申请已匹配的”（--matched-only）",
        details={"refused": len(said), "items": said[:_TOLD]},
    )


def application_no(proposal: Proposal, shares: Sequence[Share]) -> str:
    """The application's number: made of its quota and lines, so that the same ones are one application."""
    keys = sorted(f"{s.item.line_key}#{proposal.rounds.get(s.item.line_key, 0)}" for s in shares)
    text = "\n".join([shares[0].bgt_id, *keys])
    digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest().upper()
    return f"GZ{proposal.region[:6]}{proposal.pay_month.replace('-', '')}{digest}"


def _accept(conn: psycopg.Connection[Any], proposal: Proposal, payee: Payee, by: str, on: date) -> Accepted:
    numbered = {application_no(proposal, shares): shares for shares in proposal.by_quota.values()}
    applications = _told_apart(conn, _applications(conn, proposal, payee, numbered), on)
    outcomes = apply(conn, applications, by=by, on=on)
    fresh = {outcome.key for outcome in outcomes if outcome.is_new}
    _require_unpaid(conn, proposal, numbered, fresh)
    enroll(conn, [_roster(proposal, no, shares) for no, shares in numbered.items() if no in fresh])
    return Accepted(
        tuple(o.key for o in outcomes), tuple(o.is_new for o in outcomes),
        len(proposal.matching.shares), proposal.matching.matched_fen,
    )  # fmt: skip


def _applications(
    conn: psycopg.Connection[Any], proposal: Proposal, payee: Payee, numbered: Mapping[str, Sequence[Share]]
) -> list[PaymentApplication]:
    _require_registered(conn, payee)
    roster = attachments.written(proposal.file.name, proposal.table.source.content)
    return [
        PaymentApplication(
            pay_app_no=no, bgt_id=shares[0].bgt_id, amount_fen=sum(s.item.amount_fen for s in shares),
            pay_type="payroll", payee_name=payee.name, payee_acct_no=payee.acct_no,
            payee_bank_no=payee.bank_no, purpose=f"{proposal.pay_month} 工资（{_people(shares)} 人）",
            mof_div_code=proposal.region, stage=proposal.stage, payroll_line=proposal.pay_month,
            agent_bank_no=payee.agent_bank_no, attachments=(roster,),
        )
        for no, shares in numbered.items()
    ]  # fmt: skip


def _told_apart(
    conn: psycopg.Connection[Any], applications: Sequence[PaymentApplication], on: date
) -> list[PaymentApplication]:
    """Batches that say the same as another of the day are told apart by their lines: each is paid once."""
    known, twins = ask(conn, doubles.asked(applications, on))
    stands = {payment.doc_key: payment for payment in read(conn, PAYMENT, sorted(known))}
    reasons = dict.fromkeys(twins, _BY_PERSON) | {no: one.repeat_reason for no, one in stands.items()}
    papers = {number: tuple(payment.attachments) for number, payment in stands.items()}
    return [
        replace(
            a,
            repeat_reason=reasons.get(a.pay_app_no, ""),
            attachments=papers.get(a.pay_app_no, a.attachments),
        )
        for a in applications
    ]


_BY_PERSON: Final = "工资名册逐人逐项只发一次，与先前批次的人员或项目不同"


def _people(shares: Iterable[Share]) -> int:
    return len({(s.item.agency_code, s.item.per_code) for s in shares})


def payee_of(conn: psycopg.Connection[Any], acct_no: str, agent_bank_no: str = "") -> Payee:
    """The account that distributes the pay, under its registered name, paid through an agent bank."""
    known = elements.payee_accounts(conn, [acct_no]).get(acct_no)
    return Payee(known.acct_name if known else "", acct_no, known.bank_no if known else "", agent_bank_no)


def _require_registered(conn: psycopg.Connection[Any], payee: Payee) -> None:
    if payee.acct_no not in elements.payee_accounts(conn, [payee.acct_no]):
        raise RuleBroken(
            f"工资发放账户 {payee.acct_no} 没有登记",
            rule="支付前核对收款人户名与账号（国库集中支付）",
            hint="请先登记代发工资的账户：fisc registry define-payees",
        )


def _require_unpaid(
    conn: psycopg.Connection[Any], proposal: Proposal, numbered: Mapping[str, Sequence[Share]],
    fresh: set[str],
) -> None:  # fmt: skip
    """Lines that another acceptance paid meanwhile are refused by name, before the database does."""
    items = [share.item for no in sorted(fresh) for share in numbered[no]]
    found = standing(conn, items, proposal.region, proposal.pay_month)
    paid = [item for item in items if item.line_key in found.paid]
    paid += [item for item, _, _ in two_persons(items, found) if item not in paid]
    if paid:
        named = [f"{i.per_name}（{i.per_code}）{i.item_name}" for i in paid]
        raise RuleBroken(
            f"{listed(named, unit='行')} 已经发放",
            rule=ONCE,
            hint="请重新匹配后再接受",
            details={"refused": len(named)},
        )


def _roster(proposal: Proposal, number: str, shares: Sequence[Share]) -> Roster:
    return Roster(number, proposal.pay_month, proposal.sha256, shares, proposal.rounds)


def as_dict(proposal: Proposal) -> dict[str, Any]:
    """The proposal for machines."""
    found = proposal.matching
    return {
        "file": str(proposal.file), "sha256": proposal.sha256, "region": proposal.region,
        "pay_month": proposal.pay_month, "line_count": len(found.shares) + len(found.residual),
        "matched_fen": found.matched_fen, "residual_fen": found.residual_fen,
        "paid_before": len(proposal.paid_before), "faults": proposal.sheet.faults,
        "notes": proposal.sheet.notes, "unread": proposal.table.unread,
        "quotas": [
            {"bgt_id": bgt_id, "lines": len(shares), "people": _people(shares),
             "amount_fen": sum(s.item.amount_fen for s in shares), "left_fen": found.left_fen[bgt_id],
             "steps": sorted({s.step for s in shares})}
            for bgt_id, shares in proposal.by_quota.items()
        ],
        "residual": [
            {"row": e.item.row_no, "per_code": e.item.per_code, "per_name": e.item.per_name,
             "item_name": e.item.item_name, "amount_fen": e.item.amount_fen, "why": e.text,
             "trials": [{"bgt_id": t.bgt_id, "reason": t.reason, "short_fen": t.short_fen} for t in e.trials]}
            for e in proposal.explanations
        ],
        "suggestions": [
            {"kind": s.kind, "amount_fen": s.amount_fen, "to_bgt_id": s.to_bgt_id,
             "from_bgt_id": s.from_bgt_id, "text": s.text}
            for s in proposal.suggestions
        ],
    }  # fmt: skip
