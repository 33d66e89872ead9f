"""A tree of money: what a branch holds is what its branches hold together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Node:
    """An amount of fen with its parts. `kind`: source, region, quota, payee, payment, or rest.

    Where there are parts, they add up to the amount: `amount_fen == sum(part.amount_fen)`.
    """

    kind: str
    key: str
    name: str
    amount_fen: int
    facts: dict[str, object] = field(default_factory=dict)
    parts: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """This node and every one below it, parents first."""
        yield self
        for part in self.parts:
            yield from part.walk()


def rest(name: str, amount_fen: int, **facts: object) -> list[Node]:
    """What has not moved on, as a branch; none where nothing is left."""
    return [Node("rest", "", name, amount_fen, dict(facts))] if amount_fen else []


def total(nodes: Iterable[Node]) -> int:
    """The sum of some branches, in fen."""
    return sum(node.amount_fen for node in nodes)


def pruned(node: Node, most: int) -> Node:
    """The tree with at most `most` branches of each kind of money at a level; the others as one branch."""
    parts = [pruned(part, most) for part in node.parts]
    moved = sorted((p for p in parts if p.kind != "rest"), key=lambda p: -p.amount_fen)
    left = [p for p in parts if p.kind == "rest"]
    if len(moved) > most:
        shown, others = moved[:most], moved[most:]
        others_node = Node("rest", "", f"其余 {len(others):,} 项", total(others), {"count": len(others)})
        return replace(node, parts=(*shown, others_node, *left))
    return replace(node, parts=tuple(parts))
