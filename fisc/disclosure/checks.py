"""One checked identity: what is compared, both sides with their cells, the difference.

Policy. An identity that a table owes to itself (class = sum of sections = sum of items,
totals, both sides of a balance, the matrix, limit not below balance) refuses the book when
it fails beyond what rounding may come to (one displayed unit, or half a unit an addend where amounts
are whole; one addend alone is its total); so does a figure that the book states twice, differently. An
identity between different figures, or between years, is reported with both sides and refuses
nothing: last year's figures may rightly have been closed on another day. 201 and 204 may have
sections that are not printed (facts of state secrecy); where they print less than their class, the
difference is declared, not refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fisc.disclosure.model import STAGE_NAMES, Column, Row, Table

PASS, FAIL, DECLARED = "pass", "fail", "declared"

#: Classes of which some sections are not printed.
PARTLY_PRINTED = frozenset(["201", "203", "204"])


@dataclass(frozen=True, slots=True)
class Addend:
    """One signed amount of a side, with its cell (`sheet!cell`)."""

    place: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class IdentityResult:
    """The outcome of one identity. Amounts and tolerance in fen.

    `left` and `right` are the terms whose sums are compared (for `at_least`, left >= right).
    `refuses` tells whether failing it refuses the book.
    """

    rule: str
    what: str
    region: str
    fiscal_year: int
    stage: str
    left: tuple[Addend, ...]
    right: tuple[Addend, ...]
    tolerance_fen: int
    refuses: bool
    relation: str = "="
    is_declared: bool = False

    @property
    def left_fen(self) -> int:
        """The sum of the left side."""
        return sum(term.amount_fen for term in self.left)

    @property
    def right_fen(self) -> int:
        """The sum of the right side."""
        return sum(term.amount_fen for term in self.right)

    @property
    def difference_fen(self) -> int:
        """Left minus right."""
        return self.left_fen - self.right_fen

    @property
    def status(self) -> str:
        """pass, fail or declared."""
        difference = self.difference_fen
        holds = (
            difference >= -self.tolerance_fen
            if self.relation == ">="
            else abs(difference) <= self.tolerance_fen
        )
        if holds:
            return PASS
        return DECLARED if self.is_declared and difference > 0 else FAIL

    @property
    def places(self) -> tuple[str, ...]:
        """All cells of both sides."""
        return tuple(term.place for term in (*self.left, *self.right))


def term(table: Table, row: Row, column: Column, sign: int = 1) -> Addend:
    """A cell as a term."""
    return Addend(table.place(row, column), sign * table.amount(row, column))


def terms(table: Table, rows: Sequence[Row], column: Column) -> tuple[Addend, ...]:
    """The cells of `rows` that hold an amount, as terms."""
    return tuple(term(table, row, column) for row in rows if table.has(row, column))


def result(  # noqa: PLR0917 - what is compared, where, and both sides
    rule: str, what: str, table: Table, column: Column, left: Sequence[Addend], right: Sequence[Addend],
    *, tolerance_fen: int | None = None, refuses: bool = True, relation: str = "=", is_declared: bool = False,
    region: str = "",
) -> IdentityResult:  # fmt: skip
    """An identity over one column of a table; the tolerance is what rounding may come to."""
    if tolerance_fen is None:
        tolerance_fen = table.rounding_fen(_rounded(left, right))
    return IdentityResult(
        rule, what, region or table.region, column.fiscal_year, column.stage, tuple(left), tuple(right),
        tolerance_fen, refuses, relation, is_declared,
    )  # fmt: skip


def _rounded(left: Sequence[Addend], right: Sequence[Addend]) -> int:
    """How many addends rounding may have moved: what is printed as zero was never rounded up."""
    is_over = abs(sum(t.amount_fen for t in right)) > abs(sum(t.amount_fen for t in left))
    return len(left) - 1 + sum(1 for t in right if t.amount_fen or not is_over)


def column_name(column: Column) -> str:
    """'2025年执行数'."""
    return f"{column.fiscal_year}年{STAGE_NAMES.get(column.stage, column.stage)}"
