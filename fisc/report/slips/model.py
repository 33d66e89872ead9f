"""A slip as data: a title, facts around one table, places to sign. Renderers read only this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fisc.documents.properties import Properties

#: What stands around the number of a page and around how many there are.
PAGE_WORDS = ("第 ", " 页，共 ", " 页")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its share of the width, and whether amounts stand in it, to the right."""

    heading: str
    share: int
    is_amount: bool = False


@dataclass(frozen=True, slots=True)
class Slip:
    """One form on a page of its own.

    `above` are (name, value) beside each other over the table, `below` one a line under it, `signed` who did
    what, at the foot; a value that is not known is '' and leaves room to write. `total` is the last row, in
    bold: its first text runs over all columns before the first amount. Texts of amounts begin with - where
    they are red. `number` and `notice` stand at the head of each page, with the page and how many there are:
    a form may take more than one.
    """

    title: str
    above: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    below: tuple[tuple[str, str], ...] = ()
    signed: tuple[tuple[str, str], ...] = ()
    notice: str = ""
    number: str = ""

    @property
    def properties(self) -> Properties:
        """What the metadata of a file that begins with it says."""
        return Properties(self.title, notice=self.notice)

    @property
    def spread(self) -> int:
        """Over how many columns the first text of the total runs."""
        return len(self.columns) - len(self.total) + 1

    def texts(self) -> Iterator[str]:
        """Every text that is printed."""
        yield from (self.title, self.notice, self.number, *PAGE_WORDS)
        for name, value in (*self.above, *self.below, *self.signed):
            yield from (name, value)
        yield from (column.heading for column in self.columns)
        for row in (*self.rows, self.total):
            yield from row


def is_red(column: Column, text: str) -> bool:
    """Whether an amount is printed in red: below zero."""
    return column.is_amount and text.startswith("-")
