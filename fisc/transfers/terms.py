"""The days that law gives for issuing transfers.

预算法第五十二条: own transfers within 30 days (general) or 60 (special) of the congress's approval, money
from above within 30 days of receipt. The numbers are rows of `legal_limits.csv`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import psycopg

from fisc.budget.services import approval_dates
from fisc.documents.accounts import SOURCE_PENDING, TRANSFER_SPENDING
from fisc.documents.findings import Place
from fisc.documents.terms import Term
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
        documents[one.line.sup_bgt_doc_no].append(one)
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
    rows = conn.execute(
        "select c.sup_bgt_doc_no, -sum(p.amount_fen)::bigint, "
        "max(e.business_date) filter (where p.side = 1 and p.amount_fen > 0) "
        "from ledger.coding c cross join ledger.account a "
        "join ledger.posting p on p.account_id = a.id and p.coding_id = c.id "
        "join ledger.entry e on e.id = p.entry_id "
        "where c.sup_bgt_doc_no = any(%s) and c.sup_bgt_doc_no <> '' and c.mof_div_code = %s "
        "and c.fiscal_year = %s and a.book || ':' || a.code = any(%s) and e.business_date <= %s group by 1",
        [list(numbers), region, fiscal_year, [SOURCE_PENDING, TRANSFER_SPENDING], as_of],
    ).fetchall()
    return {row[0]: _Waiting(row[1], row[2]) for row in rows}


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
    rows = conn.execute(
        "select c.tp_func_code, -sum(p.amount_fen) filter (where p.side = -1)::bigint, "
        "-sum(p.amount_fen)::bigint, max(e.business_date) filter (where p.side = 1 and p.amount_fen > 0) "
        "from ledger.coding c join ledger.account a on a.book || ':' || a.code = %s "
        "join ledger.posting p on p.account_id = a.id and p.coding_id = c.id "
        "join ledger.entry e on e.id = p.entry_id "
        "where c.mof_div_code = %s and c.fiscal_year = %s and c.sup_bgt_doc_no = '' "
        "and c.source_type_code = '1' and e.business_date <= %s group by 1 order by 1",
        [TRANSFER_SPENDING, region, fiscal_year, as_of],
    ).fetchall()
    found = []
    for code, amount_fen, open_fen, last_on in rows:
        category = category_of(code)
        if category is not None:
            limit = limits.lookup(f"transfer_{category}_days", fiscal_year)
            what = f"人代会批准后下达{'一般性' if category == 'general' else '专项'}转移支付"
            granted = _Granted(code, what, approved_on, amount_fen)
            found.append(_timed(granted, _Waiting(open_fen, last_on), limit, place))
    return found


def terms(conn: psycopg.Connection[Any], place: Place) -> list[Term]:
    """What a region must issue in a year: of money from above, and of its own once its budget is approved."""
    key = (place.mof_div_code, place.fiscal_year)
    approved = approval_dates(conn, [key]).get(key)
    own = own_terms(conn, place, approved) if approved else []
    return [*pass_on_terms(conn, place), *own]


TERMS: Final = (terms,)
