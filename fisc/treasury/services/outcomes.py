"""Answers of services that take many items: one outcome each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fisc.documents.refusals import LISTED
from fisc.kernel import DuplicateConflict, FiscError
from fisc.kernel.findings import Finding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: `is_new` when this call did it; `refusal` says why it was not done.

    `notes` is what rules noted of it, in words: findings that stay open until somebody deals with them.
    """

    key: str
    is_new: bool
    refusal: FiscError | None = None
    notes: tuple[str, ...] = ()


def conflict(what: str, keys: Sequence[str]) -> DuplicateConflict:
    """The refusal of a natural key that stands with other content."""
    return DuplicateConflict(
        f"{what} {'、'.join(keys[:5])} 已经办理，但这次的内容不同",
        rule="同一业务编号只办理一次",
        hint="请核对编号与内容；更正请另用新的编号",
        details={"refused": len(keys), "keys": list(keys[:LISTED])},
    )


def outcomes(
    keys: Sequence[str], new: Iterable[str], refused: Mapping[str, FiscError],
    noted: Iterable[Finding] = (),
) -> list[Outcome]:  # fmt: skip
    """One outcome for each key, in order; of a key given twice only the first is new."""
    left = set(new)
    notes: dict[str, list[str]] = {}
    for one in noted:
        notes.setdefault(one.document, []).append(f"{one.name}：{one.what}")
    found = []
    for key in keys:
        is_new = key in left and key not in refused
        found.append(Outcome(key, is_new, refused.get(key), tuple(notes.get(key, ())) if is_new else ()))
        left.discard(key)
    return found
