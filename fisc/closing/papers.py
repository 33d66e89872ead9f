"""The documents of a year's end as they stand: what they are called, and what they posted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.closing.kinds import YEAR_END
from fisc.documents import select

Conn = psycopg.Connection[Any]
SOURCES: Final = "sources"
QUOTAS: Final = "quotas"
SURPLUS: Final = "surplus"
CLOSE: Final = "close"
OPEN: Final = "open"
#: What the papers of a year's end are called, in their order.
PAPER_NAMES: Final = {
    SOURCES: "上级资金结转", QUOTAS: "指标账结账", SURPLUS: "超收和结余处理", CLOSE: "年终转账",
    OPEN: "结转下年",
}  # fmt: skip


def entry_keys(conn: Conn, region: str, fiscal_year: int, kind: str) -> tuple[str, ...]:
    """Natural keys of every entry that a kind of year's end posted for a region's year."""
    rows = conn.execute(
        "select k from closing_year_end, unnest(entry_keys) with ordinality as u (k, n) "
        "where mof_div_code = %s and fiscal_year = %s and kind = %s order by round, n",
        [region, fiscal_year, kind],
    ).fetchall()
    return tuple(row[0] for row in rows)


def year_end_keys(conn: Conn, regions: Sequence[str], fiscal_year: int) -> tuple[str, ...]:
    """Natural keys of the entries that closed regions' year and carried it on: no income or outlay of it."""
    return tuple(
        key for region in regions for kind in (CLOSE, OPEN)
        for key in entry_keys(conn, region, fiscal_year, kind)
    )  # fmt: skip


def paper_ids(conn: Conn, region: str, fiscal_year: int, kind: str) -> set[int]:
    """The documents of a kind of year's end of a region's year, by their ids in the ledger."""
    where: Final = "where mof_div_code = %s and fiscal_year = %s and kind = %s"
    return {one.id for one in select(conn, YEAR_END, where, [region, fiscal_year, kind])}
