"""Hidden amounts, and numbers stored as text: taken where the sums around them prove them, else refused.

What nobody sees is proven by what people see. A hidden column that adds up by itself proves nothing of
itself; nor do hidden rows of both signs, with any of which left away the sum still holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from fisc.disclosure.across import CONTRADICTION
from fisc.disclosure.checks import PASS, Addend, IdentityResult
from fisc.disclosure.errors import Problem, noted
from fisc.disclosure.model import ADJUSTED, BUDGET, Book, BookLine, Table
from fisc.sheets.cells import column_letters

RULE_HIDDEN: Final = "隐藏的金额须由看得见的数验证"
RULE_TEXT: Final = "以文字存放的数字须由本表合计验证"
#: Of so many hidden addends of one sum all that may cancel is looked for.
MOST_COUNTED: Final = 14


def unread_cells(book: Book) -> set[str]:
    """The cells that were refused as they are: a sum over one of them proves nothing either way."""
    return {
        f"{table.sheet}!{column_letters(column)}{row}"
        for table in book.tables
        for row, column in table.unread
    }


def is_sum(found: IdentityResult) -> bool:
    """Whether an identity adds up a table, or the two sides of a budget; what is said twice proves no sum."""
    return found.refuses and found.rule != CONTRADICTION


def unproven(book: Book, results: list[IdentityResult]) -> list[Problem]:
    """Hidden amounts and numbers stored as text must take part in a sum that holds."""
    unread = unread_cells(book)
    sums = [
        found for found in results
        if is_sum(found) and found.relation == "="
        and (found.status == PASS or not unread.isdisjoint(found.places))
    ]  # fmt: skip
    proven = {place for found in sums for place in found.places}
    twice = [found for found in results if found.rule == CONTRADICTION and found.status == PASS]
    seen = _seen_through([*sums, *twice], _hidden(book), unread) - _open_hidden(book, results)
    problems: list[Problem] = []
    for table in book.tables:
        hidden = [line for line in table.lines if line.is_hidden and line.amount_fen]
        texts = [line for line in table.lines if (line.row, line.column) in table.text_numbers]
        asked = [line for line in hidden if not _is_unchanged(table, line)]
        problems += _refuse_unproven(
            RULE_HIDDEN, "在隐藏的行或列中，或字与底同色，看得见的数不能验证它", asked, seen
        )
        problems += _refuse_unproven(RULE_TEXT, "以文字存放，本表合计不能验证它", texts, proven)
        _find_hidden(book, table, hidden)
        for line in texts:
            book.findings.append(
                noted("text_number", line.place, f"“{line.name}”的数字以文字存放，已按数字读取")
            )
    return problems


def _hidden(book: Book) -> set[str]:
    return {line.place for line in book.lines if line.is_hidden and line.amount_fen}


def _seen_through(sums: Sequence[IdentityResult], hidden: set[str], unread: set[str]) -> set[str]:
    """The hidden cells that what is seen proves: all unknown ones of a sum stand on one side of it, and on
    the other there is something known. What is proven so is known to the sums below it."""
    known: set[str] = set()
    found = -1
    while found < len(known):
        found = len(known)
        for one in sums:
            left, right = (_unknown(side, hidden - known) for side in (one.left, one.right))
            if left and right:
                continue
            is_known = any(term.amount_fen for term in (one.right if left else one.left))
            if is_known or not unread.isdisjoint(one.places):
                known.update(left or right)
    return known


def _unknown(side: Iterable[Addend], hidden: set[str]) -> list[str]:
    return [term.place for term in side if term.place in hidden]


def _is_unchanged(table: Table, line: BookLine) -> bool:
    """Whether a hidden adjusted budget is the first one, in sight beside it: then it says nothing new."""
    firsts = (
        table.grid.get((line.row, column.index)) for column in table.columns
        if (column.fiscal_year, column.stage) == (line.fiscal_year, BUDGET)
        and column.index not in table.hidden_columns
    )  # fmt: skip
    return line.stage == ADJUSTED and any(one and one.amount_fen == line.amount_fen for one in firsts)


def _open_hidden(book: Book, results: list[IdentityResult]) -> set[str]:
    """Cells of hidden rows that a sum holds without: amounts of both signs beside each other may cancel."""
    rows = {
        line.place for table in book.tables for line in table.lines
        if line.is_hidden and line.amount_fen and line.column not in table.hidden_columns
    }  # fmt: skip
    return {place for found in results if is_sum(found) for place in _cancelling(found, rows)}


def _cancelling(found: IdentityResult, rows: set[str]) -> set[str]:
    """The addends of a sum among `rows` of which some cancel: with none of them it holds as well."""
    hidden = {t.place: t.amount_fen for t in found.right if t.place in rows and t.amount_fen}
    if not min(hidden.values(), default=0) < 0 < max(hidden.values(), default=0):
        return set()
    places = sorted(hidden, key=lambda place: abs(hidden[place]))[:MOST_COUNTED]
    known: dict[int, tuple[str, ...]] = {}
    for place in places:
        for amount, parts in [(0, ()), *known.items()]:
            known.setdefault(amount + hidden[place], (*parts, place))
        if 0 in known:
            return set(known[0])
    return set(hidden) if not sum(hidden.values()) else set()


def _refuse_unproven(rule: str, why: str, lines: Iterable[BookLine], proven: set[str]) -> list[Problem]:
    return [
        Problem(rule, line.place, f"“{line.name}”的金额{why}") for line in lines if line.place not in proven
    ]


def _find_hidden(book: Book, table: Table, hidden: list[BookLine]) -> None:
    if not hidden:
        return
    rows = {line.row for line in hidden if line.column not in table.hidden_columns}
    columns = sorted({line.column for line in hidden if line.column in table.hidden_columns})
    counts = [f"{len(rows)} 行"] * bool(rows) + [f"{len(columns)} 列"] * bool(columns)
    what = "、".join(counts)
    book.findings.append(
        noted(
            "hidden",
            hidden[0].place,
            f"{table.number}隐藏（或字与底同色）的{what}中有 {len(hidden)} 个金额，与看得见的数相符",
        )
    )
