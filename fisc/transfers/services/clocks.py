"""The days that law gives for issuing transfers, and how much of next year's is told early.

预算法第五十二条: own transfers within 30 days (general) or 60 (special) of the congress's approval, money
from above within 30 days of receipt. 实施条例第四十八条: at least 90 % of general and 70 % of special
transfers are told before the year begins. The numbers are rows of `legal_limits.csv`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents.accounts import SOURCE_PENDING, TRANSFER_SPENDING
from fisc.registry import limits
from fisc.transfers import twins
from fisc.transfers.services.read import Granted, issued_by, received_by

BASE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Clock:
    """A term of law: what is to be issued, from when, until when, and what is still open. Fen and days."""

    doc_no: str
    what: str
    started_on: date
    due_on: date
    done_on: date | None
    amount_fen: int
    open_fen: int
    days_over: int
    rule: str

    @property
    def is_overrun(self) -> bool:
        """Whether the term passed before all was issued."""
        return self.days_over > 0


@dataclass(frozen=True, slots=True)
class EarlyNotice:
    """What of next year's transfers was told by the year's end, against what the year itself issued."""

    fiscal_year: int
    category: str
    notified_fen: int
    base_fen: int
    minimum_bp: int
    rule: str

    @property
    def share_bp(self) -> int:
        """Told early per 10,000 of the base; the whole where there is no base."""
        return self.notified_fen * BASE // self.base_fen if self.base_fen else BASE

    @property
    def is_met(self) -> bool:
        """Whether the share reaches what law asks."""
        return self.share_bp >= self.minimum_bp


def pass_on_clocks(conn: psycopg.Connection[Any], region: str, fiscal_year: int, as_of: date) -> list[Clock]:
    """For each document from above: whether all of it was issued, or given to quotas, in 30 days.

    What counts as issued left the pool (9200) and the class of transfers (9202) of the document.
    """
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
        _timed(_received(number, lines), waiting.get(number, _Waiting(0, None)), limit, as_of)
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


def _timed(granted: _Granted, waiting: _Waiting, limit: limits.Limit, as_of: date) -> Clock:
    due = granted.started_on + timedelta(days=limit.value)
    done = None if waiting.open_fen else waiting.last_on
    over = max(0, ((done or as_of) - due).days)
    number, what, started, fen = granted
    return Clock(number, what, started, due, done, fen, waiting.open_fen, over, limit.rule)


def own_clocks(
    conn: psycopg.Connection[Any], region: str, fiscal_year: int, approved_on: date, as_of: date
) -> list[Clock]:
    """For each class of own transfers in the budget: 30 days (general) or 60 (special) from approval."""
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
        category = _category(code)
        if category is not None:
            limit = limits.lookup(f"transfer_{category}_days", fiscal_year)
            what = f"人代会批准后下达{'一般性' if category == 'general' else '专项'}转移支付"
            granted = _Granted(code, what, approved_on, amount_fen)
            found.append(_timed(granted, _Waiting(open_fen, last_on), limit, as_of))
    return found


def _category(tp_func_code: str) -> str | None:
    """'general' or 'special', as law tells them apart; None for codes that are neither."""
    found = twins.category(tp_func_code) if tp_func_code[3:5] in ("01", "02", "03") else ""
    return "general" if found in twins.GENERAL else "special" if found == "special" else None


def early_notices(conn: psycopg.Connection[Any], region: str, year: int, as_of: date) -> list[EarlyNotice]:
    """At the end of `year`: what was told early of the next year's transfers, by category.

    The base is what was issued for `year` itself (实施条例第四十八条: 预计数的比例); both count lines to
    lower governments in force by `as_of`, after what was taken back.
    """
    base = _sums(g for g in issued_by(conn, region, year) if g.effective_on <= as_of)
    told = _sums(
        g for g in issued_by(conn, region, year + 1) if g.line.is_advance and g.effective_on <= as_of
    )
    found = []
    for category in ("general", "special"):
        limit = limits.lookup(f"early_notice_{category}_bp", year)
        fen = told[category], base[category]
        found.append(EarlyNotice(year + 1, category, *fen, limit.value, limit.rule))
    return found


def _sums(lines: Iterable[Granted]) -> dict[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for one in lines:
        category = _category(one.line.tp_func_code)
        if category is not None:
            totals[category] += one.net_fen
    return totals


def late_issues(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[Granted]:
    """Transfers of a year issued after its general cut-off, 30 November (财库〔2015〕192号第四十四条)."""
    month, day = divmod(limits.limit("budget_change_last_month_day", fiscal_year), 100)
    last = date(fiscal_year, month, day)
    return [one for one in issued_by(conn, region, fiscal_year) if one.effective_on > last]
