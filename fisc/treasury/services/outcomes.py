"""Answers of services that take many items: one outcome each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fisc.documents.refusals import LISTED
from fisc.kernel import DuplicateConflict, FiscError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: `is_new` when this call did it; `refusal` says why it was not done."""

    key: str
    is_new: bool
    refusal: FiscError | None = None


def conflict(what: str, keys: Sequence[str]) -> DuplicateConflict:
    """The refusal of a natural key that stands with other content."""
    return DuplicateConflict(
        f"{what} {'、'.join(keys[:5])} 已经办理，但这次的内容不同",
        rule="同一业务编号只办理一次",
        hint="请核对编号与内容；更正请另用新的编号",
        details={"refused": len(keys), "keys": list(keys[:LISTED])},
    )


def outcomes(keys: Sequence[str], new: Iterable[str], refused: Mapping[str, FiscError]) -> list[Outcome]:
    """One outcome for each key, in order; of a key given twice only the first is new."""
    left = set(new)
    found = []
    for key in keys:
        found.append(Outcome(key, key in left and key not in refused, refused.get(key)))
        left.discard(key)
    return found
