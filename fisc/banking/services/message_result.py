"""What a message did, as whoever received it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fisc.documents.refusals import listed
from fisc.kernel.findings import Finding


@dataclass(slots=True)
class MessageResult:
    """What a message did. `is_new` is False where it had come before and nothing was done again.

    `announced` are its entries that are not booked (pending, for information), in words; they are not kept.
    """

    message_id: str
    kind: str
    is_new: bool = True
    line_count: int = 0
    paid: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    persons_paid: list[str] = field(default_factory=list)
    persons_returned: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    is_answer: bool = False
    is_void: bool = False
    is_unchecked: bool = False

    @property
    def effect(self) -> str:
        """What it did, in words: an answer that paid nothing and sent nothing back did nothing."""
        if self.is_void:
            return "先前已收取，并已作废，没有再办理"
        if not self.is_new:
            return "先前已收取，没有再办理"
        done = {
            "已支付": len(self.paid), "已退票": len(self.returned),
            "已发放": len(self.persons_paid), "发放退回": len(self.persons_returned),
        }  # fmt: skip
        words = [f"{name} {count} 笔" for name, count in done.items() if count]
        if not words:
            words = ["未支付"] if self.is_answer else ["已登记"]
        if self.findings:
            words.append(f"差错 {len(self.findings)} 项")
        if self.announced:
            said = listed(self.announced, most=3, mark="；", unit="笔")
            words.append(f"另有 {len(self.announced)} 笔只是预告、没有入账，未予登记（{said}）")
        # of this version no schema is here: what its elements are called was all that could be judged
        return "、".join(words) + (f"（{self.kind} 未附结构定义，按元素名收取）" if self.is_unchecked else "")


def together(results: Sequence[MessageResult]) -> MessageResult:
    """What the messages of one file did."""
    first, *more = results
    for other in more:
        first.is_new = first.is_new or other.is_new
        first.is_void = first.is_void and other.is_void
        first.line_count += other.line_count
        for name in ("paid", "returned", "persons_paid", "persons_returned", "findings", "announced"):
            getattr(first, name).extend(getattr(other, name))
    return first
