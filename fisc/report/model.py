"""A report as a document: sections of paragraphs, tables, charts and notes over figures.

Renderers read only this. A run of text that is a number is a `FigureRun` and names the
figure with its explanation; a number that could not be had is a `GapRun`
and is visible. Nothing here knows files, fonts or markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from fisc.documents.properties import Properties
from fisc.report.ports import FigureResult, Scope


@dataclass(frozen=True, slots=True)
class TextRun:
    """Plain words."""

    text: str
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class FigureRun:
    """A printed number; `key` names its figure, `number` is the value in the printed unit."""

    text: str
    key: str
    number: Decimal
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class GapRun:
    """A number that is not there. `is_undefined`: it has no meaning (prints —), else it is missing.

    `reason` is why, in a clerk's words: whatever tells of the gap, on paper or on screen, says these.
    """

    text: str
    key: str
    reason: str
    is_undefined: bool


Run = TextRun | FigureRun | GapRun


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading, level 1 (一、) to 3 (1.); an annex's begins a page."""

    level: int
    number: str
    text: str
    is_annex: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, first line indented by two characters."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell; `depth` indents it by that many characters."""

    runs: tuple[Run, ...]
    depth: int = 0

    @property
    def text(self) -> str:
        """What the cell prints."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Row:
    """A table row; `is_total` rows stand out."""

    cells: tuple[Cell, ...]
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with one or more header rows; `is_numeric` tells per column which are right-aligned."""

    number: int
    caption: str
    unit: str
    header: tuple[Row, ...]
    rows: tuple[Row, ...]
    is_numeric: tuple[bool, ...]


ChartKind = Literal["bar", "line", "stacked", "hbar"]


@dataclass(frozen=True, slots=True)
class Chart:
    """Series of figures over labels: `values[series][label]`. At least one of them is a number."""

    number: int
    kind: ChartKind
    caption: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[str, ...]
    values: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A remark under a table, a chart or a section."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Where the report is signed and dated; what comes after it is an annex on a page of its own."""


Block = Heading | Paragraph | Table | Chart | Note | Signature


@dataclass(frozen=True, slots=True)
class Section:
    """A first-level heading (None before the first) and what stands under it."""

    heading: Heading | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a clean edition does not say: its place in the list of slots, what it is, why, who brings it."""

    n: str
    quantity: str
    reason: str
    provider: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `exhibits` maps the key of each figure run to the figure, in order of use.

    `left_out` is what a clean edition does not say, in reading order.
    """

    title_lines: tuple[str, ...]
    scope: Scope
    sections: tuple[Section, ...]
    exhibits: dict[str, FigureResult] = field(hash=False)
    left_out: tuple[LeftOut, ...] = ()

    @property
    def title(self) -> str:
        """The title on one line."""
        return "".join(self.title_lines)

    @property
    def properties(self) -> Properties:
        """What the metadata of its files says."""
        scope = self.scope
        about = (scope.name, f"{scope.fiscal_year}年", scope.known_words)
        return Properties(self.title, about, scope.compiled_by, scope.notice)

    def blocks(self) -> Iterator[Block]:
        """Every block in reading order, headings of sections included."""
        for section in self.sections:
            if section.heading:
                yield section.heading
            yield from section.blocks

    def runs(self) -> Iterator[Run]:
        """Every run in reading order."""
        for block in self.blocks():
            yield from block_runs(block)

    def gaps(self) -> list[GapRun]:
        """The gaps that mean something is missing, one per figure, in reading order."""
        seen = {
            run.key: run
            for run in reversed(list(self.runs()))
            if isinstance(run, GapRun) and not run.is_undefined
        }
        return [seen[key] for key in self.exhibits if key in seen]

    def text(self) -> str:
        """All words of the report, one block a line."""
        return "\n".join([self.title, *(block_text(block) for block in self.blocks())])


def block_runs(block: Block) -> Iterator[Run]:
    """The runs of a block in reading order."""
    if isinstance(block, Paragraph | Note):
        yield from block.runs
    elif isinstance(block, Table):
        for row in block.header + block.rows:
            for cell in row.cells:
                yield from cell.runs
    elif isinstance(block, Chart):
        for line in block.values:
            yield from line


def block_text(block: Block) -> str:
    """The words of a block, captions and labels included."""
    head = ""
    if isinstance(block, Heading):
        head = block.number + block.text
    elif isinstance(block, Table):
        head = block.caption + block.unit
    elif isinstance(block, Chart):
        head = " ".join((block.caption, block.unit, *block.labels, *block.series))
    return head + " ".join(run.text for run in block_runs(block))
