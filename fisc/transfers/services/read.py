"""Reading transfers: the lines of a source document, and where its money stands in the quota books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry.rows import names
from fisc.transfers.kinds import LINES

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine


@dataclass(frozen=True, slots=True)
class Granted:
    """A line in force under its document's title; `cash_fen` is what was paid on it in cash."""

    line: TransferLine
    title: str
    effective_on: date
    cash_fen: int

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


#: What each kind of cash adds to what was paid on a line.
_PAID_BY: Final = (
    "case c.kind when 'recovered' then -1 when 'bond_recovered' then -1 when 'accrued' then 0 else 1 end"
)

_GRANTED: Final[LiteralString] = f"""
    select {{columns}}, coalesce(r.title, i.title) as title, l.effective_on,
           (select coalesce(sum({_PAID_BY} * c.amount_fen), 0)::bigint from transfers_cash c
            where c.line_key = l.line_key and c.state = 'booked')
         + (select coalesce(sum(p.amount_fen), 0)::bigint from transfers_cash c
            join transfers_cash p on p.ref_no = c.doc_key and p.kind = 'accrual_paid' and p.state = 'booked'
            where c.line_key = l.line_key and c.kind = 'accrued') as cash_fen
    from transfers_line l
    left join transfers_receipt r on not l.is_issue and r.doc_key = l.doc_key
    left join transfers_issue i on l.is_issue and i.doc_key = l.doc_key
    where l.effective_on is not null and {{where}}
    order by l.is_issue, l.effective_on, l.doc_key, l.line_no"""


def granted(conn: psycopg.Connection[Any], sup_bgt_doc_nos: Sequence[str]) -> list[Granted]:
    """The lines in force that pass the money of source documents on: from above, then issues by day."""
    return _granted(conn, "l.sup_bgt_doc_no = any(%(numbers)s)", {"numbers": list(sup_bgt_doc_nos)})


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
    rows, width = conn.execute(statement, parameters).fetchall(), len(LINES.all_columns)
    lines = LINES.load(row[:width] for row in rows)
    return [Granted(line, *row[width:]) for line, row in zip(lines, rows, strict=True)]


def source_numbers(conn: psycopg.Connection[Any], number: str) -> list[str]:
    """The source documents that a number names: itself, or those that the document of it passes on."""
    rows = conn.execute(
        "select distinct sup_bgt_doc_no, sup_bgt_doc_no = %(n)s as is_itself from transfers_line "
        "where effective_on is not null and %(n)s in (sup_bgt_doc_no, cor_bgt_doc_no) order by 2 desc, 1",
        {"n": number},
    ).fetchall()
    itself = [row[0] for row in rows if row[1]]
    return itself or [row[0] for row in rows]


def stages(
    conn: psycopg.Connection[Any], sup_bgt_doc_nos: Sequence[str], accounts: Sequence[str]
) -> list[Stage]:
    """Where the money of source documents stands: by number, region and account of the quota book."""
    sources = Among("sup_bgt_doc_no", tuple({number for number in sup_bgt_doc_nos if number}))
    asked = Turnover(tuple(accounts), None, side=CREDIT, where=(sources,))
    rows = turnover(conn, asked, "sup_bgt_doc_no", "mof_div_code", "account")
    return [Stage(number, region, account, fen) for (number, region, account), fen in rows.items()]
