"""Closed lists of values that elements take (element_values.csv)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from fisc.registry.tables import read_table


@cache
def values() -> Mapping[str, Mapping[str, str]]:
    """Closed lists: element -> code -> name."""
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    for row in read_table("element_values.csv"):
        lists[row["element"]][row["code"]] = row["name"]
    return dict(lists)
