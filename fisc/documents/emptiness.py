"""Why a list is empty: where no books stand, there is nothing of that region and year to be listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.kernel.periods import years_open
from fisc.registry import regions
from fisc.registry.open_books import keepers

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase


def why_empty(conn: psycopg.Connection[Any], case: UseCase, said: Mapping[str, Any]) -> str:
    """Why nothing is listed of the region and year that are `said`; '' where books of them are open.

    Elements of the registry are there before the books, and need no such reason.
    """
    place = said.get("mof_div_code") or said.get("region") or ""
    year = said.get("fiscal_year") or said.get("year")
    row = regions.lookup(str(place)) if place else None
    if row is None or case.group == "registry":
        return ""
    opened = years_open(conn)
    years = {one for code in keepers(row.mof_div_code) for one in opened.get(code, ())}
    if years and (year is None or int(year) in years):
        return ""
    when = f" {year} 年" if year else ""
    return f"{row.name}{when}没有开账（有账的年度：{'、'.join(map(str, sorted(years))) or '无'}）"
