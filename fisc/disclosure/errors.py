"""Why a published book was refused: every problem names its rule and its `sheet!cell`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fisc.kernel.errors import FiscError
from fisc.kernel.findings import Finding

#: How many problems a message shows, unless all of them are asked for.
SHOWN_PROBLEMS = 20


_CELLS = "请按所列单元格更正工作簿后重新导入"
_FILE = "请核对是不是这一年、这个区划公开的预算文本，再导入原文件"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a book: the rule broken, where (`sheet!cell`), in words."""

    rule: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}：{self.message}" if self.place else self.message


def noted(rule: str, place: str, message: str) -> Finding:
    """Something a reader of the book should know, at `sheet!cell`; it does not refuse the book."""
    return Finding(rule, rule, message, about=place)


class DisclosureError(FiscError):
    """A published book that cannot be taken in; nothing of it was posted.

    `problems` holds every problem found, in the order of the book; `message` shows the
    first ones. The rule of the error is the rule of its first problem.
    """

    def __init__(self, problems: Sequence[Problem], hint: str = "", shown: int = SHOWN_PROBLEMS) -> None:
        self.problems = tuple(problems)
        super().__init__(
            _message(self.problems, shown),
            rule=self.problems[0].rule if self.problems else "",
            hint=hint or f"{_CELLS if any(self.places) else _FILE}；未记任何一笔账",
            details={"problems": [[p.rule, p.place, p.message] for p in self.problems]},
        )

    def in_full(self) -> DisclosureError:
        """The same refusal with every problem in its message."""
        return DisclosureError(self.problems, self.hint, len(self.problems))

    @property
    def places(self) -> tuple[str, ...]:
        """The `sheet!cell` of every problem, in order."""
        return tuple(p.place for p in self.problems)


def _message(problems: Sequence[Problem], most: int) -> str:
    head = f"这本预算表不能导入，共 {len(problems)} 处问题"
    shown = [f"  {n}. {p}" for n, p in enumerate(problems[:most], 1)]
    more = len(problems) - most
    tail = [f"  另有 {more} 处：加 --all 全部列出，或用 --json"] if more > 0 else []
    return "\n".join([head, *shown, *tail])
