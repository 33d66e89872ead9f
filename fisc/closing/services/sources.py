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


GIVE_BACK_RULE: Final = "财预〔2015〕15号：上级专项未分配、结转满两年的交回上级（以上解交回为凭记忆）"
GIVE_BACK_HINT: Final = (
    "指标账结账前按文号交回上级：年终挂账（fisc transfers make-upload-accruals，科目 2300602，"
    "明细号填收到该文件的明细，十二月关账前办理），次年缴来（make-upload-settlements）；"
    "已列支出科目没有下达的先退回待安排（make-arrangements）"
)


def carry_sources(
    conn: Conn, regions: Sequence[str], fiscal_year: int, *, by: str, signed_by: str, on: date
) -> list[YearEndResult]:
    """Carry money from above that no quota holds into the next year, by document (36-13, 36-14, 36-04).

    It stands in the next year's pool of its number afterwards, and the register of what the own budget holds
    is closed. Where more went on before than quotas had left, the next paper takes it back in red, as far as
    it waits there still.
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


def refuse_owed(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """Raise RuleBroken where money still has to go back to the level above before the quota book closes."""
    left = sources_left(conn, regions, fiscal_year)
    refuse_each(
        RuleBroken(
            f"{region} {fiscal_year} 年的上级专项还没有交回上级：{'、'.join(map(str, owed[:20]))}",
            rule=GIVE_BACK_RULE,
            hint=GIVE_BACK_HINT,
            details={"keys": [one.pool.sup_bgt_doc_no for one in owed[:20]], "refused": len(owed)},
        )
        for region, of in left.items() if (owed := [one for one in of if one.goes_back])
    )  # fmt: skip
