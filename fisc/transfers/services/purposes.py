"""What money from above is for, and since when it is here: what a year's end asks of every document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.transfers.services.read import SOURCE_NO
from fisc.transfers.twins import SPECIAL, UNBOUND

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Purpose:
    """A document from above in a region's books: the year it was received for, and what its money is for.

    `has_purpose`: any of its lines is of a category that law or its document binds, or names a class;
    `is_special`: all of them are special, and go back to the level above where nobody was given them;
    `classes` are the classes of own spending that it was arranged to, or that its lines name.
    """

    mof_div_code: str
    sup_bgt_doc_no: str
    fund_type_code: str
    fiscal_year: int
    has_purpose: bool
    rev_func_code: str
    classes: Sequence[str]
    is_special: bool = False


_PURPOSES: Final = f"""
    select l.rec_div_code, {SOURCE_NO}, l.fund_type_code, min(l.fiscal_year)::int,
           bool_or(l.category <> all(%(unbound)s) or l.exp_func_code <> ''), min(l.rev_func_code),
           array_remove(array_agg(distinct coalesce(a.func_code, l.exp_func_code)), ''),
           bool_and(l.category = any(%(special)s))
    from transfers_line l
    left join transfers_arrangement a on a.mof_div_code = l.rec_div_code
         and a.sup_bgt_doc_no = {SOURCE_NO} and a.fund_type_code = l.fund_type_code
         and a.use = 'own' and a.state = 'arranged' and not a.is_return
    where l.rec_div_code = any(%(regions)s) and l.fiscal_year <= %(year)s and l.effective_on is not null
    group by 1, 2, 3"""


def purposes(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[tuple[str, str, str], Purpose]:
    """(region, number, fund) -> what it is for, of all that regions received for a year or an earlier one."""
    asked = {"regions": list(regions), "year": fiscal_year, "unbound": sorted(UNBOUND),
             "special": sorted(SPECIAL)}  # fmt: skip
    rows = conn.execute(_PURPOSES.encode(), asked).fetchall()
    return {(row[0], row[1], row[2]): Purpose(*row) for row in rows}
