"""What stood, what came and went, what stands (年初余额 + 增加 − 减少 = 年末余额), part by part.

Each roll is declared once with every part that moves it, and a report prints one only where it comes out to
the fen: parts that nobody listed would show as a difference, and then nothing is printed but that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fisc.kernel.money import format_fen, rounding_note
from fisc.report.amounts import YI, common_unit
from fisc.report.marks import Marked
from fisc.report.views import View


@dataclass(frozen=True, slots=True)
class Part:
    """What moves a balance: its figure, whether it adds (+1) or takes (-1), its words, and those of none."""

    figure_id: str
    sign: int
    words: str
    none: str = ""


@dataclass(frozen=True, slots=True)
class Roll:
    """A balance's figures: what it began with (`years` from the view's), what moved it, what it came to."""

    opening: str
    parts: tuple[Part, ...]
    closing: str
    years: int = 0

    def begun(self, view: View) -> int | None:
        """What it began with in fen; None where nothing is known of it."""
        return _fen(view.at(view.year + self.years), self.opening)

    def moved(self, view: View) -> list[tuple[Part, int]]:
        """Each part that moved it, in fen as it counts."""
        known = ((part, _fen(view, part.figure_id)) for part in self.parts)
        return [(part, part.sign * fen) for part, fen in known if fen]

    def off(self, view: View) -> int:
        """By how many fen its end differs from its beginning and what moved it; 0 where one is not known.

        A year whose own books begin with nothing begins with zero; of another year's nothing is concluded.
        """
        end, begun = _fen(view, self.closing), self.begun(view)
        if end is None or (begun is None and self.years):
            return 0
        return end - (begun or 0) - sum(fen for _, fen in self.moved(view))

    def why_off(self, view: View) -> str:
        """The difference in words; '' where there is none."""
        off = self.off(view)
        return (
            f"{view.name}的年初余额与各项增减不等于年末余额，差 {format_fen(off)} 元，须查明" if off else ""
        )


def _debt(plan: str = "") -> tuple[Roll, ...]:
    moves = (("issued", 1, "转贷"), ("repaid", -1, "还本"), ("other_changes", 1, "存量调整"))
    return tuple(
        Roll(
            f"debt.balance{kind}",
            tuple(Part(f"debt.{key}{kind}{plan}", sign, words) for key, sign, words in moves),
            f"debt.balance{kind}{plan}",
            -1,
        )
        for kind in ("", ".general", ".special")
    )


_FUND, _WORKING = "reserves.stabilisation_fund", "reserves.working_capital"
#: What a template asks for by its key: a roll, and those of its kinds that stand beside it.
ROLLS: Final[Mapping[str, tuple[Roll, ...]]] = {
    "stabilisation": (
        Roll(
            f"{_FUND}.opening",
            (
                Part("balance.general.outlay.set_aside", 1, "当年安排补充", "当年没有补充"),
                Part(f"{_WORKING}.to_stabilisation", 1, "预算周转金转入"),
                Part("revenue.stabilisation_drawn", -1, "当年动用", "当年没有动用"),
            ),
            _FUND,
        ),
    ),
    "working_capital": (
        Roll(
            f"{_WORKING}.opening",
            (
                Part("balance.general.outlay.set_apart", 1, "当年设置和补充"),
                Part(f"{_WORKING}.to_stabilisation", -1, "转入预算稳定调节基金"),
            ),
            _WORKING,
        ),
    ),
    "debt": _debt(),
    "debt.budget": _debt(".budget"),
}


def is_held(key: str, view: View) -> bool:
    """Whether anything stood, moved or stands."""
    roll = ROLLS[key][0]
    return bool(roll.begun(view) or roll.moved(view) or _fen(view, roll.closing))


def why_off(key: str, *views: View) -> str:
    """Why the rolls of `key` may not be printed of `views`: which does not come out, by how much; else ''."""
    whys = (roll.why_off(view) for view in views for roll in ROLLS[key])
    return next(filter(None, whys), "")


def rolled(key: str, view: View) -> Marked:
    """A sentence's part: what stood, every part that moved it, what stands; in one unit throughout."""
    roll = ROLLS[key][0]
    end, begun, moved = _fen(view, roll.closing), roll.begun(view), roll.moved(view)
    parts = [begun or 0, *(fen for _, fen in moved)]
    unit = common_unit([*parts, end or 0])
    said = Marked("，").join(_clauses(roll, view, unit))
    is_whole = begun is not None and end is not None
    rounding = rounding_note(parts, end or 0, unit, 2) if is_whole else ""
    return Marked(said + (f"（{rounding}）" if rounding else ""))


def _clauses(roll: Roll, view: View, unit: str) -> Iterator[Marked]:
    moved = {part for part, _ in roll.moved(view)}
    asked = "" if unit == YI else unit
    if roll.begun(view) is not None:
        start = view.at(view.year + roll.years)
        yield Marked("上年末余额" + start.fig(roll.opening, asked))
    for part in roll.parts:
        if part in moved:
            yield Marked(part.words + view.fig(part.figure_id, asked))
        elif part.none:
            yield Marked(part.none)
    if _fen(view, roll.closing) is not None:
        yield Marked("年末余额" + view.fig(roll.closing, asked))


def _fen(view: View, figure_id: str) -> int | None:
    value = view.value(figure_id)
    return None if value is None else int(value)
