"""Checks a book against itself and tells which cells must be wrong.

`check_book` runs every identity; `refusals` turns the failed ones that refuse a book into
problems at the cells that cannot be right, and refuses hidden amounts that no sum proves.
See `checks` for what refuses and what is only reported.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from fisc.disclosure.across import CONTRADICTION, check_across
from fisc.disclosure.checks import DECLARED, FAIL, PASS, IdentityResult
from fisc.disclosure.drift import drifted
from fisc.disclosure.errors import Problem, noted
from fisc.disclosure.inside import check_table, unheld_changes
from fisc.disclosure.model import Book
from fisc.disclosure.proven import is_sum, unproven, unread_cells
from fisc.disclosure.ratios import holds_amounts, is_broken
from fisc.disclosure.titles import KIND_BY_ID
from fisc.kernel.money import format_fen
from fisc.registry import classifications

__all__ = ["DECLARED", "FAIL", "PASS", "IdentityResult", "check_book", "refusals"]

RULE_SUMS = "表内勾稽：类=款之和=项之和，合计=各行之和，收支两方相等"
RULE_TWICE = "同一数字在一本书里只有一个数"
RULE_RATIO = "比率列须是表头所写两列之比"
RULE_CHANGE = "变动列须是本表两列之差"

#: A failed sum with more suspect cells than this is named by the cell of its total alone.
MOST_SUSPECTS = 12
#: Digits of a section's code (款).
SECTION_DIGITS = 5


def check_book(book: Book) -> list[IdentityResult]:
    """Every identity of the book, table by table, then across tables."""
    results = [found for table in book.tables for found in check_table(table)]
    results.extend(check_across(book))
    return _declare(book, results)


def _declare(book: Book, results: list[IdentityResult]) -> list[IdentityResult]:
    """Mark sums that fall short only because rows are not printed.

    Only where the upper row is itself proven by the sum above it, and only in two cases:
    classes whose sections may be secret; and last year's figures of a section, laid out by this
    year's rows, where that year had items which the table does not print.
    """
    vouched = {
        place for found in results if found.status == PASS and _can_vouch(found) for place in found.places
    }
    return [_declared(book, found, vouched) for found in results]


def _declared(book: Book, found: IdentityResult, vouched: set[str]) -> IdentityResult:
    if found.rule != "tree.parent" or found.status == PASS:
        return found
    is_proven = found.left[0].place in vouched
    return replace(found, is_declared=is_proven and (found.is_declared or _lacks_items(book, found)))


def _lacks_items(book: Book, found: IdentityResult) -> bool:
    """Whether a section of last year's column had items that the table has no row for."""
    sheet, _, cell = found.left[0].place.rpartition("!")
    index = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    for table in book.tables:
        row = next((r for r in table.rows if r.index == index), None) if table.sheet == sheet else None
        if row and len(row.code) == SECTION_DIGITS and found.fiscal_year < table.title_year:
            printed = {child.code for child in table.children(row)}
            known = classifications.children("exp_func", row.code, found.fiscal_year, table.fund)
            return any(item.code not in printed for item in known)
    return False


def refusals(book: Book, results: list[IdentityResult]) -> list[Problem]:
    """Problems for failed structure and for hidden amounts nothing proves; adds findings to the book."""
    problems = _broken_sums(book, results)
    problems += _contradictions(book, results, {problem.place for problem in problems})
    problems = problems or drifted(book)  # what breaks a sum is told by that sum
    problems += _broken_ratios(book)
    problems += [
        Problem(RULE_CHANGE, place, "这一列是变动数，本表没有变动前后的两列，看不出变动后是多少")
        for table in book.tables
        if not KIND_BY_ID[table.kind].is_detail
        for place in unheld_changes(table)
    ]
    problems += unproven(book, results)
    _find_two_codes(book)
    return problems


def _broken_sums(book: Book, results: list[IdentityResult]) -> list[Problem]:
    unread = unread_cells(book)
    failed = [f for f in results if is_sum(f) and f.status == FAIL and unread.isdisjoint(f.places)]
    if not failed:
        return []
    vouched = {
        place for found in results if found.status == PASS and _can_vouch(found) for place in found.places
    }
    counted = Counter(place for found in failed for place in set(found.places))
    suspected = set(counted)
    for found in results:
        if found.rule == "restated":  # another table agrees, or disagrees, with a cell
            if found.status == PASS and found.left_fen:
                vouched.update(found.places)
            else:
                counted.update(set(found.places) & suspected if found.status == FAIL else ())
    units = {line.place: line.unit for line in book.lines}
    problems: dict[str, Problem] = {}
    for found in failed:
        for place in _suspects(found, counted, vouched):
            problems.setdefault(place, Problem(RULE_SUMS, place, describe(found, units.get(place, "万元"))))
    return list(problems.values())


def _contradictions(book: Book, results: list[IdentityResult], named: set[str]) -> list[Problem]:
    """Figures that the book states twice, differently: which of them holds is nobody's guess."""
    unread, units = unread_cells(book), {line.place: line.unit for line in book.lines}
    return [
        Problem(RULE_TWICE, found.right[0].place, describe(found, units.get(found.left[0].place, "万元")))
        for found in results
        if found.rule == CONTRADICTION and found.refuses and found.status == FAIL
        and unread.isdisjoint(found.places) and named.isdisjoint(found.places)
    ]  # fmt: skip


def _broken_ratios(book: Book) -> list[Problem]:
    return [
        Problem(RULE_RATIO, place, f"“{ratio.header}”一列像是金额，不是比率，本表也没有可比的两列")
        for table in book.tables
        for ratio in table.ratios
        if (place := holds_amounts(table, ratio))
    ] + [
        Problem(RULE_RATIO, place, f"“{ratio.header}”一列多数不是表头所写两列之比，列头或数字有误")
        for table in book.tables
        for ratio in table.ratios
        if (place := is_broken(table, ratio))
    ]


def _can_vouch(found: IdentityResult) -> bool:
    """Whether passing says its cells are right: exact sums with something on both sides."""
    return found.relation == "=" and is_sum(found) and any(t.amount_fen for t in found.left)


def _suspects(found: IdentityResult, counted: Counter[str], vouched: set[str]) -> list[str]:
    """The cells of a failed identity that may be wrong: not vouched for by a sum that holds,
    and of those the ones that most failed sums share."""
    cells = list(dict.fromkeys(found.places))
    open_cells = [place for place in cells if place not in vouched] or cells
    most = max(counted[place] for place in open_cells)
    worst = [place for place in open_cells if counted[place] == most]
    return worst if len(worst) <= MOST_SUSPECTS else [cells[0]]


def describe(found: IdentityResult, unit: str = "万元") -> str:
    """The identity in words, with both sides and the difference."""
    sides = f"{_money(found.left_fen, unit)} {found.relation} {_money(found.right_fen, unit)}"
    cells = found.left[0].place if found.left else ""
    return f"{found.what}不成立（{cells}）：{sides}，差 {_money(found.difference_fen, unit)}{unit}"


def _money(amount_fen: int, unit: str) -> str:
    return format_fen(amount_fen, unit).removesuffix(".00")


def _find_two_codes(book: Book) -> None:
    """One name under two codes in the tables of one fund and side: an odd code worth asking about."""
    names: dict[tuple[str, str, str, int], dict[str, str]] = {}
    for line in book.lines:
        if len(line.code) == 7 and line.code.startswith(("110", "230")) and line.amount_fen:
            key = (line.fund, line.side, line.name, line.fiscal_year)
            names.setdefault(key, {}).setdefault(line.code, line.place)
    seen: set[tuple[str, ...]] = set()
    for (_, _, name, _), codes in names.items():
        pair = (name, *sorted(codes))
        if len(codes) > 1 and pair not in seen:
            seen.add(pair)
            where = "、".join(f"{code}（{place}）" for code, place in sorted(codes.items()))
            book.findings.append(
                noted("two_codes", next(iter(codes.values())), f"“{name}”用了两个编码：{where}")
            )
