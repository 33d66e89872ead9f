"""Refusals of many: one that names what was refused, so that a batch is put right in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fisc.documents.errors import RuleBroken
from fisc.kernel import FiscError

#: Refused items that a message names at most; how many there are is always said.
LISTED = 20


def listed(names: Sequence[str], most: int = LISTED, unit: str = "项", mark: str = "、") -> str:
    """The first names in words, and how many there are where that is not all."""
    more = f" 等 {len(names)} {unit}" if len(names) > most else ""
    return mark.join(names[:most]) + more


def refusal(kind: type[FiscError], what: str, items: Sequence[str], *, rule: str, hint: str) -> FiscError:
    """The refusal of `what` for each of `items`; details has `refused` (how many) and `items`."""
    return kind(
        f"{what}：{listed(items, mark='；')}",
        rule=rule,
        hint=hint,
        details={"refused": len(items), "items": list(items[:LISTED])},
    )


def refuse_all(refusals: Mapping[str, FiscError]) -> None:
    """Raise one refusal that stands for those of all items (key -> refusal), if there is any.

    One refusal is raised as it is; several of one kind as that kind, of several kinds as RuleBroken.
    """
    refuse_each(refusals.values(), list(refusals))


def refuse_each(refusals: Iterable[FiscError], keys: Sequence[str] = ()) -> None:
    """`refuse_all` for refusals that say themselves what they refuse."""
    found = list(refusals)
    if not found:
        return
    if len(found) == 1:
        raise found[0]
    kinds = {type(each) for each in found}
    kind = kinds.pop() if len(kinds) == 1 else RuleBroken
    named = found[:LISTED]
    more = f"；等共 {len(found)} 项" if len(found) > LISTED else ""
    raise kind(
        f"{len(found)} 项不能办理：" + "；".join(each.message for each in named) + more,
        rule="；".join(dict.fromkeys(each.rule for each in named)),
        hint=found[0].hint,
        details={"refused": len(found), "keys": list(keys[:LISTED])},
    )
