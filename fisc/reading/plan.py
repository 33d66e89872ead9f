"""Plans many figures at once: one pass over the rows, one cube per dimension family.

1. Every leaf (a measure for a region and a year) is bound to accounts, periods, conditions.
2. One GROUP BY in the engine reduces the rows of all of them to cells: account, coding block,
   bucket of periods. Buckets are cut at the ends of the ranges asked for, so each range is whole.
3. For each family of elements the cells are grouped once more, in memory, to a small cube.
4. Each leaf is a filter and a sum over its family's cube.

Conditions on elements are tested in `condition` and nowhere else: the same expression picks
the cells of a value, the lines of its breakdown and the coding blocks of its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, reduce
from operator import and_, or_

import polars as pl

from fisc.reading.algebra import By, Count, Measure, Where
from fisc.reading.bind import NOT_SETTLED, Bound, area_read, bind
from fisc.reading.engines.base import CELL_TYPES, WANTED_TYPES, Cells, Engine, Matched
from fisc.reading.scopes import Held, divisions, is_kept, never_posted
from fisc.registry.areas import Area
from fisc.registry.books import book_title

_ALWAYS = ("mof_div_code", "fund_type_code")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One measure asked of one area, year and moment."""

    measure: Measure
    area: Area
    fiscal_year: int
    cutoff_month: int | None = None
    as_of: datetime | None = None
    by: By | None = None
    narrowed: tuple[Where, ...] = ()

    def bound(self) -> Bound | None:
        """The leaf's selection in its year, or None where no accounts are in force."""
        return bind(
            self.measure.selection, self.measure.span, self.fiscal_year, self.cutoff_month, self.read_in,
            by=self.by, narrowed=self.narrowed,
        )  # fmt: skip

    @property
    def read_in(self) -> Area:
        """The area whose rows tell the measure."""
        return area_read(self.measure.selection, self.area)


@dataclass(frozen=True, slots=True)
class Answer:
    """A leaf's value with its breakdown (code, value), or the reason why there is none.

    `divisions` are the regions whose rows were added up; `cells` those that it was read from. Without a
    value, `is_nothing` says that the books are kept and nothing of the kind was posted.
    """

    value: int | None
    gap_reason: str = ""
    posting_count: int = 0
    breakdown: tuple[tuple[str, int], ...] = ()
    bound: Bound | None = None
    divisions: tuple[str, ...] = ()
    cells: Cells | None = field(default=None, repr=False, compare=False)
    is_nothing: bool = False
    #: How many postings each line of the breakdown has.
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Task:
    leaf: Leaf
    bound: Bound
    accounts: tuple[int, ...]


def condition(where: Iterable[Where], divisions: Sequence[str] = ()) -> pl.Expr:
    """The one test of element conditions, over any frame that has the elements as columns."""
    tests = [_starts(w) for w in where]
    if divisions:
        tests.append(pl.col("mof_div_code").is_in(list(divisions)))
    return reduce(and_, tests, pl.lit(True))


def _starts(where: Where) -> pl.Expr:
    column = pl.col(where.element)
    tests = (column.str.starts_with(prefix) if prefix else column == "" for prefix in where.prefixes)
    found = reduce(or_, tests)
    return ~found if where.excluded else found


class Planner:
    """Answers leaves from one engine. Keeps the small dimension tables between calls."""

    def __init__(self, engine: Engine, *, one_moment: bool = False) -> None:
        """With `one_moment` the engine always sees the same rows, so answers are kept."""
        self._engine = engine
        self._kept: dict[Leaf, Answer] | None = {} if one_moment else None

    def answer(self, leaves: Sequence[Leaf]) -> dict[Leaf, Answer]:
        """An answer for each leaf; leaves of the same moment share one pass over the rows."""
        if self._kept is None:
            return self._answer(leaves)
        self._kept |= self._answer([leaf for leaf in leaves if leaf not in self._kept])
        return {leaf: self._kept[leaf] for leaf in leaves}

    def _answer(self, leaves: Sequence[Leaf]) -> dict[Leaf, Answer]:
        by_moment: dict[datetime | None, list[Leaf]] = defaultdict(list)
        for leaf in dict.fromkeys(leaves):
            by_moment[leaf.as_of].append(leaf)
        answers: dict[Leaf, Answer] = {}
        for as_of, group in by_moment.items():
            answers |= _Pass(self._engine, group, as_of).answers()
        return answers

    def matched(self, answer: Answer) -> Matched:
        """The rows of an answer: accounts, coding blocks and periods of the same selection."""
        bound = answer.bound
        if bound is None or not answer.divisions:
            return Matched((), (), 0, 0)
        found = self._selected(bound, answer)
        accounts = account_ids(self._engine.accounts(), bound.book, bound.codes)
        return Matched(accounts, tuple(found["id"].to_list()), bound.low, bound.high)

    def _selected(self, bound: Bound, answer: Answer) -> pl.DataFrame:
        """The coding blocks of a selection."""
        codings = self._engine.codings(bound.elements | set(_ALWAYS))
        return codings.filter(condition(bound.conditions, answer.divisions))

    def first_cells(self, answers: Mapping[int, Answer], limit: int) -> pl.DataFrame:
        """The cells that hold the first `limit` postings of each answer, under the answer's number."""
        found = [self._first_cells(number, answer, limit) for number, answer in answers.items()]
        return pl.concat([pl.DataFrame(schema=WANTED_TYPES), *found])

    def _first_cells(self, number: int, answer: Answer, limit: int) -> pl.DataFrame:
        bound, cells = answer.bound, answer.cells
        if bound is None or cells is None or not answer.divisions:
            return pl.DataFrame(schema=WANTED_TYPES)
        accounts = account_ids(self._engine.accounts(), bound.book, bound.codes)
        codings = self._selected(bound, answer)
        count = pl.col("posting_count")
        return (
            cells.filter(_inside(accounts, bound.low, bound.high) & (count > 0))
            .join(codings, left_on="coding_id", right_on="id", how="semi")
            .group_by("account_id", "coding_id")
            .agg(count.sum())
            .sort("account_id", "coding_id")
            .filter(count.cum_sum() - count < limit)
            .select(pl.lit(number).alias("number"), "account_id", "coding_id",
                    pl.lit(bound.low).alias("low"), pl.lit(bound.high).alias("high"))
            .cast(pl.Schema(WANTED_TYPES))
        )  # fmt: skip


def _inside(accounts: tuple[int, ...], low: int, high: int) -> pl.Expr:
    """Whether a cell is of the accounts and lies in the range of periods."""
    return pl.col("account_id").is_in(accounts) & pl.col("bucket").is_between(low, high)


def account_ids(accounts: pl.DataFrame, book: str, codes: tuple[str, ...]) -> tuple[int, ...]:
    """Ids of the accounts of a book whose codes begin so."""
    known = zip(*(accounts[name].to_list() for name in ("id", "book", "code")), strict=True)
    return tuple(number for number, of, code in known if of == book and code.startswith(codes))


#: What is read of a cube: its elements, accounts, first and last period.
_Inside = tuple[frozenset[str], tuple[int, ...], int, int]


class _Pass:
    """One pass: the leaves of one moment, their cells and cubes."""

    def __init__(self, engine: Engine, leaves: Sequence[Leaf], as_of: datetime | None) -> None:
        self._engine, self._as_of, self._leaves = engine, as_of, leaves
        self._accounts = engine.accounts()
        #: Figures often ask for the same accounts and years: what they share is found once.
        self._account_ids = cache(lambda book, codes: account_ids(self._accounts, book, codes))
        self._inside = cache(self._cells_inside)
        self._inside_of = cache(self._cells_of_divisions)
        self._posted_in = cache(self._regions_posted_in)
        self._tasks = [t for t in map(self._task, leaves) if t is not None]
        self._cells = self._read_cells()
        self._cubes = self._make_cubes()
        self._keepers: dict[tuple[str, int], frozenset[str]] = {}

    def answers(self) -> dict[Leaf, Answer]:
        done: dict[Leaf, Answer] = {}
        sums: list[tuple[_Task, tuple[str, ...], pl.LazyFrame]] = []
        for task in self._tasks:
            asked = (self._family_of(task.bound), task.accounts, task.bound.low, task.bound.high)
            divisions, reason = self._area(task, asked)
            if reason:
                is_nothing = is_kept(task.leaf.read_in, self._held(task, asked))
                done[task.leaf] = Answer(None, reason, is_nothing=is_nothing)
            else:
                sums.append((task, divisions, _sum_up(task, self._inside_of(asked, divisions))))
        found = pl.collect_all([parts for *_, parts in sums])
        for (task, divisions, _), parts in zip(sums, found, strict=True):
            done[task.leaf] = replace(_answer(task, parts, divisions), cells=self._cells)
        return {leaf: done.get(leaf) or _uncovered(leaf) for leaf in self._leaves}

    def _task(self, leaf: Leaf) -> _Task | None:
        bound = leaf.bound()
        return None if bound is None else _Task(leaf, bound, self._account_ids(bound.book, bound.codes))

    def _read_cells(self) -> Cells:
        accounts = tuple(sorted({a for task in self._tasks for a in task.accounts}))
        if not accounts:
            return pl.DataFrame(schema=CELL_TYPES)
        bounds = sorted({p for t in self._tasks for p in (t.bound.low, t.bound.high + 1)})
        return self._engine.cells(accounts, tuple(bounds[:-1]), bounds[-1] - 1, self._as_of)

    def _make_cubes(self) -> dict[frozenset[str], pl.DataFrame]:
        found = families(task.bound for task in self._tasks)
        elements = frozenset(_ALWAYS).union(*found)
        codings = self._engine.codings(elements, self._cells["coding_id"]) if found else pl.DataFrame()
        return {family: _cube(self._cells, codings, family) for family in found}

    def _family_of(self, bound: Bound) -> frozenset[str]:
        return next(family for family in self._cubes if bound.elements <= family)

    def _cells_inside(
        self, family: frozenset[str], accounts: tuple[int, ...], low: int, high: int
    ) -> pl.DataFrame:
        return self._cubes[family].filter(_inside(accounts, low, high))

    def _cells_of_divisions(self, asked: _Inside, divisions: tuple[str, ...]) -> pl.DataFrame:
        return self._inside(*asked).filter(condition((), divisions))

    def _area(self, task: _Task, asked: _Inside) -> tuple[tuple[str, ...], str]:
        """The regions to add up, or the reason why there are none."""
        leaf, bound = task.leaf, task.bound
        if not task.accounts:
            return (), f"账上没有{book_title(bound.book)}的科目 {'、'.join(bound.codes)}"
        held = self._held(task, asked)
        codes = f"{book_title(bound.book)}科目 {'、'.join(bound.codes)}"
        what = f"{never_posted(leaf.fiscal_year, bound.high)}（{codes}）"
        return divisions(leaf.read_in, leaf.measure.selection.reach, held, what)

    def _held(self, task: _Task, asked: _Inside) -> Held:
        fund = tuple(w for w in task.bound.conditions if w.element == "fund_type_code")
        return Held(self._posted_in(asked, fund), lambda: self._keeping(task))

    def _regions_posted_in(self, asked: _Inside, fund: tuple[Where, ...]) -> frozenset[str]:
        """The regions that posted in a figure's domain: its accounts and fund, whatever else it asks."""
        found = self._inside(*asked).filter(condition(fund) & (pl.col("posting_count") > 0))
        return frozenset(found["mof_div_code"].unique().to_list())

    def _keeping(self, task: _Task) -> frozenset[str]:
        """The regions that keep the task's book in its year: what they did not post there is zero."""
        key = (task.bound.book, task.bound.high // 100)
        if key not in self._keepers:
            accounts = self._accounts.filter(pl.col("book") == key[0])["id"].to_list()
            low, high = key[1] * 100, key[1] * 100 + 13
            active = self._engine.active(tuple(accounts), low, high, self._as_of)
            found = self._engine.codings(_ALWAYS, active).filter(pl.col("id").is_in(active.implode()))
            self._keepers[key] = frozenset(found["mof_div_code"].to_list())
        return self._keepers[key]


def families(bounds: Iterable[Bound]) -> list[frozenset[str]]:
    """The dimension families: sets of elements, without those that another one contains."""
    wanted = sorted({b.elements for b in bounds}, key=lambda f: (-len(f), sorted(f)))
    kept: list[frozenset[str]] = []
    for family in wanted:
        if not any(family <= other for other in kept):
            kept.append(family)
    return kept[::-1]


def _cube(cells: pl.DataFrame, codings: pl.DataFrame, family: frozenset[str]) -> pl.DataFrame:
    elements = sorted(family | set(_ALWAYS))
    return (
        cells.lazy()
        .join(codings.lazy().select("id", *elements), left_on="coding_id", right_on="id")
        .group_by("account_id", "bucket", *elements)
        .agg(pl.col("amount_fen").sum(), pl.col("posting_count").sum())
        .collect()
    )


def _sum_up(task: _Task, inside: pl.DataFrame) -> pl.LazyFrame:
    """The sums of a leaf by code, and how many postings each has."""
    bound, leaf = task.bound, task.leaf
    measured = (
        pl.col("posting_count") if isinstance(leaf.measure, Count) else pl.col("amount_fen") * bound.side
    )
    code = pl.col(bound.by.element)
    if bound.by.length:
        code = code.str.slice(0, bound.by.length)
    return (
        inside.lazy()
        .filter(condition(bound.conditions))
        .group_by(code.alias("code"))
        .agg(measured.sum().alias("value"), pl.col("posting_count").sum())
        .sort("code")
    )


def _answer(task: _Task, parts: pl.DataFrame, divisions: tuple[str, ...]) -> Answer:
    bound, leaf = task.bound, task.leaf
    count = int(parts["posting_count"].sum())
    if not count:
        where = divisions[0] if len(divisions) == 1 else leaf.area.code[:6]
        gap = f"{where} 在 {leaf.fiscal_year} 年有这类账，但没有符合口径条件的分录"
        return Answer(None, gap, 0, (), bound, divisions, is_nothing=True)
    breakdown = tuple((str(c), int(v)) for c, v, _ in parts.iter_rows())
    counts = tuple(parts["posting_count"].to_list())
    return Answer(sum(v for _, v in breakdown), "", count, breakdown, bound, divisions, counts=counts)


def _uncovered(leaf: Leaf) -> Answer:
    if any(where.setting for where in leaf.measure.selection.conditions):
        return Answer(None, f"{leaf.area.code} {NOT_SETTLED}：这个数要先说明包括哪些类")
    return Answer(None, f"{leaf.fiscal_year} 年没有适用的科目：没有规则集覆盖这一年")
