"""The slots of the annual summary: what it must say, in what unit, from which figure.

A slot is one number, name or claim of the summary. `data/slots.csv` lists them in reading order;
`data/absent.csv` says why a figure is not there as long as its business is not on the books.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from fisc.kernel.money import fen_per
from fisc.report.amounts import Style, multiple_of, percent, round_half_up, show
from fisc.report.claims import CLAIMS, Facts, Verdict
from fisc.report.errors import TemplateError
from fisc.report.marks import Marked, Reference
from fisc.report.ports import FigureAsk, FigureResult, Place, Scope, Value
from fisc.report.views import Desk, View

State = Literal["filled", "gap"]

#: Names that stand for the reporting city itself; the others are names from registers.
_PLACE_NAMES = ("19", "28", "82")
_FLOORED = ("43",)
_UNNAMED = "name.platform"
_NO_REASON = "这一项业务尚未接入，账上和登记簿里都没有"
_NOT_DEFINED = "指标目录还没有这一项"
_NO_VERSION = "0"


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing the summary says: `figure` is a figure id, a claim id, or - for a name."""

    n: str
    section: str
    quantity: str
    unit: str
    figure: str
    kind: str
    scope: str

    @property
    def style(self) -> Style:
        """How its number prints: money by the sentence where it is in 亿元, shares in %."""
        if self.unit == "百分点":
            return Style(has_unit=False)
        if self.unit == "%":
            return Style(digits=0, is_floor=True) if self.n in _FLOORED else Style()
        if self.unit.endswith("元"):
            return Style("" if self.unit == "亿元" else self.unit)
        return Style(scale=self.unit)


@dataclass(frozen=True, slots=True)
class SlotState:
    """A slot as it stands: its value in its unit, the same as printed, and what is behind it.

    `value` is a Decimal in the slot's unit, a name, or True and False for a claim; `exact` the
    figure's own value (fen, ratio or count). `rows` counts the vouchers behind it. A gap has
    `reason`; so has a claim that fell.
    """

    slot: Slot
    state: State
    value: Decimal | str | bool | None
    shown: str
    exact: Value | None
    rows: int
    reason: str
    result: FigureResult | None = None
    verdict: Verdict | None = None


def _table(name: str) -> list[dict[str, str]]:
    text = (files("fisc.report") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def slots() -> tuple[Slot, ...]:
    """All slots, in reading order."""
    return tuple(Slot(**row) for row in _table("slots.csv"))


@cache
def _absent() -> tuple[tuple[str, str], ...]:
    return tuple((row["prefix"], row["reason"]) for row in _table("absent.csv"))


def absent_reason(figure_id: str) -> str:
    """Why a figure that the catalogue lacks is not there."""
    return next((reason for prefix, reason in _absent() if figure_id.startswith(prefix)), _NO_REASON)


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots for one rendering of a template: numbers, growth, claims, each by its slot's `n`."""

    desk: Desk
    scope: Scope
    month: int

    def slot(self, n: str) -> Marked:
        """The slot's number with its unit, its name, or a visible gap."""
        slot = _slot(n)
        if slot.kind == "period":
            return Marked(self.month)
        if n in _PLACE_NAMES:
            return self.desk.marks.put(self.scope.name)
        return self._mark(self.result(slot), slot.style)

    def grew(self, n: str) -> Marked:
        """A ratio as growth in words: 增长2.0%, 下降2.0%, 持平; else the gap."""
        slot = _slot(n)
        result = self.result(slot)
        if result.gap_reason:
            return Marked("的增减" + self._mark(result, slot.style))
        return self._view(slot).change(slot.figure)

    def rose(self, n: str) -> Marked:
        """An increase in words: 增加3元, 减少3元; else the gap."""
        slot = _slot(n)
        result = self.result(slot)
        if result.value == 0:
            return Marked("没有变化")
        word = "减少" if result.value is not None and result.value < 0 else "增加"
        return Marked(word + self._mark(result, Style(slot.style.unit, is_abs=True)))

    def verdict(self, n: str) -> Verdict:
        """Whether the claim of a slot stands, fell, or cannot be told; with its reason."""
        facts = Facts(self.desk, self.scope, absent_reason)
        return CLAIMS[_slot(n).figure].judge(facts)

    def fallen(self) -> list[tuple[Slot, Verdict]]:
        """The claims that do not stand, in reading order."""
        return [(slot, verdict) for slot, verdict in self._judged() if verdict.state == "fell"]

    def untold(self) -> int:
        """How many claims cannot be told for want of figures."""
        return sum(verdict.state == "unknown" for _, verdict in self._judged())

    def _judged(self) -> list[tuple[Slot, Verdict]]:
        return [(slot, self.verdict(slot.n)) for slot in slots() if slot.kind == "claim"]

    def result(self, slot: Slot) -> FigureResult:
        """The figure behind a slot; a gap with its reason where the catalogue has none."""
        if slot.kind == "claim":
            verdict = self.verdict(slot.n)
            words = f"结论“{CLAIMS[slot.figure].name_zh}”：所依据的指标齐全并且属实，才可以写"
            return self._missing(slot, verdict.reason, words, verdict.figures)
        if slot.kind == "name":
            return self._missing(slot, absent_reason(_UNNAMED))
        if not self.desk.source.knows(slot.figure):
            return self._missing(slot, absent_reason(slot.figure))
        return self.desk.figure(self._ask(slot))

    def state(self, slot: Slot) -> SlotState:
        """How the slot stands."""
        if slot.kind == "period":
            return SlotState(slot, "filled", Decimal(self.month), str(self.month), self.month, 0, "")
        if slot.n in _PLACE_NAMES:
            return SlotState(slot, "filled", self.scope.name, self.scope.name, None, 0, "")
        if slot.kind == "claim":
            return _claim_state(slot, self.verdict(slot.n))
        return _figure_state(slot, self.result(slot))

    def _ask(self, slot: Slot) -> FigureAsk:
        return FigureAsk(slot.figure, self._place(slot).code, self.scope.fiscal_year)

    def _place(self, slot: Slot) -> Place:
        own = slot.scope == "own"
        return Place(self.scope.level, "市本级") if own else Place(self.scope.whole, "全市")

    def _view(self, slot: Slot) -> View:
        return View(self.desk, self._place(slot), self.scope.fiscal_year)

    def _missing(
        self, slot: Slot, reason: str, words: str = _NOT_DEFINED, behind: tuple[FigureResult, ...] = ()
    ) -> FigureResult:
        figure_id = f"name.{slot.n}" if slot.kind == "name" else slot.figure
        ask = FigureAsk(figure_id, self._place(slot).code, self.scope.fiscal_year)
        result = FigureResult(
            ask, slot.quantity, words, _NO_VERSION, "", "count", None, gap_reason=reason, operands=behind
        )
        self.desk.used[ask.key] = result
        return result

    def _mark(self, result: FigureResult, style: Style) -> Marked:
        if result.gap_reason:
            result = replace(result, gap_reason=_in_brief(result))
        return self.desk.marks.put(Reference(result, style))


def _slot(n: str) -> Slot:
    found = next((slot for slot in slots() if slot.n == n), None)
    if found is None:
        raise TemplateError(f"年度总结没有第 {n} 项", hint="各项见 fisc report slots")
    return found


def _in_brief(result: FigureResult) -> str:
    """Why a number is missing, as a reader wants to know it; the figure's panel has the full reason."""
    if result.version == _NO_VERSION:
        return result.gap_reason.split("：")[0]
    if result.operands and result.operands[0].value is not None:
        return "没有上年同期数可比"
    if result.ask.figure_id.startswith("stat."):
        return absent_reason(result.ask.figure_id)
    return "账上没有发生额"


def _claim_state(slot: Slot, verdict: Verdict) -> SlotState:
    if verdict.state == "unknown":
        return SlotState(slot, "gap", None, "", None, 0, verdict.reason, verdict=verdict)
    rows = sum(result.row_count for result in verdict.figures)
    stands = verdict.state == "stands"
    words = "成立" if stands else "不成立"
    return SlotState(slot, "filled", stands, words, None, rows, verdict.reason, verdict=verdict)


def _figure_state(slot: Slot, result: FigureResult) -> SlotState:
    if result.value is None:
        reason = result.gap_reason or result.undefined_reason
        return SlotState(slot, "gap", None, "", None, result.row_count, reason, result)
    style = slot.style if slot.unit != "亿元" else Style("亿元")
    value = in_slot_unit(result.value, slot)
    return SlotState(
        slot, "filled", value, show(result, style), result.value, result.row_count, "", result
    )  # fmt: skip


def in_slot_unit(value: Value, slot: Slot) -> Decimal:
    """A figure's value in the unit of its slot, exactly: fen in 亿元, a ratio in %."""
    if slot.unit.endswith("元"):
        return Decimal(value) / fen_per(slot.unit)
    if slot.unit == "%":
        return percent(value, 0, is_floor=True) if slot.n in _FLOORED else Decimal(value) * 100
    if slot.unit == "百分点":
        return round_half_up(Decimal(value) * 100, 2)
    return Decimal(value) / multiple_of(slot.unit)
