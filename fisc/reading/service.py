"""The door to figures: one by id, or many in one pass.

service = FigureService(conn, CATALOGUE)          # live, from balances
service.get("revenue.general", "530700", 2025)    # FigureResult
service.get_many([Ask(...), Ask(...)])            # one pass over the rows
service.rows(Ask(...), limit=100)                 # the postings behind a value
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import repeat
from typing import Any

import polars as pl
import psycopg

from fisc.reading.algebra import By, Figure, Scope, Unit, Where
from fisc.reading.bind import FigureError, definition_of
from fisc.reading.combine import Outcome, Value, area_of_ask, evaluate, leaves_of
from fisc.reading.engines import Engine, LiveEngine
from fisc.reading.engines.base import Matched, Row
from fisc.reading.plan import Answer, Planner

Names = Callable[[str, str, int], str]


@dataclass(frozen=True, slots=True)
class Ask:
    """A figure for a region and a year.

    `region` is a division code of six digits (the figure's own scope) or nine (…000 own level,
    …998 whole area). `as_of` asks what was known at a moment; `cutoff_month` 1..12, None for the
    whole year; `by` another breakdown; `narrowed` further conditions.
    """

    figure_id: str
    region: str
    fiscal_year: int
    scope: Scope | None = None
    as_of: datetime | None = None
    cutoff_month: int | None = None
    by: By | None = None
    narrowed: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class BreakdownLine:
    """One part of a figure, in its unit; None where that part has no value; `row_count` counts its lines."""

    code: str
    label: str
    value: Value | None
    row_count: int = 0


@dataclass(frozen=True, slots=True)
class FigureResult:
    """A figure's value and what explains it.

    `value` is fen (int), a ratio (Decimal, 0.05 is 5 %) or a count. Without a value either
    `gap_reason` says why it could not be computed, or `undefined_reason` why it has no meaning
    here. `divisions` are the regions whose rows were added; `row_count` counts those rows.
    """

    id: str
    name_zh: str
    definition_zh: str
    version: str
    legal_source: str
    unit: str
    ask: Ask
    scope: Scope
    value: Value | None
    gap_reason: str = ""
    undefined_reason: str = ""
    by: By | None = None
    breakdown: tuple[BreakdownLine, ...] = ()
    divisions: tuple[str, ...] = ()
    row_count: int = 0
    operands: tuple[FigureResult, ...] = ()
    source_name: str = ""

    @property
    def reason(self) -> str:
        """Why there is no value; empty where there is one."""
        return self.gap_reason or self.undefined_reason


class FigureService:
    """Answers figures from one engine: an open connection, a DSN, or any `Engine`."""

    def __init__(
        self, source: Engine | psycopg.Connection | str | Any,
        catalogue: Mapping[str, Figure], names: Names | None = None, *,
        one_moment: bool = False,
    ) -> None:  # fmt: skip
        """`one_moment` promises that the source sees one snapshot as long as the service lives."""
        self._engine = _engine(source, one_moment)
        self._planner = Planner(self._engine, one_moment=one_moment)
        self._catalogue = catalogue
        self._names = names or _registry_name

    @property
    def engine(self) -> Engine:
        """Where the rows come from."""
        return self._engine

    @cached_property
    def _figures(self) -> Mapping[str, Figure]:
        """The figures as this ledger names them: no simulated one says that its values were published."""
        if not self._engine.is_simulated:
            return self._catalogue
        return {key: figure.of_simulation() for key, figure in self._catalogue.items()}

    def knows(self, figure_id: str) -> bool:
        """Whether the catalogue has a figure of that id."""
        return figure_id in self._catalogue

    def figure(self, figure_id: str) -> Figure:
        """The figure of that id; raises FigureError, naming ids that are near."""
        if figure_id in self._catalogue:
            return self._figures[figure_id]
        near = [i for i in self._catalogue if i.split(".")[0] == figure_id.split(".", maxsplit=1)[0]]
        hint = f"相近的指标：{'、'.join(near[:8])}" if near else "fisc figures 列出全部指标"
        raise FigureError(f"没有指标“{figure_id}”", hint=hint)

    def get(
        self, figure_id: str, region: str, fiscal_year: int, *, scope: Scope | None = None,
        as_of: datetime | None = None, cutoff_month: int | None = None, by: By | None = None,
    ) -> FigureResult:  # fmt: skip
        """One figure. A figure that cannot be computed is a gap with its reason, not an exception.

        Raises FigureError for an id, region, scope or month that does not exist.
        """
        return self.get_many([Ask(figure_id, region, fiscal_year, scope, as_of, cutoff_month, by)])[0]

    def get_many(self, asks: Sequence[Ask]) -> list[FigureResult]:
        """All figures asked for, in order, from one pass over the rows per moment."""
        outcomes = self._outcomes(asks)
        return [self._result(outcome) for outcome in outcomes]

    def rows(self, ask: Ask, limit: int | None = 100) -> list[Row]:
        """The first `limit` postings of the figure's selection (of all its operands); None: all of them."""
        if limit is not None:
            return self.rows_of_each([ask], limit)[0]
        found: list[Row] = []
        for answer in self._leaf_answers([ask])[0]:
            found += self._engine.rows(self._planner.matched(answer), ask.as_of)
        return found

    def rows_of_each(self, asks: Sequence[Ask], limit: int) -> list[list[Row]]:
        """For each ask what `rows` finds, all read at once: a page of figures opens in one query."""
        by_ask = self._leaf_answers(asks)
        answers = [(ask.as_of, answer) for ask, of in zip(asks, by_ask, strict=True) for answer in of]
        rows = self._first_rows(answers, limit)
        numbers = iter(range(len(answers)))
        return [[row for _ in of for row in rows.get(next(numbers), ())][:limit] for of in by_ask]

    def _first_rows(
        self, answers: Sequence[tuple[datetime | None, Answer]], limit: int
    ) -> dict[int, list[Row]]:
        """Number of the answer -> its first rows; answers of one moment share a query."""
        found: dict[int, list[Row]] = {}
        for moment in dict.fromkeys(as_of for as_of, _ in answers):
            mine = {number: answer for number, (as_of, answer) in enumerate(answers) if as_of == moment}
            wanted = self._planner.first_cells(mine, limit)
            if wanted.height:
                found |= self._engine.first_rows(wanted, limit, moment)
        return found

    def rows_since(self, ask: Ask, since: datetime) -> list[Row]:
        """The postings of the figure's selection known at the ask's moment, not yet at `since`.

        Only coding blocks that moved in between are read, so a small change of a large figure is
        found quickly.
        """
        found: list[Row] = []
        for answer in self._leaf_answers([ask])[0]:
            matched = self._moved(self._planner.matched(answer), since, ask.as_of)
            if matched.codings:
                rows = self._engine.rows(matched, ask.as_of)
                found += [row for row in rows if row.posted_at > since]
        return found

    def rows_after(self, ask: Ask, month: int) -> list[Row]:
        """The postings that the figure's selection takes in at the ask's cut-off and not yet at `month`."""
        found: list[Row] = []
        earlier, later = self._leaf_answers([replace(ask, cutoff_month=month), ask])
        for before, after in zip(earlier, later, strict=True):
            last = self._planner.matched(before).high
            matched = self._planner.matched(after)
            new = replace(matched, low=max(matched.low, last + 1))
            if new.codings and new.low <= new.high:
                found += self._engine.rows(new, ask.as_of)
        return found

    def _moved(self, matched: Matched, since: datetime, until: datetime | None) -> Matched:
        """The selection, kept to coding blocks with more postings at `until` than at `since`."""
        if not matched.codings:
            return matched
        then, now = (self._counts(matched, moment) for moment in (since, until))
        kept = tuple(c for c in matched.codings if now.get(c, 0) != then.get(c, 0))
        return replace(matched, codings=kept)

    def _counts(self, matched: Matched, moment: datetime | None) -> dict[int, int]:
        cells = self._engine.cells(matched.accounts, (matched.low,), matched.high, moment)
        counted = cells.group_by("coding_id").agg(pl.col("posting_count").sum())
        return dict(counted.iter_rows())

    def codes(self, rows: Sequence[Row], element: str) -> dict[int, str]:
        """The code of `element` on each coding block that the rows use."""
        return {coding: codes[element] for coding, codes in self.elements(rows, [element]).items()}

    def elements(self, rows: Sequence[Row], elements: Sequence[str]) -> dict[int, dict[str, str]]:
        """The codes of `elements` on each coding block that the rows use, by the id of the block."""
        used = pl.Series("id", sorted({row.coding_id for row in rows}), pl.Int32)
        codings = self._engine.codings(elements, used)
        found = codings.filter(pl.col("id").is_in(used.implode()))
        return {one["id"]: one for one in found.select("id", *dict.fromkeys(elements)).iter_rows(named=True)}

    def keys(self, ask: Ask) -> Iterator[tuple[int, int, int]]:
        """(entry id, line, amount_fen) of every posting of the selection, operand by operand."""
        for answer in self._leaf_answers([ask])[0]:
            yield from self._engine.keys(self._planner.matched(answer), ask.as_of)

    def _outcomes(self, asks: Sequence[Ask]) -> list[Outcome]:
        expanded = [self._normal(ask) for ask in asks]
        wanted = [leaf for ask in expanded for leaf in leaves_of(ask, self.figure)]
        answers = self._planner.answer(wanted)
        return [evaluate(ask, self.figure, answers, self._engine) for ask in expanded]

    def _normal(self, ask: Ask) -> Ask:
        self.figure(ask.figure_id)
        return replace(ask, scope="whole" if area_of_ask(ask).kind == "whole" else "own")

    def _leaf_answers(self, asks: Sequence[Ask]) -> list[list[Answer]]:
        """The answers of the measures that each ask rests on, each measure once for an ask."""
        leaves = [list(dict.fromkeys(leaves_of(self._normal(ask), self.figure))) for ask in asks]
        answers = self._planner.answer([leaf for of in leaves for leaf in of])
        return [[answers[leaf] for leaf in of] for of in leaves]

    def _result(self, outcome: Outcome) -> FigureResult:
        figure, ask = outcome.figure, outcome.ask
        year = ask.fiscal_year
        element = outcome.by.element if outcome.by else ""
        lines = tuple(
            BreakdownLine(code, self._names(element, code, year), value, count)
            for (code, value), count in zip(outcome.breakdown, outcome.counts or repeat(0), strict=False)
        )
        return FigureResult(
            figure.id, figure.name_zh, definition_of(figure, ask.region, year), str(figure.version),
            figure.legal_source, figure.unit.value, ask, ask.scope or "own", outcome.value,
            outcome.gap_reason, outcome.undefined_reason, outcome.by, lines, outcome.divisions,
            outcome.posting_count,
            tuple(self._result(o) for o in outcome.operands), self._engine.name,
        )  # fmt: skip


def _engine(source: Any, one_moment: bool) -> Engine:
    if isinstance(source, str):
        return LiveEngine(psycopg.connect(source, autocommit=True), one_moment=one_moment)
    if isinstance(source, psycopg.Connection) or hasattr(source, "ensure_connection"):
        return LiveEngine(source, one_moment=one_moment)
    engine: Engine = source
    return engine


def _registry_name(element: str, code: str, fiscal_year: int) -> str:
    from fisc.reading.names import name_of

    return name_of(element, code, fiscal_year)


__all__ = ["Ask", "BreakdownLine", "FigureResult", "FigureService", "Unit", "Value"]
