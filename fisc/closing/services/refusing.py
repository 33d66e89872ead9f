"""What is under way at a year's end, as a refusal of the step that it blocks."""

from __future__ import annotations

from collections.abc import Sequence

from fisc.documents import RuleBroken
from fisc.kernel.findings import Finding


def refuse_open(affairs: Sequence[Finding], fiscal_year: int) -> None:
    """Raise RuleBroken naming every affair that blocks the closing of a year; nothing where none does."""
    blocking = [affair for affair in affairs if affair.refuses]
    if blocking:
        raise RuleBroken(
            f"{fiscal_year} 年还有未了事项，不能结账：{'；'.join(map(str, blocking[:20]))}",
            rule="；".join(dict.fromkeys(affair.source for affair in blocking)),
            hint="；".join(dict.fromkeys(affair.hint for affair in blocking)),
            details={
                "refused": len(blocking),
                "affairs": [
                    [a.mof_div_code, a.rule_id.partition(".")[2], a.evidence, a.amount_fen] for a in blocking
                ],
            },
        )
