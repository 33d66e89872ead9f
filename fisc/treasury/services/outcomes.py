"""Answers of services that take many items: one outcome each, or one refusal naming all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fisc.documents import RuleBroken
from fisc.kernel import DuplicateConflict, FiscError

#: Refused items that a message lists at most.
LISTED = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: `is_new` when this call did it; `refusal` says why it was not done."""

    key: str
    is_new: bool
    refusal: FiscError | None = None


def refuse_all(refusals: Mapping[str, FiscError]) -> None:
    """Raise one refusal that names every refused item (at most 20 in words), if there is any.

    One refusal is raised as it is; several of one kind as that kind, of several kinds as RuleBroken.
    """
    if not refusals:
        return
    first = next(iter(refusals.values()))
    if len(refusals) == 1:
        raise first
    kinds = {type(refusal) for refusal in refusals.values()}
    kind = type(first) if len(kinds) == 1 else RuleBroken
    listed = list(refusals.items())[:LISTED]
    more = f"；等共 {len(refusals)} 项" if len(refusals) > LISTED else ""
    raise kind(
        f"{len(refusals)} 项不能办理：" + "；".join(refusal.message for _, refusal in listed) + more,
        rule="；".join(dict.fromkeys(refusal.rule for _, refusal in listed)),
        hint=first.hint,
        details={"refused": len(refusals), "keys": [key for key, _ in listed]},
    )


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
