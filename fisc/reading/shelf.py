"""The rows of figures that were answered together, read together when the first of them is opened.

Whoever opens one number of a page opens the others too; one by one each costs a query of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fisc.reading.engines.base import Row
from fisc.reading.service import Ask, FigureService


@dataclass(slots=True)
class Shelf:
    """Asks that were answered together; `limit` caps the postings of each (None: all, one ask at a time)."""

    service: FigureService
    limit: int | None
    waiting: dict[Ask, None] = field(default_factory=dict)
    read: dict[Ask, list[Row]] = field(default_factory=dict)

    def put(self, ask: Ask) -> None:
        """Let the ask's rows be read when any of the shelf's are."""
        self.waiting[ask] = None

    def rows(self, ask: Ask) -> list[Row]:
        """The ask's rows, as `FigureService.rows` finds them."""
        if self.limit is None:
            return self.service.rows(ask, None)
        if ask not in self.read:
            self.put(ask)
            found = self.service.rows_of_each(list(self.waiting), self.limit)
            self.read |= zip(self.waiting, found, strict=True)
            self.waiting.clear()
        return self.read[ask]
