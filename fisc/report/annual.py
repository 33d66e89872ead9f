"""The annual summary (年度工作总结): the shipped template over the slots, and the slots by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fisc.registry import areas, regions
from fisc.registry.region_names import counties_word, kind_word
from fisc.report.model import FigureRun, Report
from fisc.report.phrases import TREND_YEARS, Phrases
from fisc.report.ports import FigureAsk, FigureResult, FigureSource, Scope
from fisc.report.slots import Slots, SlotState, has_own_words, local_words, slots_of
from fisc.report.template import compose, settle
from fisc.report.views import Desk

TEMPLATE = "annual_summary.md.j2"


def region_words(city: str) -> dict[str, str]:
    """What a summary calls the province of a city, its cities, counties and countryside."""
    names = dict(local_words(city))
    names["below"] = counties_word(row.name for row in regions.below(city) if row.level == "county")
    *_, province = (regions.require(city), *regions.above(city))
    names["peers"] = _peers(province.mof_div_code)
    whole = names["whole_province"]
    called = "自治区" if province.name.endswith("自治区") else kind_word(province.name)
    return names | {"peers": f"{whole}各{names['peers']}", "province": called}


def _peers(province: str) -> str:
    """What the cities of a province are called together: 市, 盟市, or 市（州） where it has prefectures."""
    kinds = {kind_word(row.name) for row in regions.children(province) if row.level == "city"}
    return "市" if kinds <= {"市"} else "盟市" if "盟" in kinds else "市（州）"


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A source that reads earlier `years` of every figure with it, so that one pass serves them too.

    It is worth it where the source keeps what it read; the earlier years are asked for when they are shown.
    """

    source: FigureSource
    years: range

    def knows(self, figure_id: str) -> bool:
        return self.source.knows(figure_id)

    def get_many(self, asks: Sequence[FigureAsk]) -> list[FigureResult]:
        earlier = [replace(ask, fiscal_year=year) for ask in asks for year in self.years]
        self.source.get_many(list(dict.fromkeys([*asks, *earlier])))
        return self.source.get_many(asks)


@dataclass(frozen=True, slots=True)
class Annual:
    """What a summary is made of: the figures, the place, the year and the month it is cut off at.

    The clean edition, which a bureau can hand in, leaves out what a number is missing for and lists it.
    """

    source: FigureSource
    scope: Scope
    is_clean: bool = False

    def report(self) -> Report:
        """The summary as a document."""
        source = _Ahead(self.source, self._years)
        report = compose(TEMPLATE, source, self.scope, self._names, is_clean=self.is_clean)
        report.exhibits.update(self._with_trends(report))
        return report

    def _with_trends(self, report: Report) -> dict[str, FigureResult]:
        """The figures that the report prints, each with its values over the years held."""
        shown = dict.fromkeys(run.key for run in report.runs() if isinstance(run, FigureRun))
        found = {key: report.exhibits[key] for key in shown}
        results = {key: result for key, result in found.items() if self.source.knows(result.ask.figure_id)}
        asks = [replace(result.ask, fiscal_year=y) for result in results.values() for y in self._years]
        earlier = iter(self.source.get_many(asks))
        return {
            key: _with_trend(result, [next(earlier) for _ in self._years]) for key, result in results.items()
        }

    @property
    def _years(self) -> range:
        return range(self.scope.fiscal_year - TREND_YEARS, self.scope.fiscal_year)

    def states(self) -> list[SlotState]:
        """Every slot as it stands, in reading order."""
        _, states = settle(self._read, self.source, TEMPLATE)
        return states

    def _read(self, desk: Desk) -> list[SlotState]:
        given = self._slots(desk)
        return [given.state(slot) for slot in slots_of(self.scope)]

    def _slots(self, desk: Desk) -> Slots:
        return Slots(desk, self.scope, self.scope.through_month)

    def _names(self, desk: Desk) -> Mapping[str, Any]:
        given = Phrases(self._slots(desk))
        verbs = ("slot", "grew", "rose", "raised", "dropped", "beyond_plan", "lowest", "verdict", "said",
                 "rival", "told", "earlier", "grounds", "livelihood", "livelihood_set", "judged",
                 "asked", "aside", "where", "held", "held_classes", "sectors")  # fmt: skip
        names: dict[str, Any] = dict(region_words(self.scope.level)) | self._words()
        return {**{verb: getattr(given, verb) for verb in verbs}, **names, "gaps": given.missing}

    def _words(self) -> dict[str, str]:
        """What is said of the figures by the place and by what kind of ledger they are of."""
        words, scope = region_words(self.scope.level), self.scope
        told = "模拟" if scope.is_simulated else "公布"
        last = scope.through_month
        period = "年度数" if last == 12 else f"1—{last}月累计数" if last > 1 else "1月数"
        own, usual = local_words(scope.level), local_words()
        used = "、".join(own[word] for word in usual if own[word] != usual[word] and word in _LISTED)
        common = "、".join(usual[word] for word in _LISTED)
        return {
            "whole": scope.told_word,
            "ranked_by": f"{words['peers']}{told}的{period}",
            "lender": words["province"] if areas.is_city(scope.level) else "上级",
            "words_note": f"用语依当地习惯（{used}）。" if has_own_words(scope.level)
            else f"用语取通行的说法（{common}）。",
        }  # fmt: skip


#: The words that a region may have of its own.
_LISTED = ("countryside", "farmers", "farming")


def _with_trend(result: FigureResult, earlier: list[FigureResult]) -> FigureResult:
    held = [(one.ask.fiscal_year, one.value) for one in [*earlier, result]]
    return replace(result, trend=tuple((year, value) for year, value in held if value is not None))
