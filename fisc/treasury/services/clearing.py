"""Clearing with the central-bank treasury (清算): by region, day of payment, fund and agent bank.

The finance bureau tells the treasury how much may be claimed (清算额度通知单, lqd_quota_notice_no);
the treasury moves that much or less to the agent bank (划款凭证, lqd_cert_no). What it did not move
stays in transit. The treasury executes on the same day (预算法实施条例第六十六条); later ones are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

from fisc.documents import NotFound, RuleBroken, make, move, read
from fisc.documents.refusals import refuse_all
from fisc.kernel import FiscError, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.treasury.flow import DEBIT, NOTICE, PAYMENT, REFUND
from fisc.treasury.rules import clearing as rules
from fisc.treasury.services.outcomes import conflict
from fisc.treasury.services.rows import HELD, held
from fisc.treasury.services.settings import settings_of

Conn = psycopg.Connection[Any]


class Group(NamedTuple):
    """What is cleared together: a day's payments of a fund through a bank."""

    mof_div_code: str
    cleared_for: date
    fund_type_code: str
    agent_bank_no: str


@dataclass(frozen=True, slots=True)
class ClearingNotice:
    """清算额度通知单: how much the bank may claim for a group; negative where more came back."""

    lqd_quota_notice_no: str
    mof_div_code: str
    cleared_for: date
    fund_type_code: str
    agent_bank_no: str
    amount_fen: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class TreasuryDebit:
    """划款凭证: what the treasury moved, for which payments and refunds; None means all of the group.

    `amount_fen` is payments less refunds.
    """

    lqd_cert_no: str
    fund_type_code: str
    agent_bank_no: str
    amount_fen: int
    act_lqd_date: date
    pay_cert_nos: tuple[str, ...] | None = None
    refund_nos: tuple[str, ...] | None = None


#: What a day comes to by fund and bank: what is open and what was moved. Only what is under way is read.
#: 实拨 that the treasury paid itself needs no notice: its receipt was the clearing.
_TOTALS = """
    select fund_type_code, agent_bank_no, sum(amount_fen)::bigint from (
        select fund_type_code, agent_bank_no, amount_fen from treasury_payment
        where mof_div_code = %(region)s and sent_on is not null and act_lqd_date is null
          and paid_on = %(day)s and state = 'paid'
        union all
        select r.fund_type_code, r.agent_bank_no, -r.amount_fen from treasury_refund r
        join treasury_payment p on p.doc_key = r.pay_app_no
        where r.mof_div_code = %(region)s and r.refunded_on = %(day)s and r.state = 'recorded'
          and not (p.pay_type = 'entity' and p.lqd_cert_no = p.agent_business_no)
        union all
        select fund_type_code, agent_bank_no, amount_fen from treasury_clearing_debit
        where mof_div_code = %(region)s and cleared_for = %(day)s) t
    group by 1, 2 order by 1, 2"""

_NOTICES = """
    select fund_type_code, agent_bank_no, sum(amount_fen)::bigint, count(*) from treasury_clearing_notice
    where mof_div_code = %(region)s and cleared_for = %(day)s group by 1, 2"""


def issue_clearing_notices(conn: Conn, region: str, day: date, *, by: str, on: date) -> list[ClearingNotice]:
    """Issue notices of clearing quota for what was paid on `day` and is in no notice yet.

    One for each fund and bank; a late receipt of the same day gets a further one. Calling again
    without anything new issues none.
    """
    return in_transaction(conn, lambda: _issue(conn, region, day, by, on))


def _issue(conn: Conn, region: str, day: date, by: str, on: date) -> list[ClearingNotice]:
    _lock_day(conn, region, day)
    asked = {"region": region, "day": day}
    noticed = {(row[0], row[1]): (row[2], row[3]) for row in conn.execute(_NOTICES, asked)}
    notices = []
    for fund, bank, total_fen in conn.execute(_TOTALS, asked).fetchall():
        before_fen, count = noticed.get((fund, bank), (0, 0))
        if total_fen != before_fen:
            number = f"QE{region}{day:%Y%m%d}{fund}{bank}-{count + 1}"
            notices.append(ClearingNotice(number, region, day, fund, bank, total_fen - before_fen, True))
    make(conn, NOTICE, [_notice_row(n) for n in notices], by=by, on=on)
    return notices


def clearing_notices(conn: Conn, region: str, day: date) -> list[ClearingNotice]:
    """The notices issued for a day, in the order of their numbers: for who begins again after a crash."""
    rows = conn.execute(
        "select doc_key, mof_div_code, cleared_for, fund_type_code, agent_bank_no, amount_fen, false "
        "from treasury_clearing_notice where mof_div_code = %s and cleared_for = %s order by doc_key",
        [region, day],
    )
    return [ClearingNotice(*row) for row in rows]


def _notice_row(n: ClearingNotice) -> dict[str, object]:
    return {
        "doc_key": n.lqd_quota_notice_no, "mof_div_code": n.mof_div_code, "fiscal_year": n.cleared_for.year,
        "cleared_for": n.cleared_for, "fund_type_code": n.fund_type_code, "agent_bank_no": n.agent_bank_no,
        "amount_fen": n.amount_fen,
    }  # fmt: skip


#: 'LQD' and the day as a number: one clearing of a region's day at a time.
_DAY_LOCK = 0x4C5144


def _lock_day(conn: Conn, region: str, day: date) -> None:
    conn.execute(
        "select pg_advisory_xact_lock(%s, %s)", [_DAY_LOCK, int(region[:6]) * 1000 + day.toordinal() % 1000]
    )


def clear(
    conn: Conn, region: str, day: date, debits: Sequence[TreasuryDebit], *, by: str, on: date
) -> list[bool]:
    """Record what the treasury moved for `day` (划款凭证); the payments named are cleared.

    True for each debit that is new; the same one again changes nothing. Raises RuleBroken where a
    debit's amount is not the sum of its payments less its refunds, or more than was notified;
    NotFound for payments that are not of the group; DuplicateConflict.
    """
    return in_transaction(conn, lambda: _clear(conn, _Day(region, day, by, on), debits))


class _Day(NamedTuple):
    """A region's day of payment, and who clears it when."""

    region: str
    day: date
    by: str
    on: date


def _clear(conn: Conn, of: _Day, debits: Sequence[TreasuryDebit]) -> list[bool]:
    _lock_day(conn, of.region, of.day)
    fresh = _fresh(conn, debits)
    chosen = _choose(conn, of, fresh) if fresh else {}
    rows = [_debit_row(debit, of, len(chosen[debit.lqd_cert_no].payments)) for debit in fresh]
    make(conn, DEBIT, rows, by=of.by, on=of.on)
    for debit in fresh:
        _settle(conn, of, debit, chosen[debit.lqd_cert_no])
    return [debit.lqd_cert_no in chosen for debit in debits]


class _Chosen(NamedTuple):
    """What a debit clears."""

    payments: list[_Open]
    refunds: list[_Open]


def _choose(conn: Conn, of: _Day, fresh: Sequence[TreasuryDebit]) -> dict[str, _Chosen]:
    """lqd_cert_no -> what it clears, each payment once; refuses debits that do not add up."""
    payments = _of_day(conn, _OPEN_PAYMENTS, of)
    refunds = _of_day(conn, _OPEN_REFUNDS, of)
    refused: dict[str, FiscError] = {}
    chosen: dict[str, _Chosen] = {}
    for debit in fresh:
        mine = _Chosen(
            _chosen(debit, payments, debit.pay_cert_nos, refused),
            _chosen(debit, refunds, debit.refund_nos, refused),
        )
        chosen[debit.lqd_cert_no] = mine
        taken = {item.number for items in mine for item in items}
        payments = [p for p in payments if p.number not in taken]
        refunds = [r for r in refunds if r.number not in taken]
        if wrong := _wrong_sum(debit, *mine):
            refused.setdefault(debit.lqd_cert_no, wrong)
    refuse_all(refused)
    return chosen


class _Open(NamedTuple):
    """A payment or refund of the day that is not cleared: its document, its number, its group, its amount."""

    key: str
    number: str
    fund_type_code: str
    agent_bank_no: str
    amount_fen: int


_OPEN_PAYMENTS = """
    select doc_key, pay_cert_no, fund_type_code, agent_bank_no, amount_fen from treasury_payment
    where mof_div_code = %s and sent_on is not null and act_lqd_date is null
      and paid_on = %s and state = 'paid' order by doc_key"""
_OPEN_REFUNDS = """
    select r.doc_key, r.doc_key, r.fund_type_code, r.agent_bank_no, r.amount_fen from treasury_refund r
    join treasury_payment p on p.doc_key = r.pay_app_no
    where r.mof_div_code = %s and r.refunded_on = %s and r.state = 'recorded'
      and not (p.pay_type = 'entity' and p.lqd_cert_no = p.agent_business_no) order by r.doc_key"""


def _of_day(conn: Conn, statement: str, of: _Day) -> list[_Open]:
    return [_Open(*row) for row in conn.execute(statement.encode(), [of.region, of.day])]


def _fresh(conn: Conn, debits: Sequence[TreasuryDebit]) -> list[TreasuryDebit]:
    """The debits that are not recorded yet; recorded ones must say the same."""
    statement = (
        "select doc_key, fund_type_code, agent_bank_no, amount_fen, act_lqd_date "
        "from treasury_clearing_debit where doc_key = any(%s)"
    )
    rows = conn.execute(statement, [[d.lqd_cert_no for d in debits]]).fetchall()
    standing = {row[0]: tuple(row[1:]) for row in rows}
    first: dict[str, TreasuryDebit] = {}
    for d in debits:
        said = (d.fund_type_code, d.agent_bank_no, d.amount_fen, d.act_lqd_date)
        if standing.get(d.lqd_cert_no, said) != said or first.setdefault(d.lqd_cert_no, d) != d:
            raise conflict("划款凭证", [d.lqd_cert_no])
    return [d for n, d in first.items() if n not in standing]


def _chosen(
    debit: TreasuryDebit, given: Iterable[_Open], numbers: Sequence[str] | None, refused: dict[str, FiscError]
) -> list[_Open]:
    """The payments or refunds that a debit is for, out of those of the day that are open."""
    group = [
        o for o in given if (o.fund_type_code, o.agent_bank_no) == (debit.fund_type_code, debit.agent_bank_no)
    ]
    if numbers is None:
        return group
    by_number = {o.number: o for o in group}
    missing = sorted(set(numbers) - by_number.keys())
    if missing:
        refused[debit.lqd_cert_no] = NotFound(
            f"划款凭证 {debit.lqd_cert_no} 所列的 {'、'.join(missing[:5])} 等 {len(missing)} 笔不在这一天、"
            f"这一资金（{debit.fund_type_code}）、这家银行的待清算之列",
            rule="清算以已支付、未清算的支付凭证为准（国库集中支付清算）",
            hint="请核对支付日、资金性质、代理银行与凭证号",
            details={"missing": missing[:20], "refused": len(missing)},
        )
    return [by_number[n] for n in dict.fromkeys(numbers) if n in by_number]


def _wrong_sum(debit: TreasuryDebit, payments: Sequence[_Open], refunds: Sequence[_Open]) -> FiscError | None:
    owed_fen = sum(p.amount_fen for p in payments) - sum(r.amount_fen for r in refunds)
    if owed_fen == debit.amount_fen and (payments or refunds):
        return None
    return RuleBroken(
        f"划款凭证 {debit.lqd_cert_no} 划款 {format_fen(debit.amount_fen)} 元，"
        f"所清算的支付减退款为 {format_fen(owed_fen)} 元（{len(payments)} 笔支付、{len(refunds)} 笔退款）",
        rule="申请划款额等于当日已支付额减退款额（国库集中支付清算）",
        hint="请按笔列明所清算的凭证；未清算的留作在途",
    )


def _debit_row(d: TreasuryDebit, of: _Day, count: int) -> dict[str, object]:
    return {
        "doc_key": d.lqd_cert_no, "mof_div_code": of.region, "fiscal_year": of.day.year,
        "cleared_for": of.day, "act_lqd_date": d.act_lqd_date, "fund_type_code": d.fund_type_code,
        "agent_bank_no": d.agent_bank_no, "amount_fen": d.amount_fen, "payment_count": count,
    }  # fmt: skip


def _settle(conn: Conn, of: _Day, debit: TreasuryDebit, chosen: _Chosen) -> None:
    for flow, items in ((PAYMENT, chosen.payments), (REFUND, chosen.refunds)):
        changes: dict[str, list[object]] = {
            "lqd_cert_no": [debit.lqd_cert_no] * len(items),
            "act_lqd_date": [debit.act_lqd_date] * len(items),
        }
        move(conn, flow, [item.key for item in items], "clear", by=of.by, on=of.on, changes=changes)
    if settings_of(conn, [(of.region, of.day.year)])[of.region, of.day.year].has_payment_agency:
        _post(conn, chosen, debit.act_lqd_date)


def _post(conn: Conn, chosen: _Chosen, on: date) -> None:
    """The entries of clearing, in a region that has a payment agency."""
    paid = held(conn, read(conn, PAYMENT, [p.key for p in chosen.payments], HELD))
    entries = [rules.of_payment(payment, on) for payment in paid]
    refunds = read(conn, REFUND, [r.key for r in chosen.refunds], ("pay_app_no", "amount_fen", "kind"))
    this_year = [r for r in refunds if r["kind"] == "this_year"]
    of_refunds = held(conn, read(conn, PAYMENT, [r["pay_app_no"] for r in this_year], HELD))
    for refund, payment in zip(this_year, of_refunds, strict=True):
        entries.append(rules.of_refund(payment, refund["doc_key"], refund["amount_fen"], on))
    post(conn, [entry for entry in entries if entry is not None])


def late_clearings(conn: Conn, region: str, first: date, last: date) -> list[dict[str, Any]]:
    """Debits made after the day of payment, against 预算法实施条例第六十六条, by day and number."""
    statement = (
        "select cleared_for, act_lqd_date, doc_key as lqd_cert_no, fund_type_code, agent_bank_no, amount_fen "
        "from treasury_clearing_debit where mof_div_code = %s and cleared_for between %s and %s "
        "and act_lqd_date > cleared_for order by cleared_for, doc_key"
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, [region, first, last]).fetchall()
