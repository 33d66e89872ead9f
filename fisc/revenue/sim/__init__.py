"""Revenue's part in the simulated city: receipts, shares, refunds, relief and statistics by day."""

from __future__ import annotations

from collections.abc import Sequence

from fisc.city.day import Day
from fisc.city.parts import Hour, Part, Stage, Table, Total
from fisc.city.world import World
from fisc.revenue.sim import gathering, receipts

_TABLES = (
    Table("receipts", receipts.receipts), Table("gross_receipts", receipts.gross_receipts),
    Table("shared_parts", receipts.shared_parts), Table("tax_refunds", receipts.refunds),
)  # fmt: skip


def _schedule(world: World, days: Sequence[Day]) -> None:
    """Each receipt on its day; relief at each quarter's end, statistics on the year's last day."""
    for name in ("receipts", "gross_receipts", "shared_parts"):
        for row in world.rows(name):
            days[row["day"]].add(name, row)
    for number, row in enumerate(world.rows("tax_refunds"), start=1):
        days[row["day"]].add("tax_refunds", {**row, "number": number})
    for quarter in (1, 2, 3, 4):
        days[world.plan.calendar.month_ends[3 * quarter - 1]].add("relief", {"quarter": quarter})
    days[-1].add("statistics")


PART = Part(
    name="revenue",
    seats=(gathering.SEAT,),
    tables=_TABLES,
    cash=receipts.movements,
    found=gathering.found,
    schedule=_schedule,
    stages=(
        Stage("receipts", Hour.REVENUE, gathering.receive),
        Stage("shares", Hour.REVENUE, gathering.share_out, work=("gross_receipts", "shared_parts")),
        Stage("tax_refunds", Hour.REVENUE, gathering.pay_back),
        Stage("relief", Hour.ACTS, gathering.tell_relief),
        Stage("statistics", Hour.ACTS, gathering.tell_statistics),
    ),
    totals=(Total("general_revenue", "全市一般公共预算收入", "4001", -1),),
)
