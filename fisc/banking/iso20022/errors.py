"""Refusals of messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fisc.kernel.errors import FiscError

_HINT: Final = "整份文件未予采信；请退回对方更正后重发"


class MessageRefused(FiscError):
    """A message that is malformed, foreign or inconsistent with itself; nothing of it was believed."""


@contextmanager
def standing_at(place: str) -> Iterator[None]:
    """Whatever is refused inside names the place in the file where it stands, and what to do."""
    try:
        yield
    except MessageRefused as refusal:
        raise MessageRefused(
            f"{place}：{refusal.message}", rule=refusal.rule, hint=refusal.hint or _HINT,
            details=refusal.details,
        ) from None  # fmt: skip
