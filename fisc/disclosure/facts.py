"""From lines to facts: what each figure of a book says about the money, once.

A fact is one amount that the ledger takes as one entry. Most are one cell. Three kinds are
the difference of cells: an adjusted budget less the first one, what a row has beyond the rows
printed below it, and an opening balance that a table gives only as closing less the year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from fisc.disclosure.breakdown import breakdowns
from fisc.disclosure.model import (
    ADJUSTED,
    BALANCE,
    BUDGET,
    DEBT,
    EXECUTION,
    FINAL,
    INCOME,
    ITEM,
    OUTLAY,
    POSTED,
    SUBTOTAL,
    Book,
    BookLine,
    Table,
)
from fisc.disclosure.titles import INSURANCE, KIND_BY_ID

#: What facts are about; facts of one group are replaced together when a book is corrected.
PLAN, CHANGE_OF_PLAN, ACCOUNTS = "plan", "change", "accounts"
#: Debt as it is, and as the budget plans it; both stand in the debt register, side by side.
REGISTER, REGISTER_PLAN = "register", "register_plan"
#: What a table lists by name, as it was and as planned; each kind by itself (`listed.general.reserve`).
LISTED, LISTED_PLAN = "listed", "listed_plan"
_INSURANCE_TABLES = ("insurance.income", "insurance.outlay", "insurance.balance")
_STAGE_RANK = {FINAL: 2, EXECUTION: 1, BUDGET: 1, ADJUSTED: 1}


@dataclass(frozen=True, slots=True)
class Fact:
    """One amount for one entry. `item` tells parts without a code of their own apart."""

    about: str
    region: str
    fiscal_year: int
    stage: str
    fund: str
    side: str
    code: str
    item: str
    amount_fen: int
    source_ref: str
    line: BookLine

    @property
    def group(self) -> str:
        """Facts with the same group are one statement of one table side."""
        return f"{self.about}:{self.region}:{self.fiscal_year}:{self.fund or '-'}:{self.side}"

    @property
    def key(self) -> str:
        """What the fact is about, without its amount and its cell."""
        return f"{self.group}:{self.code or '-'}:{self.item or '-'}"

    @property
    def debt(self) -> tuple[str, str]:
        """The type of debt and how it moved ('' a limit), of a row of the debt tables."""
        debt_type, _, move = self.item.partition(":")
        return debt_type, move

    @property
    def listed_as(self) -> str:
        """The kind of the table that lists it by name; '' where it is of no such table."""
        about, _, kind = self.about.partition(".")
        return kind if about in (LISTED, LISTED_PLAN) else ""

    @property
    def is_planned(self) -> bool:
        """Whether it is of the first budget, and not what happened or what changed it."""
        return self.about.partition(".")[0] in (PLAN, REGISTER_PLAN, LISTED_PLAN)

    @property
    def owed_fen(self) -> int:
        """What a row of the debt tables adds to the debt of its year; a limit adds none."""
        move = self.debt[1]
        return 0 if move == "limit" else -self.amount_fen if move == "repaid" else self.amount_fen

    @property
    def rank(self) -> int:
        """A final account outranks an execution figure of the same year."""
        return _STAGE_RANK[self.stage]


def facts_of(book: Book) -> list[Fact]:
    """Every fact of the book, in the order of its cells; amounts of zero say nothing."""
    facts = [fact for line in book.lines if line.role == POSTED for fact in _plain(line)]
    facts += _listed(book)
    facts += [fact for table in book.tables for fact in _remainders(table)]
    facts += _unlisted(book)
    facts += _openings(book)
    facts += _adjustments(book, facts)
    kept = [fact for fact in facts if fact.amount_fen and fact.stage != ADJUSTED]
    kept += [fact for fact in facts if fact.amount_fen and fact.about == CHANGE_OF_PLAN]
    return _outranked(kept)


def stated_groups(book: Book, known: Iterable[Fact]) -> dict[str, int]:
    """Group -> rank of everything that the book states, amounts of zero among it; `known` are its facts."""
    facts = [_fact(line, 0, line.place) for line in book.lines if line.role == POSTED]
    facts += [replace(fact, about=CHANGE_OF_PLAN) for fact in facts if fact.stage == ADJUSTED]
    stated: dict[str, int] = {}
    for fact in (*facts, *known):
        stated[fact.group] = max(stated.get(fact.group, 0), fact.rank)
    return stated


def _outranked(facts: list[Fact]) -> list[Fact]:
    """Of two stages of one account in one book, the better known one stands."""
    best: dict[str, int] = defaultdict(int)
    for fact in facts:
        best[fact.group] = max(best[fact.group], fact.rank)
    return [fact for fact in facts if fact.rank == best[fact.group]]


def _fact(line: BookLine, amount_fen: int, source_ref: str, **changes: str) -> Fact:
    values = {
        "about": _about(line), "region": line.region,
        "stage": line.stage, "fund": line.fund, "side": line.side, "code": line.code, "item": line.item,
    } | changes  # fmt: skip
    return Fact(
        fiscal_year=line.fiscal_year, amount_fen=amount_fen, source_ref=source_ref, line=line, **values
    )


def group_of(line: BookLine) -> str:
    """The group of what a line says."""
    return _fact(line, 0, line.place).group


def _about(line: BookLine) -> str:
    is_plan = line.stage in (BUDGET, ADJUSTED)
    if is_listed(line):
        return f"{LISTED_PLAN if is_plan else LISTED}.{line.table}"
    plan, done = (REGISTER_PLAN, REGISTER) if line.side == DEBT else (PLAN, ACCOUNTS)
    return plan if is_plan else done


def is_listed(line: BookLine) -> bool:
    """Whether a line is of a table whose rows are kept one by one beside the books."""
    return KIND_BY_ID[line.table].is_listed


def _plain(line: BookLine) -> Iterator[Fact]:
    is_total = KIND_BY_ID[line.table].layout == INSURANCE and line.row_role == ITEM
    if not is_total and not is_listed(line):  # a scheme's total is posted by its parts and their remainder
        yield _fact(line, line.amount_fen, line.place)


def _listed(book: Book) -> Iterator[Fact]:
    """Rows of tables that list things by name; of rows of one name each after the first has its number."""
    told: Counter[tuple[str, str]] = Counter()
    for line in book.lines:
        if line.role == POSTED and is_listed(line):
            fact = _fact(line, line.amount_fen, line.place, item=line.name)
            told[fact.group, line.name] += 1
            count = told[fact.group, line.name]
            yield fact if count == 1 else replace(fact, item=f"{line.name}（{count}）")


def _remainders(table: Table) -> Iterator[Fact]:
    """What an insurance scheme has beyond the parts printed below it: other income."""
    if KIND_BY_ID[table.kind].layout != INSURANCE or table.side == BALANCE:
        return
    below: dict[tuple[int, int], list[BookLine]] = defaultdict(list)
    rows = {row.index: row for row in table.rows}
    for (index, column), line in table.grid.items():
        below[(rows[index].parent, column)].append(line)
    for (index, column), line in table.grid.items():
        if line.role == POSTED and line.row_role == ITEM:
            parts = below.get((index, column), [])
            rest = line.amount_fen - sum(part.amount_fen for part in parts)
            yield _fact(line, rest, _less(line, parts), item="other")


def _unlisted(book: Book) -> Iterator[Fact]:
    """What a figure has beyond all that the tables print below it: withheld or withdrawn items."""
    for one in breakdowns(book).values():
        if one.line.role == SUBTOTAL and one.rest_fen > 0:
            yield _fact(one.line, one.rest_fen, _less(one.line, one.lowest), item="unlisted")


def _less(line: BookLine, parts: Iterable[BookLine]) -> str:
    """The reference of a remainder: the row, less the first and last row below it."""
    cells = [part.place for part in parts if part.amount_fen]
    ends = [cells[0], cells[-1]] if len(cells) > 2 else cells
    return "-".join([line.place, ":".join(ends)]) if cells else line.place


def _openings(book: Book) -> list[Fact]:
    """What an insurance fund began a year with: its closing balance less what came in and went out.

    Where the flows are not printed, less the year's own balance. So what stands at the end is what is
    printed, whatever the rounding of one or the other.
    """
    cells: dict[tuple[str, int, str, str], dict[str, BookLine]] = defaultdict(dict)
    for line in book.lines:
        if line.table in _INSURANCE_TABLES and line.code and line.row_role == ITEM and line.stage != ADJUSTED:
            key = (line.region, line.fiscal_year, line.stage, line.code[-2:])
            what = line.item if line.side == BALANCE else line.side
            cells[key].setdefault(what, line)
    return [fact for found in cells.values() if (fact := _opening(found))]


def _opening(cells: dict[str, BookLine]) -> Fact | None:
    """The opening balance of a fund, from its lines by what they are; None where they do not tell it."""
    closing, current = cells.get("closing"), cells.get("current")
    flows = [cells[side] for side in (INCOME, OUTLAY) if side in cells]
    if closing is None or (current is None and len(flows) < 2):
        return None
    if len(flows) == 2:
        income, outlay = flows
        net, source = income.amount_fen - outlay.amount_fen, f"{income.place}+{outlay.place}"
    else:
        assert current is not None
        net, source = current.amount_fen, current.place
    return _fact(closing, closing.amount_fen - net, f"{closing.place}-{source}", item="opening", side=INCOME)


def _adjustments(book: Book, facts: list[Fact]) -> list[Fact]:
    """Adjusted less first budget, figure by figure; a figure that only one of them states counts whole."""
    plans = {fact.key: fact for fact in facts if fact.stage == BUDGET}
    adjusted = {fact.key: fact for fact in facts if fact.stage == ADJUSTED and fact.about == PLAN}
    groups = {fact.group for fact in adjusted.values()}
    changes = []
    for key in [*adjusted, *(k for k, fact in plans.items() if fact.group in groups and k not in adjusted)]:
        new, old = adjusted.get(key), plans.get(key)
        base = new or old
        assert base is not None
        if base.item == "opening":
            continue
        amount = (new.amount_fen if new else 0) - (old.amount_fen if old else 0)
        sources = [fact.source_ref for fact in (new, old) if fact]
        source = "-".join(sources) if new else f"-{sources[0]}"
        changes.append(
            Fact(CHANGE_OF_PLAN, base.region, base.fiscal_year, ADJUSTED, base.fund, base.side, base.code,
                 base.item, amount, source, base.line)
        )  # fmt: skip
    return changes
