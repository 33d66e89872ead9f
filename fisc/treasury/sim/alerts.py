"""What the rules of monitoring only noted of payments (预警) is dealt with in the month after.

Explained by one officer, struck off by another; what was noted in the last month is still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from fisc.city import desk
from fisc.city.day import Day
from fisc.city.world import World
from fisc.documents import findings
from fisc.treasury.checks.payments import TESTS

Conn = psycopg.Connection[Any]

EXPLAINED, CLOSED = "已核对合同、验收单和发票，支付无误", "说明和附件相符"


def schedule(days: Sequence[Day]) -> None:
    """At each month's end."""
    for day in days:
        if day.is_month_end:
            day.add("alerts")


def handle(conn: Conn, world: World, day: Day) -> None:
    """Explain what was noted of payments before this month, and strike it off."""
    waiting = findings.recorded(conn, rules=tuple(TESTS), states=("open",))
    keys = [one.key for one in waiting if one.found_on < day.on.replace(day=1)]
    findings.handle(conn, keys, "explain", by=desk.FINDING_HANDLE, on=day.on, note=EXPLAINED)
    findings.handle(conn, keys, "close", by=desk.FINDING_REVIEW, on=day.on, note=CLOSED)
