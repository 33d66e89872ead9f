"""The slots of the annual summary: what it must say, in what unit, from which figure.

A slot is one number, name or claim of the summary. `data/slots.csv` lists them in reading order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Literal

from fisc.kernel.money import fen_per
from fisc.registry import regions
from fisc.registry.region_names import whole_word
from fisc.registry.tables import RegionRow
from fisc.report.amounts import Style, floor_percent, multiple_of, round_half_up, show
from fisc.report.claims import CLAIMS, Facts, Verdict
from fisc.report.errors import TemplateError
from fisc.report.ports import FigureAsk, FigureResult, Place, Scope, Unit, Value
from fisc.report.reasons import NO_VERSION, Reason, absent, table, why
from fisc.report.views import Desk

State = Literal["filled", "gap"]

#: Names that stand for the reporting city itself; the others are names from registers.
PLACE_NAMES = ("place.ecology", "place.innovation", "place.outlook")
_FLOORED = ("expenditure.key_areas.min_yoy",)
_RANKED = "claim.revenue_rank"
_OF_COUNTIES = "涉及下级地区，本总结只含本级"
_UNNAMED = "name.platform"
_NOT_DEFINED = "指标目录还没有这一项"


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing the summary says: `figure` is a figure id, a claim id, or - for a name.

    `name` is what templates and programs call it; `n` is its place in reading order, for people. `scope`:
    whole, own or the code of one county. `provider` is who has to bring it; `home` how the codes of the
    region begin that it was written for, '' for all.
    """

    n: str
    name: str
    section: str
    quantity: str
    unit: str
    figure: str
    kind: str
    scope: str
    provider: str
    home: str

    @property
    def measure(self) -> Unit:
        """What the slot's number is in by nature: money, a ratio or a count."""
        if self.unit.endswith("元"):
            return "fen"
        return "ratio" if self.unit in ("%", "百分点") else "count"

    @property
    def style(self) -> Style:
        """How its number prints: money by the sentence where it is in 亿元, shares in %."""
        if self.kind in ("name", "claim") or self.unit == "百分点":
            return Style(has_unit=False)
        if self.unit == "%":
            return Style(is_floor=self.name in _FLOORED)
        if self.unit.endswith("元"):
            return Style("" if self.unit == "亿元" else self.unit)
        return Style(scale=self.unit)


@dataclass(frozen=True, slots=True)
class SlotState:
    """A slot as it stands: its value in its unit, the same as printed, and what is behind it.

    `value` is a Decimal in the slot's unit, a name, or True and False for a claim; `exact` the
    figure's own value (fen, ratio or count). `rows` counts the vouchers behind it. A gap has a
    `reason` that says what to do; a claim that fell has one too.
    """

    slot: Slot
    state: State
    value: Decimal | str | bool | None
    shown: str
    exact: Value | None
    rows: int
    reason: Reason | None
    result: FigureResult | None = None
    verdict: Verdict | None = None


@cache
def has_own_words(city: str) -> bool:
    """Whether words of its own are listed for a place or what lies above it."""
    return any(city.startswith(row["region"]) for row in table("local_words.csv"))


@cache
def local_words(city: str = "") -> dict[str, str]:
    """What a region calls by a word of its own, all others by the common one: word -> what it is.

    `whole_province` is the whole area of its province in print: 全省, 全区; 全自治区 beside a district, whose
    own area is 全区; 全省（区） where no city is meant.
    """
    rows = table("local_words.csv")
    words = {row["word"]: row["here" if city.startswith(row["region"]) else "elsewhere"] for row in rows}
    places = (regions.find(city), *regions.above(city)) if city else ()
    return words | {"whole_province": _whole_province(places) if places else "全省（区）"}


def _whole_province(places: Sequence[RegionRow]) -> str:
    """What all of a province is called beside a place in it, `places` from the place up."""
    whole = whole_word(places[-1].name)
    province, is_own = places[-1].name, len(places) > 1 and whole == whole_word(places[0].name)
    if not is_own:
        return whole
    return "全自治区" if province.endswith("自治区") else province


@cache
def slots(city: str = "", whole: str = "全市", area: str = "全市") -> tuple[Slot, ...]:
    """All slots, in reading order, in the words of a city's province; `whole` is what is reported on."""
    words = {**local_words(city), "whole": whole, "area": area}
    rows = (Slot(**row) for row in table("slots.csv"))
    return tuple(replace(slot, quantity=slot.quantity.format_map(words)) for slot in rows)


def slots_of(scope: Scope) -> tuple[Slot, ...]:
    """All slots in the words of the place that is reported on."""
    return slots(scope.level, scope.told_word, scope.area_word)


def slot_of(name: str, scope: Scope) -> Slot:
    """The slot of that name; refuses a name that the summary does not have."""
    found = next((slot for slot in slots_of(scope) if slot.name == name), None)
    if found is None:
        raise TemplateError(f"年度总结没有“{name}”这一项", hint="各项见 fisc report slots")
    return found


@dataclass(frozen=True, slots=True)
class Slots:
    """What stands behind each slot, for one reading of the figures."""

    desk: Desk
    scope: Scope
    month: int

    def of(self, name: str) -> Slot:
        """The slot of that name, in the words of the place."""
        return slot_of(name, self.scope)

    def verdict(self, name: str) -> Verdict:
        """Whether the claim of a slot stands, fell, or cannot be told; with its reason."""
        return CLAIMS[self.of(name).figure].judge(Facts(self.desk, self.scope))

    def judged(self) -> list[tuple[Slot, Verdict]]:
        """Every claim that can be asked of the place, with what became of it, in reading order."""
        claims = [slot for slot in slots_of(self.scope) if slot.kind == "claim"]
        return [(slot, self.verdict(slot.name)) for slot in claims if not self.aside(slot)]

    def aside(self, slot: Slot) -> str:
        """Why a slot is not asked of the place, in words; '' where it is."""
        scope = self.scope
        if slot.home and not scope.level.startswith(slot.home) and self._has_none(slot):
            return "本地没有设定这个专题，账上也没有这项数"
        if slot.kind == "claim" and CLAIMS[slot.figure].is_of_counties and not scope.counties:
            return _OF_COUNTIES
        if slot.figure.startswith("transfers.to_banners") and not scope.below:
            return _OF_COUNTIES
        return "位次按全辖数在各市中排列，本总结只含本级" if slot.name == _RANKED and scope.is_own else ""

    def _has_none(self, slot: Slot) -> bool:
        if not self.desk.source.knows(slot.figure):
            return True
        return self.desk.figure(self._ask(slot, slot.figure)).value is None

    def set_aside(self) -> list[tuple[Slot, str]]:
        """The slots that are not asked of the place, each with the reason, in reading order."""
        told = ((slot, self.aside(slot)) for slot in slots_of(self.scope))
        return [(slot, reason) for slot, reason in told if reason]

    def result(self, slot: Slot) -> FigureResult:
        """The figure behind a slot, or its claim as one; a gap with its reason where there is none."""
        if slot.kind == "claim":
            return self._claim(slot, self.verdict(slot.name))
        figure_id = f"name.{slot.name}" if slot.kind == "name" else slot.figure
        if self.desk.source.knows(figure_id):
            return self.desk.figure(self._ask(slot, figure_id))
        reason = absent(_UNNAMED if slot.kind == "name" else figure_id)
        words = f"{_NOT_DEFINED}；{reason.remedy}"
        return self._use(FigureResult(self._ask(slot, figure_id), slot.quantity, words, NO_VERSION, "",
                                      slot.measure, None, gap_reason=reason.text))  # fmt: skip

    def reason(self, slot: Slot) -> Reason:
        """Why a slot is a gap, in brief."""
        if slot.kind == "claim":
            verdict = self.verdict(slot.name)
            return verdict.why or Reason(verdict.reason, "")
        return why(self.result(slot), self.desk.source.knows)

    def state(self, slot: Slot) -> SlotState:
        """How the slot stands."""
        if reason := self.aside(slot):
            return SlotState(slot, "gap", None, "", None, 0, Reason(f"不列入：{reason}", ""))
        if slot.kind == "period":
            return SlotState(slot, "filled", Decimal(self.month), str(self.month), self.month, 0, None)
        if slot.name in PLACE_NAMES:
            return SlotState(slot, "filled", self.scope.name, self.scope.name, None, 0, None)
        if slot.kind == "claim":
            return _claim_state(slot, self.verdict(slot.name))
        result = self.result(slot)
        if result.value is None:
            return SlotState(slot, "gap", None, "", None, result.row_count, self.reason(slot), result)
        return _figure_state(slot, result, result.value)

    def place(self, slot: Slot) -> Place:
        """The place a slot is about: the whole city, its own level, or the county below it that it names.

        Where that county is not below the place reported on, the slot is about the whole of that place.
        """
        places = {"own": self.scope.level} | {one.code: one.code for one in self.scope.counties}
        code = places.get(slot.scope, self.scope.whole)
        return Place(code, self.scope.place_name(code))

    def _ask(self, slot: Slot, figure_id: str) -> FigureAsk:
        return FigureAsk(figure_id, self.place(slot).code, self.scope.fiscal_year)

    def _claim(self, slot: Slot, verdict: Verdict) -> FigureResult:
        """The claim as a figure, so that its words open to what they rest on."""
        claim = CLAIMS[slot.figure]
        value = None if verdict.state == "unknown" else int(verdict.state == "stands")
        gap = verdict.reason if value is None else ""
        return self._use(FigureResult(self._ask(slot, claim.id), claim.name_zh, claim.rule_zh, "1", "",
                                      "claim", value, gap, operands=verdict.figures))  # fmt: skip

    def _use(self, result: FigureResult) -> FigureResult:
        self.desk.used[result.ask.key] = result
        return result


def _claim_state(slot: Slot, verdict: Verdict) -> SlotState:
    if verdict.state == "unknown":
        remedy = verdict.why.remedy if verdict.why else ""
        return SlotState(slot, "gap", None, "", None, 0, Reason(verdict.reason, remedy), verdict=verdict)
    rows = sum(result.row_count for result in verdict.figures)
    stands = verdict.state == "stands"
    reason = None if stands else Reason(verdict.reason, "")
    words = "成立" if stands else "不成立"
    return SlotState(slot, "filled", stands, words, None, rows, reason, verdict=verdict)


def _figure_state(slot: Slot, result: FigureResult, value: Value) -> SlotState:
    style = slot.style if slot.unit != "亿元" else Style("亿元")
    shown = show(result, style) + ("个百分点" if slot.unit == "百分点" else "")
    return SlotState(
        slot, "filled", in_slot_unit(value, slot), shown, value, result.row_count, None, result
    )  # fmt: skip


def in_slot_unit(value: Value, slot: Slot) -> Decimal:
    """A figure's value in the unit of its slot, exactly: fen in 亿元, a ratio in %."""
    if slot.unit.endswith("元"):
        return Decimal(value) / fen_per(slot.unit)
    if slot.unit == "%":
        return floor_percent(value) if slot.name in _FLOORED else Decimal(value) * 100
    if slot.unit == "百分点":
        return round_half_up(Decimal(value) * 100, 2)
    return Decimal(value) / multiple_of(slot.unit)
