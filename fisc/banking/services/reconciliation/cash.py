"""What moved cash of the treasury's own account besides payments, against the bank's bookings of it.

The books' side are entries on the treasury's cash, whatever kind of paper they were posted from: the daily
revenue reports, money between governments and budgets, debt, interest, affairs, 实拨. Each entry is noted
once and settled once. Payments through agent banks are not among them: vouchers and clearing tell of those.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking.kinds import CASH_MATCH
from fisc.banking.services import business, register
from fisc.banking.services.carrying import AFFAIR_IS, stands
from fisc.banking.services.party import party_of
from fisc.banking.services.reconciliation.model import Item, Match
from fisc.banking.services.reconciliation.pairing import judge
from fisc.banking.services.reconciliation.papers import Booking, Judged, Leg, Pair, Paper, papers_of
from fisc.banking.services.reconciliation.parties import Named, Treasuries, named_by
from fisc.banking.services.reconciliation.run import Day, Items, by_region
from fisc.banking.services.reconciliation.taken_back import IN_TURN, TURN, Turn
from fisc.documents.refusals import listed
from fisc.reading.cash import CashMove, cash_moved, periods_open_since
from fisc.registry.rows import insert_rows
from fisc.sheets.text import paper_number
from fisc.treasury.services import allocated_by_treasury

Conn = psycopg.Connection[Any]

#: Papers whose cash vouchers and clearing tell of; those that hand balances over between books and years.
_ELSEWHERE: Final = ("pay_app", "refund", "opening", "year_end")
#: The sign of an edition of a number.
_EDITION: Final = re.compile(r"~\d+$")
#: The key of a region and year before a printed number.
_KEYED: Final = re.compile(r"^\d{9}:\d{4}:")
_AFFAIR: Final = "affair"


def cash(conn: Conn, at: Day) -> Items:
    """Note what moved cash, match it with the bank's bookings, close what agrees; what does not is said."""
    _note(conn, at)
    _note_explained(conn, at)
    treasuries = _treasuries(conn, at)
    legs, bookings = _open_legs(conn, at), _open_bookings(conn, at, treasuries)
    others = _of_other_accounts(conn, at, treasuries)
    settled = _settled(conn, at, bookings)
    told: list[tuple[str, Item]] = []
    closing: list[tuple[str, Judged]] = []
    for region in at.regions:
        judged = judge(
            papers_of(legs[region]), bookings[region],
            revenue=business.reported_by_day(), carried=business.papers_carried(), settled=settled[region],
            days=at.late_days,
        )  # fmt: skip
        closing.append((region, judged))
        told += ((region, item) for item in _items(judged, at))
        told += ((region, _strange(b, "")) for b in others[region])
    _close(conn, closing, at.day)
    return by_region(told)


# ---- the books' side


_FIRST: Final = f"""
select r.region, s.first_on, l.first_on, o.first_on from unnest(%(regions)s::text[]) r(region)
left join lateral (
  -- a statement may tell of days before its own
  select least(min(coalesce(m.covers_from, m.business_on)), min(b.booked_on)) as first_on
  from banking_message m join banking_account a using (acct_no)
  left join banking_line b on b.message_key = m.id and b.source = 'S'
  where m.mof_div_code = r.region and a.kind = '{register.SINGLE}'
    and {register.statements_only("m.")}) s on true
left join lateral (
  select min(c.moved_on) as first_on from banking_cash_match c where c.mof_div_code = r.region) l on true
left join lateral (
  select min(b.booked_on) as first_on from banking_line b where b.mof_div_code = r.region
    and b.closed_on is null and b.source = 'S' and b.role = 'other'
    and b.acct_kind = '{register.SINGLE}') o on true
where s.first_on is not null"""


def _note(conn: Conn, at: Day) -> None:
    """Note the entries that moved cash since, of regions whose account has statements: from the first on."""
    firsts: dict[str, date] = {}
    since: dict[str, int] = {}
    rows = conn.execute(_FIRST.encode(), at.parameters).fetchall()
    opened = periods_open_since(conn, {row[0]: at.last[row[0]] for row in rows})
    for region, first_on, noted_on, open_on in rows:
        firsts[region] = first_on
        # of a statement that came late, the days before what was looked at so far
        days = [day for day in (open_on, first_on if not noted_on or first_on < noted_on else None) if day]
        since[region] = min([opened[region], *(day.year * 100 + day.month for day in days)])
    if not since:
        return
    allocated = _allocated(conn, firsts)
    moves = cash_moved(conn, since, at.day, without=_ELSEWHERE, also=list(allocated))
    insert_rows(
        conn, CASH_MATCH,
        [_row(m, allocated) for m in moves if m.moved_on >= firsts[m.mof_div_code]], known_by=("entry_id",),
    )  # fmt: skip


def _row(move: CashMove, allocated: Mapping[int, str]) -> dict[str, object]:
    number = allocated.get(move.document_id) or move.doc_no or move.document.partition(":")[2]
    others = {move.document_at, *move.places} - {move.mof_div_code, ""}
    return CASH_MATCH.row(
        move, document=_EDITION.sub("", move.document), document_no=_KEYED.sub("", _EDITION.sub("", number)),
        papers=list(move.papers), places=sorted(others),
    )  # fmt: skip


def _allocated(conn: Conn, firsts: Mapping[str, date]) -> dict[int, str]:
    """What the treasury paid itself (实拨): document -> certificate; not what went to it as an order."""
    found = allocated_by_treasury(conn, firsts)
    rows = conn.execute(
        "select pay_cert_no from banking_voucher_match where pay_cert_no = any(%s)", [list(found.values())]
    ).fetchall()
    ordered = {number for (number,) in rows}
    return {document: number for document, number in found.items() if number not in ordered}


#: An affair that explained a booking has been used, also where its entry is noted only now.
_EXPLAINED: Final = f"""
update banking_cash_match m set closed_on = %(day)s, match_no = x.doc_key, is_explained = true
from banking_explanation x
where m.mof_div_code = any(%(regions)s) and m.closed_on is null and m.kind = '{_AFFAIR}'
  and x.mof_div_code = m.mof_div_code and x.state = 'approved' and x.disposition = '{AFFAIR_IS}'
  and x.basis = m.document_no and {stands("x")}"""


def _note_explained(conn: Conn, at: Day) -> None:
    conn.execute(_EXPLAINED.encode(), at.parameters)


def _open_legs(conn: Conn, at: Day) -> dict[str, list[Leg]]:
    rows = conn.execute(
        "select mof_div_code, id, document, kind, document_no, outflow_fen, moved_on, papers, places "
        "from banking_cash_match where mof_div_code = any(%(regions)s) and closed_on is null "
        "and moved_on <= %(day)s order by moved_on, id",
        at.parameters,
    ).fetchall()
    named = named_by(conn, [(row[3], row[2]) for row in rows])
    found: dict[str, list[Leg]] = defaultdict(list)
    for region, *leg, papers, places in rows:
        of = named.get((leg[2], leg[1]), Named())
        party = party_of([of.name], [of.acct_no], places)
        found[region].append(Leg._make((*leg, tuple(papers), party, of.business)))
    return found


# ---- the bank's side


_OPEN_LINES: Final = """
from banking_line l join banking_message m on m.id = l.message_key
where l.mof_div_code = any(%(regions)s) and l.closed_on is null and l.source = 'S'
  and l.role = 'other' and l.told_on <= %(day)s"""
_BOOKINGS: Final = f"""
select l.mof_div_code, l.id, l.bank_ref, l.ref_no, l.remark, l.code, l.booked_on,
       case l.side when 'DBIT' then l.amount_fen else -l.amount_fen end,
       coalesce(nullif(l.party_name, ''), l.ultimate_name), l.party_acct_no, {TURN}
{_OPEN_LINES} and {{accounts}} order by {IN_TURN}"""


def _treasuries(conn: Conn, at: Day) -> Treasuries:
    rows = conn.execute(f"select distinct l.party_acct_no {_OPEN_LINES}".encode(), at.parameters).fetchall()
    return Treasuries(conn, [acct_no for (acct_no,) in rows])


def _bookings(conn: Conn, at: Day, accounts: str, treasuries: Treasuries) -> dict[str, list[Booking]]:
    found: dict[str, list[Booking]] = defaultdict(list)
    for region, *row in conn.execute(_BOOKINGS.format(accounts=accounts).encode(), at.parameters):
        told, (name, acct_no), turn = row[:7], row[7:9], row[9:]
        other = treasuries.other(name, acct_no, region)
        found[region].append(Booking._make((*told, other, Turn._make(turn))))
    return found


def _open_bookings(conn: Conn, at: Day, treasuries: Treasuries) -> dict[str, list[Booking]]:
    return _bookings(conn, at, f"l.acct_kind = '{register.SINGLE}'", treasuries)


def _of_other_accounts(conn: Conn, at: Day, treasuries: Treasuries) -> dict[str, list[Booking]]:
    """Interest, fees and the like of paying accounts: what no paper of the treasury moves."""
    return _bookings(conn, at, f"l.acct_kind <> '{register.SINGLE}'", treasuries)


def _settled(conn: Conn, at: Day, told: Mapping[str, Sequence[Booking]]) -> dict[str, dict[str, str]]:
    """Of each region, references in their compared form -> the settled papers that they name."""
    found: dict[str, dict[str, str]] = {region: {} for region in at.regions}
    refs = {one.ref_no for of in told.values() for one in of} - {""}
    rows = conn.execute(
        "select distinct mof_div_code, document_no from banking_cash_match "
        "where mof_div_code = any(%s) and document_no = any(%s) and closed_on is not null",
        [at.regions, sorted(refs | {paper_number(ref) for ref in refs})],
    ).fetchall()
    for region, number in rows:
        found[region][paper_number(number)] = number
    return found


# ---- what is said


def _items(judged: Judged, at: Day) -> Iterable[Item]:
    for pair in judged.differing:
        yield _differing(pair)
    for booking, papers in judged.several:
        numbers = listed(list(dict.fromkeys(p.number for p in papers)), most=5)
        yield Item("line_ambiguous", "", booking.bank_ref, 0, booking.outflow_fen, booking.booked_on,
                   f"可能是 {numbers}")  # fmt: skip
    for booking, number in judged.strange:
        yield _strange(booking, f"写明 {number}，该单据已与另一笔核对" if number else "")
    for paper in judged.waiting:
        yield _waiting(paper, at)


def _differing(pair: Pair) -> Item:
    """A paper that bookings name, or a day's reports, that come to something else."""
    numbers = [paper.number for paper in pair.papers]
    refs = [booking.bank_ref for booking in pair.bookings]
    words = f"单据 {listed(numbers, most=5)}" if len(numbers) > 1 else ""
    return Item(
        "document_differs", numbers[0], " ".join(refs[:_MOST_REFS]), sum(p.outflow_fen for p in pair.papers),
        sum(b.outflow_fen for b in pair.bookings), pair.papers[0].since,
        f"{words}，银行入账 {len(refs)} 笔".strip("，"),
    )  # fmt: skip


#: References that are told of a day that differs.
_MOST_REFS: Final = 20


def _strange(booking: Booking, words: str) -> Item:
    named = "，".join(filter(None, (
        f"业务种类 {booking.code}", f"写明 {booking.ref_no}" if booking.ref_no and not words else "", words,
        booking.remark,
    )))  # fmt: skip
    return Item("line_unexplained", "", booking.bank_ref, 0, booking.outflow_fen, booking.booked_on, named)


def _waiting(paper: Paper, at: Day) -> Item:
    kind = "document_unbooked" if (at.day - paper.since).days > at.late_days else "document_awaits"
    return Item(kind, paper.number, "", paper.outflow_fen, 0, paper.since)


# ---- what is settled


def _close(conn: Conn, told: Iterable[tuple[str, Judged]], day: date) -> None:
    legs: list[tuple[int, str]] = []
    lines: list[tuple[int, str]] = []
    for _, judged in told:
        for pair in judged.pairs:
            number = " ".join(dict.fromkeys(paper.number for paper in pair.papers))
            legs += ((leg.id, number) for paper in pair.papers for leg in paper.legs)
            lines += ((booking.id, number) for booking in pair.bookings)
        lines += ((booking.id, "") for booking in judged.taken_back)
    conn.execute(
        "update banking_cash_match m set closed_on = %s, match_no = g.number "
        "from unnest(%s::bigint[], %s::text[]) g(id, number) where m.id = g.id",
        [day, *register.columns_of(legs, 2)],
    )
    conn.execute(
        "update banking_line l set closed_on = %s, document_no = g.number "
        "from unnest(%s::bigint[], %s::text[]) g(id, number) where l.id = g.id",
        [day, *register.columns_of(lines, 2)],
    )


_MATCHED: Final = """
select mof_div_code, document_no, string_agg(bank_ref, ' ' order by place), count(*),
       sum(case side when 'DBIT' then amount_fen else -amount_fen end)::bigint, min(booked_on),
       bool_and(party_name <> '' or ultimate_name <> '' or party_acct_no <> '')
from banking_line where mof_div_code = any(%(regions)s) and closed_on = %(day)s and document_no <> ''
  and source = 'S' group by 1, 2 order by 1, 6, 2"""


def matched_on(conn: Conn, at: Day) -> dict[str, list[Match]]:
    """Region -> what the day settled by documents: the document, the bank's bookings, the amount, by what."""
    rows = conn.execute(_MATCHED.encode(), at.parameters).fetchall()
    silent = _silent(conn, [(region, number) for region, number, *_ in rows])
    found: dict[str, list[Match]] = defaultdict(list)
    for region, number, *match, is_told in rows:
        words = _by_what(silent.get((region, number)), is_told=is_told)
        found[region].append(Match._make((number, *match, words)))
    return found


_PAPERS: Final = """
select m.mof_div_code, m.match_no, m.kind, m.document, m.outflow_fen, m.places from banking_cash_match m
join unnest(%s::text[], %s::text[]) g(region, number) on g.region = m.mof_div_code and g.number = m.match_no
where not m.is_explained"""


def _silent(conn: Conn, matched: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bool | None]:
    """What was matched by papers -> whether one of them names nobody; None where anybody may have paid."""
    if not matched:
        return {}
    papers = conn.execute(_PAPERS, register.columns_of(matched, 2)).fetchall()
    named = named_by(conn, [(kind, document) for _, _, kind, document, _, _ in papers])
    of_all = {kind for kinds in business.reported_by_day().values() for kind in kinds}
    found: dict[tuple[str, str], bool | None] = {}
    for region, number, kind, document, outflow_fen, places in papers:
        of = named.get((kind, document), Named())
        if kind in of_all and outflow_fen <= 0:
            found.setdefault((region, number), None)
        else:
            is_silent = not (of.name or of.acct_no or places)
            found[region, number] = bool(found.get((region, number))) or is_silent
    return found


def _by_what(is_silent: bool | None, *, is_told: bool) -> str:
    """By what bookings were matched, where the party did not tell; '' where it did, or need not."""
    if is_silent is None:
        return ""
    if is_silent:
        return "单据没有写明对方，凭编号或日期、金额核对"
    return "" if is_told else "银行没有写明对方，凭编号核对"
