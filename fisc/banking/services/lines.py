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


#: Statements of accounts as wholes, with all their pages: whether every page is there, and they add up.
_WHOLE: Final = f"""
select acct_no, mof_div_code, message_id, business_on, covers_from, sequence_no, place, opening_fen,
       closing_fen, is_every and opening_fen - closing_fen = outflow_fen as is_whole,
       lines, starts_at, ends_at
from (select acct_no, min(mof_div_code) as mof_div_code, business_on, sequence_no, min(place_in_day) as place,
             (array_agg(message_id order by page_no))[1] as message_id,
             min(coalesce(covers_from, business_on)) as covers_from,
             (array_agg(opening_fen order by page_no))[1] as opening_fen,
             (array_agg(closing_fen order by page_no desc))[1] as closing_fen,
             min(page_no) = 1 and count(*) = max(page_no) and bool_or(is_last_page) as is_every,
             sum(payments_fen + clearing_fen + other_fen) as outflow_fen, sum(line_count) as lines,
             min(starts_at) as starts_at, max(ends_at) as ends_at
      from banking_message where {register.statements_only()} and {{where}}
      group by acct_no, business_on, sequence_no,
               case when page_no = 1 and is_last_page then id::text else 'p' || statement_no end) pages"""
#: That a statement tells again what the one before it told: from the balance at which that one began and
#: ended, of the same time. What its hours or its number tell apart are parts of a day.
_AGAIN: Final = """lag(lines) over w > 0 and lag(opening_fen) over w = opening_fen
       and lag(closing_fen) over w = opening_fen
       and case when starts_at is not null and lag(ends_at) over w is not null
                then starts_at < lag(ends_at) over w and lag(starts_at) over w < ends_at
                else covers_from <= lag(business_on) over w
                     and not (sequence_no > 0 and lag(sequence_no) over w not in (0, sequence_no)) end"""
#: They in their order, each with the one before it, and whether one is missing between. Numbers of a
#: sequence may begin again with a year. Without numbers days that lie between may have had a statement.
CHAIN: Final = f"""
select acct_no, mof_div_code, message_id, business_on, covers_from, opening_fen, closing_fen, is_whole,
       lag(message_id) over w as before_id, lag(business_on) over w as before_on,
       lag(closing_fen) over w as before_fen,
       not is_whole or lag(closing_fen) over w <> opening_fen or {_AGAIN}
       or (sequence_no > 0 and lag(sequence_no) over w not in (0, sequence_no - 1)
           and not (lag(sequence_no) over w = sequence_no and lag(business_on) over w = business_on)
           and not (sequence_no = 1 and extract(year from business_on)
                                        > extract(year from lag(business_on) over w))) as is_gap,
       sequence_no = 0 and covers_from - lag(business_on) over w > 1 as is_apart
from ({_WHOLE}) t window w as (partition by acct_no order by business_on, place, message_id)"""
_OF_ACCOUNTS = CHAIN.format(where="acct_no = any(%(accts)s)")


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
    rows = conn.execute(
        "select mof_div_code, acct_no, message_id, before_id, before_on, before_fen, business_on, "
        f"opening_fen, is_whole, ({_TWINS}) from ({_OF_ACCOUNTS}) s where is_gap".encode(),
        {"accts": sorted(acct_nos)},
    ).fetchall()
    gaps = [_gap(*row) for row in rows]
    findings.keep_gaps(conn, gaps, acct_nos, on)
    return gaps


def _gap(  # noqa: PLR0917 -- two statements
    region: str, acct_no: str, message_id: str, before_id: str | None, before_on: date, before_fen: int,
    day: date, opening_fen: int, is_whole: bool, twins: Sequence[str],
) -> Finding:  # fmt: skip
    words = (
        f"{before_on} 与 {day} 之间的对账单未到或有误" if is_whole
        else f"{day} 的对账单 {message_id} 有页未到，或各页相加不符"
    )  # fmt: skip
    if twins:
        words += (
            f"；{message_id} 与 {listed(twins, most=5)} 期初余额或编号相同：是更正或合并的，"
            "请向银行核实以哪一份为准，把不作数的（连同由它接续的）作废"
        )
    gap = findings.of_message("statement_gap", "", acct_no, before_fen or 0, opening_fen, words)
    return replace(
        gap, mof_div_code=region, fiscal_year=day.year,
        about=" ".join((message_id, acct_no, before_id or "", *twins)),
        evidence=(f"message:{message_id}", *gap.evidence, *([f"message:{before_id}"] if before_id else [])),
        hint=_VOIDING if twins else gap.hint,
    )  # fmt: skip
