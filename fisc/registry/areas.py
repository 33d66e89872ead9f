"""Areas: whose money a question means. One value says it, whatever asks.

A government is named by its own level (本级, suffix 000). Around it there is the whole area that it
leads (全辖, published under suffix 998), the governments below it, what it receives in the books of its
city, and a zone (园区) whose agencies stand in its own books.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fisc.registry.errors import RegistryError
from fisc.registry.regions import RegionRow, below, children, lookup, own, require, whole_area

Kind = Literal["own", "whole", "members", "receiver", "zone"]

_WHOLE_SUFFIX = "998"


@dataclass(frozen=True, slots=True)
class Area:
    """A government and how much around it is meant.

    own       its own books and no other's
    whole     its whole area: the published consolidation, or its own books and those of all below it
    members   the governments below it, each with its own books
    receiver  what it receives, as it stands in the books of its city
    zone      the agencies of its own books whose codes begin with `zone`
    """

    kind: Kind
    code: str
    zone: str = ""

    def __post_init__(self) -> None:
        if self.code != own(self.code):
            raise ValueError(f"范围以本级代码表示：{self.code!r}")
        if (self.kind == "zone") != bool(self.zone):
            raise ValueError("园区以其预算单位的开头表示，其他范围不带园区")

    @property
    def published(self) -> str:
        """The code under which consolidations of the whole area are published."""
        return whole_area(self.code)

    @property
    def keeper(self) -> str:
        """The government in whose own books the area stands: for a receiver the one above, else itself."""
        return _giver(self.code) if self.kind == "receiver" else self.code


def area_of(region: str, kind: Kind | None = None) -> Area:
    """What a code that people write means: nine digits say it themselves, six digits leave it to `kind`.

    A county has only its own level. Raises ValueError for what is no code.
    """
    code = own(region)
    if len(region) == len(code):
        return Area("whole" if region.endswith(_WHOLE_SUFFIX) else "own", code)
    return Area((kind or "own") if has_whole(code) else "own", code)


def has_whole(code: str) -> bool:
    """Whether the code's government leads an area: a province or a city."""
    row = lookup(own(code))
    return row is not None and row.level in ("province", "city")


def is_city(code: str) -> bool:
    """Whether counties lie directly below the code's government: a prefecture-level city, league or
    prefecture has them (直筒子市 none in fact), and a municipality (直辖市)."""
    row = lookup(own(code))
    return row is not None and (row.level == "city" or _is_municipality(row))


def _is_municipality(row: RegionRow) -> bool:
    return row.level == "province" and bool(below := children(row.mof_div_code)) and below[0].level != "city"


def _giver(code: str) -> str:
    """The government that gives to a county or zone; a city or province itself. Raises UnknownRegion."""
    row = require(code)
    return row.parent if row.level in ("county", "zone") else code


def is_kept(code: str) -> bool:
    """Whether books of the code's government may be kept here: those of a city and what lies below it."""
    row = lookup(code)
    return row is not None and (row.level in ("county", "zone") or is_city(code))


def city_of(code: str) -> str:
    """The own-level code of the city that a government belongs to, a city's own; that of the province where
    none lies between (省直辖县级). Raises UnknownRegion."""
    row = require(own(code))
    while row.level in ("county", "zone"):
        row = require(row.parent)
    return row.mof_div_code


def members(code: str) -> tuple[str, ...]:
    """The governments of the area that `code` leads or belongs to, but its city: counties and zones, by code.

    Of a province these are its cities and all below them. Raises UnknownRegion.
    """
    return tuple(sorted(row.mof_div_code for row in below(city_of(code))))


def peers(code: str) -> tuple[str, ...]:
    """The cities and leagues of the province that `code` lies in, by code; a municipality has but itself."""
    province = own(code[:2] + "0000")
    found = [row.mof_div_code for row in children(province) if row.level == "city"]
    return tuple(found) or ((province,) if is_city(province) else ())


def require_government(code: str) -> None:
    """Raise RegistryError for the code of a whole area (…998), where one government's own books are asked."""
    if code != own(code):
        raise RegistryError(
            f"{require(code).name} {code} 不能这样问", rule="这里问的是一级政府的账",
            hint=f"请写本级 {own(code)}",
        )  # fmt: skip


def governments(area: Area) -> tuple[str, ...]:
    """The governments that make up an area, as the registry knows them: one comes before those below it."""
    around = tuple(row.mof_div_code for row in below(area.code))
    if area.kind == "whole":
        return (area.code, *around)
    return around if area.kind == "members" else (area.keeper,)
