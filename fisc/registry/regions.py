"""Divisions (财政区划), from memory. Nine digits: six of GB/T 2260 and a suffix, 000 本级, 998 辖区合计."""

from __future__ import annotations

from functools import cache

from fisc.registry.names import normal_name
from fisc.registry.tables import RegionRow, read_table, region_rows

__all__ = ["RegionRow", "by_name", "children", "full_code", "lookup", "own", "regions", "whole_area"]

_OWN, _WHOLE = "000", "998"


def regions() -> tuple[RegionRow, ...]:
    """All divisions known."""
    return region_rows()


def full_code(code: str) -> str:
    """Six digits become nine (本级); nine stay. Raises ValueError otherwise."""
    if code.isascii() and code.isdigit() and len(code) in (6, 9):
        return code.ljust(9, "0")
    raise ValueError(f"区划代码应为 6 位或 9 位数字：{code!r}")


@cache
def _by_code() -> dict[str, RegionRow]:
    return {row.mof_div_code: row for row in region_rows()}


def lookup(code: str) -> RegionRow | None:
    """The division of a six- or nine-digit code, or None."""
    return _by_code().get(full_code(code))


def own(code: str) -> str:
    """The code of the government itself (本级)."""
    return full_code(code)[:6] + _OWN


def whole_area(code: str) -> str:
    """The code of its whole area (辖区合计), as published consolidations use it."""
    return full_code(code)[:6] + _WHOLE


def children(code: str) -> list[RegionRow]:
    """The divisions directly below one, without its own whole-area row."""
    parent = own(code)
    return [row for row in region_rows() if row.parent == parent and not row.mof_div_code.endswith(_WHOLE)]


@cache
def _names() -> dict[str, list[str]]:
    pairs = [(row.name, row.mof_div_code) for row in region_rows()]
    pairs += [(row["name"], row["mof_div_code"]) for row in read_table("region_aliases.csv")]
    index: dict[str, list[str]] = {}
    for name, code in pairs:
        index.setdefault(normal_name(name), []).append(code)
    return index


def by_name(name: str, within: str = "") -> RegionRow | None:
    """The division of a printed name, or None; `within` (any code of a city) tells two 市本级 apart.

    Words like 全市 and 市本级 name a division only within a city.
    """
    prefix = full_code(within)[:4] if within else ""
    found = {code for code in _names().get(normal_name(name), []) if code.startswith(prefix)}
    return _by_code()[found.pop()] if len(found) == 1 else None
