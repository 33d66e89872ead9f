"""What stands between governments: granted and not booked, advanced or accrued and not settled; in sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

import psycopg

from fisc.documents.inputs import OneOf
from fisc.documents.listing import NAMED, Standing
from fisc.transfers.rules.cash import KINDS, SET_OFF, SET_OFF_UNDONE

Conn = psycopg.Connection[Any]

#: The kinds of claims that no cash document made: lines that were granted and not booked, or not yet lent.
GRANTED: Final = "granted"
NOT_ARRIVED: Final = "bond_not_arrived"
CLAIMS: Final = {
    GRANTED: "已下达未拨付", NOT_ARRIVED: "转贷资金未到账",
    **{code: kind.name for code, kind in KINDS.items() if kind.opens},
}  # fmt: skip


class Between(NamedTuple):
    """What one government owes another, by document: `key` is a line or the number of cash."""

    kind: Annotated[str, OneOf(CLAIMS)]
    key: str
    doc_no: str
    debtor: str
    creditor: str
    fund_type_code: str
    amount_fen: int


#: A line in force of which something is neither booked nor taken back; on-lent debt is booked as it arrives.
_OPEN: Final = "l.effective_on is not null and l.amount_fen > l.taken_back_fen + l.booked_fen"
_UNBOOKED: Final = f"{_OPEN} and l.category <> 'bond'"
_BETWEEN: Final = f"""
    select case l.category when 'bond' then %(not_arrived)s else %(granted)s end, l.line_key,
           l.cor_bgt_doc_no, l.giver_div_code, l.rec_div_code, l.fund_type_code,
           l.amount_fen - l.taken_back_fen - l.booked_fen
    from transfers_line l
    where l.fiscal_year = %(year)s and %(region)s in (l.giver_div_code, l.rec_div_code) and {_OPEN}
    union all
    select c.kind, c.cash_no, coalesce(l.cor_bgt_doc_no, ''),
           case c.kind when 'advanced' then c.rec_div_code else c.giver_div_code end,
           case c.kind when 'advanced' then c.giver_div_code else c.rec_div_code end,
           c.fund_type_code, c.amount_fen - c.settled_fen
    from transfers_current c join transfers_cash d on d.doc_key = c.cash_no
    left join transfers_line l on l.line_key = d.line_key and l.effective_on is not null
    where c.fiscal_year <= %(year)s and %(region)s in (c.giver_div_code, c.rec_div_code)
      and c.amount_fen > c.settled_fen
    order by 4, 5, 3, 2"""


def between(conn: Conn, region: str, fiscal_year: int) -> list[Between]:
    """What a government and those above and below owe each other for a year, document by document.

    Lines that were granted and not booked (`GRANTED`, on-lent debt `NOT_ARRIVED`), advances without a
    document (the lower owes them back), accruals that are not paid yet.
    """
    asked = {"granted": GRANTED, "not_arrived": NOT_ARRIVED, "year": fiscal_year, "region": region}
    return [Between(*row) for row in conn.execute(_BETWEEN.encode(), asked)]


def cleared(conn: Conn, region: str, fiscal_year: int) -> dict[tuple[str, str, str], int]:
    """(giver, receiver, fund) -> fen of grants that were paid with what the receiver owed, up to a year."""
    rows = conn.execute(
        "select giver_div_code, rec_div_code, fund_type_code, "
        "sum(case kind when %s then amount_fen else -amount_fen end)::bigint from transfers_cash "
        "where kind in (%s, %s) and state = 'booked' and fiscal_year <= %s "
        "and %s in (giver_div_code, rec_div_code) group by 1, 2, 3 order by 1, 2, 3",
        [SET_OFF, SET_OFF, SET_OFF_UNDONE, fiscal_year, region],
    )
    return {(giver, receiver, fund): fen for giver, receiver, fund, fen in rows}


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What one government gave another in a year: granted less taken back, and booked of it; fen."""

    giver_div_code: str
    rec_div_code: str
    granted_fen: int
    booked_fen: int


_EXCHANGED: Final = """
    select giver, receiver, sum(granted)::bigint, sum(booked)::bigint from (
        select giver_div_code, rec_div_code, amount_fen - taken_back_fen, booked_fen from transfers_line
        where fiscal_year = %(year)s and %(region)s in (giver_div_code, rec_div_code)
          and effective_on is not null
        union all
        select giver_div_code, rec_div_code, amount_fen, amount_fen from transfers_cash
        where fiscal_year = %(year)s and %(region)s in (giver_div_code, rec_div_code) and state = 'booked'
          and kind = any(%(uploads)s)) t (giver, receiver, granted, booked)
    group by 1, 2 order by 1, 2"""
_UPLOADS: Final = ("uploaded", "upload_accrued")


def exchanged(conn: Conn, region: str, fiscal_year: int) -> list[Exchanged]:
    """What a government and those above and below gave each other in a year, transfers and uploads."""
    asked = {"year": fiscal_year, "region": region, "uploads": list(_UPLOADS)}
    return [Exchanged(*row) for row in conn.execute(_EXCHANGED.encode(), asked)]


#: Rows (one, other, key, fen), told of both governments.
_OF_BOTH: Final = (
    "select d.mof_div_code, count(*), sum(t.fen)::bigint, (array_agg(t.key order by t.key))[1:%(most)s] "
    "from ({rows}) as t (giver, receiver, key, fen) cross join lateral "
    "(values (t.giver), (t.receiver)) as d (mof_div_code) "
    "where d.mof_div_code = any(%(regions)s) group by 1 order by 1"
)
_LINES: Final = (
    "select l.giver_div_code, l.rec_div_code, l.line_key, l.amount_fen - l.taken_back_fen - l.booked_fen "
    "from transfers_line l where l.fiscal_year = %(year)s and "
)
_CURRENTS: Final = (
    "select c.giver_div_code, c.rec_div_code, c.cash_no, c.amount_fen - c.settled_fen "
    "from transfers_current c where c.fiscal_year <= %(year)s and c.kind = any(%(kinds)s) "
    "and c.amount_fen > c.settled_fen"
)


def unbooked(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """Region by region the lines of a year that were granted and are neither booked nor accrued."""
    return _standing(conn, _LINES + _UNBOOKED, {"regions": list(regions), "year": fiscal_year})


def not_arrived(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """Region by region the lines of on-lent debt of a year that did not arrive, nor were taken back."""
    of_bonds = f"{_LINES} {_OPEN} and l.category = 'bond'"
    return _standing(conn, of_bonds, {"regions": list(regions), "year": fiscal_year})


def unsettled(conn: Conn, regions: Sequence[str], last_year: int, kinds: Sequence[str]) -> list[Standing]:
    """Region by region what of some kinds, up to a year, stands between governments and is not settled."""
    asked = {"regions": list(regions), "year": last_year, "kinds": list(kinds)}
    return _standing(conn, _CURRENTS, asked)


def _standing(conn: Conn, rows: str, asked: dict[str, object]) -> list[Standing]:
    found = conn.execute(_OF_BOTH.format(rows=rows).encode(), {**asked, "most": NAMED})
    return [Standing(*row) for row in found]
