"""One refusal that names all that was refused, so that a clerk corrects a batch in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from fisc.documents import RuleBroken
from fisc.documents.refusals import refusal

T = TypeVar("T")


def require_none(what: str, problems: Sequence[str], *, rule: str, hint: str) -> None:
    """Raise the refusal of `what` if there is any problem."""
    if problems:
        raise refusal(RuleBroken, what, problems, rule=rule, hint=hint)


def fresh(keys: Sequence[T], is_new: Sequence[bool]) -> list[T]:
    """Those that this call made or moved: what was done before is not judged again."""
    return [key for key, new in zip(keys, is_new, strict=True) if new]
