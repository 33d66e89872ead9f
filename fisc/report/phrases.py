"""What the annual summary's template can say of its slots: numbers, changes and claims in words.

A gap prints a letter with its reason the first time, the letter alone after that (〔缺A：…〕, 〔缺A〕),
so that a text full of gaps still reads; the letters are listed with what they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from fisc.report.amounts import Style, digits_below, direction
from fisc.report.claims import Verdict
from fisc.report.marks import Marked, Reference, letter_of
from fisc.report.ports import FigureAsk, FigureResult, Value
from fisc.report.reasons import Reason
from fisc.report.slots import PLACE_NAMES, Slot, Slots

#: How many earlier years a figure is followed back.
TREND_YEARS = 4
#: The sector that is none of those with a name.
_OTHER = "其他"
#: The classes of spending that a chart shows, by the names that fit beside a bar.
_CLASSES = (
    ("教育", "education"), ("社会保障和就业", "social_security"), ("卫生健康", "health"),
    ("农林水", "agriculture"), ("城乡社区", "urban_rural"), ("一般公共服务", "general_services"),
    ("公共安全", "public_safety"), ("节能环保", "environment"), ("交通运输", "transport"),
    ("住房保障", "housing"),
)  # fmt: skip


@dataclass(slots=True)
class Missing:
    """What one letter stands for: why numbers are missing, and which."""

    letter: str
    reason: Reason
    quantities: list[str] = field(default_factory=list)
    providers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one rendering; remembers the gaps it has printed in `missing`."""

    slots: Slots
    missing: dict[str, Missing] = field(default_factory=dict)

    def slot(self, name: str, unit: str = "") -> Marked:
        """The slot's number with its unit (or in another `unit` of money), its name, or a visible gap."""
        slot = self.slots.of(name) if not unit else replace(self.slots.of(name), unit=unit)
        if slot.kind == "period":
            return Marked(self.slots.month)
        if name in PLACE_NAMES:
            return self.slots.desk.marks.put(self.slots.scope.name)
        return self._number(slot, self.slots.result(slot), slot.style)

    def sectors(self) -> Marked:
        """The sectors of major projects, the greatest first: 民航、高铁等; empty where none is named."""
        result = self.slots.result(self.slots.of("capital.major_projects"))
        parts = [part for part in result.breakdown if part.code and part.value and part.label != _OTHER]
        parts.sort(key=lambda part: (-int(part.value or 0), part.code))
        if not parts:
            return Marked("")
        return self.slots.desk.marks.put("、".join(part.label for part in parts) + "等")

    def grew(self, name: str) -> Marked:
        """A ratio as growth: 增长2.0%, 下降2.0%, 持平; else the gap."""
        result = self.slots.result(self.slots.of(name))
        if result.undefined_reason:
            return Marked("增速为" + self._number(self.slots.of(name), result, Style()))
        word = direction(result.value) if result.value is not None else ""
        return self._changed(
            name, {"增长": 1, "下降": -1, "持平": 0}.get(word), ("增长", "下降", "持平", "增减")
        )

    def rose(self, name: str) -> Marked:
        """An increase: 增加3元, 减少3元, 没有变化; else the gap."""
        return self._changed(name, self._value(name), ("增加", "减少", "没有变化", "增减"))

    def raised(self, name: str) -> Marked:
        """A standard's raise: 提高3.0%, 降低3.0%, 没有调整; else the gap."""
        return self._changed(name, self._value(name), ("提高", "降低", "没有调整", "调整"))

    def where(self, name: str) -> str:
        """The name of the place that a slot is about."""
        return self.slots.place(self.slots.of(name)).name

    def dropped(self, name: str) -> Marked:
        """A drop: 下降3.1个百分点, 上升3.1个百分点, 持平; else the gap."""
        return self._changed(name, self._value(name), ("下降", "上升", "持平", "升降"))

    def beyond_plan(self, name: str) -> Marked:
        """What was done beyond the plan: 比年度计划多2.00亿元, 与年度计划持平; else the gap."""
        words = ("比年度计划多", "比年度计划少", "与年度计划持平", "与年度计划相差")
        return self._changed(name, self._value(name), words)

    def lowest(self, name: str) -> Marked:
        """The lowest growth of several, named: 均在9%以上，最低的教育支出增长9.8%; else what the lowest did.

        Where there is none, the gap.
        """
        result = self.slots.result(self.slots.of(name))
        if result.value is None:
            return Marked("中增速最低的一类" + self.grew(name))
        lowest = [one for one in result.operands if one.value == result.value]
        names = [one.name_zh.removesuffix("增长率").removesuffix("支出") + "支出" for one in lowest]
        which = self.slots.desk.marks.put(listed(names) or "一类支出")
        if result.value < Decimal("0.01"):
            return Marked("中增速最低的" + which + self.grew(name))
        its = self.slots.desk.marks.put(
            Reference((lowest or [result])[0], Style(digits=digits_below(result.value)))
        )
        self.slots.desk.used |= {one.ask.key: one for one in lowest}
        both = "均" if len(lowest) > 1 else ""
        return Marked("的增速均在" + self.slot(name) + "以上，最低的" + which + both + "增长" + its)

    def verdict(self, name: str) -> Verdict:
        """Whether the claim of a slot stands, fell, or cannot be told."""
        return self.slots.verdict(name)

    def said(self, name: str, words: str) -> Marked:
        """`words` that open to what the claim of a slot rests on; the gap where it cannot be told."""
        slot = self.slots.of(name)
        return self._number(slot, self.slots.result(slot), Style(words=words))

    def rival(self, name: str) -> Marked:
        """The earlier year that a record did not beat: 2020年的450.00亿元."""
        rival = self.slots.verdict(name).rival
        if rival is None:
            return Marked("")
        return Marked(f"{rival.ask.fiscal_year}年的" + self.slots.desk.marks.put(Reference(rival, Style())))

    def earlier(self, name: str) -> str:
        """The earlier years that a record was held against: 2021年, 2019—2021年各年."""
        return _years(self._earlier(self.slots.verdict(name)))

    def grounds(self, verdict: Verdict) -> str:
        """Why a claim does not stand or cannot be told; where it does, what years it was held against."""
        years = self._earlier(verdict)
        against = f"与账上可比的{_years(years)}相比" if years else "所依据的数据支持这一结论"
        return verdict.reason or against

    def _earlier(self, verdict: Verdict) -> list[int]:
        years = {one.ask.fiscal_year for one in verdict.figures}
        return sorted(years - {self.slots.scope.fiscal_year})

    def told(self, figure_id: str, unit: str = "") -> Marked:
        """A figure of the whole city that a claim rests on, in `unit` where it is a count."""
        ask = FigureAsk(figure_id, self.slots.scope.whole, self.slots.scope.fiscal_year)
        return self.slots.desk.marks.put(Reference(self.slots.desk.figure(ask), Style(scale=unit)))

    def livelihood(self) -> str:
        """What counts as livelihood spending: the classes of the set that the figure is defined with."""
        return self._livelihood().rpartition("：")[2]

    def livelihood_set(self) -> str:
        """The name and version of that set: “…口径”（第1版）; '' where the place has settled none."""
        if "“" not in self._livelihood():
            return ""
        return "“" + self._livelihood().partition("“")[2].partition("所列")[0]

    def _livelihood(self) -> str:
        ask = FigureAsk("expenditure.livelihood", self.slots.scope.whole, self.slots.scope.fiscal_year)
        return self.slots.desk.figure(ask).definition_zh

    def asked(self, name: str) -> bool:
        """Whether a slot is asked of the place."""
        return not self.slots.aside(self.slots.of(name))

    def aside(self) -> list[tuple[Slot, str]]:
        """The slots that are not asked of the place, each with the reason."""
        return self.slots.set_aside()

    def held(self, *figure_ids: str) -> list[int]:
        """The years, this one among them, in which the whole place has a value of each figure."""
        year = self.slots.scope.fiscal_year
        return [one for one in range(year - TREND_YEARS, year + 1) if self._has(figure_ids, one)]

    def held_classes(self) -> list[tuple[str, str]]:
        """(name, figure) of the classes of spending that this year and the last have, the greatest first."""
        year = self.slots.scope.fiscal_year
        found = [
            (self._value_of(figure_id, year) or 0, name, figure_id)
            for name, figure_id in ((name, f"expenditure.{key}") for name, key in _CLASSES)
            if self._has((figure_id,), year) and self._has((figure_id,), year - 1)
        ]
        return [(name, figure_id) for _, name, figure_id in sorted(found, reverse=True)]

    def _has(self, figure_ids: tuple[str, ...], year: int) -> bool:
        return None not in [self._value_of(figure_id, year) for figure_id in figure_ids]

    def _value_of(self, figure_id: str, year: int) -> Value | None:
        if not self.slots.desk.source.knows(figure_id):
            return None
        return self.slots.desk.figure(FigureAsk(figure_id, self.slots.scope.whole, year)).value

    def judged(self, is_every: bool) -> list[tuple[Slot, Verdict]]:
        """Every claim, or those that can be told, with what became of it, in reading order."""
        return [(slot, one) for slot, one in self.slots.judged() if is_every or one.state != "unknown"]

    def _value(self, name: str) -> Value | None:
        return self.slots.result(self.slots.of(name)).value

    def _changed(self, name: str, value: Value | None, words: tuple[str, str, str, str]) -> Marked:
        """A change in `words`: those for more, for less, for none, and for a gap."""
        slot = self.slots.of(name)
        result = self.slots.result(slot)
        more, less, none, unknown = words
        if value == 0:
            return self.slots.desk.marks.put(Reference(result, Style(words=none)))
        word = unknown if value is None else more if value > 0 else less
        return Marked(word + self._number(slot, result, replace(slot.style, is_abs=True, is_floor=False)))

    def _number(self, slot: Slot, result: FigureResult, style: Style) -> Marked:
        after = "个百分点" if slot.unit == "百分点" else ""
        reason = None
        if result.value is None and not result.undefined_reason:
            reason = self.slots.reason(slot)
            style = replace(style, words=self._gap(slot, reason))
        about = (slot.n, slot.quantity, slot.provider)
        return Marked(self.slots.desk.marks.put(Reference(result, style, reason, about)) + after)

    def _gap(self, slot: Slot, reason: Reason) -> str:
        """What stands for a missing number; a reason is said in full the first time."""
        known = self.missing.get(reason.text)
        if known is None:
            known = self.missing[reason.text] = Missing(letter_of(len(self.missing)), reason)
        is_first = not known.quantities
        known.quantities.append(slot.quantity)
        if slot.provider and slot.provider not in known.providers:
            known.providers.append(slot.provider)
        return f"〔缺{known.letter}：{reason.text}〕" if is_first else f"〔缺{known.letter}〕"


def listed(names: list[str]) -> str:
    """Names in a row: 甲, 甲和乙, 甲、乙和丙."""
    return "和".join(part for part in ("、".join(names[:-1]), *names[-1:]) if part)


def _years(years: list[int]) -> str:
    """Years in words: 2021年, 2019—2021年各年, 2018、2020、2021年各年."""
    if len(years) < 2:
        return "".join(f"{year}年" for year in years)
    is_run = years == list(range(years[0], years[-1] + 1))
    return (f"{years[0]}—{years[-1]}" if is_run else "、".join(map(str, years))) + "年各年"
