"""What domains say of coding blocks and documents beside the ledger, as two views that figures read.

`figure_mark` (coding_id and a column for each of `MARKS`) says what a quota bears beside its elements;
`figure_paper` (document_id, item, value, paper) what a document that posts nothing comes to. A quota and its
coding block come together and what it bears never changes, so marks are as lasting as coding blocks. A ledger
without domains has neither: nothing is marked there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from fisc.reading.algebra import MARKS

_PAYLOAD = (
    "d.payload || coalesce((select jsonb_build_object('item', f.item, 'value', f.value, 'paper', f.paper) "
    "from figure_paper f where f.document_id = d.id), '{}')"
)


@dataclass(frozen=True, slots=True)
class Beside:
    """SQL of coding blocks and documents with what domains say of them, where the ledger has domains."""

    has_domains: bool

    @property
    def payload(self) -> str:
        """The payload of a document d, with what it says beside the ledger."""
        return _PAYLOAD if self.has_domains else "d.payload"

    def codings(self, columns: Iterable[str]) -> str:
        """These columns of coding blocks, marks among them, under the alias c."""
        wanted = tuple(columns)
        what = ", ".join(self._mark(name) if name in MARKS else f"c.{name}" for name in wanted)
        is_marked = self.has_domains and set(wanted) & set(MARKS)
        marks = " left join figure_mark m on m.coding_id = c.id" if is_marked else ""
        return f"select {what} from ledger.coding c{marks}"

    def _mark(self, name: str) -> str:
        return f"coalesce(m.{name}, '') as {name}" if self.has_domains else f"'' as {name}"


def beside(conn: psycopg.Connection[Any]) -> Beside:
    """What the ledger at hand has beside it."""
    row = conn.execute("select to_regclass('figure_mark') is not null").fetchone()
    return Beside(bool(row and row[0]))
