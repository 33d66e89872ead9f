"""Accounting periods: opened by fiscal year, closed for good, one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import psycopg

from fisc.kernel.catalog import define_regions, region_ids
from fisc.kernel.entries import OPENING_MONTH, YEAR_END_MONTH
from fisc.kernel.errors import PeriodClosed
from fisc.kernel.knowledge import moment_of
from fisc.kernel.posting import in_transaction
from fisc.kernel.seals import hold_master, seal_closed

#: The time of the books: days are those of Beijing, whatever the machine's own clock is set to.
BEIJING = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day it is in Beijing, whatever the machine's own clock is set to."""
    return datetime.now(BEIJING).date()


def open_year(conn: psycopg.Connection, region: str, fiscal_year: int) -> None:
    """Open the fourteen periods (opening, twelve months, year end) of a region's year. Idempotent."""
    region_id = define_regions(conn, [region])[region]
    conn.execute(
        "insert into ledger.period (region_id, period) select %s, %s * 100 + m "
        "from generate_series(%s::int, %s::int) m on conflict do nothing",
        [region_id, fiscal_year, OPENING_MONTH, YEAR_END_MONTH],
    )


def close_periods(conn: psycopg.Connection, regions: Iterable[str], numbers: Iterable[int]) -> None:
    """Close periods of regions for good, all or none; later corrections go to an open one.

    Closing again changes nothing. Waits for entries under way, so that none slips in behind the close. What
    is closed is sealed with it.
    """
    ids = region_ids(conn, regions)
    asked = {"regions": sorted(ids.values()), "periods": sorted(set(numbers))}

    def close() -> None:
        hold_master(conn)
        hold(conn, ids)
        row = conn.execute(_NOT_OPENED, asked).fetchone()
        if row is not None:
            raise PeriodClosed(
                f"区划 {row[0]} 没有会计期间 {row[1]}",
                rule="凭证记入已开设的会计期间",
                hint=f"请由区划 {row[0]} 的账簿管理人员开设 {row[1] // 100} 年的账"
                f"（fisc books open-year --region {row[0]} --year {row[1] // 100}）",
            )
        closed = conn.execute(
            "update ledger.period set closed_at = ledger.clock() where region_id = any(%(regions)s) "
            "and period = any(%(periods)s) and closed_at is null returning region_id",
            asked,
        ).fetchall()
        touched = {region_id for (region_id,) in closed}
        if touched:
            seal_closed(conn, {code: region_id for code, region_id in ids.items() if region_id in touched})

    in_transaction(conn, close)


def hold(conn: psycopg.Connection, regions: Iterable[str]) -> None:
    """Until the transaction ends nothing of the regions is posted, or drafted into a month, beside it.

    Waits for what is under way: what is read afterwards is all there is. Raises UnknownRegion.
    """
    conn.execute("select ledger.hold(%s::int[])", [sorted(region_ids(conn, regions).values())])


_NOT_OPENED = """
    select r.mof_div_code, n from ledger.region r cross join unnest(%(periods)s::int[]) n
    where r.id = any(%(regions)s)
      and not exists (select from ledger.period p where p.region_id = r.id and p.period = n)
    order by 1, 2 limit 1"""


def periods(conn: psycopg.Connection, regions: Iterable[str]) -> dict[tuple[str, int], bool]:
    """(division, period) -> whether it is closed, of every period opened for these divisions, in order."""
    rows = conn.execute(
        "select r.mof_div_code, p.period, p.closed_at is not null and p.closed_at <= "
        "coalesce(%s::timestamptz, 'infinity') from ledger.period p "
        "join ledger.region r on r.id = p.region_id where r.mof_div_code = any(%s) order by 2, 1",
        [moment_of(conn), list(regions)],
    ).fetchall()
    return {(region, period): is_closed for region, period, is_closed in rows}


def years_open(conn: psycopg.Connection) -> dict[str, tuple[int, ...]]:
    """Division -> the fiscal years whose periods were opened, in order; those without any are left out."""
    rows = conn.execute(
        "select r.mof_div_code, array_agg(distinct p.period / 100 order by p.period / 100) "
        "from ledger.period p join ledger.region r on r.id = p.region_id group by 1 order by 1"
    ).fetchall()
    return {code: tuple(years) for code, years in rows}


def settle(conn: psycopg.Connection, region: str) -> None:
    """Wait until no entry of the region is under way: what was known at a past moment is then final."""
    in_transaction(conn, lambda: hold(conn, [region]))
