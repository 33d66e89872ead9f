"""Items from the flat rows of a file: neighbours that say the same of an item are lines of one item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fisc.documents.errors import RuleBroken
from fisc.documents.inputs import PART, Part, Shape


class Grouped(NamedTuple):
    """What flat rows say of one item, and the places of its rows among all."""

    values: dict[str, Any]
    rows: list[int]


def group(shape: Shape, rows: Sequence[Mapping[str, Any]]) -> list[Grouped]:
    """Items from flat rows: neighbours that say the same of the item are lines of one item.

    Raises RuleBroken where rows of one item stand apart; its details has the places of these `rows`.
    """
    if not shape.parts:
        return [Grouped(dict(row), [place]) for place, row in enumerate(rows)]
    names = [field.name for field in shape.fields]
    found: list[Grouped] = []
    for place, row in enumerate(rows):
        own = {name: row[name] for name in names if name in row}
        if not found or any(found[-1].values.get(name) != value for name, value in own.items()):
            found.append(Grouped({**own, **{part.name: [] for part in shape.parts}}, []))
        found[-1].rows.append(place)
        part = _part_of(shape, row, place)
        if part is None:
            continue
        line = {field.name: row[name] for name, field in shape.flat_lines(part) if name in row}
        found[-1].values[part.name].append(line)
    _require_together(shape, found)
    return found


def _require_together(shape: Shape, items: Sequence[Grouped]) -> None:
    """Raise RuleBroken for items that say the same: one, whose rows stand apart with others between."""
    known = set[tuple[str, ...]]()
    for item in items:
        own = tuple(str(item.values.get(field.name, "")) for field in shape.fields)
        if own in known:
            raise RuleBroken(
                f"“{'、'.join(filter(None, own[:3]))}”的各行没有排在一起", rule="一份单据的各行相邻",
                hint="请把同一份单据的各行排在一起后重新提交", details={"rows": item.rows},
            )  # fmt: skip
        known.add(own)


def _part_of(shape: Shape, row: Mapping[str, Any], place: int) -> Part | None:
    """The list that a row is a line of; None where it says nothing but of its item, which may be without."""
    said = str(row.get(PART, ""))
    if not (said or any(p.is_required or any(n in row for n, _ in shape.flat_lines(p)) for p in shape.parts)):
        return None
    if len(shape.parts) == 1:
        return shape.parts[0]
    for part in shape.parts:
        if said in (part.name, part.heading):
            return part
    known = "、".join(f"{part.heading}（{part.name}）" for part in shape.parts)
    raise RuleBroken(
        f"没有明细“{said}”", rule="每行写明是哪一种明细", hint=f"可用：{known}", details={"rows": [place]}
    )
