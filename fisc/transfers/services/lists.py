"""Transfers as people look at them: line by line, and what of the money from above waits to be arranged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents.accounts import SOURCE_BUDGETED, SOURCE_PENDING, SPENDING, TRANSFER_SPENDING
from fisc.kernel.entries import DECEMBER, OPENING_MONTH
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.open_books import require_kept
from fisc.transfers.services.read import Granted, WentBack, granted, issued_by, received_by, stages, went_back
from fisc.transfers.services.timing import late_issues

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A line in force, in fen: what was granted, taken back, left of it, paid in cash, and what of its money
    went back to who gave it."""

    line_key: str
    cor_bgt_doc_no: str
    sup_bgt_doc_no: str
    title: str
    effective_on: date
    giver_div_code: str
    rec_div_code: str
    fund_type_code: str
    tp_func_code: str
    amount_fen: int
    taken_back_fen: int
    net_fen: int
    cash_fen: int
    given_back_fen: int


@dataclass(frozen=True, slots=True)
class WaitingSource:
    """What of a document from above is not arranged yet, in fen."""

    sup_bgt_doc_no: str
    title: str
    amount_fen: int


def list_received(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[TransferRow]:
    """The lines in force that a region received in a year."""
    return _rows(received_by(conn, mof_div_code, fiscal_year))


def list_issued(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[TransferRow]:
    """The lines in force that a region issued of a year."""
    return _rows(issued_by(conn, mof_div_code, fiscal_year))


def list_late_issues(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[TransferRow]:
    """What a region issued after the year's cut-off (财库〔2015〕192号第四十四条)."""
    return _rows(late_issues(conn, mof_div_code, fiscal_year))


def show_sources(conn: Conn, sup_bgt_doc_nos: Sequence[str]) -> list[TransferRow]:
    """The lines in force that pass on money of documents from above: received first, then issues by day."""
    return _rows(granted(conn, sup_bgt_doc_nos))


def list_waiting(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[WaitingSource]:
    """The documents from above whose money waits in a region's pool (9200), by number."""
    of = (mof_div_code, fiscal_year)
    older = carried_in(conn, *of).keys() | went_back(conn, *of).keys()
    lines = [*received_by(conn, *of), *_brought(conn, older, mof_div_code)]
    titles = {one.line.source_no: one.title for one in lines}
    waiting = {
        one.sup_bgt_doc_no: one.fen for one in stages(conn, list(titles), [SOURCE_PENDING], of) if one.fen
    }
    return [WaitingSource(number, titles[number], fen) for number, fen in sorted(waiting.items())]


@dataclass(frozen=True, slots=True)
class SourceUse:
    """A document from above: when and by whom it was registered, and what became of its money, in fen.

    What was received less what was taken back, or carried in (`received_fen`), and what governments below
    gave back of it (`came_back_fen`) was issued on, given to quotas that name it, stands in the own budget
    under no number (`budgeted_fen`), or went back to the level above (`given_back_fen`); the rest is
    `unused_fen`, as it was before the year's end carried it over or let it lapse.
    """

    sup_bgt_doc_no: str
    title: str
    fund_type_code: str
    effective_on: date
    registered_by: str
    received_fen: int
    came_back_fen: int
    issued_fen: int
    quota_fen: int
    budgeted_fen: int
    given_back_fen: int
    unused_fen: int


def list_sources(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[SourceUse]:
    """Every document from above that brought a region money for a year: received, handed on, left; by number.

    What was carried into the year, or came back in it from below, is told with it. Raises NoBooks.
    """
    require_kept(conn, mof_div_code, fiscal_year)
    brought = carried_in(conn, mof_div_code, fiscal_year)
    back = went_back(conn, mof_div_code, fiscal_year)
    now = received_by(conn, mof_div_code, fiscal_year)
    got = Counter(brought)
    for one in now:
        got[one.line.source_no] += 0 if one.line.source_no in brought else one.net_fen
    lines = [*now, *_brought(conn, brought.keys() | back.keys(), mof_div_code)]
    received = _by_number(lines, lambda line: line.source_no)
    issued = _by_number(issued_by(conn, mof_div_code, fiscal_year), lambda line: line.sup_bgt_doc_no)
    stood: dict[tuple[str, str], int] = {
        (one.sup_bgt_doc_no, one.account): one.fen
        for one in stages(
            conn, list(received), _LEFT, (mof_div_code, fiscal_year), last=fiscal_year * 100 + DECEMBER
        )
    }
    return [
        _use(
            number, lines, (got[number], back.get(number, _NOTHING)), issued.get(number, ()),
            {account: stood.get((number, account), 0) for account in _LEFT},
        )
        for number, lines in sorted(received.items())
    ]  # fmt: skip


def carried_in(conn: Conn, mof_div_code: str, fiscal_year: int) -> dict[str, int]:
    """Number from above -> fen that the year's end before carried into a region's pool of it."""
    first = fiscal_year * 100 + OPENING_MONTH
    asked = Turnover((SOURCE_PENDING,), (mof_div_code,), (first, first), CREDIT)
    found = turnover(conn, asked, "sup_bgt_doc_no")
    return {number: fen for (number,), fen in found.items() if number and fen}


def _brought(conn: Conn, numbers: Collection[str], region: str) -> list[Granted]:
    """The lines by which a region once received what it has under numbers of earlier years."""
    found = granted(conn, list(numbers)) if numbers else []
    return [one for one in found if one.line.rec_div_code == region and one.line.source_no in numbers]


_NOTHING: Final = WentBack(0, 0)
#: Where money of a document waits: to be arranged, to be issued; and in the own budget.
_LEFT: Final = (SOURCE_PENDING, TRANSFER_SPENDING, SOURCE_BUDGETED, SPENDING)


def _use(
    number: str,
    lines: Sequence[Granted],
    came: tuple[int, WentBack],
    issued: Sequence[Granted],
    stood: Mapping[str, int],
) -> SourceUse:
    received, back = came
    first = min(lines, key=lambda one: (one.effective_on, one.line.line_key))
    on = sum(one.net_fen for one in issued)
    budgeted = stood[SOURCE_BUDGETED] + stood[SPENDING]
    left = stood[SOURCE_PENDING] + stood[TRANSFER_SPENDING]
    return SourceUse(
        number, first.title, first.line.fund_type_code, first.effective_on, first.registered_by,
        received_fen=received, came_back_fen=back.came_fen, issued_fen=on,
        quota_fen=received + back.came_fen - on - budgeted - back.gave_fen - left,
        budgeted_fen=budgeted, given_back_fen=back.gave_fen, unused_fen=left,
    )  # fmt: skip


def _by_number(found: Iterable[Granted], number: Callable[[TransferLine], str]) -> dict[str, list[Granted]]:
    groups: dict[str, list[Granted]] = defaultdict(list)
    for one in found:
        groups[number(one.line)].append(one)
    return groups


def _rows(found: Iterable[Granted]) -> list[TransferRow]:
    return [_row(one) for one in found]


def _row(one: Granted) -> TransferRow:
    line = one.line
    return TransferRow(
        line.line_key, line.cor_bgt_doc_no, line.sup_bgt_doc_no, one.title, one.effective_on,
        line.giver_div_code, line.rec_div_code, line.fund_type_code, line.tp_func_code,
        line.amount_fen, line.taken_back_fen, one.net_fen, one.cash_fen,
        one.given_back_fen,
    )  # fmt: skip
