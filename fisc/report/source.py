"""Figures for a report from the ledger, through `fisc.reading`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from fisc.reading import service as figures
from fisc.reading.algebra import By, Figure, Rank, Unit, Where, selection_of
from fisc.reading.counterparts import told_of
from fisc.reading.engines import Engine
from fisc.reading.engines.base import Row
from fisc.reading.names import name_of
from fisc.reading.shelf import Shelf
from fisc.registry import areas, regions
from fisc.registry.region_names import counties_word
from fisc.report import ports
from fisc.report.errors import ReportError
from fisc.report.papers import Papers

_NOTHING = "这一项没有发生额"
_UNITS: Mapping[Unit, ports.Unit] = {Unit.FEN: "fen", Unit.RATIO: "ratio"}


@dataclass(frozen=True, slots=True)
class LedgerSource:
    """A `FigureSource` over a `FigureService`; `as_of` asks what was known at a moment.

    `cutoff_month` 1..12 counts each year up to that month; `row_limit` caps the voucher lines of
    a figure (None: all). `papers` tell who was paid and between which governments money passed, where the
    documents are at hand.
    """

    service: figures.FigureService
    as_of: datetime | None = None
    cutoff_month: int | None = None
    row_limit: int | None = None
    papers: Papers | None = None

    def knows(self, figure_id: str) -> bool:
        """True if the catalogue has `figure_id`."""
        return self.service.knows(figure_id)

    def get_many(self, asks: Sequence[ports.FigureAsk]) -> list[ports.FigureResult]:
        """The figures asked for, in order, in one pass over the ledger.

        A part (a narrowed figure) of a whole that has a value is no gap when nothing was
        posted to it: the whole is complete without it, so the part is marked as not there.
        """
        wholes = {ask.key: replace(ask, narrowed=()) for ask in asks if ask.narrowed}
        wanted = list(dict.fromkeys([*asks, *wholes.values()]))
        answers = self.service.get_many([self._ask(ask) for ask in wanted])
        shelf = Shelf(self.service, self.row_limit)
        found = {ask: self._result(answer, shelf) for ask, answer in zip(wanted, answers, strict=True)}
        return [_part(found[ask], found[wholes[ask.key]]) if ask.narrowed else found[ask] for ask in asks]

    def _ask(self, ask: ports.FigureAsk) -> figures.Ask:
        narrowed = tuple(Where(element, (code,)) for element, code in ask.narrowed)
        return figures.Ask(
            ask.figure_id, ask.region, ask.fiscal_year, as_of=self.as_of, cutoff_month=self.cutoff_month,
            narrowed=narrowed, by=By(*ask.by) if ask.by else None,
        )  # fmt: skip

    def _result(self, result: figures.FigureResult, shelf: Shelf) -> ports.FigureResult:
        ask = result.ask
        narrowed = tuple((where.element, where.prefixes[0]) for where in ask.narrowed)
        figure = self.service.figure(result.id)
        if result.row_count and not result.operands:
            shelf.put(ask)
        breakdown = tuple(
            ports.BreakdownRow(line.label, line.code, line.value, self._parts_unit(figure), line.row_count)
            for line in result.breakdown
        )
        return ports.FigureResult(
            ports.FigureAsk(result.id, _placed(ask), ask.fiscal_year, narrowed, _broken_down(ask)),
            _named(result),
            result.definition_zh, result.version, result.legal_source, _UNITS.get(figure.unit, "count"),
            result.value, result.gap_reason, result.undefined_reason, breakdown,
            tuple(self._result(operand, shelf) for operand in result.operands), result.row_count,
            lambda: self._vouchers(shelf.rows(ask), figure, result), lambda: self._leaves(result, figure),
        )  # fmt: skip

    def _leaves(self, result: figures.FigureResult, figure: Figure) -> tuple[ports.BreakdownRow, ...]:
        """The figure's parts by the whole code of what it is broken down by; none where they are no finer."""
        by, selection = result.by, selection_of(figure.formula)
        if by is None or selection is None or not by.length:
            return ()
        finer = self.service.get_many([replace(result.ask, by=By(by.element))])[0]
        return tuple(
            ports.BreakdownRow(line.label, line.code, line.value, row_count=line.row_count)
            for line in finer.breakdown
        )

    def _vouchers(
        self, rows: Sequence[Row], figure: Figure, result: figures.FigureResult
    ) -> tuple[ports.VoucherRow, ...]:
        """The voucher lines behind a measure, with the sign that the measure adds them with."""
        selection = selection_of(figure.formula)
        if selection is None:
            return ()
        element, year = (result.by or selection.by).element, result.ask.fiscal_year
        papers = self.papers
        told = told_of(self.service, rows, [element], papers.parties if papers else None)
        payees = papers.payees(sorted({row.document_no for row in rows})) if papers else {}
        return tuple(
            _voucher(row, selection.side)._replace(
                region=name_of("mof_div_code", codes["mof_div_code"], year), code=codes[element],
                code_name=name_of(element, codes[element], year), payee=payees.get(row.document_no, ""),
                other=other.words if other else "",
            )
            for row in sorted(rows, key=lambda row: row.entry_id)
            for codes, other in (told[row.entry_id, row.line],)
        )  # fmt: skip

    def _parts_unit(self, figure: Figure) -> ports.Unit | None:
        """A rank's breakdown holds what is ranked, in its own unit; any other figure's is in the figure's."""
        if not isinstance(figure.formula, Rank):
            return None
        return _UNITS.get(self.service.figure(figure.formula.of.figure).unit, "count")


def _part(part: ports.FigureResult, whole: ports.FigureResult) -> ports.FigureResult:
    """A part that has no postings while its whole has a value: not a gap but nothing there."""
    if part.value is not None or whole.gap_reason:
        return part
    return replace(part, gap_reason="", undefined_reason=part.undefined_reason or _NOTHING)


def _named(result: figures.FigureResult) -> str:
    """The figure's name; a narrowed one says which part it is: 一般公共预算支出：教育支出."""
    year = result.ask.fiscal_year
    parts = [name_of(where.element, where.prefixes[0], year) for where in result.ask.narrowed]
    return "：".join([result.name_zh, *parts])


def _broken_down(ask: figures.Ask) -> tuple[str, int] | None:
    return (ask.by.element, ask.by.length) if ask.by else None


def _placed(ask: figures.Ask) -> str:
    """The nine-digit code that an ask's region and scope name together."""
    if len(ask.region) == 9:
        return ask.region
    return regions.whole_area(ask.region) if ask.scope == "whole" else regions.own(ask.region)


def _voucher(row: Row, side: int) -> ports.VoucherRow:
    document = row.document_title or row.source_name or row.document_no
    account = f"{row.account} {row.account_name}".strip()
    return ports.VoucherRow(
        row.entry_id,
        row.business_date,
        document,
        row.source_ref,
        row.amount_fen * side,
        account,
        row.rule_code,
        row.summary,
        document_no=row.document_no,
    )


def document_facts(
    engine: Engine, region: str, fiscal_year: int, as_of: datetime | None = None
) -> tuple[date, str]:
    """The date of the newest document on a place's books for the year and the next, and their sources.

    Raises ReportError where the books hold nothing: a report needs a ledger.
    """
    scope = city_scope(region, fiscal_year, date.min)
    newest, sources = engine.papers(
        scope.level[: 6 if scope.is_own else 4], (fiscal_year, fiscal_year + 1), as_of
    )
    if newest is None:
        raise ReportError(
            f"账上没有 {region} 在 {fiscal_year} 年的资料", rule="报告的数出自总账",
            hint="先用 fisc import 导入预算表，再写报告",
        )  # fmt: skip
    return newest, f"数据来源：{'、'.join(sources)}" if sources else ""


def city_scope(region: str, fiscal_year: int, dated_on: date, *, issued_on: date | None = None,
               source_note: str = "", as_of: str = "",
               is_simulated: bool = False, through_month: int = 12) -> ports.Scope:  # fmt: skip
    """What a report is about: all of a city by six digits, its own level by nine, a county by either.

    Raises UnknownRegion for a region that is not known.
    """
    city = regions.require(region)
    is_own = region == city.mof_div_code or not areas.is_city(city.mof_div_code)
    below = () if is_own else regions.below(region)
    counties = tuple(ports.Place(row.mof_div_code, row.name) for row in below)
    return ports.Scope(
        city.name,
        city.mof_div_code if is_own else regions.whole_area(region),
        regions.own(region),
        counties,
        fiscal_year,
        f"{city.name}财政局",
        dated_on,
        issued_on,
        source_note,
        as_of,
        through_month=through_month,
        is_simulated=is_simulated,
        below=_counties_below(city.mof_div_code),
        receiving=tuple(ports.Place(row.mof_div_code, row.name) for row in regions.below(city.mof_div_code)),
    )


def _counties_below(city: str) -> str:
    """What the counties below a city are called together, '' where none are."""
    names = [row.name for row in regions.below(city) if row.level == "county"]
    return counties_word(names) if names else ""
