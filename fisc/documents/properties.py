"""What the metadata of every product says: its title, what it is about, and that its ledger is simulated.

A product is a report, a slip, a statement or a book of final accounts, in any format of file; each format
writes these same words where it has room for them. JSON says it by `is_simulated`.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Who made a product that no office has put its name to.
MAKER = "fisc"


@dataclass(frozen=True, slots=True)
class Properties:
    """The title of a product, what it is about (place, year, number), who made it, and its notice."""

    title: str
    about: tuple[str, ...] = ()
    author: str = MAKER
    notice: str = ""

    @property
    def keywords(self) -> tuple[str, ...]:
        """What it is about, and its notice."""
        return tuple(filter(None, (*self.about, self.notice)))

    @property
    def subject(self) -> str:
        """The same in one line."""
        return "，".join(self.keywords)

    @property
    def description(self) -> str:
        """Its notice, else its title."""
        return self.notice or self.title
