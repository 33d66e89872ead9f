"""The Chinese headings of what use cases take and tell, by field name: one name, one heading, in every door.

A document's table gives headings of its own columns; what no table has stands in `data/field_names.csv`. The
one term of what many tables have stands in `data/settled_terms.csv`, with other headings that files may bear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from fisc.documents.errors import Undeclared
from fisc.sheets.shipped import read_shipped

#: What a heading says of its values in brackets at its end, as in 可执行标志（1 可执行、2 待分）.
_SAID: Final = re.compile(r"（(\S+ [^、）]+(?:、\S+ [^、）]+)+)）$")


@cache
def field_names() -> Mapping[str, str]:
    """Field name -> Chinese heading."""
    rows = [*read_shipped("fisc.documents", "field_names.csv"), *_settled()]
    return {row["name"]: row["heading"] for row in rows}


@cache
def _settled() -> list[dict[str, str]]:
    return read_shipped("fisc.documents", "settled_terms.csv")


@cache
def other_names() -> Mapping[str, tuple[str, ...]]:
    """Field name -> the other headings that people know it by, of those whose one term is settled."""
    return {row["name"]: tuple(row["also"].split("|")) for row in _settled()}


def heading_of(name: str, headings: Mapping[str, str] | None = None) -> str:
    """The heading of a field: the settled term, else as its document's table has it, else the common one.

    Raises Undeclared.
    """
    own = None if name in other_names() else (headings or {}).get(name)
    found = own or field_names().get(name)
    if found is None:
        raise Undeclared(f"要素 {name} 没有中文名（fisc/documents/data/field_names.csv）")
    return found


def shown_heading(name: str) -> str:
    """The heading of something that is told; its own name where it has no heading."""
    return field_names().get(name, name)


def without_unit(label: str) -> str:
    """A table's label of a column without the unit of the database: people write 元 and percents."""
    return _STORED.sub(lambda found: "（" if found[1] == "，" else "", label)


#: The units of the database, at the end of labels or before what else their brackets say.
_STORED: Final = re.compile(r"（(?:分|基点|万分之一)([，）])")


def values_in(heading: str) -> tuple[str, dict[str, str]]:
    """A heading without the values it names in brackets, and these: code -> name; {} where it names none."""
    found = _SAID.search(heading)
    if found is None:
        return heading, {}
    named = dict(one.split(" ", 1) for one in found[1].split("、"))
    return heading[: found.start()], named
