"""Areas: whose money a question means. One value says it, whatever asks.

A government is named by its own level (本级, suffix 000). Around it there is the whole area that it
leads (全辖, published under suffix 998), the governments below it, what it receives in the books of its
city, and a zone (园区) whose agencies stand in its own books.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from fisc.registry.regions import children, full_code, own, whole_area

Kind = Literal["own", "whole", "members", "receiver", "zone"]

_OWN_SUFFIX, _WHOLE_SUFFIX = "000", "998"
_NO_CITY: Final = "0000"


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
            raise ValueError("园区以其单位代码的开头表示，其他范围不带园区")

    @property
    def published(self) -> str:
        """The code under which consolidations of the whole area are published."""
        return whole_area(self.code)

    @property
    def keeper(self) -> str:
        """The government in whose own books the area stands: for a receiver its city, else itself."""
        return city_of(self.code) if self.kind == "receiver" else self.code


def area_of(region: str, kind: Kind | None = None) -> Area:
    """What a code that people write means: nine digits say it themselves, six digits leave it to `kind`.

    A government with none below it has only its own level. Raises ValueError for what is no code.
    """
    code = own(region)
    if len(region) == len(code):
        return Area("whole" if region.endswith(_WHOLE_SUFFIX) else "own", code)
    return Area((kind or "own") if is_city(code) else "own", code)


def is_city(code: str) -> bool:
    """Whether the code is a prefecture-level city's: it has counties below it."""
    full = full_code(code)
    return full[4:6] == "00" and full[2:6] != _NO_CITY


def city_of(code: str) -> str:
    """The own-level code of the city that a county belongs to; a city's own."""
    return full_code(code)[:4] + "00" + _OWN_SUFFIX


def members(code: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The counties of the city that `code` is, or belongs to, of the own-level codes `known`."""
    city = full_code(code)[:4]
    return tuple(sorted(d for d in known if d[:4] == city and d.endswith(_OWN_SUFFIX) and not is_city(d)))


def peers(code: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The cities and leagues of the province that `code` lies in, of the codes `known`."""
    province = full_code(code)[:2]
    return tuple(sorted(d for d in known if d[:2] == province and is_city(d) and d.endswith(_OWN_SUFFIX)))


def governments(area: Area) -> tuple[str, ...]:
    """The governments that make up an area, as the registry knows them: a city comes before its counties."""
    below = tuple(row.mof_div_code for row in children(area.code))
    if area.kind == "whole":
        return (area.code, *below)
    return below if area.kind == "members" else (area.keeper,)
