"""Why a number is missing, as a clerk wants to know it, and what to do about it.

`data/reasons.csv` says it by the beginning of the figure's id: `absent` for figures whose business is
not in the catalogue, `empty` for figures of the catalogue that have no value. The longest beginning
that fits wins; the figure's own gap reason stays in its panel for those who look after the system.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from fisc.reading.bind import NOT_SETTLED
from fisc.reading.combine import NOT_OF_PERIOD
from fisc.reading.scopes import NOT_FORMED
from fisc.registry import regions
from fisc.registry.region_names import whole_word
from fisc.report.ports import FigureResult
from fisc.sheets.shipped import read_shipped

Case = Literal["absent", "empty"]

_NO_BASE = "没有上年同期数可比"
_BASE_REMEDY = "补记上年账务后自动取数"
#: The version of what stands in for a figure that the catalogue lacks.
NO_VERSION = "0"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no number, and what brings it."""

    text: str
    remedy: str


_NOT_SETTLED = Reason(f"本地{NOT_SETTLED}", "设定民生支出口径后自动取数；不借用别处的口径")
_NOT_OF_PERIOD = Reason("没有登记同期的统计数", "按统计资料登记截至当月的累计数后自动取数；全年数不代替")
#: What figures say of themselves, in a clerk's words.
_TOLD = {NOT_OF_PERIOD: _NOT_OF_PERIOD, NOT_SETTLED: _NOT_SETTLED}
#: Figures of marked quotas: what is missing of their budget is the mark.
_OF_QUOTAS = ("guarantee.", "goals.")
#: A budget is there when it was approved: what comes to a year beside it is none.
_NO_BUDGET = Reason("账上没有这一年批准的年初预算", "预算批准、登记后自动取数")


def table(name: str) -> list[dict[str, str]]:
    """The rows of one of the report's data files."""
    return read_shipped("fisc.report", name)


@cache
def _reasons(case: Case) -> dict[str, Reason]:
    rows = (row for row in table("reasons.csv") if row["case"] == case)
    return {row["prefix"]: Reason(row["reason"], row["remedy"]) for row in rows}


def _reason(case: Case, figure_id: str) -> Reason:
    fitting = (prefix for prefix in _reasons(case) if figure_id.startswith(prefix))
    return _reasons(case)[max(fitting, key=len)]


def absent(figure_id: str) -> Reason:
    """Why a figure that the catalogue lacks is not there."""
    return _reason("absent", figure_id)


def why(result: FigureResult, knows: Callable[[str], bool]) -> Reason:
    """Why a figure has no value: the first of what it is made of that is missing says it."""
    if not knows(result.ask.figure_id):
        return absent(result.ask.figure_id)
    if result.undefined_reason:
        return Reason(result.undefined_reason, "")
    if told := _told(result):
        return told
    missing = next((operand for operand in result.operands if operand.value is None), None)
    if missing is None:
        figure_id = result.ask.figure_id
        is_budget = figure_id.endswith(".budget") and not figure_id.startswith(_OF_QUOTAS)
        return _NO_BUDGET if is_budget else _reason("empty", result.ask.figure_id)
    if missing.ask.fiscal_year < result.ask.fiscal_year:
        return Reason(_NO_BASE, _BASE_REMEDY)
    return why(missing, knows)


def _told(result: FigureResult) -> Reason | None:
    """What a figure says of itself that is known in a clerk's words; None for anything else."""
    if result.gap_reason.endswith(NOT_FORMED):
        return _not_formed(result.ask.region)
    return next((reason for words, reason in _TOLD.items() if words in result.gap_reason), None)


def _not_formed(region: str) -> Reason:
    """Why a whole area has no number while governments of it keep books."""
    own = regions.require(regions.own(region))
    whole = whole_word(own.name)
    return Reason(
        f"所属区划没有都记账，{whole}的数合不成（本级的数以 {own.mof_div_code} 另出报告）",
        f"所属各区划记账或导入公布的合计后自动取数；只要本级的数，以 {own.mof_div_code} 出报告",
    )
