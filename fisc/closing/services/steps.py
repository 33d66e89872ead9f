"""A year's end by steps of one officer each: drafted for a government or its area, signed, given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.closing.kinds import YEAR_END
from fisc.closing.services import papers
from fisc.closing.services.affairs import lapsed
from fisc.closing.services.carry import OPENING
from fisc.closing.services.close import CLOSING
from fisc.closing.services.left_open import open_findings
from fisc.closing.services.lock import lock_year
from fisc.closing.services.quotas import QUOTA_CLOSING
from fisc.closing.services.sources import SOURCE_CARRYING
from fisc.closing.services.surplus import SURPLUS_SETTLEMENT
from fisc.documents import move
from fisc.documents.days import require_over
from fisc.kernel.periods import periods
from fisc.registry.areas import area_of, governments

Conn = psycopg.Connection[Any]
_ENDINGS: Final[Mapping[str, papers.Ending[Any]]] = {
    SOURCE_CARRYING.kind: SOURCE_CARRYING, QUOTA_CLOSING.kind: QUOTA_CLOSING,
    SURPLUS_SETTLEMENT.kind: SURPLUS_SETTLEMENT, CLOSING.kind: CLOSING, OPENING.kind: OPENING,
}  # fmt: skip


def draft_carry_sources(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> dict[str, bool]:
    """Draft the carrying over of money from above that no quota holds (上级资金结转), as `draft_close`.

    Each document's goes into the next year's pool of its number (预算法第四十二条).
    """
    return papers.draft(conn, SOURCE_CARRYING, _regions(region), fiscal_year, by=by, on=on)


def draft_close_quotas(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> dict[str, bool]:
    """Draft the closing of a year's quota book (指标账结账), as `draft_close`.

    Raises RuleBroken naming what can still be spent: it is carried over or taken back first.
    """
    return papers.draft(conn, QUOTA_CLOSING, _regions(region), fiscal_year, by=by, on=on)


def draft_settle_surplus(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> dict[str, bool]:
    """Draft the settlement of what a year leaves over (超收和结余处理), as `draft_close`.

    Over-collected revenue and net surplus of the general budget go to the stabilisation fund, and what a
    kind of government fund may not keep. Raises RuleBroken where quotas can still be spent.
    """
    return papers.draft(conn, SURPLUS_SETTLEMENT, _regions(region), fiscal_year, by=by, on=on)


def draft_close(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> dict[str, bool]:
    """Draft the closing of a year's books (年终转账): number -> whether it is new; {} where nothing is left.

    `region` ending in 998 is a government and all below it. Raises RuleBroken listing what is open.
    """
    return papers.draft(conn, CLOSING, _regions(region), fiscal_year, by=by, on=on)


def draft_open_next(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> dict[str, bool]:
    """Draft the carrying of balances into the next year (结转下年), as `draft_close`.

    Raises RuleBroken where the next year has an opening from elsewhere.
    """
    return papers.draft(conn, OPENING, _regions(region), fiscal_year, by=by, on=on)


def sign_year_ends(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Post drafted papers of a year's end by the balances of this moment: True where posted now.

    Raises NotFound, WrongState, FourEyes, MissingDuty, PeriodClosed, and what the drafts raise.
    """
    return papers.sign(conn, _ENDINGS, doc_keys, by=by, on=on)


def discard_year_ends(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Give drafted papers of a year's end up: True where given up now. Raises NotFound, WrongState."""
    return move(conn, YEAR_END, doc_keys, "discard", by=by, on=on)


@dataclass(frozen=True, slots=True)
class Locked:
    """A region's year in which nothing is posted any more; `lapsed` is what went with it, in words.

    `open_findings`: what checks found in it and nobody closed, in words.
    """

    mof_div_code: str
    fiscal_year: int
    is_closed: bool
    lapsed: tuple[str, ...]
    open_findings: tuple[str, ...]


def lock_area(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> list[Locked]:
    """Close a year for good. Of a whole area (998) all that opened the year.

    As `lock_year`; raises RuleBroken for a year that is not over on the day `on`.
    """
    require_over(fiscal_year, None, on, "封账")
    regions = _regions(region)
    if len(regions) > 1:
        opened = {place for place, period in periods(conn, regions) if period // 100 == fiscal_year}
        regions = [one for one in regions if one in opened]
    lock_year(conn, regions, fiscal_year, by=by)
    found = open_findings(conn, regions, fiscal_year)
    gone = [(one.mof_div_code, one.what) for one in lapsed(conn, regions, fiscal_year)]
    return [
        Locked(
            region,
            fiscal_year,
            True,
            tuple(what for place, what in gone if place == region),
            tuple(str(one) for one in found if one.mof_div_code == region),
        )
        for region in regions
    ]


def _regions(region: str) -> list[str]:
    return list(governments(area_of(region)))
