"""Clearing with the central-bank treasury (清算): by region, day of payment, fund and agent bank.

The finance bureau tells the treasury how much may be claimed (清算额度通知单, lqd_quota_notice_no);
the treasury moves that much or less to the agent bank (划款凭证, lqd_cert_no). What it did not move
stays in transit. The treasury executes on the same day (预算法实施条例第六十六条); later ones are named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import psycopg

from fisc.documents import Kind, NotFound, RuleBroken, make, move, read, select
from fisc.documents.inputs import OrBlank
from fisc.documents.refusals import given_twice, listed, refuse_all
from fisc.kernel import FiscError, post
from fisc.kernel.coding import codings_of
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.treasury.kinds import DEBIT, NOTICE, PAYMENT, REFUND
from fisc.treasury.rules import clearing as rules
from fisc.treasury.rules.payments import PAID_DAY
from fisc.treasury.services.outcomes import conflict
from fisc.treasury.services.settings import settings_of

if TYPE_CHECKING:
    from fisc.treasury.models import Payment, Refund

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
    agent_bank_no: OrBlank
    amount_fen: int
    act_lqd_date: date
    pay_cert_nos: tuple[str, ...] | None = None
    refund_nos: tuple[str, ...] | None = None


class RegionDay(NamedTuple):
    """A region's day of payment: what is notified and cleared together."""

    mof_div_code: str
    day: date


#: What days come to by fund and bank: what is open and what was moved. Only what is under way is read.
#: 实拨 that the treasury pays itself, through no agent bank, needs no notice: its receipt is the clearing.
_TOTALS = """
    select a.region, a.day, t.fund_type_code, t.agent_bank_no, sum(t.amount_fen)::bigint
    from unnest(%(regions)s::text[], %(days)s::date[]) as a(region, day) cross join lateral (
        select fund_type_code, agent_bank_no, amount_fen from treasury_payment
        where mof_div_code = a.region and sent_on is not null and act_lqd_date is null
          and paid_on = a.day and state = 'paid' and not (pay_type = 'entity' and agent_bank_no = '')
        union all
        select r.fund_type_code, r.agent_bank_no, -r.amount_fen from treasury_refund r
        join treasury_payment p on p.doc_key = r.pay_app_no
        where r.mof_div_code = a.region and r.refunded_on = a.day and r.state = 'recorded'
          and not (p.pay_type = 'entity' and (p.agent_bank_no = '' or p.lqd_cert_no = p.agent_business_no))
        union all
        select fund_type_code, agent_bank_no, amount_fen from treasury_clearing_debit
        where mof_div_code = a.region and cleared_for = a.day) t
    group by 1, 2, 3, 4 order by 1, 2, 3, 4"""

_NOTICES = """
    select n.mof_div_code, n.cleared_for, n.fund_type_code, n.agent_bank_no, sum(n.amount_fen)::bigint,
           count(*)
    from unnest(%(regions)s::text[], %(days)s::date[]) as a(region, day)
    join treasury_clearing_notice n on n.mof_div_code = a.region and n.cleared_for = a.day
    group by 1, 2, 3, 4"""


def issue_clearing_notices(conn: Conn, region: str, day: date, *, by: str, on: date) -> list[ClearingNotice]:
    """Issue notices of clearing quota for what was paid on `day` and is in no notice yet.

    One for each fund and bank; a late receipt of the same day gets a further one. Calling again
    without anything new issues none.
    """
    return issue_all_notices(conn, [RegionDay(region, day)], by=by, on=on)


def issue_all_notices(conn: Conn, days: Sequence[RegionDay], *, by: str, on: date) -> list[ClearingNotice]:
    """`issue_clearing_notices` for each of these days of regions, by region, day, fund and bank."""
    return in_transaction(conn, lambda: _issue(conn, days, by, on))


def _issue(conn: Conn, days: Sequence[RegionDay], by: str, on: date) -> list[ClearingNotice]:
    _lock_days(conn, days)
    asked = _columns(days)
    noticed = {tuple(row[:4]): (row[4], row[5]) for row in conn.execute(_NOTICES, asked)}
    notices = []
    for region, day, fund, bank, total_fen in conn.execute(_TOTALS, asked).fetchall():
        before_fen, count = noticed.get((region, day, fund, bank), (0, 0))
        if total_fen != before_fen:
            number = f"QE{region}{day:%Y%m%d}{fund}{bank}-{count + 1}"
            notices.append(ClearingNotice(number, region, day, fund, bank, total_fen - before_fen, True))
    make(conn, NOTICE, [_notice_row(n) for n in notices], by=by, on=on)
    return notices


def _columns(days: Iterable[RegionDay]) -> dict[str, list[Any]]:
    """The days as columns, each once."""
    wanted = sorted(set(days))
    return {"regions": [at.mof_div_code for at in wanted], "days": [at.day for at in wanted]}


def clearing_notices(conn: Conn, region: str, day: date) -> list[ClearingNotice]:
    """The notices issued for a day, in the order of their numbers: for who begins again after a crash."""
    where: Final = "where t.mof_div_code = %s and t.cleared_for = %s order by t.doc_key"
    return [
        ClearingNotice(n.doc_key, region, day, n.fund_type_code, n.agent_bank_no, n.amount_fen, False)
        for n in select(conn, NOTICE, where, [region, day])
    ]


def _notice_row(n: ClearingNotice) -> dict[str, object]:
    return {
        "doc_key": n.lqd_quota_notice_no, "mof_div_code": n.mof_div_code, "fiscal_year": n.cleared_for.year,
        "cleared_for": n.cleared_for, "fund_type_code": n.fund_type_code, "agent_bank_no": n.agent_bank_no,
        "amount_fen": n.amount_fen,
    }  # fmt: skip


#: 'LQD' and the day as a number: one clearing of a region's day at a time.
_DAY_LOCK = 0x4C5144


def _lock_days(conn: Conn, days: Iterable[RegionDay]) -> None:
    keys = {int(at.mof_div_code[:6]) * 1000 + at.day.toordinal() % 1000 for at in days}
    conn.execute("select pg_advisory_xact_lock(%s, k) from unnest(%s::int[]) k", [_DAY_LOCK, sorted(keys)])


def clear(
    conn: Conn, region: str, day: date, debits: Sequence[TreasuryDebit], *, by: str, on: date
) -> list[bool]:
    """Record what the treasury moved for `day` (划款凭证); the payments named are cleared.

    True for each debit that is new; the same one again changes nothing. Raises RuleBroken where a
    debit's amount is not the sum of its payments less its refunds, or more than was notified;
    NotFound for payments that are not of the group; DuplicateConflict.
    """
    at = RegionDay(region, day)
    return clear_all(conn, [(at, debit) for debit in debits], by=by, on=on)


def clear_all(
    conn: Conn, debits: Sequence[tuple[RegionDay, TreasuryDebit]], *, by: str, on: date
) -> list[bool]:
    """`clear` for debits of several regions and days, all or none."""
    return in_transaction(conn, lambda: _clear(conn, [_Debit(*one) for one in debits], by, on))


class _Debit(NamedTuple):
    """A debit and the day of payment that it is for."""

    of: RegionDay
    said: TreasuryDebit


def _clear(conn: Conn, debits: Sequence[_Debit], by: str, on: date) -> list[bool]:
    _lock_days(conn, (debit.of for debit in debits))
    fresh = _fresh(conn, debits)
    chosen = _choose(conn, fresh) if fresh else {}
    rows = [_debit_row(debit, len(chosen[debit.said.lqd_cert_no].payments)) for debit in fresh]
    make(conn, DEBIT, rows, by=by, on=on)
    if fresh:
        _settle(conn, {debit.said.lqd_cert_no: debit for debit in fresh}, chosen, by, on)
    return [debit.said.lqd_cert_no in chosen for debit in debits]


class _Chosen(NamedTuple):
    """What a debit clears."""

    payments: list[Payment]
    refunds: list[Refund]


def _choose(conn: Conn, fresh: Sequence[_Debit]) -> dict[str, _Chosen]:
    """lqd_cert_no -> what it clears, each payment once; refuses debits that do not add up."""
    asked = _columns(debit.of for debit in fresh)
    payments: dict[RegionDay, dict[str, Payment]] = defaultdict(dict)
    refunds: dict[RegionDay, dict[str, Refund]] = defaultdict(dict)
    for p in select(conn, PAYMENT, _OPEN_PAYMENTS, asked):
        payments[RegionDay(p.mof_div_code, cast("date", p.paid_on))][str(p.pay_cert_no)] = p
    for r in select(conn, REFUND, _OPEN_REFUNDS, asked):
        refunds[RegionDay(r.mof_div_code, r.refunded_on)][r.doc_key] = r
    refused: dict[str, FiscError] = {}
    chosen: dict[str, _Chosen] = {}
    for of, debit in fresh:
        mine = _Chosen(
            _taken(debit, payments[of], debit.pay_cert_nos, refused),
            _taken(debit, refunds[of], debit.refund_nos, refused),
        )
        chosen[debit.lqd_cert_no] = mine
        if wrong := _wrong_sum(debit, mine, payments[of].values()):
            refused.setdefault(debit.lqd_cert_no, wrong)
    refuse_all(refused)
    return chosen


#: Payments and refunds of days that are not cleared.
_OPEN_PAYMENTS: Final = (
    "join unnest(%(regions)s::text[], %(days)s::date[]) as a(region, day) "
    "on a.region = t.mof_div_code and a.day = t.paid_on "
    "where t.sent_on is not null and t.act_lqd_date is null and t.state = 'paid' "
    "and not (t.pay_type = 'entity' and t.agent_bank_no = '') order by t.doc_key"
)
_OPEN_REFUNDS: Final = (
    "join unnest(%(regions)s::text[], %(days)s::date[]) as a(region, day) "
    "on a.region = t.mof_div_code and a.day = t.refunded_on "
    "join treasury_payment p on p.doc_key = t.pay_app_no where t.state = 'recorded' "
    "and not (p.pay_type = 'entity' and (p.agent_bank_no = '' or p.lqd_cert_no = p.agent_business_no)) "
    "order by t.doc_key"
)


def _fresh(conn: Conn, debits: Sequence[_Debit]) -> list[_Debit]:
    """The debits that are not recorded yet; recorded ones must say the same."""
    numbers = [debit.said.lqd_cert_no for debit in debits]
    standing = {
        d.doc_key: (d.fund_type_code, d.agent_bank_no, d.amount_fen, d.act_lqd_date)
        for d in select(conn, DEBIT, "where t.doc_key = any(%s)", [numbers])
    }
    first: dict[str, _Debit] = {}
    for debit in debits:
        d = debit.said
        said = (d.fund_type_code, d.agent_bank_no, d.amount_fen, d.act_lqd_date)
        if standing.get(d.lqd_cert_no, said) != said:
            raise conflict("划款凭证", [d.lqd_cert_no])
        if first.setdefault(d.lqd_cert_no, debit) != debit:
            raise given_twice("划款凭证", [d.lqd_cert_no])
    return [debit for number, debit in first.items() if number not in standing]


_Open = TypeVar("_Open", "Payment", "Refund")


def _taken(
    debit: TreasuryDebit,
    given: dict[str, _Open],
    numbers: Sequence[str] | None,
    refused: dict[str, FiscError],
) -> list[_Open]:
    """The payments or refunds that a debit is for, taken out of those of the day that are open."""
    group = [
        number
        for number, o in given.items()
        if (o.fund_type_code, o.agent_bank_no) == (debit.fund_type_code, debit.agent_bank_no)
    ]
    wanted = group if numbers is None else list(dict.fromkeys(numbers))
    missing = sorted(set(wanted) - set(group))
    if missing:
        refused[debit.lqd_cert_no] = NotFound(
            f"划款凭证 {debit.lqd_cert_no} 所列的 {'、'.join(missing[:5])} 等 {len(missing)} 笔不在这一天、"
            f"这一资金（{debit.fund_type_code}）、这家银行的待清算之列",
            rule="清算以已支付、未清算的支付凭证为准（国库集中支付清算）",
            hint="请核对支付日、资金性质、代理银行与凭证号",
            details={"missing": missing[:20], "refused": len(missing)},
        )
    out = set(missing)
    return [given.pop(number) for number in wanted if number not in out]


def _wrong_sum(debit: TreasuryDebit, mine: _Chosen, others: Iterable[Payment]) -> FiscError | None:
    """The refusal of a debit that is not what it clears; `others` are the day's payments that it leaves."""
    payments, refunds = mine
    owed_fen = sum(p.amount_fen for p in payments) - sum(r.amount_fen for r in refunds)
    if owed_fen == debit.amount_fen and (payments or refunds):
        return None
    return RuleBroken(
        f"划款凭证 {debit.lqd_cert_no} 划款 {format_fen(debit.amount_fen)} 元，"
        f"所清算的支付减退款为 {format_fen(owed_fen)} 元（{len(payments)} 笔支付、{len(refunds)} 笔退款）"
        f"{_left_beside(debit, others)}",
        rule="申请划款额等于当日已支付额减退款额（国库集中支付清算）",
        hint="请按笔列明所清算的凭证；未清算的留作在途",
    )


def _left_beside(debit: TreasuryDebit, others: Iterable[Payment]) -> str:
    """In words what the day's payments of the fund come to that go through another bank, or none."""
    by_bank: dict[str, list[int]] = defaultdict(list)
    for p in others:
        if p.fund_type_code == debit.fund_type_code and p.agent_bank_no != debit.agent_bank_no:
            by_bank[p.agent_bank_no].append(p.amount_fen)
    told = [
        f"{f'代理银行 {bank} 的' if bank else '没有写代理银行的'} {len(fens)} 笔 {format_fen(sum(fens))} 元"
        for bank, fens in sorted(by_bank.items())
    ]
    return f"；这一天待清算的还有{listed(told)}" if told else ""


def _debit_row(debit: _Debit, count: int) -> dict[str, object]:
    of, d = debit
    return {
        "doc_key": d.lqd_cert_no, "mof_div_code": of.mof_div_code, "fiscal_year": of.day.year,
        "cleared_for": of.day, "act_lqd_date": d.act_lqd_date, "fund_type_code": d.fund_type_code,
        "agent_bank_no": d.agent_bank_no, "amount_fen": d.amount_fen, "payment_count": count,
    }  # fmt: skip


def _settle(
    conn: Conn, debits: Mapping[str, _Debit], chosen: Mapping[str, _Chosen], by: str, on: date
) -> None:
    """Note what each debit clears, and post it where cash leaves on the day of clearing."""
    payments = [(p, debits[n].said) for n, mine in chosen.items() for p in mine.payments]
    refunds = [(r, debits[n].said) for n, mine in chosen.items() for r in mine.refunds]
    _note(conn, PAYMENT, payments, by, on)
    _note(conn, REFUND, refunds, by, on)
    settings = settings_of(conn, {(of.mof_div_code, of.day.year) for of, _ in debits.values()})
    ways = {n: settings[of.mof_div_code, of.day.year].way for n, (of, _) in debits.items()}
    ways = {n: way for n, way in ways.items() if way != PAID_DAY}
    _post(
        conn,
        [one for one in payments if one[1].lqd_cert_no in ways],
        [one for one in refunds if one[1].lqd_cert_no in ways],
        ways,
    )


def _note(
    conn: Conn,
    kind: Kind[Any],
    cleared: Sequence[tuple[Payment, TreasuryDebit]] | Sequence[tuple[Refund, TreasuryDebit]],
    by: str,
    on: date,
) -> None:
    changes: dict[str, list[object]] = {
        "lqd_cert_no": [debit.lqd_cert_no for _, debit in cleared],
        "act_lqd_date": [debit.act_lqd_date for _, debit in cleared],
    }
    keys = [document.doc_key for document, _ in cleared]
    move(conn, kind, keys, "clear", by=by, on=on, changes=changes)


def _post(
    conn: Conn,
    payments: Sequence[tuple[Payment, TreasuryDebit]],
    refunds: Sequence[tuple[Refund, TreasuryDebit]],
    ways: Mapping[str, str],
) -> None:
    numbers = sorted({r.pay_app_no for r, _ in refunds})
    refunded = {p.doc_key: p for p in read(conn, PAYMENT, numbers)} if numbers else {}
    blocks = codings_of(conn, (p.coding_id for p in [*(p for p, _ in payments), *refunded.values()]))
    entries = [
        rules.of_payment(p, blocks[p.coding_id], debit.act_lqd_date, ways[debit.lqd_cert_no])
        for p, debit in payments
    ]
    for r, debit in refunds:
        p = refunded[r.pay_app_no]
        way = ways[debit.lqd_cert_no]
        entries.append(rules.of_refund(r, p, blocks[p.coding_id], debit.act_lqd_date, way))
    post(conn, [entry for entry in entries if entry is not None])


def late_clearings(conn: Conn, region: str, first: date, last: date) -> list[dict[str, Any]]:
    """Debits made after the day of payment, against 预算法实施条例第六十六条, by day and number."""
    where: Final = (
        "where t.mof_div_code = %s and t.cleared_for between %s and %s and t.act_lqd_date > t.cleared_for "
        "order by t.cleared_for, t.doc_key"
    )
    return [DEBIT.shown(debit) for debit in select(conn, DEBIT, where, [region, first, last])]
