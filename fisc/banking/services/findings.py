"""What messages of banks say that does not agree with our payments, as findings in the one list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from fisc.documents import findings
from fisc.documents.findings import OPEN, Recorded
from fisc.kernel import FiscError
from fisc.kernel.findings import Finding
from fisc.treasury.services.returns import HARMLESS, MESSAGE

Conn = psycopg.Connection[Any]

#: Kinds of finding about one message, with the words people see.
KINDS: Final = {
    "unknown_receipt": "回单无对应凭证",
    "not_sent": "凭证未发送即有回单",
    "foreign_receipt": "回单所答的报文不符",
    "foreign_account": "入账账户不是付款账户",
    "amount_differs": "金额不符",
    "wrong_payee": "收款账号不符",
    "paid_twice": "重复支付",
    "paid_after_return": "退回后又报已支付",
    "returned_marked_paid": "已支付后退回",
    "contradictory": "同一回单前后矛盾",
    "refused_after_booking": "银行已记付出，又报拒绝",
    "unknown_status": "无法识别的支付状态",
    "duplicate_receipt": "重复回单",
    "duplicate_entry": "重复入账明细",
    "statement_gap": "对账单余额不衔接",
    "statement_corrected": "对账单已更正",
    "statement_voided": "对账单已作废，没有当日的另一份",
    "not_applied": "回单未能入账",
}
_SOURCE: Final = "回单与支付凭证逐项核对相符（国库集中支付）"

_VOID: Final = "statement_voided"
#: Findings about what an account's statements leave untold: a statement that is void takes none of them away.
_OF_DAYS: Final = ("statement_gap", _VOID)

RULES: Final = tuple(f"{MESSAGE}{kind}" for kind in KINDS)


def rule_of(kind: str) -> str:
    """The rule of a kind of finding about messages."""
    return f"{MESSAGE}{kind}"


def words_of(finding: Finding) -> str:
    """What a finding says beside the name of its kind; '' where it says no more."""
    return finding.what.removeprefix(finding.name).removeprefix("：")


def kind_of(finding: Finding) -> str:
    """The kind of a finding about a message."""
    return finding.rule_id.partition(".")[2]


def of_message(  # noqa: PLR0917 -- a line of a message against ours
    kind: str, pay_cert_no: str = "", bank_ref: str = "", ours_fen: int = 0, theirs_fen: int = 0,
    words: str = "",
) -> Finding:  # fmt: skip
    """Something in a message that was not applied. Amounts are ours and theirs, 0 where not known."""
    what = f"{KINDS[kind]}：{words}" if words else KINDS[kind]
    return Finding(
        rule_of(kind), KINDS[kind], what, _SOURCE, document=pay_cert_no, about=bank_ref,
        amount_fen=ours_fen, against_fen=theirs_fen, evidence=(f"bank:{bank_ref}",) if bank_ref else (),
        hint="请与银行核实；未核实前不入账",
    )  # fmt: skip


def not_applied(refusal: FiscError, pay_cert_no: str = "", bank_ref: str = "") -> Finding:
    """What a bank said in good order, and its service refused: by which rule, and what to do."""
    found = of_message("not_applied", pay_cert_no, bank_ref, words=refusal.message)
    return replace(found, source=refusal.rule or found.source, hint=refusal.hint or found.hint)


def record(
    conn: Conn, found: Iterable[tuple[tuple[str, int], Finding]], message_id: str, on: date
) -> list[Finding]:
    """Keep findings of a message, each with its region and year: as they are kept, and are to be told.

    Alike ones of one message are told apart by number.
    """
    times: Counter[Finding] = Counter()
    given = []
    for (region, year), finding in found:
        times[finding] += 1
        place = f"{message_id} {finding.about}".strip() + (f" #{n}" if (n := times[finding]) > 1 else "")
        evidence = (f"message:{message_id}", *finding.evidence)
        given.append(replace(finding, mof_div_code=region, fiscal_year=year, about=place, evidence=evidence))
    findings.record(conn, given, on=on)
    return given


def of_messages(conn: Conn, last: Mapping[str, date], day: date) -> list[Recorded]:
    """Findings about messages, found by `day`, that are open or newer than their region's `last` day.

    Gaps between statements are not among them (`lines.unsettled_gaps`); days of which a statement is void are
    told from those days on, whenever it came or became void, until another person closes what was found.
    """
    since = min(last.values()) + timedelta(1)
    new = findings.recorded(conn, regions=list(last), rules=RULES, states=(), since=since)
    found = {one.key: one for one in (*still_open(conn, list(last)), *new)}
    void = findings.recorded(conn, regions=list(last), rules=[rule_of(_VOID)], states=(*OPEN, "rectified"))
    return [
        *(
            one for one in found.values()
            if kind_of(one.finding) not in _OF_DAYS and one.found_on <= day
            and (one.state in OPEN or _is_of_the_day(one, last[one.finding.mof_div_code]))
        ),
        *(one for one in void if _void_day(one.finding) <= day),
    ]  # fmt: skip


def _void_day(finding: Finding) -> date:
    """The day that a void statement leaves untold: its finding is about an account and a day."""
    return date.fromisoformat(finding.about.rpartition(" ")[2])


def _is_of_the_day(one: Recorded, last: date) -> bool:
    """Whether what is settled is told with the day: not where statements follow one another after all."""
    is_of_two = kind_of(one.finding) == "statement_corrected"
    return one.found_on > last and not is_of_two and not is_withdrawn(one)


def still_open(conn: Conn, regions: Sequence[str]) -> list[Recorded]:
    """Findings about messages that are open."""
    return findings.recorded(conn, regions=regions, rules=RULES)


#: Of certificates, whether a voucher of ours stands under it, and whether all is settled with the bank's own
#: statement.
_STANDING: Final = """
    select ref_no, bool_or(is_ours), bool_and(is_settled) from (
        select pay_cert_no, true, closed_on is not null from banking_voucher_match
        where pay_cert_no = any(%(keys)s)
        union all select ref_no, false, closed_on is not null from banking_line
        where ref_no = any(%(keys)s) and source = 'S') t (ref_no, is_ours, is_settled) group by ref_no"""
#: What the bank's statement answered, by whether the certificate is ours and whether all is settled.
_ANSWERS: Final = {
    (True, True): "凭证与对账单已核对相符",
    (False, True): "银行自行入账又冲回",
    None: "对账单上没有这一凭证的收付",
}


def settle(conn: Conn, covered: Mapping[str, date], day: date) -> None:
    """Close findings that did no harm, and those that the bank's own statement has answered since.

    `covered` says of each region up to when its statements are all there: what was said of a certificate that
    is none of ours is answered by a statement that knows nothing of it.
    """
    told = [one for one in still_open(conn, list(covered)) if one.found_on <= day]
    harmless = [one.key for one in told if kind_of(one.finding) in HARMLESS]
    findings.lapse(conn, harmless, on=day, note="未产生影响")
    asked = {
        one.key: one.finding.document
        for one in told
        if one.key not in harmless
        and one.finding.document
        and one.found_on <= covered[one.finding.mof_div_code]
    }
    if not asked:
        return
    rows = conn.execute(_STANDING, {"keys": list(asked.values())}).fetchall()
    known = {number: (is_ours, is_settled) for number, is_ours, is_settled in rows}
    for stands, note in _ANSWERS.items():
        answered = [key for key, number in asked.items() if known.get(number) == stands]
        findings.lapse(conn, answered, on=day, note=note)


def keep_gaps(conn: Conn, gaps: Sequence[Finding], acct_nos: Collection[str], on: date) -> None:
    """Keep the gaps between statements of these accounts; those that are there no more are closed."""
    _keep_of_accounts(conn, "statement_gap", gaps, acct_nos, on, "前后对账单已衔接，或其中一份已作废")


def keep_corrections(
    conn: Conn, found: Sequence[Finding], days: Collection[tuple[str, date]], on: date
) -> None:
    """Keep what corrections of these accounts' days say; pairs of statements that are none any more go."""
    acct_nos = {acct_no for acct_no, _ in days}
    _keep_of_accounts(conn, "statement_corrected", found, acct_nos, on, "以另一份对账单为准", days)


def keep_voids(conn: Conn, found: Sequence[Finding], acct_nos: Collection[str], on: date) -> None:
    """Keep what void statements leave untold of accounts' days; where another has come, it is closed."""
    _keep_of_accounts(conn, _VOID, found, acct_nos, on, "已有当日的另一份对账单")


def _keep_of_accounts(  # noqa: PLR0917 -- what is kept, and of what
    conn: Conn, kind: str, found: Sequence[Finding], acct_nos: Collection[str], on: date, note: str,
    days: Collection[tuple[str, date]] = (),
) -> None:  # fmt: skip
    keys = {one.key for one in found}
    regions = conn.execute(
        "select distinct mof_div_code from banking_account where acct_no = any(%s)", [list(acct_nos)]
    ).fetchall()
    noted = findings.recorded(conn, regions=[region for (region,) in regions], rules=[rule_of(kind)])
    of_days = _messages_of(conn, days) if days else None
    closed = [
        one.key for one in noted
        if one.finding.ref("bank") in acct_nos and one.key not in keys
        and (of_days is None or one.finding.ref("message") in of_days)
    ]  # fmt: skip
    findings.lapse(conn, closed, on=on, note=note)
    findings.record(conn, found, on=on)


def _messages_of(conn: Conn, days: Collection[tuple[str, date]]) -> set[str]:
    """Numbers of the messages of accounts' days."""
    rows = conn.execute(
        "select message_id from banking_message m join unnest(%s::text[], %s::date[]) d(acct_no, day) "
        "on m.acct_no = d.acct_no and m.business_on = d.day",
        [[acct_no for acct_no, _ in days], [day for _, day in days]],
    ).fetchall()
    return {row[0] for row in rows}


#: Why a finding about a message is none any more that was one.
_VOIDED: Final = "对账单已作废"


def withdraw(conn: Conn, message_id: str, region: str, still: Iterable[Finding], on: date) -> None:
    """Strike off what was found about a message because of a void statement; what is `still` so stays.

    What was struck off as harmless is struck off anew: it was no fault of its day.
    """
    left = Counter((one.document, one.ref("bank"), one.against_fen) for one in still)
    gone = []
    for one in findings.recorded(conn, regions=[region], rules=RULES, states=()):
        of = one.finding
        if of.ref("message") != message_id or is_withdrawn(one) or kind_of(of) in _OF_DAYS:
            continue
        told = (of.document, of.ref("bank"), of.against_fen)
        left[told] -= 1
        if left[told] < 0:
            gone.append(one)
    findings.record(conn, [one.finding for one in gone], on=on, is_fact=True)
    findings.lapse(conn, [one.key for one in gone], on=on, note=_VOIDED)


def is_withdrawn(one: Recorded) -> bool:
    """Whether a finding was struck off because the statement that it rests on is void."""
    return one.state not in OPEN and one.trail[-1][0] == "lapse" and one.trail[-1][4] == _VOIDED
