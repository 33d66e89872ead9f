"""What a region has settled for itself: the area its figures are told of, its livelihood set.

Rows of `region_settings.csv`; a row without a region holds where a region has none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from fisc.registry.areas import Kind
from fisc.registry.regions import above, lookup, own
from fisc.registry.tables import read_table


@dataclass(frozen=True, slots=True)
class LivelihoodSet:
    """A named, versioned set of expenditure classes that count as livelihood spending (民生支出)."""

    set_id: str
    title: str
    version: str
    name: str
    exp_func_codes: tuple[str, ...]

    def __str__(self) -> str:
        """The set as figures say it: “title”（第…版）所列各类之和：its classes in words."""
        return f"“{self.title}”（第{self.version}版）所列各类之和：{self.name}"


@cache
def _settings() -> Mapping[tuple[str, str, str], str]:
    rows = read_table("region_settings.csv")
    return {(row["mof_div_code"], row["setting"], row["of"]): row["value"] for row in rows}


def setting(region: str, setting: str, of: str = "") -> str | None:
    """The value for a region, else for all; `of` may be a beginning, the longest counts."""
    parts = of.split(".")
    beginnings = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    for place in dict.fromkeys((own(region) if region else "", "")):
        for beginning in beginnings:
            if (place, setting, beginning) in _settings():
                return _settings()[place, setting, beginning]
    return None


@cache
def figure_area(region: str, figure_id: str) -> Kind:
    """The kind of area a figure is told of where six digits name a city: its whole area unless settled."""
    return cast(Kind, setting(region, "figure_area", figure_id) or "whole")


@cache
def livelihood_sets() -> Mapping[str, LivelihoodSet]:
    """Every set that is known, by id."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in read_table("livelihood_sets.csv"):
        found.setdefault(row["set_id"], []).append(dict(row))
    return {
        set_id: LivelihoodSet(
            set_id, rows[0]["title"], rows[0]["version"], rows[0]["name"],
            tuple(row["exp_func_code"] for row in rows),
        )
        for set_id, rows in found.items()
    }  # fmt: skip


def livelihood_set(region: str = "") -> LivelihoodSet | None:
    """The set that a region counts by, its own or that of its city; None where neither has settled one.

    What another city counts is not used: the number means nothing without its set.
    """
    row = lookup(region) if region else None
    places = [own(region), *(one.mof_div_code for one in above(row.mof_div_code))] if row else []
    known = (_settings().get((place, "livelihood_set", "")) for place in (*places, ""))
    set_id = next(filter(None, known), None)
    return livelihood_sets()[set_id] if set_id else None
