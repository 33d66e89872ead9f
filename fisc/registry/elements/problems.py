"""What is wrong with items, one problem at a time, and the refusal that names them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from fisc.kernel.errors import DuplicateConflict, FiscError, shown
from fisc.registry.errors import BadElement, DisabledElement, RegistryError, SameName, UnknownElement

#: How many refused items a message names; `details` says how many there are.
NAMED = 20

_RULES: dict[type[FiscError], tuple[str, str]] = {
    DuplicateConflict: (
        "同一年度一个编码只有一份内容",
        "请核对编码；确需改动的用 revise 修订并写明原因",
    ),
    UnknownElement: (
        "先登记、后使用（预算管理一体化规范，财办〔2020〕13号）",
        "请先登记该年度的要素，或结转上年要素",
    ),
    DisabledElement: (
        "停用的要素不得使用（预算管理一体化规范，财办〔2020〕13号）",
        "请改用启用的要素，或先恢复启用",
    ),
    SameName: (
        "一个收款人只有一个编码，个人重名的除外（防止以不同编码重复、拆分支付）",
        "同一收款人的账号请加在原编码之下；确为另一单位的，请按账户户名写全称",
    ),
    BadElement: (
        "要素的编码与取值须符合登记格式",
        "请按 fisc registry list element_forms、element_values 更正",
    ),
}


class Problem(NamedTuple):
    """An item that cannot be taken: its place in the call (and in its accounts), and why."""

    position: int
    what: str
    why: str
    refusal: type[FiscError] = BadElement
    part: int = 0
    column: str = ""

    @property
    def words(self) -> str:
        """The problem in one phrase."""
        return f"{shown(self.what)}{'：' if self.what else ''}{shown(self.why)}"


def refuse(label: str, problems: Sequence[Problem]) -> None:
    """Raise for the problems, if any: all are counted, the first are named.

    The kind of refusal is that of the first problem.
    """
    if not problems:
        return
    count = len({problem.position for problem in problems})
    named = "；".join(problem.words for problem in problems[:NAMED])
    more = f"；等共 {count} 项" if len(problems) > NAMED else ""
    kind = problems[0].refusal
    rule, hint = _RULES.get(kind, ("", ""))
    raise kind(
        f"{label} {count} 项被拒绝，全部未登记：{named}{more}",
        rule=rule,
        hint=hint,
        details={"refused": count, "items": [problem.words for problem in problems[:NAMED]]},
    )


def bad_call(message: str, hint: str) -> RegistryError:
    """The refusal of a call that cannot be meant."""
    return BadElement(message, rule="登记须有经办人、日期与完整的要素", hint=hint)


def refuse_use(refusal: type[FiscError], label: str, words: Sequence[str], codes: Sequence[str]) -> NoReturn:
    """Raise for elements that may not be used; `words` say why for the first of `codes`."""
    rule, hint = _RULES[refusal]
    more = f"；等共 {len(codes)} 个" if len(codes) > len(words) else ""
    raise refusal(
        f"{label}不可用：{'；'.join(words)}{more}",
        rule=rule,
        hint=hint,
        details={"refused": len(codes), "codes": list(codes[:NAMED])},
    )
