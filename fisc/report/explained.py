"""Why a number changed (增减原因), said with figures: the parts that the most of the change comes from."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from fisc.report.marks import Marked
from fisc.report.ports import Value
from fisc.report.views import View

#: Parts are named until they make up this share of the change, and no more than so many.
_ENOUGH: Final = Decimal("0.6")
_MOST: Final = 3
#: A change below this share of what it comes from wants no reason.
WORTH_SAYING: Final = Decimal("0.1")


def explained(view: View, figure_id: str, element: str, code: str = "", length: int = 5) -> Marked:
    """“，主要是甲减少1.20亿元、乙减少0.80亿元”: the parts of a figure's change in its own direction.

    `code` narrows the figure to one class; parts are codes of `length` signs, or one level above where the
    books go no deeper. What explains less than half of the change is said to be among it. Empty where the
    change is not known, is nothing, or has no parts of its own.
    """
    where = {element: code} if code else {}
    increase = f"{figure_id}.increase"
    change = view.value(increase, **where)
    if not change:
        return Marked("")
    shortest = max(len(code) + 1, length - 2)
    parts = [
        part for part in view.parts(increase, (element, length), **where)
        if len(part.code) >= shortest and part.value and (part.value > 0) == (change > 0)
    ]  # fmt: skip
    parts.sort(key=lambda part: (-_size(part.value), part.code))
    said: list[Marked] = []
    explained_fen = 0
    for part in parts[:_MOST]:
        name = view.desk.marks.put(part.label)
        said.append(name + view.amount_change(increase, **{element: part.code}))
        explained_fen += _size(part.value)
        if explained_fen >= _size(change) * _ENOUGH:
            break
    if not said:
        return Marked("")
    back = view.parts(increase, (element, length), **where) if explained_fen > _size(change) else ()
    against = [part for part in back if len(part.code) >= shortest and (part.value or 0) * change < 0]
    if against:  # more was explained than there is: what went the other way is said, too
        most = max(against, key=lambda part: _size(part.value))
        beside = view.desk.marks.put(most.label) + view.amount_change(increase, **{element: most.code})
        said[-1] = said[-1] + Marked("，同时") + beside
    word = "主要是" if explained_fen * 2 >= _size(change) else "其中"
    return Marked(f"，{word}" + "、".join(said))


def _size(amount_fen: Value | None) -> int:
    return abs(int(amount_fen or 0))


def is_worth_saying(view: View, figure_id: str, **params: str) -> bool:
    """Whether a figure moved so much against the year before that a reader asks why."""
    growth = view.value(f"{figure_id}.yoy", **params)
    return growth is not None and abs(Decimal(growth)) >= WORTH_SAYING
