"""Refusals of many: one that names what was refused, so that a batch is put right in one go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fisc.documents.errors import NotFound, RuleBroken, WrongState
from fisc.documents.flow import GIVING_UP, REVERSE
from fisc.documents.months import EDITION
from fisc.kernel import DuplicateConflict, FiscError
from fisc.kernel.errors import shown

if TYPE_CHECKING:
    from fisc.documents.flow import Move
    from fisc.documents.kind import Kind

_EDITION: Final = re.compile(EDITION)
#: Refused items that a message names at most; how many there are is always said.
LISTED = 20


def listed(names: Sequence[str], most: int = LISTED, unit: str = "项", mark: str = "、") -> str:
    """The first names in words, and how many there are where that is not all."""
    more = f" 等 {len(names)} {unit}" if len(names) > most else ""
    return mark.join(map(shown, names[:most])) + more


def refusal(kind: type[FiscError], what: str, items: Sequence[str], *, rule: str, hint: str) -> FiscError:
    """The refusal of `what` for each of `items`; details has `refused` (how many) and `items`."""
    return kind(
        f"{what}：{listed(items, mark='；')}",
        rule=rule,
        hint=hint,
        details={"refused": len(items), "items": list(items[:LISTED])},
    )


def lines_at(*numbers: int) -> str:
    """Lines of a document by their place in it, from 1, as refusals name them.

    Who handed in a file is told the rows of the file instead (`fisc.documents.apart`).
    """
    return f"明细第 {'、'.join(map(str, numbers))} 行"


class Fault(NamedTuple):
    """What is wrong with a document, in words, and what its officer does about it."""

    what: str
    remedy: str


def broken(about: str, faults: Sequence[Fault], rule: str) -> RuleBroken:
    """The refusal of a document for all that is wrong with it; its hint is the remedy of each fault."""
    return RuleBroken(
        f"{about}：{'；'.join(fault.what for fault in faults)}", rule=rule,
        hint="；".join(dict.fromkeys(fault.remedy for fault in faults)),
    )  # fmt: skip


def refuse_all(refusals: Mapping[str, FiscError]) -> None:
    """Raise one refusal that stands for those of all items (key -> refusal), if there is any.

    One refusal is raised as it is; several of one kind as that kind, of several kinds as RuleBroken.
    """
    refuse_each(refusals.values(), list(refusals))


def refuse_each(refusals: Iterable[FiscError], keys: Sequence[str] = ()) -> None:
    """`refuse_all` for refusals that say themselves what they refuse."""
    found = list(refusals)
    if not found:
        return
    if len(found) == 1:
        raise found[0]
    kinds = {type(each) for each in found}
    kind = kinds.pop() if len(kinds) == 1 else RuleBroken
    named = found[:LISTED]
    more = f"；等共 {len(found)} 项" if len(found) > LISTED else ""
    raise kind(
        f"{len(found)} 项不能办理：" + "；".join(dict.fromkeys(each.message for each in named)) + more,
        rule="；".join(dict.fromkeys(each.rule for each in named)),
        hint=found[0].hint,
        details={"refused": len(found), "keys": list(keys[:LISTED])},
    )


def conflicting(kind: Kind[Any], keys: Sequence[str]) -> DuplicateConflict:
    """The refusal of documents that stand with other content."""
    return DuplicateConflict(
        f"{kind.name} {_numbers(kind, keys)} 已经编制，但这次的内容不同",
        rule="一份单据只编制一次",
        hint=_how_to_put_right(kind),
        details={"keys": list(keys[:LISTED]), "refused": len(keys)},
    )


def ended(kind: Kind[Any], how: Mapping[str, tuple[str, str]]) -> DuplicateConflict:
    """The refusal to make anew what ended, and stands no more: number -> the (step, day) that ended each."""
    told = [f"{key} 已于 {day} {kind.of(step).name}" for key, (step, day) in how.items()]
    return DuplicateConflict(
        f"{kind.name} {named(told)}，{_NUMBER_ENDED}", rule="一份单据只编制一次，作废、撤销、冲销的留存备查",
        hint=f"请{anew(kind)}", details={"keys": list(how)[:LISTED], "refused": len(how)},
    )  # fmt: skip


_NUMBER_ENDED: Final = "原号不再使用"


def anew(kind: Kind[Any]) -> str:
    """How what a document that ended should have said is entered."""
    return "用原号重新登记" if kind.has_editions else "用新的单据号另编"


def given_twice(what: str, keys: Sequence[str]) -> DuplicateConflict:
    """The refusal of numbers that items of one set bear more than once, with different content."""
    return DuplicateConflict(
        f"{what} {named(keys)} 在这一批里出现不止一次，内容各不相同",
        rule="一个编号只办理一次", hint="请核对编号，各用各的编号后重新提交",
        details={"keys": list(keys[:LISTED]), "refused": len(keys)},
    )  # fmt: skip


def _how_to_put_right(kind: Kind[Any]) -> str:
    """What to do about a document that says something wrong."""
    edits = [step for step in kind.flow.moves if kind.edited(step.code)]
    if edits:
        return f"若要更正，{_ways(kind, edits)}；其后请先退回"
    ends = [step for step in kind.flow.moves if step.code in GIVING_UP]
    if ends:
        reversed_ = [step for step in kind.flow.moves if step.code == REVERSE]
        later = f"；{_ways(kind, reversed_)}（另编冲销单）" if reversed_ else ""
        return f"若要更正，{_ways(kind, ends)}{later}，再{anew(kind)}"
    backs = [step for step in kind.flow.moves if step.is_back]
    if backs:
        return f"若要更正，{_ways(kind, backs)}，改后重新办理"
    return f"请核对单据号；{kind.name}编制后不再更改，更正须另编单据"


def _ways(kind: Kind[Any], steps: Sequence[Move]) -> str:
    """In which states which steps put a document right."""
    return "；".join(
        f"处于{'、'.join(kind.states[s] for s in step.sources)}时用“{step.name}”" for step in steps
    )


def not_found(kind: Kind[Any], keys: Sequence[str]) -> NotFound:
    """The refusal of numbers that no document has, or none that who asks may see: both sound alike."""
    return NotFound(
        f"没有{kind.name} {named(keys)}",
        rule="单据先编制后办理",
        hint="请核对单据号",
        details={"keys": list(keys[:LISTED]), "refused": len(keys)},
    )


def wrong_state(kind: Kind[Any], code: str, keys: Sequence[str], state: str) -> WrongState:
    """The refusal of a step that documents may not take where they stand."""
    step = kind.of(code)
    allowed = "、".join(kind.states[source] for source in step.sources)
    return WrongState(
        f"{kind.name} {_numbers(kind, keys)} 处于“{kind.states.get(state, state)}”，不能{step.name}",
        rule=f"{kind.name}流程：“{step.name}”之前须为{allowed}",
        hint=_what_may_be_done(kind, step, state),
        details={"keys": list(keys[:LISTED]), "refused": len(keys), "state": state},
    )


def _what_may_be_done(kind: Kind[Any], step: Move, state: str) -> str:
    """How a document comes from where it stands to where it may take a step, or what undoes it instead."""
    called = kind.states.get(state, state)
    if state in kind.flow.ended:
        return f"“{called}”的不再办理；要重新办的，请{anew(kind)}"
    way = kind.flow.way(state, step)
    if way:
        return f"处于“{called}”的先办{_named_steps(way, '，再办')}，然后才能{step.name}"
    if papers := _undoing(kind, state):
        return f"“{called}”的不能再{step.name}；要撤回请编制{'或'.join(papers)}"
    onward = [move for move in kind.flow.moves if state in move.sources and move.code != REVERSE]
    if onward:
        return f"不能再{step.name}；处于“{called}”的可以办{_named_steps(onward, '、')}"
    if kind.taken_back_by:
        return f"“{called}”的不能再{step.name}；要撤回请{kind.taken_back_by}"
    return f"“{called}”之后没有步骤，不能再{step.name}；请核对单据号"


def _named_steps(steps: Sequence[Move], mark: str) -> str:
    """Steps in words, each once: a step may lead from several states."""
    return mark.join(dict.fromkeys(f"“{step.name}”" for step in steps))


def _undoing(kind: Kind[Any], state: str) -> list[str]:
    """The names of the kinds whose documents take back what one of this kind did, where it stands."""
    from fisc.documents.installation import declared_by
    from fisc.settings import INSTALLED_APPS

    kinds = declared_by(INSTALLED_APPS).kinds
    return [other.name for other in kinds if state in other.undoes.get(kind.prefix, ())]


def named(keys: Sequence[str]) -> str:
    """The numbers of documents in words, as they are printed: without what tells editions of one apart."""
    return listed([printed(key) for key in keys[:5]] + list(keys[5:]), most=5, unit="份")


def _numbers(kind: Kind[Any], keys: Sequence[str]) -> str:
    """The numbers of documents of a kind in words, as its lists show them."""
    return named([kind.short(key) for key in keys] if kind.tail else keys)


def printed(key: str) -> str:
    """The number of a document as people write it, whatever edition of it is meant."""
    return _EDITION.sub("", key)
