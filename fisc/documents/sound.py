"""Whether an answer tells of something wrong: a command that gives it ends with 1, whatever the use case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fisc.documents.looking import Shown
from fisc.kernel.findings import Finding

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase


def is_sound(case: UseCase, result: Any) -> bool:
    """False where an answer is, or holds, findings, raises an alarm, refuses, or is not proven or sound.

    Every row that a use case with `tells_faults` answers is a fault. A document that is looked at is none,
    whatever was noted of it.
    """
    if isinstance(result, Mapping):
        result = list(result.values())
    rows = result if isinstance(result, list) else [result]
    return not (any(rows) if case.tells_faults else any(map(_is_wrong, rows)))


def _is_wrong(one: Any) -> bool:
    return not isinstance(one, Shown) and (
        isinstance(one, Finding)
        or bool(getattr(one, "findings", ()))
        or getattr(one, "refusal", None) is not None
        or bool(getattr(one, "alarm", ""))
        or bool(getattr(one, "fault_count", 0))
        or not (getattr(one, "is_proven", True) and getattr(one, "is_sound", True))
    )
