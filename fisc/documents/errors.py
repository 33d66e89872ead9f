"""Refusals that every domain shares. The database raises the same ones by their SQLSTATE."""

from __future__ import annotations

from fisc.kernel import FiscError
from fisc.kernel.errors import know_refusal
from fisc.registry.errors import DisabledElement, FourEyes, MissingDuty, Undeclared

__all__ = ["DisabledElement", "FourEyes", "MissingDuty", "NotFound", "RuleBroken", "Undeclared", "WrongState"]


class RuleBroken(FiscError):
    """A rule of the field refuses what was asked; nothing was posted."""


class NotFound(FiscError):
    """A document or element that was named does not exist."""


class WrongState(FiscError):
    """The document is not in a state from which this step may be taken."""


for _state, _kind in (
    ("FS101", WrongState),
    ("FS103", FourEyes),
    ("FS104", RuleBroken),
    ("FS105", NotFound),
):
    know_refusal(_state, _kind)
