"""Reading transfers: the lines of a source document, and where its money stands in the quota books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from fisc.documents.accounts import PAID
from fisc.documents.from_above import both_forms
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import EVER, Among, Turnover, turnover
from fisc.reading.paid import paid
from fisc.registry.rows import names
from fisc.transfers.kinds import LINES
from fisc.transfers.rules.cash import GIVES_BACK, PAID_BY

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine


@dataclass(frozen=True, slots=True)
class Granted:
    """A line in force under its document's title; `cash_fen` is what was paid on it in cash.

    `registered_by` is the officer who drafted the document; `given_back_fen` is what of its money went back
    to who gave it, by number, which is none of what was paid.
    """

    line: TransferLine
    title: str
    effective_on: date
    cash_fen: int
    registered_by: str = ""
    given_back_fen: int = 0

    @property
    def net_fen(self) -> int:
        """What the line grants after what was taken back."""
        return self.line.amount_fen - self.line.taken_back_fen


class Stage(NamedTuple):
    """What of a source document's money stands on an account of a region's quota book, credit positive."""

    sup_bgt_doc_no: str
    mof_div_code: str
    account: str
    fen: int


#: The number from above under which a receiver has the money of a line `l`.
SOURCE_NO: Final[LiteralString] = "coalesce(nullif(l.rec_bgt_doc_no, ''), l.sup_bgt_doc_no)"

_GRANTED: Final[LiteralString] = """
    select {columns}, coalesce(r.title, i.title) as title, l.effective_on,
           (select coalesce(sum(p.sign * c.amount_fen), 0)::bigint from transfers_cash c
            join unnest(%(paid_by)s::text[], %(paid_signs)s::int[]) p (kind, sign) on p.kind = c.kind
            where c.line_key = l.line_key and c.state = 'booked')
         + (select coalesce(sum(p.amount_fen), 0)::bigint from transfers_cash c
            join transfers_cash p on p.ref_no = c.doc_key and p.kind = 'accrual_paid' and p.state = 'booked'
            where c.line_key = l.line_key and c.kind = 'accrued') as cash_fen,
           coalesce(r.trail, i.trail) -> 0 ->> 2 as registered_by,
           (select coalesce(sum(c.amount_fen), 0)::bigint from transfers_cash c
            where c.line_key = l.line_key and c.state = 'booked'
              and c.kind = any(%(gives_back)s)) as given_back_fen
    from transfers_line l
    left join transfers_receipt r on not l.is_issue and r.doc_key = l.doc_key
    left join transfers_issue i on l.is_issue and i.doc_key = l.doc_key
    where l.effective_on is not null and {where}
    order by l.is_issue, l.effective_on, l.doc_key, l.line_no"""


#: Which cash is told with a line: what paid it, and what gave its money back.
_COUNTED: Final[dict[str, object]] = {
    "paid_by": list(PAID_BY), "paid_signs": list(PAID_BY.values()), "gives_back": sorted(GIVES_BACK),
}  # fmt: skip

#: Lines in force under numbers, and every line that passes their money on: who received under a number has
#: it as the number from above of what it issues.
_WAY: Final[LiteralString] = f"""
    l.id in (
        with recursive way as (
            select l.id, l.rec_div_code, l.fiscal_year, {SOURCE_NO} as number from transfers_line l
            where l.effective_on is not null
              and (l.sup_bgt_doc_no = any(%(numbers)s) or l.cor_bgt_doc_no = any(%(numbers)s))
            union
            select l.id, l.rec_div_code, l.fiscal_year, {SOURCE_NO} from transfers_line l
            join way w on l.giver_div_code = w.rec_div_code and l.fiscal_year = w.fiscal_year
                 and l.sup_bgt_doc_no = w.number
            where l.effective_on is not null and l.is_issue)
        select id from way)"""


def granted(conn: psycopg.Connection[Any], doc_nos: Sequence[str]) -> list[Granted]:
    """The lines in force of documents, and those that pass their money on: from above, then issues by day.

    A number may be written in any form, and may be that of whoever gave first or passed on.
    """
    return _granted(conn, _WAY, {"numbers": both_forms(doc_nos)})


def direct_lines(conn: psycopg.Connection[Any], fiscal_year: int) -> list[Granted]:
    """The lines in force of a year's direct funds (直达资金)."""
    return _granted(conn, "l.is_direct_fund <> '' and l.fiscal_year = %(year)s", {"year": fiscal_year})


def received_by(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[Granted]:
    """The lines in force that a region received in a year."""
    where = "l.rec_div_code = %(region)s and l.fiscal_year = %(year)s"
    return _granted(conn, where, {"region": region, "year": fiscal_year})


def issued_by(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[Granted]:
    """The lines in force that a region issued of a year."""
    where = "l.is_issue and l.giver_div_code = %(region)s and l.fiscal_year = %(year)s"
    return _granted(conn, where, {"region": region, "year": fiscal_year})


def _granted(
    conn: psycopg.Connection[Any], where: LiteralString, parameters: dict[str, object]
) -> list[Granted]:
    statement = sql.SQL(_GRANTED).format(columns=names(LINES.all_columns, "l"), where=sql.SQL(where))
    rows, width = conn.execute(statement, _COUNTED | parameters).fetchall(), len(LINES.all_columns)
    lines = LINES.load(row[:width] for row in rows)
    return [Granted(line, *row[width:]) for line, row in zip(lines, rows, strict=True)]


class WentBack(NamedTuple):
    """What of a document's money came back to a region in a year, and what it gave back; fen."""

    came_fen: int
    gave_fen: int


_WENT_BACK: Final[LiteralString] = f"""
    select number, sum(came)::bigint, sum(gave)::bigint from (
        select {SOURCE_NO}, 0, c.amount_fen from transfers_line l join transfers_cash c using (line_key)
        where l.rec_div_code = %(region)s and l.effective_on is not null and c.state = 'booked'
          and c.kind = any(%(gives_back)s) and c.fiscal_year = %(year)s
        union all
        select l.sup_bgt_doc_no, c.amount_fen, 0 from transfers_line l join transfers_cash c using (line_key)
        where l.giver_div_code = %(region)s and l.is_issue and l.sup_bgt_doc_no <> l.cor_bgt_doc_no
          and l.effective_on is not null and c.state = 'booked'
          and c.kind = any(%(gives_back)s) and c.fiscal_year = %(year)s) as b (number, came, gave)
    group by 1"""


def went_back(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> dict[str, WentBack]:
    """A region's number from above -> what of its money came back from below, or went back, in a year."""
    asked = {"region": region, "year": fiscal_year, "gives_back": _COUNTED["gives_back"]}
    return {number: WentBack(*fen) for number, *fen in conn.execute(_WENT_BACK.encode(), asked)}


def ways_up(conn: psycopg.Connection[Any], region: str, fiscal_year: int, number: str) -> list[Granted]:
    """The lines that brought a region the money of a number, then those that brought it to their givers."""
    found, asked, seen = [], {(region, fiscal_year, form) for form in both_forms([number])}, set[str]()
    where: LiteralString = (
        f"(l.rec_div_code, l.fiscal_year::int, {SOURCE_NO}) in (select * from "
        "unnest(%(regions)s::text[], %(years)s::int[], %(numbers)s::text[]))"
    )
    while asked:
        regions, years, numbers = (list(column) for column in zip(*sorted(asked), strict=True))
        above = _granted(conn, where, {"regions": regions, "years": years, "numbers": numbers})
        fresh = [one for one in above if one.line.line_key not in seen]
        seen |= {one.line.line_key for one in fresh}
        found += fresh
        asked = {
            (one.line.giver_div_code, one.line.fiscal_year, one.line.sup_bgt_doc_no)
            for one in fresh
            if one.line.is_issue
        }
    return found


def numbers_kept(conn: psycopg.Connection[Any], giver: str, fiscal_year: int) -> dict[tuple[str, str], str]:
    """(giver's number, receiver) -> the receiver's number from above where it is another one.

    Only lines of before have one: their receivers kept the number that the giver had from above.
    """
    rows = conn.execute(
        "select distinct cor_bgt_doc_no, rec_div_code, sup_bgt_doc_no from transfers_line where is_issue "
        "and giver_div_code = %s and fiscal_year = %s and effective_on is not null and rec_bgt_doc_no = ''",
        [giver, fiscal_year],
    ).fetchall()
    return {(own, receiver): kept for own, receiver, kept in rows}


def stages(
    conn: psycopg.Connection[Any],
    sup_bgt_doc_nos: Sequence[str],
    accounts: Sequence[str],
    of: tuple[str, int] | None = None,
    *,
    last: int = 0,
) -> list[Stage]:
    """Where the money of source documents stands: by number, region and account of the quota book.

    `of` asks of one region and fiscal year alone; `last` as it stood at the end of a period of it (yyyymm).
    """
    sources = Among("sup_bgt_doc_no", tuple(both_forms(sup_bgt_doc_nos)))
    region, year = of or (None, None)
    regions = (region,) if region else None
    others = tuple(one for one in accounts if one != PAID)
    span = (EVER[0], last or EVER[1])
    asked = Turnover(others, regions, span, CREDIT, (sources,), coding_year=year)
    by = ("sup_bgt_doc_no", "mof_div_code", "account")
    rows = turnover(conn, asked, *by)
    if PAID in accounts:
        rows |= paid(conn, *by, regions=regions, coding_year=year, where=(sources,))
    return [Stage(number, region, account, fen) for (number, region, account), fen in rows.items()]
