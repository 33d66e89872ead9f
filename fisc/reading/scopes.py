"""Which governments' rows make up an area, by what the books hold; where they make up none, why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fisc.reading.algebra import Reach
from fisc.registry.areas import Area, governments
from fisc.registry.region_names import whole_word
from fisc.registry.regions import require, words

#: Ends the reason of an area whose governments do not all keep the books.
NOT_FORMED = "数无法合成"


@dataclass(frozen=True, slots=True)
class Held:
    """What the books hold, as far as an area depends on it.

    `posted`: the divisions that posted in the accounts and the fund asked for; `keeping`: those that keep
    the book at all in the year, so that what they did not post is zero.
    """

    posted: frozenset[str]
    keeping: Callable[[], frozenset[str]]


def never_posted(fiscal_year: int, last_period: int) -> str:
    """What is said of who posted nothing of a ledger in a year, up to a last period (yyyymm)."""
    month = last_period % 100
    return f"{fiscal_year} 年{'' if month >= 12 else f'截至 {month} 月'}没有记过这类账"


def divisions(area: Area, reach: Reach, held: Held, what: str) -> tuple[tuple[str, ...], str]:
    """The divisions whose rows are added up, or the reason why the area cannot be formed.

    `what` says in words what was asked: “2025 年没有记过这类账（…）”, after the division.
    """
    if area.kind == "members":
        parts = tuple(code for code in governments(area) if code in held.posted)
        return parts, "" if parts else _silence(area.code, what)
    is_unpublished = area.kind == "whole" and area.published not in held.posted
    if is_unpublished and reach == "level":
        return (), f"{area.code[:6]} 辖区内上下级之间的收支在汇总时抵销"
    if area.kind != "whole" or (reach == "city" and is_unpublished):
        own = area.keeper
        return ((own,), "") if own in held.posted else ((), _silence(own, what))
    if area.published in held.posted:
        return (area.published,), ""
    return _added_up(area, held, what)


def is_kept(area: Area, held: Held) -> bool:
    """Whether all who make up an area keep the book, so that what none of them posted did not happen."""
    if area.kind == "whole" and area.published in held.keeping():
        return True
    keepers = governments(area) if area.kind in ("whole", "members") else (area.keeper,)
    return set(keepers) <= held.keeping()


def _added_up(area: Area, held: Held, what: str) -> tuple[tuple[str, ...], str]:
    """The city's own level and its counties, where all of them keep the book."""
    parts = governments(area)
    if not held.posted & set(parts):
        return (), _silence(area.code, what)
    keeping = held.posted if held.posted >= set(parts) else held.posted | held.keeping()
    missing = [part for part in parts if part not in keeping]
    if missing:
        year = what.split(" ", 1)[0]
        return (), (
            f"没有公布的辖区合计，而 {'、'.join(map(words, missing))} 在 {year} 年没有记过这套账，"
            f"{whole_word(require(area.code).name)}{NOT_FORMED}"
        )
    return parts, ""


def _silence(own: str, what: str) -> str:
    return f"{own[:6]} 在 {what}"
