"""Where the values of coded elements stand, for who fills them in: few are named, for many their list.

What stands in `data/code_lists.csv` by an element's name informs; whether a code is in force is judged where
the document is made, by its year.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from fisc.sheets.shipped import read_shipped

#: Values that are named one by one; of a longer list its command is.
FEW: Final = 20


class CodeList(NamedTuple):
    """The values of an element: the few by code and name, the command that lists all, else words."""

    values: Mapping[str, str]
    command: str
    words: str

    @property
    def place(self) -> str:
        """Where all of them stand, or that no list has them."""
        return f"见 fisc {self.command}" if self.command else self.words


@cache
def code_list(name: str) -> CodeList | None:
    """The list that an element's values stand in; None for what has none, as a number of a document."""
    row = _rows().get(name)
    return CodeList(_values(name, row["table"]), row["command"], row["words"]) if row is not None else None


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    return {row["name"]: row for row in read_shipped("fisc.documents", "code_lists.csv")}


def _values(name: str, table: str) -> dict[str, str]:
    from fisc.registry.tables import read_table

    rows = read_table(f"{table}.csv") if table else []
    own = [row for row in rows if row.get("element", name) == name]
    return {row["code"]: row["name"] for row in own} if len(own) <= FEW else {}
