"""A step that a document may not take is refused with the way there from where it stands, of every kind."""

from __future__ import annotations

import re

import pytest

from fisc.documents.flow import Move
from fisc.documents.kind import Kind
from fisc.documents.refusals import anew, wrong_state
from tests.documents.attacks import KINDS

_CASES = [
    (kind, step, state)
    for kind in KINDS.values()
    for step in kind.flow.moves
    for state in kind.states
    if state not in step.sources
]


def _may_lead(kind: Kind, state: str, names: list[str], step: Move) -> bool:
    """Whether steps of these names, in this order, lead from a state to where the step may be taken."""
    states = {state}
    for name in names:
        states = {m.target for m in kind.flow.moves if m.name == name and states & set(m.sources)}
    return bool(states & set(step.sources))


@pytest.mark.parametrize(
    ("kind", "step", "state"), _CASES, ids=[f"{k.prefix}-{m.code}-{s}" for k, m, s in _CASES]
)
def test_the_hint_leads_to_the_step_or_says_what_undoes_it(kind: Kind, step: Move, state: str) -> None:
    """What ended leads nowhere: its hint says how it is entered anew."""
    hint = wrong_state(kind, step.code, ["x"], state).hint
    papers = [other.name for other in KINDS.values() if state in other.undoes.get(kind.prefix, ())]
    if state in kind.flow.ended:
        assert kind.states[state] in hint and anew(kind) in hint
    elif "先办" in hint:
        before, _, _ = hint.partition("，然后")
        steps = re.findall("“([^”]+)”", before.partition("先办")[2])
        assert _may_lead(kind, state, steps, step), hint
    else:
        assert f"不能再{step.name}" in hint
        assert all(name in hint for name in papers), hint


@pytest.mark.parametrize(
    ("prefix", "step", "state", "hint"),
    [
        (
            "quota_document",
            "discard",
            "issued",
            "“已下达”的不能再作废；要撤回请另编一份指标文：下达的用调减或收回，冻结的用解冻，占用的用释放",
        ),
        ("quota_document", "discard", "reviewed", "处于“已审核”的先办“退回”，然后才能作废"),
        ("transfer_receipt", "discard", "entered", "“已登记”的不能再作废；要撤回请编制转移支付收回单"),
        ("daily_report", "discard", "posted", "“已入账”的不能再作废；要撤回请编制收入冲销单"),
        ("pay_app", "approve", "draft", "处于“草稿”的先办“单位审核”，然后才能财政审核"),
    ],
)
def test_hints_in_words(prefix: str, step: str, state: str, hint: str) -> None:
    assert wrong_state(KINDS[prefix], step, ["x"], state).hint == hint
