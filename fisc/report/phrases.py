"""What the annual summary's template can say of its slots: numbers, changes and claims in words.

A gap prints a letter with its reason the first time, the letter alone after that (〔缺A：…〕, 〔缺A〕),
so that a text full of gaps still reads; the letters are listed with what they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from fisc.report.amounts import Style, direction
from fisc.report.claims import Verdict
from fisc.report.marks import Marked, Reference, letter_of
from fisc.report.ports import FigureAsk, FigureResult, Value
from fisc.report.reasons import Reason
from fisc.report.slots import PLACE_NAMES, Slot, Slots


@dataclass(slots=True)
class Missing:
    """What one letter stands for: why numbers are missing, and which."""

    letter: str
    reason: Reason
    quantities: list[str] = field(default_factory=list)


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

    def dropped(self, name: str) -> Marked:
        """A drop: 下降3.1个百分点, 上升3.1个百分点, 持平; else the gap."""
        return self._changed(name, self._value(name), ("下降", "上升", "持平", "升降"))

    def beyond_plan(self, name: str) -> Marked:
        """What was done beyond the plan: 比年度计划多2.00亿元, 与年度计划持平; else the gap."""
        words = ("比年度计划多", "比年度计划少", "与年度计划持平", "与年度计划相差")
        return self._changed(name, self._value(name), words)

    def lowest(self, name: str) -> Marked:
        """The lowest growth of several: 均在9%以上, or what the lowest did; else the gap."""
        value = self._value(name)
        if value is not None and value >= Decimal("0.01"):
            return Marked("的增速均在" + self.slot(name) + "以上")
        return Marked("中增速最低的一类" + self.grew(name))

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

    def told(self, figure_id: str, unit: str = "") -> Marked:
        """A figure of the whole city that a claim rests on, in `unit` where it is a count."""
        ask = FigureAsk(figure_id, self.slots.scope.whole, self.slots.scope.fiscal_year)
        return self.slots.desk.marks.put(Reference(self.slots.desk.figure(ask), Style(scale=unit)))

    def livelihood(self) -> str:
        """What counts as livelihood spending: the classes of the set that the figure is defined with."""
        return self._livelihood().rpartition("：")[2]

    def livelihood_set(self) -> str:
        """The name and version of that set: “…口径”（第1版）."""
        return "“" + self._livelihood().partition("“")[2].partition("所列")[0]

    def _livelihood(self) -> str:
        ask = FigureAsk("expenditure.livelihood", self.slots.scope.whole, self.slots.scope.fiscal_year)
        return self.slots.desk.figure(ask).definition_zh

    def judged(self) -> list[tuple[Slot, Verdict]]:
        """Every claim with what became of it, in reading order."""
        return self.slots.judged()

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
        return Marked(self.slots.desk.marks.put(Reference(result, style, reason)) + after)

    def _gap(self, slot: Slot, reason: Reason) -> str:
        """What stands for a missing number; a reason is said in full the first time."""
        known = self.missing.get(reason.text)
        if known is None:
            known = self.missing[reason.text] = Missing(letter_of(len(self.missing)), reason)
        is_first = not known.quantities
        known.quantities.append(slot.quantity)
        return f"〔缺{known.letter}：{reason.text}〕" if is_first else f"〔缺{known.letter}〕"
