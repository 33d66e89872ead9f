"""Themes and tags that come with the program (themes.csv, tags.csv), as rows of each fiscal year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import psycopg

from fisc.registry.elements import table
from fisc.registry.elements.items import TAGS, THEMES, Kind
from fisc.registry.tables import FIRST_YEAR, LAST_YEAR, in_years, read_table

#: Shipped table -> the kind of its rows.
FILES: Final[Mapping[str, Kind]] = {"themes.csv": THEMES, "tags.csv": TAGS}


def load(conn: psycopg.Connection[Any], file: str) -> None:
    """Bring the rows of one shipped table up to the file, year by year; enabled or not is left alone.

    A label of our own that has the code of a shipped one keeps its content.
    """
    kind = FILES[file]
    rows = read_table(file)
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        items = [_item(kind, row, year) for row in rows if _holds(row, year)]
        table.insert_new(conn, kind, items, by="registry", on=date(year, 1, 1))
        standing = table.differing(conn, kind, items)
        table.update(
            conn, kind, [i for i in items if getattr(standing.get(kind.key(i)), "is_shipped", False)]
        )


def _holds(row: Mapping[str, str], year: int) -> bool:
    last = row["valid_to_year"]
    return in_years(year, int(row["valid_from_year"]), int(last) if last else None)


def _item(kind: Kind, row: Mapping[str, str], year: int) -> Any:
    given: dict[str, Any] = {name: text for name, text in row.items() if name in kind.columns}
    return kind.item(
        **given | {"fiscal_year": year, "is_verified": row["is_verified"] == "yes", "is_shipped": True}
    )
