"""What must hold between the city and its banners at a month's end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg

from fisc.city.parts import Proof
from fisc.city.tables import CITY
from fisc.registry.areas import Area, governments
from fisc.transfers.checks import city_equals_banners, source_gaps

Conn = psycopg.Connection[Any]


def sent_is_received(conn: Conn, on: date) -> Iterator[Proof]:
    """What the city sent banners received, by document number: quotas, cash, accounts between them."""
    differences = city_equals_banners(conn, CITY, on.year * 100 + on.month)
    words = "；".join(f"{d.side} {d.doc_no} {d.mof_div_code}" for d in differences[:5])
    left, right = sum(d.city_fen for d in differences), sum(d.banner_fen for d in differences)
    yield Proof("市下达＝旗区收到（按文号）", not differences, left, right, words)
    gaps = source_gaps(conn, (CITY, *governments(Area("members", CITY))), on.year * 100 + on.month)
    words = "；".join(f"{gap.mof_div_code} {gap.doc_no}" for gap in gaps[:5])
    left, right = sum(gap.received_fen for gap in gaps), sum(gap.standing_fen for gap in gaps)
    yield Proof("上级资金＝下达＋指标＋列入预算＋待用（按文号）", not gaps, left, right, words)
