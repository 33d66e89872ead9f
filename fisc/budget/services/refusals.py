"""One refusal that names all that was refused, so that a clerk corrects a batch in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from fisc.documents import RuleBroken

T = TypeVar("T")

#: How many of the refused are spelled out.
LISTED = 20


def refusal(what: str, problems: Sequence[str], *, rule: str, hint: str) -> RuleBroken:
    """The refusal of `what` for each of `problems` (at most 20 spelled out, all counted)."""
    named = "；".join(problems[:LISTED])
    more = f" 等 {len(problems)} 项" if len(problems) > LISTED else ""
    return RuleBroken(
        f"{what}：{named}{more}",
        rule=rule,
        hint=hint,
        details={"refused": len(problems), "problems": list(problems[:LISTED])},
    )


def require_none(what: str, problems: Sequence[str], *, rule: str, hint: str) -> None:
    """Raise `refusal` if there is any problem."""
    if problems:
        raise refusal(what, problems, rule=rule, hint=hint)


def fresh(keys: Sequence[T], is_new: Sequence[bool]) -> list[T]:
    """Those that this call made or moved: what was done before is not judged again."""
    return [key for key, new in zip(keys, is_new, strict=True) if new]
