"""The plan of a simulated year: pure, seeded, exact in the totals that are public."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fisc.city.draws import Seed
from fisc.city.parts import Part
from fisc.city.plan import Draw, Plan
from fisc.city.tables import FIRST_YEAR, YEARS
from fisc.sim.parts import PARTS


def plan(
    scale: float, seed: int, year: int, first_year: int = FIRST_YEAR, parts: Sequence[Part] = PARTS
) -> Plan:
    """The plan of `year` in a run that starts with `first_year` (later years carry money over).

    The same arguments give the same plan, on any machine. Raises ValueError for a scale outside
    (0, 1], for a year without public totals, and for two parts that draw a table of one name.
    """
    if not 0 < scale <= 1:
        raise ValueError(f"规模应在 0 与 1 之间：{scale}")
    if year not in YEARS or first_year not in YEARS or first_year > year:
        raise ValueError(f"没有 {first_year}—{year} 年的公开总数，可模拟的年度：{YEARS}")
    return _plan(scale, seed, year, first_year, tuple(parts))


@lru_cache(maxsize=2)
def _plan(scale: float, seed: int, year: int, first_year: int, parts: tuple[Part, ...]) -> Plan:
    before = _plan(scale, seed, year - 1, first_year, parts) if year > first_year else None
    movements = [part.cash for part in parts if part.cash is not None]
    return Plan(Seed.of(seed, scale), scale, year, first_year, _draws(parts), movements, before)


def _draws(parts: Sequence[Part]) -> dict[str, Draw]:
    found: dict[str, Draw] = {}
    for table in (table for part in parts for table in part.tables):
        if table.name in found:
            raise ValueError(f"两个模块都有计划表 {table.name}")
        found[table.name] = table.draw
    return found
