"""Reasons: what says why has four Han signs or more, not all the same, or is left blank.

Which fields are reasons their names and types say (`fisc.documents.limits`), which notes the flow. Asked of
every use case at whatever door before it does anything; the database asks again where reasons are stored
(`documents_guard_reason`, and each step of its note).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fisc.documents.errors import RuleBroken
from fisc.documents.known import places_of, said_at
from fisc.documents.refusals import listed
from fisc.sheets.text import brief, says_something

if TYPE_CHECKING:
    from fisc.documents.inputs import Field
    from fisc.documents.kind import Kind
    from fisc.documents.use_case import UseCase

RULE: Final = "超出常规、退回、作废、更正的，写明情况后办理（会计法第十四条）"
HINT: Final = "请写明情况，至少四个不同的汉字；没有要说明、可以不填的留空"


def with_why(field: Field, kind: Kind[Any] | None, step: str) -> Field:
    """A note beside a step that says why is a reason; else it is a remark, as 同意."""
    moves = kind.flow.why_moves if kind is not None else ()
    is_why = field.name == "note" and (field.is_required or step in moves or not step)
    return replace(field, is_reason=True) if is_why else field


def fault(heading: str, text: str) -> str:
    """What is said of a text that is no reason."""
    return f"{heading}“{brief(text)}”说明不了理由"


def require_reasons(case: UseCase, given: Sequence[Any], said: Mapping[str, Any]) -> None:
    """Raise RuleBroken where a reason says nothing, naming the items that have it."""
    if case.is_reading:
        return
    beside = ((field.name, said.get(field.path[0])) for field in case.options if field.is_reason)
    if empty := _empty(beside):
        raise _refusal(case, empty[0])
    found = {at: _empty(said_at(one, places_of(case), "reasons")) for at, one in enumerate(given)}
    if of_items := {at: texts for at, texts in found.items() if texts}:
        numbers = case.numbers_of(given)
        raise _refusal(case, next(iter(of_items.values()))[0], [numbers[at] for at in of_items])


def require_reason(heading: str, text: str) -> None:
    """Raise RuleBroken for a text that is no reason and not blank."""
    if text.strip() and not says_something(text):
        raise RuleBroken(fault(heading, text), rule=RULE, hint=HINT)


def _empty(said: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [
        (name, text)
        for name, text in said
        if isinstance(text, str) and text.strip() and not says_something(text)
    ]


def _refusal(case: UseCase, empty: tuple[str, str], numbers: Sequence[str] = ()) -> RuleBroken:
    name, text = empty
    about = f"：{listed(numbers, most=5)}" if any(numbers) else ""
    return RuleBroken(
        f"{fault(case.heading(name), text)}{about}", rule=RULE, hint=HINT,
        details={"keys": list(numbers[:20]), "refused": len(numbers), "field": name},
    )  # fmt: skip
