"""How rules of the budget refuse: one refusal that names whatever breaks a rule."""

from __future__ import annotations

from collections.abc import Iterable

from fisc.documents import RuleBroken
from fisc.documents.refusals import LISTED, listed


def refuse(keys: Iterable[str], what: str, rule: str, hint: str) -> None:
    """Raise RuleBroken for `what`, naming `keys`, if there are any."""
    bad = list(keys)
    if bad:
        raise RuleBroken(
            f"{what}：{listed(bad)}", rule=rule, hint=hint,
            details={"keys": bad[:LISTED], "refused": len(bad)},
        )  # fmt: skip
