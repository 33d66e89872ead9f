"""The days that law gives for issuing transfers.

预算法第五十二条: own transfers within 30 days (general) or 60 (special) of the congress's approval, money
from above within 30 days of receipt. The numbers are rows of `legal_limits.csv`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import psycopg

from fisc.budget.services import approval_dates
from fisc.documents.accounts import SOURCE_PENDING, TRANSFER_SPENDING
from fisc.documents.terms import Term
from fisc.kernel.findings import Place
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import limits
from fisc.transfers.services.read import Granted, received_by
from fisc.transfers.services.timing import category_of


def pass_on_terms(conn: psycopg.Connection[Any], place: Place) -> list[Term]:
    """For each document from above: whether all of it was issued, or given to quotas, in 30 days.

    What counts as issued left the pool (9200) and the class of transfers (9202) of the document.
    """
    region, fiscal_year, as_of = place
    limit = limits.lookup("transfer_pass_on_days", fiscal_year)
    received = [
        g
        for g in received_by(conn, region, fiscal_year)
        if g.effective_on <= as_of and not g.line.is_budgeted
    ]
    documents: dict[str, list[Granted]] = defaultdict(list)
    for one in received:
        documents[one.line.source_no].append(one)
    waiting = _waiting(conn, region, fiscal_year, list(documents), as_of)
    return [
        _timed(_received(number, lines), waiting.get(number, _Waiting(0, None)), limit, place)
        for number, lines in documents.items()
    ]


def _received(number: str, lines: Sequence[Granted]) -> _Granted:
    started = min(line.effective_on for line in lines)
    return _Granted(number, "接到上级转移支付后下达", started, sum(line.net_fen for line in lines))


class _Waiting(NamedTuple):
    """What is still to be issued, and the last day on which some was."""

    open_fen: int
    last_on: date | None


def _waiting(
    conn: psycopg.Connection[Any], region: str, fiscal_year: int, numbers: Sequence[str], as_of: date
) -> dict[str, _Waiting]:
    """Number -> (fen that wait in 9200 and 9202 at the end of `as_of`, last day on which some left)."""
    asked = Turnover(
        (SOURCE_PENDING, TRANSFER_SPENDING), (region,), side=CREDIT, coding_year=fiscal_year, until=as_of,
        where=(Among("sup_bgt_doc_no", tuple({number for number in numbers if number})),),
    )  # fmt: skip
    moved = _moved(conn, asked, "sup_bgt_doc_no")
    return {number: _Waiting(of.left_fen, of.last_on) for number, of in moved.items()}


@dataclass(slots=True)
class _Moved:
    """What came onto accounts, what is left of it, and the last day on which some left."""

    came_fen: int = 0
    left_fen: int = 0
    last_on: date | None = None


def _moved(conn: psycopg.Connection[Any], asked: Turnover, element: str) -> dict[str, _Moved]:
    """By the code of an element, from both sides' lines."""
    found: dict[str, _Moved] = defaultdict(_Moved)
    rows = turnover(conn, asked, element, "business_date", "side", "is_red")
    for (code, day, side, is_red), fen in rows.items():
        of = found[code]
        of.left_fen += fen
        if side == CREDIT:
            of.came_fen += fen
        elif not is_red:
            of.last_on = max(day, of.last_on or day)
    return found


class _Granted(NamedTuple):
    """What is to be issued: its number, what law calls it, since when, and how much."""

    number: str
    what: str
    started_on: date
    amount_fen: int


def _timed(granted: _Granted, waiting: _Waiting, limit: limits.Limit, place: Place) -> Term:
    due = granted.started_on + timedelta(days=limit.value)
    done = None if waiting.open_fen else waiting.last_on
    number, what, started, fen = granted
    return Term(
        limit.code, what, limit.rule, place.mof_div_code, started, due, done, place.on, document=number,
        amount_fen=fen, open_fen=waiting.open_fen,
    )  # fmt: skip


def own_terms(conn: psycopg.Connection[Any], place: Place, approved_on: date) -> list[Term]:
    """For each class of own transfers in the budget: 30 days (general) or 60 (special) from approval."""
    region, fiscal_year, as_of = place
    own = (Among("sup_bgt_doc_no", ("",)), Among("source_type_code", ("1",)))
    asked = Turnover(
        (TRANSFER_SPENDING,), (region,), side=CREDIT, where=own, coding_year=fiscal_year, until=as_of
    )
    found = []
    for code, of in sorted(_moved(conn, asked, "tp_func_code").items()):
        category = category_of(code)
        if category is not None:
            limit = limits.lookup(f"transfer_{category}_days", fiscal_year)
            what = f"人代会批准后下达{'一般性' if category == 'general' else '专项'}转移支付"
            granted = _Granted(code, what, approved_on, of.came_fen)
            found.append(_timed(granted, _Waiting(of.left_fen, of.last_on), limit, place))
    return found


def terms(conn: psycopg.Connection[Any], place: Place) -> list[Term]:
    """What a region must issue in a year: of money from above, and of its own once its budget is approved."""
    key = (place.mof_div_code, place.fiscal_year)
    approved = approval_dates(conn, [key]).get(key)
    own = own_terms(conn, place, approved) if approved else []
    return [*pass_on_terms(conn, place), *own]


TERMS: Final = (terms,)
