"""What the money of a theme may be used for (theme_uses.csv): allowed and forbidden codes by element.

A coding block carries one theme, the one its quota was issued under: a project of several themes has
a quota for each of them, so that what themes were paid adds up. Where a theme allows codes of an
element, a code must begin with one of them; a code it forbids is refused whatever else holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from fisc.registry.tables import read_table

__all__ = ["Misuse", "misuses"]


class _Uses(NamedTuple):
    """The codes of one element that a theme allows and forbids: (prefix, note, source) each."""

    allowed: list[tuple[str, str, str]]
    forbidden: list[tuple[str, str, str]]


class Misuse(NamedTuple):
    """A use that the rule of a theme does not allow: which element and code, what the rule says."""

    theme_code: str
    element: str
    code: str
    rule: str
    source: str


@cache
def _uses() -> Mapping[str, Mapping[str, _Uses]]:
    found: dict[str, dict[str, _Uses]] = defaultdict(lambda: defaultdict(lambda: _Uses([], [])))
    for row in read_table("theme_uses.csv"):
        uses = found[row["theme_code"]][row["element"]]
        rows = uses.allowed if row["is_allowed"] == "yes" else uses.forbidden
        rows.append((row["prefix"], row["note"], row["source"]))
    return {theme: dict(by_element) for theme, by_element in found.items()}


def misuses(theme_code: str, codes: Mapping[str, str]) -> Iterator[Misuse]:
    """What the theme's rule does not allow of `codes` (element -> code; elements left out are not tested).

    A theme without rules of use allows everything.
    """
    for element, uses in _uses().get(theme_code, {}).items():
        if element not in codes:
            continue
        code = codes[element]
        for prefix, note, source in uses.forbidden:
            if code.startswith(prefix):
                yield Misuse(theme_code, element, code, note, source)
        if uses.allowed and not code.startswith(tuple(prefix for prefix, _, _ in uses.allowed)):
            said = "；".join(f"{prefix} {note}" for prefix, note, _ in uses.allowed)
            yield Misuse(theme_code, element, code, f"只用于：{said}", uses.allowed[0][2])
