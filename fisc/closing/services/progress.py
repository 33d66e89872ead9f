"""How far a year's end is in each region: periods closed, documents of closing and opening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.closing.services.papers import YearEndPaper
from fisc.documents import year_end
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.periods import periods

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class YearEndState:
    """A region's year: whether December and the year-end period are closed, and what was signed."""

    mof_div_code: str
    fiscal_year: int
    is_december_closed: bool
    is_year_closed: bool
    papers: tuple[YearEndPaper, ...]


#: The first step of a trail made it, the last one signed it.
_PAPERS: Final = """
    select mof_div_code, kind, round, trail -> 0 ->> 2, trail -> -1 ->> 2, (trail -> -1 ->> 3)::date,
           cardinality(entry_keys)
    from closing_year_end where mof_div_code = any(%s) and fiscal_year = %s and state = 'posted'
    order by 1, 2, 3"""


def year_end_states(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[YearEndState]:
    """The state of every region's year, in the order of `regions`."""
    december, last = year_end(fiscal_year)[1], fiscal_year * 100 + YEAR_END_MONTH
    closed = {place for place, is_closed in periods(conn, regions).items() if is_closed}
    papers: dict[str, list[YearEndPaper]] = defaultdict(list)
    for region, *paper in conn.execute(_PAPERS, [list(regions), fiscal_year]).fetchall():
        papers[region].append(YearEndPaper(*paper))
    return [
        YearEndState(
            region, fiscal_year, (region, december) in closed, (region, last) in closed, tuple(papers[region])
        )
        for region in regions
    ]
