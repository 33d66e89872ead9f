"""Flows: the states of a kind of document and the steps between them, as a table.

The same table stands in the database (`documents_transition`), where a guard holds it.
What document it is says the kind (`fisc.documents.kind`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fisc.documents.errors import Undeclared

MAKE = "make"
#: The step by which its maker puts a draft right.
REVISE = "revise"


#: The step by which entries were posted again in red.
REVERSE = "reverse"
#: Steps that end a document, so that nothing of it stands and another may be made in its place: before it
#: took effect, or by reversing what it did.
GIVING_UP = frozenset({"discard", "withdraw", "retire"})
ENDING = GIVING_UP | {REVERSE}


@dataclass(frozen=True, slots=True)
class Move:
    """A step: from one of `sources` to `target`, by an officer who holds `duty`.

    Who made one of the moves `not_by` on the same document may not make this one. A move that
    `is_back` sends the document back: a new round of moves begins.
    """

    code: str
    name: str
    sources: tuple[str, ...]
    target: str
    duty: str
    not_by: tuple[str, ...] = ()
    is_back: bool = False
    #: Whether its note says why, or what was done; that of a step that `is_back` does by itself.
    says_why: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """The states (code -> Chinese name) and moves of a kind of document."""

    states: Mapping[str, str]
    initial: str
    make_duty: str
    moves: tuple[Move, ...] = field(default=())

    def __post_init__(self) -> None:
        """A flow names only its own states and moves, each move once. Raises Undeclared."""
        codes = {MAKE, *(m.code for m in self.moves)}
        if len(codes) <= len(self.moves):
            raise Undeclared(f"步骤 {'、'.join(m.code for m in self.moves)} 有重复，或叫做 {MAKE}")
        for m in self.moves:
            strange = {*m.sources, m.target} - self.states.keys() | set(m.not_by) - codes
            if strange:
                raise Undeclared(f"步骤 {m.code}（{m.name}）的 {'、'.join(sorted(strange))} 不在流程表中")
        if self.initial not in self.states:
            raise Undeclared(f"起始状态 {self.initial} 不在流程表中")

    def of(self, code: str) -> Move:
        """The move of a code."""
        return next(m for m in self.moves if m.code == code)

    @property
    def why_moves(self) -> list[str]:
        """Codes of the moves whose note says why: they send back, give up, or are declared so.

        Why a document is reversed its reversal says.
        """
        return [m.code for m in self.moves if m.is_back or m.code in GIVING_UP or m.says_why]

    @property
    def back_moves(self) -> list[str]:
        """Codes of the moves that send a document back."""
        return [m.code for m in self.moves if m.is_back]

    def way(self, state: str, move: Move) -> list[Move] | None:
        """The fewest moves from a state to where `move` may be taken; None where none lead there."""
        ways: dict[str, list[Move]] = {state: []}
        for at in (queue := [state]):
            if at in move.sources:
                return ways[at]
            for step in self.moves:
                if at in step.sources and step.target not in ways:
                    ways[step.target] = [*ways[at], step]
                    queue.append(step.target)
        return None

    @property
    def ended(self) -> frozenset[str]:
        """The states in which nothing of a document stands any more."""
        return frozenset(m.target for m in self.moves if m.code in ENDING)

    @property
    def unfinished(self) -> frozenset[str]:
        """The states in which a document is neither in force nor given up: a step leads on, and it may be
        discarded there, or once it was sent back."""
        discarded = {source for m in self.moves if m.code == "discard" for source in m.sources}
        returned = {source for m in self.moves if m.is_back and m.target in discarded for source in m.sources}
        onward = {
            source for m in self.moves if m.code not in ENDING and not m.is_back for source in m.sources
        }
        return frozenset(onward & (discarded | returned))

    def still_stands(self, code: str, state: str) -> bool:
        """Whether what a step did may stand in a state: not once the document was ended by another step."""
        return state not in self.ended or self.of(code).target == state

    def can_repeat(self, move: Move) -> bool:
        """Whether a document may stand again before a step that it took in this very round.

        Where it may not, its state alone says whether the step can be taken.
        """
        reached, left = {move.target}, [move.target]
        while left:
            state = left.pop()
            found = {m.target for m in self.moves if state in m.sources and not m.is_back} - reached
            reached |= found
            left += found
        return not reached.isdisjoint(move.sources)


def revision(draft: str, duty: str) -> Move:
    """The step that puts right what is a draft, or was sent back to be one; each begins a round."""
    return Move(REVISE, "修改", (draft,), draft, duty, is_back=True)


#: The state that a document which was given up before it took effect is left in.
_DISCARDED = ("discarded", "作废")
#: The state, and the step to it, of a document whose entries were posted again in red.
_REVERSED = ("reversed", "已冲销")
#: States of documents that hold nothing any more: numbers may be used again (`fisc.documents.editions`).
ENDED = (_DISCARDED[0], _REVERSED[0])


def one_step(state: tuple[str, str], duty: str) -> Flow:
    """What is in force as soon as it is noted: `state` (code, name), by who holds `duty`."""
    return Flow(states=dict([state]), initial=state[0], make_duty=duty)


def two_steps(
    first: tuple[str, str],
    step: tuple[str, str],
    done: tuple[str, str],
    duties: tuple[str, str],
    *,
    is_discarded: bool = False,
    is_reversed: bool = False,
) -> Flow:
    """Made by one officer, put in force by another (会计法第三十五条); `is_discarded`: or given up before.

    `is_reversed`: what is in force may be reversed by a document of its own (`fisc.documents.reversing`).

    `first`, `step` and `done` are (code, name) of the states and of the step between them; `duties` those of
    who makes and of who puts in force.
    """
    states, moves = [first, done], [Move(*step, (first[0],), done[0], duties[1], not_by=(MAKE,))]
    if is_discarded:
        states.append(_DISCARDED)
        moves.append(Move("discard", "作废", (first[0],), _DISCARDED[0], duties[0]))
    if is_reversed:
        states.append(_REVERSED)
        moves.append(Move(REVERSE, "冲销", (done[0],), _REVERSED[0], duties[1]))
    return Flow(dict(states), first[0], duties[0], tuple(moves))


def three_steps(
    review: tuple[str, str], approve: tuple[str, str], done: tuple[str, str], duties: tuple[str, str, str], *,
    back_duty: str,
) -> Flow:  # fmt: skip
    """Drafted, reviewed and put in force by three officers; sent back after the review, given up before it.

    A draft is revised as often as needed, before it is reviewed and after it was sent back.

    `review` and `approve` are (code, name) of the steps, `done` of the last state, `duties` those of who
    drafts, reviews and approves.
    """
    make, reviews, approves = duties
    return Flow(
        states=dict([("draft", "草稿"), ("reviewed", "已审核"), done, _DISCARDED]),
        initial="draft",
        make_duty=make,
        moves=(
            Move(*review, ("draft",), "reviewed", reviews, not_by=(MAKE, REVISE)),
            Move(*approve, ("reviewed",), done[0], approves, not_by=(MAKE, REVISE, review[0])),
            Move("back", "退回", ("reviewed",), "draft", back_duty, is_back=True),
            Move("discard", "作废", ("draft",), _DISCARDED[0], make),
            revision("draft", make),
        ),
    )
