"""Bookings that no voucher explains: two officers say what they are, and they reconcile from then on.

What came or went without a paper of ours is entered as an affair of the treasury (来源不清款项 into
其他应付款, 暂付款项 out of 其他应收款: 192-T04, T35), by officers of its own; the explanation names it. A
bank's own mistake posts nothing: the booking and the one that takes it back explain each other, and until
that comes the first stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import psycopg

from fisc.banking.iso20022.model import IN, OUT
from fisc.banking.kinds import EXPLANATION
from fisc.banking.services import carrying
from fisc.banking.services.carrying import AFFAIR_IS, BOOKING_AT, TAKEN_BACK, stands
from fisc.banking.services.party import is_name_of, party_of
from fisc.banking.services.reconciliation.openings import DIFFERS, differing, explained
from fisc.banking.services.register import PAYROLL, hold
from fisc.documents import NotFound, RuleBroken, advance, create, move, read, select, taken
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import listed
from fisc.documents.store import By
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.reading.cash import document_outflow
from fisc.treasury.kinds import AFFAIR
from fisc.treasury.rules.other import KINDS

if TYPE_CHECKING:
    from fisc.banking.models import Explanation
    from fisc.treasury.models import Affair

Conn = psycopg.Connection[Any]

DISPOSITIONS: Final = {
    AFFAIR_IS: "已作为国库事项入账", TAKEN_BACK: "银行差错，已由银行冲回",
    DIFFERS: "期初余额与账面不同，原因另有文据",
}  # fmt: skip
#: How long before a booking its affair may have been entered, and how long after.
_BEFORE: Final = timedelta(days=10)
_AFTER: Final = timedelta(days=366)
_OPENING: Final = "国库存款账面余额与银行余额相符；开始对账时不符的，由两名人员以文据说明原因"
_RULE: Final = "银行入账须有依据：无凭证的款项先挂账（192号：其他应付款、其他应收款），银行差错由银行冲回"


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """What a booking is. `booking_at` is its place: bank, ':', number of the statement, '/', place in it.

    The bank may be left out where no other bank gave a message that number. `basis` is the affair by which it
    was entered, or the booking by which the bank took it back. Of an opening balance that is not the books',
    `booking_at` is the difference (期初/day/yuan), `basis` the paper that tells why, `summary` the reason.
    """

    explanation_no: str
    mof_div_code: str
    booking_at: str
    disposition: Annotated[str, OneOf(DISPOSITIONS)]
    basis: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A booking of a statement that nothing explains so far; fen, out positive."""

    booking_at: str
    acct_no: str
    booked_on: date
    outflow_fen: int
    bank_ref: str
    ref_no: str
    party_name: str
    party_acct_no: str
    ultimate_name: str
    remark: str


class _Line(NamedTuple):
    """A booking as the register has it."""

    id: int
    booking_at: str
    acct_no: str
    acct_kind: str
    side: str
    amount_fen: int
    is_open: bool
    is_bound: bool
    """Whether it is a matter of the voucher that it names."""
    parties: tuple[str, ...]
    """Who is on the other side, as far as the bank says."""
    turn: tuple[date, int, int, int]
    """When the bank booked it: day, place of its statement in the day, the statement, place in it."""


#: A booking under a voucher of ours is the voucher's, but for what the bank paid beyond what the books say
#: (twice, or after it sent the payment back), and for what brings back what was explained so.
_BOUND: Final = """(l.role = 'pay' and exists (
        select from banking_voucher_match v where v.pay_cert_no = l.ref_no and v.mof_div_code = l.mof_div_code
        and l.acct_no = any(v.payer_accts) and l.amount_fen > (
            select case l.side
                when 'CRDT' then coalesce(sum(o.fen) filter (where o.document_no <> ''), 0)
                else coalesce(sum(o.fen) filter (where o.document_no = ''), 0)
                     - case when exists (select from treasury_returns_on('infinity') r
                                         where r.pay_cert_no = v.pay_cert_no) then 0 else v.amount_fen end
                end
            from (select b.document_no,
                         case b.side when 'DBIT' then b.amount_fen else -b.amount_fen end as fen
                  from banking_line b where b.ref_no = l.ref_no and b.mof_div_code = l.mof_div_code
                  and b.acct_no = any(v.payer_accts) and b.source = 'S' and b.role = 'pay') o)))"""
_OPEN: Final = f"""
    select {BOOKING_AT}, l.acct_no, l.booked_on,
           case l.side when 'DBIT' then l.amount_fen else -l.amount_fen end, l.bank_ref, l.ref_no,
           l.party_name, l.party_acct_no, l.ultimate_name, l.remark
    from banking_line l join banking_message m on m.id = l.message_key
    where l.mof_div_code = %s and l.source = 'S' and l.role in ('pay', 'other') and l.closed_on is null
      and not {_BOUND}
    order by l.booked_on, l.id"""
_LINES: Final = f"""
    select w.said, l.id, {BOOKING_AT}, l.acct_no, l.acct_kind, l.side, l.amount_fen,
           l.source = 'S' and l.role in ('pay', 'other') and l.closed_on is null,
           {_BOUND}, array[l.party_name, l.ultimate_name],
           l.booked_on, m.place_in_day, m.id, l.place
    from banking_line l join banking_message m on m.id = l.message_key
    join unnest(%s::text[], %s::text[], %s::int[]) w(said, message_id, place)
      on w.message_id in (m.message_id, m.bank_no || ':' || m.message_id) and w.place = l.place
    where l.mof_div_code = %s and m.direction = 'in' order by l.id for update of l"""

_MATCHED: Final = """
    select match_no from banking_cash_match where mof_div_code = %s and kind = 'affair' and document_no = %s
    and closed_on is not null and not is_explained"""


def open_lines(conn: Conn, region: str) -> list[OpenLine]:
    """Bookings of a region's statements that no voucher, no paper and no explanation settles, by day.

    First an opening balance of the treasury's own account that is not the books'.
    """
    openings = differing(conn, [region], date.max)
    said = explained(conn, openings) if openings else {}
    begun = [
        OpenLine(one.number, "、".join(one.acct_nos), one.first_on, one.books_fen - one.bank_fen,
                 "", "", "", "", "", one.words)
        for one in openings if one.mof_div_code not in said
    ]  # fmt: skip
    return begun + [OpenLine(*row) for row in conn.execute(_OPEN.encode(), [region])]


def make_explanations(conn: Conn, explanations: Sequence[LineExplanation], *, by: By, on: date) -> list[bool]:
    """Say what bookings are (编制), all or none: True where new; nothing is settled yet.

    Raises NotFound for a booking or an affair that is not there, RuleBroken where they do not agree.
    """

    def work() -> list[bool]:
        rows = [
            EXPLANATION.row(one, doc_key=one.explanation_no, fiscal_year=on.year, **_places(conn, one))
            for one in explanations
        ]
        made = create(conn, EXPLANATION, rows, by=by, on=on)
        return taken([one.explanation_no for one in explanations], made)

    return in_transaction(conn, work)


def approve_explanations(conn: Conn, explanation_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Approve explanations (审核), by another officer: their bookings are settled. True where this call did.

    What made them sound is asked again. Raises as `make_explanations`, and WrongState.
    """

    def work() -> list[bool]:
        approved = advance(conn, EXPLANATION, explanation_nos, "approve", by=by, on=on)
        hold(conn, [one.mof_div_code for one in approved])
        for one in approved:
            _close(conn, one, on)
        return taken(explanation_nos, approved)

    return in_transaction(conn, work)


def discard_explanations(
    conn: Conn, explanation_nos: Sequence[str], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Give explanations up before they are approved (作废)."""
    return move(conn, EXPLANATION, explanation_nos, "discard", by=by, on=on, note=note)


def _close(conn: Conn, one: Explanation, on: date) -> None:
    if one.disposition == DIFFERS:
        _require_difference(conn, one)
        return
    lines = _judge(conn, one.mof_div_code, one)
    of = (one.mof_div_code, one.doc_key, one.disposition, one.basis)
    carrying.close(conn, of, [line.id for line in lines], on)


def _places(conn: Conn, one: LineExplanation) -> dict[str, str]:
    """The bookings of an explanation as they are named for ever: with their bank."""
    if one.disposition == DIFFERS:
        _require_difference(conn, one)
        return {}
    line, *other = _judge(conn, one.mof_div_code, one)
    return {"booking_at": line.booking_at, **({"basis": other[0].booking_at} if other else {})}


def _require_difference(conn: Conn, one: LineExplanation | Explanation) -> None:
    """Raise where an opening balance does not differ so from the books, or no paper and reason are named."""
    numbers = [each.number for each in differing(conn, [one.mof_div_code], date.max)]
    if one.booking_at not in numbers:
        raise RuleBroken(
            f"{one.mof_div_code} 的银行期初余额没有差额 {one.booking_at}"
            + (f"，现在的是 {numbers[0]}" if numbers else "，与账面相同，或还没有对账单"),
            rule=_OPENING, hint="请核对，见 fisc banking list-open-lines",
        )  # fmt: skip
    if not (one.basis.strip() and one.summary.strip()):
        raise RuleBroken(
            f"{one.booking_at} 没有写明依据的文据和原因", rule=_OPENING,
            hint="请填写依据编号（--basis）和摘要（--summary）",
        )  # fmt: skip


def _judge(conn: Conn, region: str, one: LineExplanation | Explanation) -> list[_Line]:
    """The bookings that an explanation settles. Raises where it is none."""
    wanted = [one.booking_at] + ([one.basis] if one.disposition == TAKEN_BACK else [])
    found = _found(conn, region, wanted)
    line = found[one.booking_at]
    if one.disposition == TAKEN_BACK:
        other = found[one.basis]
        pair = (line.acct_no, line.amount_fen, line.side) == (
            other.acct_no, other.amount_fen, OUT if other.side == IN else IN
        )  # fmt: skip
        if not pair:
            raise _refused(one, "与冲回它的入账不是同一账户、同一金额、一收一付", "请核对两笔入账")
        if other.turn < line.turn:
            raise _refused(
                one, f"记在冲回它的入账 {one.basis} 之后：先有错账，后有冲回", "请核对两笔入账的先后"
            )
        return [line, other]
    _require_affair(conn, region, one, line)
    return [line]


def _found(conn: Conn, region: str, bookings: Sequence[str]) -> Mapping[str, _Line]:
    places = [number.rpartition("/") for number in bookings]
    if bad := [number for number, (_, _, n) in zip(bookings, places, strict=True) if not n.isdecimal()]:
        raise NotFound(
            f"没有银行入账 {listed(bad, most=5)}", rule=_RULE,
            hint="编号是行号、冒号、对账单报文号、斜杠和笔次，见 fisc banking list-open-lines",
        )  # fmt: skip
    rows = conn.execute(
        _LINES.encode(),
        [list(bookings), [before for before, _, _ in places], [int(n) for _, _, n in places], region],
    ).fetchall()
    found = {
        said: _Line._make((*row[:8], tuple(filter(None, row[8])), tuple(row[9:]))) for said, *row in rows
    }
    if len(rows) > len(found):
        raise RuleBroken(
            f"{listed([row[2] for row in rows], most=5)} 都叫这个编号，不知道说明的是哪一笔", rule=_RULE,
            hint="请在编号前写明银行行号和冒号，见 fisc banking list-open-lines",
        )  # fmt: skip
    if missing := [number for number in bookings if number not in found]:
        raise NotFound(
            f"没有银行入账 {listed(missing, most=5)}",
            rule=_RULE,
            hint="请核对，见 fisc banking list-open-lines",
        )
    if settled := [line.booking_at for line in found.values() if not line.is_open or line.is_bound]:
        raise RuleBroken(
            f"银行入账 {listed(settled, most=5)} 已经核对，或写明了我方凭证，不能另作说明",
            rule="写明凭证的入账按凭证核对，银行多付的除外；一笔入账只说明一次",
            hint="请核对，见 fisc banking list-open-lines",
        )  # fmt: skip
    return found


def _require_affair(conn: Conn, region: str, one: LineExplanation | Explanation, line: _Line) -> None:
    (affair,) = read(conn, AFFAIR, [one.basis], is_locked=True)
    if affair.mof_div_code != region or affair.state != "posted":
        raise _refused(one, f"所据的国库事项 {one.basis} 没有入账，或是别的区划的", "请先审核入账")
    name = KINDS[affair.kind].name
    moved = document_outflow(conn, affair.id) if line.acct_kind != PAYROLL else 0
    if not moved:
        raise _refused(
            one, f"记在账户 {line.acct_no}，{name}（{one.basis}）没有动用这一账户的款",
            "事项动用的须是本级国库的款；款项不在国库的（如财政专户、代发账户），由开户行划转或冲回",
        )  # fmt: skip
    if (moved > 0) is not (line.side == OUT):
        way = "收入" if line.side == IN else "付出"
        raise _refused(one, f"是{way}的款，{name}（{one.basis}）不是", "请核对收付方向")
    _require_occasion(one, line, affair)
    used = select(
        conn, EXPLANATION,
        "where t.basis = %s and t.disposition = %s and t.state = 'approved' and t.doc_key <> %s "
        f"and {stands('t')}",
        [one.basis, AFFAIR_IS, _number(one)],
    )  # fmt: skip
    if used:
        raise _refused(
            one, f"所据的国库事项 {one.basis} 已说明另一笔入账（{used[0].doc_key}）", "请核对事项编号"
        )
    if conn.execute(_MATCHED, [region, one.basis]).fetchone():
        raise _refused(
            one, f"所据的国库事项 {one.basis} 已与银行入账核对相符", "一件事项只说明一笔入账，请核对"
        )
    if abs(moved) != line.amount_fen:
        raise _refused(
            one, f"为 {format_fen(line.amount_fen)} 元，{name}（{one.basis}）是 {format_fen(abs(moved))} 元",
            "请按入账金额登记国库事项",
        )  # fmt: skip


def _require_occasion(one: LineExplanation | Explanation, line: _Line, affair: Affair) -> None:
    """Raise where an affair is of another time than the booking, or of another party than the bank says."""
    booked_on, *_ = line.turn
    if not booked_on - _BEFORE <= affair.happened_on <= booked_on + _AFTER:
        raise _refused(
            one, f"是 {booked_on} 的，所据的国库事项 {one.basis} 发生在 {affair.happened_on}",
            f"事项发生日在入账前 {_BEFORE.days} 日至入账后一年以内的，才能说明这笔入账；请另行登记事项",
        )  # fmt: skip
    ours = party_of([affair.counterparty])
    if line.parties and not any(is_name_of(name, ours) for name in line.parties):
        raise _refused(
            one,
            f"的对方是{'、'.join(line.parties)}，"
            f"国库事项 {one.basis} 的对方是{affair.counterparty or '（未写）'}",
            "请按银行写明的对方登记国库事项",
        )  # fmt: skip


def _number(one: LineExplanation | Explanation) -> str:
    return one.explanation_no if isinstance(one, LineExplanation) else str(one.doc_key)


def _refused(one: LineExplanation | Explanation, why: str, hint: str) -> RuleBroken:
    return RuleBroken(f"银行入账 {one.booking_at} {why}", rule=_RULE, hint=hint)
