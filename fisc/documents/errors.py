"""Refusals that every domain shares. The database raises the same ones by their SQLSTATE."""

from __future__ import annotations

from fisc.kernel import FiscError
from fisc.kernel.errors import know_refusal
from fisc.registry.errors import DisabledElement, MissingDuty

__all__ = ["DisabledElement", "FourEyes", "MissingDuty", "NotFound", "RuleBroken", "Undeclared", "WrongState"]


class RuleBroken(FiscError):
    """A rule of the field refuses what was asked; nothing was posted."""


class NotFound(FiscError):
    """A document or element that was named does not exist."""


class WrongState(FiscError):
    """The document is not in a state from which this step may be taken."""


class FourEyes(FiscError):
    """Who took an earlier step may not take this one (不相容岗位分离)."""


class Undeclared(FiscError):
    """A declaration that does not say what each column of its table is, or names what there is not."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            rule="单据与登记簿先声明、后安装：每张表、每一列、每一步都有说明",
            hint="请改正该领域的 kinds.py、flow.py、models.py（见 docs/how-to-add-a-domain.md）；数据库未动",
        )


for _state, _kind in (
    ("FS101", WrongState),
    ("FS103", FourEyes),
    ("FS104", RuleBroken),
    ("FS105", NotFound),
):
    know_refusal(_state, _kind)
