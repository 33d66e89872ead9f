"""One refusal that names all that was refused, so that a clerk corrects a batch in one go."""

from __future__ import annotations

from collections.abc import Sequence

from fisc.documents import RuleBroken

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
