"""What banks booked: statements and notifications become lines, each booking once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from fisc.banking.iso20022 import BankEntry, Notification, Statement
from fisc.banking.iso20022.model import IN, OUT
from fisc.banking.kinds import LINE
from fisc.banking.services import findings, register, standing
from fisc.banking.services.business import debits_among, require_understood, uncoded
from fisc.banking.services.business import roles as known_roles
from fisc.banking.services.institutions import comparable
from fisc.banking.services.pages import require_last_page_is_last
from fisc.banking.services.register import PAYROLL, TreasuryAccount
from fisc.banking.services.settled import NOTIFICATION, STATEMENT
from fisc.banking.services.speakers import may_return
from fisc.documents.refusals import listed
from fisc.kernel.findings import Finding
from fisc.registry.rows import insert_rows
from fisc.rosters import services as rosters
from fisc.treasury.services.certificates import of_certificates, under

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]
#: Registers messages, each with the columns given; answers with their rows.
Note = Callable[[Sequence[Mapping[str, object]]], Sequence[int]]

#: What a booking of 0.00 is: told, and of no effect.
_NOTHING: Final = "none"


def take_statements(conn: Conn, statements: Sequence[Statement], on: date, note: Note) -> list[list[Finding]]:
    """Keep the bookings and sums of statements, of each account one; what is found about each, recorded.

    Every booking of a statement is kept, whatever references it bears, so lines are what balances count. A
    gap to the statement before becomes a finding, as does a statement that another one corrects. Raises
    NotFound for an account that is not ours, MessageRefused for bookings of the single account that nobody
    understands, and for a page after the last one.
    """
    accounts = register.accounts(conn, [statement.acct_no for statement in statements])
    require_last_page_is_last(conn, statements)
    require_understood(conn, [(accounts[one.acct_no], one) for one in statements])
    told = _told(conn, [(accounts[one.acct_no], one.entries, one.day) for one in statements])
    keys = note([
        {**_head(one), **_sums(one, statement)} for one, statement in zip(told, statements, strict=True)
    ])  # fmt: skip
    _keep(conn, told, keys, [one.message_id for one in statements], STATEMENT)
    corrected = standing.settle(conn, [(one.acct_no, one.day) for one in statements], on)
    found = [*follow_up(conn, list(accounts), on), *corrected]
    return [
        [f for f in found if s.acct_no == f.ref("bank") and f"message:{s.message_id}" in f.evidence]
        for s in statements
    ]


def hold(conn: Conn, messages: Sequence[object]) -> None:
    """Work alone on the regions of all statements among messages, until the transaction ends."""
    acct_nos = sorted({one.acct_no for one in messages if isinstance(one, Statement)})
    if acct_nos:
        register.hold(conn, [one.mof_div_code for one in register.accounts(conn, acct_nos).values()])


def settle_again(conn: Conn, messages: Sequence[object], on: date) -> None:
    """Find anew what counts of the days of statements that came before: what was left unsettled is mended."""
    days = sorted({(one.acct_no, one.day) for one in messages if isinstance(one, Statement)})
    if days:
        standing.settle(conn, days, on)
        follow_up(conn, sorted({acct_no for acct_no, _ in days}), on)


def take_notification(conn: Conn, message: Notification, on: date, note: Note) -> list[Finding]:
    """Keep a notification's bookings as evidence; the statement will say them again.

    Answers with findings that the caller records. Raises NotFound for an account that is not ours.
    """
    account = register.accounts(conn, [message.acct_no])[message.acct_no]
    told = _told(conn, [(account, message.entries, on)])
    keys = note([{**_head(told[0]), "business_on": message.created_on}])
    _keep(conn, told, keys, [message.message_id], NOTIFICATION)
    return _told_before(conn, keys[0])


class _Told(NamedTuple):
    """What a message tells of an account, and on what day."""

    account: TreasuryAccount
    entries: Sequence[BankEntry]
    told_on: date
    roles: Sequence[str]
    """What each booking is here: pay, clear or other."""


def _told(conn: Conn, given: Sequence[tuple[TreasuryAccount, Sequence[BankEntry], date]]) -> list[_Told]:
    """What messages tell, each booking understood by the bank's code; what a person gets pays no voucher.

    Without a code that is known a booking under the number of a treasury's debit clears, any other pays.
    """
    asked = [e.end_to_end_id for of, entries, _ in given if of.kind == PAYROLL for e in entries]
    of_persons, roles = rosters.sent_under(conn, asked) if asked else {}, known_roles()
    clearing = debits_among(conn, [e.end_to_end_id for _, entries, _ in given for e in uncoded(entries)])
    vouchers = _vouchers_of_credits(conn, [e for _, entries, _ in given for e in entries])

    def role_of(of: TreasuryAccount, e: BankEntry) -> str:
        if of.kind == PAYROLL and e.end_to_end_id in of_persons:
            return "other"
        if not e.amount_fen:
            return _NOTHING
        role = roles.get(e.code) or ("clear" if e.end_to_end_id in clearing else "pay")
        return "other" if role == "pay" and _is_of_stranger(e, of.acct_no, vouchers) else role

    return [_Told(of, entries, on, [role_of(of, e) for e in entries]) for of, entries, on in given]


def _vouchers_of_credits(conn: Conn, entries: Sequence[BankEntry]) -> Mapping[str, Payment]:
    """The payments under whose numbers somebody named pays in."""
    asked = [e.end_to_end_id for e in entries
             if e.side == IN and e.end_to_end_id and (e.party_name or e.party_acct_no)]  # fmt: skip
    return under(conn, of_certificates(conn, asked, is_locked=False)) if asked else {}


def _is_of_stranger(e: BankEntry, acct_no: str, vouchers: Mapping[str, Payment]) -> bool:
    """Whether money that comes in under a voucher's number is another's than its payee's: no voucher's."""
    payment = vouchers.get(e.end_to_end_id) if e.side == IN else None
    return payment is not None and not may_return(payment, e.party_name, e.party_acct_no, acct_no)


def _head(told: _Told) -> dict[str, object]:
    """What a message is registered with."""
    return {
        "mof_div_code": told.account.mof_div_code, "acct_no": told.account.acct_no, "order_id": "",
        "line_count": len(told.entries), "amount_fen": sum(e.amount_fen for e in told.entries),
    }  # fmt: skip


def _sums(told: _Told, statement: Statement) -> dict[str, object]:
    net, span = _net_by_role(told), statement.span or (None, None)
    return {
        "sequence_no": statement.sequence_no, "opening_fen": statement.opening_fen,
        "closing_fen": statement.closing_fen, "payments_fen": net["pay"], "clearing_fen": net["clear"],
        "other_fen": net["other"], "business_on": statement.day, "covers_from": statement.covers_from,
        "is_day_end": statement.is_day_end, "is_dated": all(one.is_dated for one in statement.entries),
        "created_at": statement.created_at, **dict(zip(("starts_at", "ends_at"), span, strict=True)),
        "statement_no": statement.statement_id, "page_no": statement.page_no,
        "is_last_page": statement.is_last_page,
    }  # fmt: skip


def _net_by_role(told: _Told) -> dict[str, int]:
    """Net outflow of a statement by what its bookings are."""
    net = {"pay": 0, "clear": 0, "other": 0, _NOTHING: 0}
    for entry, role in zip(told.entries, told.roles, strict=True):
        net[role] += _outflow(entry)
    return net


def _outflow(entry: BankEntry) -> int:
    return entry.amount_fen if entry.side == OUT else -entry.amount_fen


def _keep(
    conn: Conn, told: Sequence[_Told], keys: Sequence[int], message_ids: Sequence[str], source: str
) -> None:
    """Store bookings, each under its place in its message: nothing else tells two of them apart for certain.

    Those of a notification are closed at once: reconciliation goes by statements. So are those of 0.00. What
    the bank gave no reference gets one of ours.
    """
    rows = [
        LINE.row(
            e._replace(
                bank_ref=e.bank_ref or f"{message_id}/{place}", party_bank_no=comparable(e.party_bank_no)
            ),
            source=source, mof_div_code=of.account.mof_div_code, acct_no=of.account.acct_no,
            acct_kind=of.account.kind, message_key=key, place=place, told_on=of.told_on, role=role,
            closed_on=of.told_on if source == NOTIFICATION or role == _NOTHING else None,
            ref_no=e.end_to_end_id,
        )
        for of, key, message_id in zip(told, keys, message_ids, strict=True)
        for place, (e, role) in enumerate(zip(of.entries, of.roles, strict=True), start=1)
    ]  # fmt: skip
    insert_rows(conn, LINE, rows)


def _told_before(conn: Conn, key: int) -> list[Finding]:
    """A finding for each booking of a notification that another one told before under the same reference."""
    rows = conn.execute(
        "select l.ref_no, l.bank_ref, case l.side when %s then l.amount_fen else -l.amount_fen end "
        "from banking_line l where l.message_key = %s and exists (select from banking_line o "
        "where o.acct_no = l.acct_no and o.source = l.source and o.message_key <> l.message_key "
        "and (o.bank_ref, o.side, o.amount_fen, o.ref_no) = (l.bank_ref, l.side, l.amount_fen, l.ref_no)) "
        "order by l.place",
        [OUT, key],
    ).fetchall()
    return [findings.of_message("duplicate_entry", no, ref, 0, fen) for no, ref, fen in rows]


#: Other statements of the account that may tell the same: by name or number of one day, or from the same
#: balance on, of the day or by name and number.
_TWINS: Final = f"""
    select coalesce(array_agg(o.message_id order by o.business_on, o.place_in_day), '{{}}')
    from banking_message o join banking_message t on t.acct_no = o.acct_no and t.id <> o.id
    where t.message_id = s.message_id and t.acct_no = s.acct_no and t.business_on = s.business_on
      and {register.statements_only("t.")} and {register.statements_only("o.")}
      and o.page_no = 1 and t.page_no = 1
      and (o.opening_fen = t.opening_fen and (o.business_on = t.business_on
           or coalesce(t.covers_from, t.business_on) <= o.business_on and o.business_on < t.business_on
           or o.statement_no = t.statement_no and o.statement_no <> '' and o.sequence_no = t.sequence_no)
           or o.business_on = t.business_on
           and case when o.sequence_no > 0 and t.sequence_no > 0 then o.sequence_no = t.sequence_no
                    else o.statement_no = t.statement_no and o.statement_no <> '' end)"""


#: What ends the doubt about statements of which only some can be right.
_VOIDING: Final = (
    "请与银行核实；不作数的由两名人员作废（fisc banking make-statement-voids、approve-statement-voids）"
)


def follow_up(conn: Conn, acct_nos: Sequence[str], on: date) -> list[Finding]:
    """Each statement of these accounts that does not follow the one before it is a finding, others are none.

    Both statements tell a gap: where another comes between, or one is void, it is another.
    """
    gaps = _gaps(conn, acct_nos, date.max)
    findings.keep_gaps(conn, gaps, acct_nos, on)
    return gaps


def unsettled_gaps(conn: Conn, acct_nos: Sequence[str], day: date) -> list[tuple[Finding, date]]:
    """What up to a day does not follow, and nobody has settled with the bank, each with its own day."""
    if not acct_nos:
        return []
    rows = conn.execute(
        "select acct_no, message_id, business_on from banking_gaps(%s, %s)", [list(acct_nos), day]
    ).fetchall()
    of_day = {(acct_no, message_id): on for acct_no, message_id, on in rows}
    told = _gaps(conn, acct_nos, day)
    return [(one, of_day[key]) for one in told if (key := (one.ref("bank"), one.ref("message"))) in of_day]


_GAPS: Final = f"""
    select mof_div_code, acct_no, message_id, before_id, before_on, before_fen, business_on, opening_fen,
           is_every, is_whole, case when is_skip and not is_torn then array[before_no, number] end, ({_TWINS})
    from banking_chain(%s, %s) s where is_gap order by acct_no, business_on, message_id"""


class _Gap(NamedTuple):
    """A statement that does not follow the one before it, where there is one."""

    region: str
    acct_no: str
    message_id: str
    before_id: str | None
    before_on: date
    before_fen: int | None
    day: date
    opening_fen: int
    is_every: bool
    is_whole: bool
    numbers: Sequence[int] | None
    twins: Sequence[str]

    @property
    def words(self) -> str:
        """What is missing, or wrong."""
        if not self.is_every:
            return f"{self.day} 的对账单 {self.message_id} 有页未到"
        if not self.is_whole:
            return f"{self.day} 的对账单 {self.message_id} 各页相加不符"
        told = f"{self.before_on} 与 {self.day} 之间的对账单未到或有误"
        return f"{told}：银行编号由 {self.numbers[0]} 到 {self.numbers[1]}" if self.numbers else told


def _gaps(conn: Conn, acct_nos: Sequence[str], day: date) -> list[Finding]:
    rows = conn.execute(_GAPS.encode(), [sorted(acct_nos), day]).fetchall()
    return [_found(_Gap._make(row)) for row in rows]


def _found(of: _Gap) -> Finding:
    words = of.words
    if of.twins:
        words += (
            f"；{of.message_id} 与 {listed(of.twins, most=5)} 期初余额或编号相同：是更正或合并的，"
            "请向银行核实以哪一份为准，把不作数的（连同由它接续的）作废"
        )
    gap = findings.of_message("statement_gap", "", of.acct_no, of.before_fen or 0, of.opening_fen, words)
    before = [f"message:{of.before_id}"] if of.before_id else []
    return replace(
        gap, mof_div_code=of.region, fiscal_year=of.day.year,
        about=" ".join((of.message_id, of.acct_no, of.before_id or "", *of.twins)),
        evidence=(f"message:{of.message_id}", *gap.evidence, *before),
        hint=_VOIDING if of.twins else gap.hint,
    )  # fmt: skip
