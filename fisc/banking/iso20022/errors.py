"""Refusals of messages."""

from __future__ import annotations

from fisc.kernel.errors import FiscError


class MessageRefused(FiscError):
    """A message that is malformed, foreign or inconsistent with itself; nothing of it was believed."""
