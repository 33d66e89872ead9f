"""Money from above that no quota holds at a year's end: told document by document, and carried over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.closing.papers import SOURCES
from fisc.closing.rules.sources import (
    SourceLeft,
    source_entries,
)
from fisc.closing.services.papers import Ending, YearEndResult, any_is_due, end_each
from fisc.closing.source_balances import sources_left
from fisc.documents import RuleBroken
from fisc.documents.refusals import refuse_each
from fisc.kernel.money import format_fen

Conn = psycopg.Connection[Any]

SOURCES_RULE: Final = "预算法第四十二条：上级专项等结转资金下年继续用于原项目"


def carry_sources(
    conn: Conn, regions: Sequence[str], fiscal_year: int, *, by: str, signed_by: str, on: date
) -> list[YearEndResult]:
    """Carry money from above that no quota holds into the next year, by document (36-13, 36-14, 36-04).

    It stands in the next year's pool of its number afterwards, and the register of what the own budget holds
    is closed.
    Again with nothing new: no-op. All regions or none. Raises FourEyes, MissingDuty, PeriodClosed.
    """
    return end_each(conn, SOURCE_CARRYING, regions, fiscal_year, by=by, signed_by=signed_by, on=on)


def _free(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """Nothing has to come before."""


#: 上级资金结转.
SOURCE_CARRYING: Final = Ending(SOURCES, any_is_due, source_entries, _free, sources_left)


def refuse_uncarried(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """Raise RuleBroken where money from above still has to be carried over before anything else closes."""
    left = sources_left(conn, regions, fiscal_year)
    refuse_each(_uncarried(region, fiscal_year, of) for region, of in left.items() if any_is_due(of))


def _uncarried(region: str, fiscal_year: int, left: Sequence[SourceLeft]) -> RuleBroken:
    due = [one for one in left if one.is_due]
    fen = sum(one.fen for one in due if not one.why_not)
    return RuleBroken(
        f"{region} {fiscal_year} 年的上级资金还没有按文号结转，共 {format_fen(fen)} 元："
        f"{'、'.join(map(str, due[:20]))}",
        rule=SOURCES_RULE,
        hint="请办理上级资金结转（fisc year-end carry-sources），再结指标账、处理结余",
        details={"keys": [one.pool.sup_bgt_doc_no for one in due[:20]], "refused": len(due)},
    )
