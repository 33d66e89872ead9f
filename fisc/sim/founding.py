"""What must be there before a year can begin: regions, periods, officers; then what each part founds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from fisc.city.desk import SEATS
from fisc.city.parts import Part
from fisc.city.tables import UPPER, read
from fisc.city.world import World
from fisc.documents import Officer, define_officers
from fisc.kernel import define_regions, open_year

Conn = psycopg.Connection[Any]


def found(conn: Conn, world: World, parts: Sequence[Part]) -> None:
    """Found a year: what all need, then what parts need, in their order."""
    define_regions(conn, [UPPER, *world.regions])
    for region in world.regions:
        open_year(conn, region, world.year)
    if world.is_first:
        define_officers(conn, _officers(parts))
    for part in parts:
        if part.found is not None:
            part.found(conn, world)


def _officers(parts: Sequence[Part]) -> list[Officer]:
    """Officers of the shared service hall (for all regions) and of each region, for every seat."""
    places = [("", "全市业务大厅", "MN")]
    places += [(r["mof_div_code"], r["short_name"], r["mof_div_code"][:6]) for r in read("regions")]
    return [
        Officer(f"{prefix}-{seat.code}", f"{place}{seat.name}（模拟）", region, frozenset(seat.duties))
        for region, place, prefix in places
        for seat in (*SEATS, *(seat for part in parts for seat in part.seats))
    ]
