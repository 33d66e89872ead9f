"""The desk: what many hands hand in one at a time, served in groups.

A clerk hands in one application, a reviewer one number. Each goes through the service that takes a thousand,
together with those that wait beside it, and has its own answer: one durable transaction serves the group, and
what is refused is refused alone. Who hands it in is looked up for the whole group at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.documents.acting import refusals
from fisc.documents.answering import Answering
from fisc.documents.noting import Noted
from fisc.documents.numbers import as_known, said_as_known
from fisc.documents.sessions import not_signed_in, officers_of
from fisc.documents.use_case import UseCase
from fisc.kernel import FiscError
from fisc.kernel.errors import StoreUnavailable
from fisc.kernel.gathering import Gatherer, serve_group
from fisc.kernel.memory import memory_of
from fisc.kernel.posting import in_transaction

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One item or number for a use case, with what is said beside it, by the officer of a token, on a day.

    Where the caller knows the officer, `by` names them and there is no token.
    """

    case: UseCase
    number: str
    given: Any
    on: date
    said: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""
    by: str = ""

    @property
    def set_key(self) -> tuple[object, ...]:
        """What requests have in common that go through the service as one set."""
        return (self.case.code, self.on, repr(self.said))


class Desk:
    """Takes single requests. Use as `async with Desk(connect) as desk`.

    `connect` opens an autocommit connection; `workers` of them are kept, each serving at most `group_size`
    requests at a time.
    """

    def __init__(self, connect: Callable[[], Conn], workers: int = 2, group_size: int = 500) -> None:
        self._requests: Gatherer[Asked, Any] = Gatherer(connect, serve, workers, group_size)

    async def __aenter__(self) -> Desk:
        await self._requests.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._requests.__aexit__(*error)

    def ask(self, asked: Asked) -> asyncio.Future[Any]:
        """What the service answers for this one, once it is durable. It raises what refused it."""
        return self._requests.ask(asked)


def serve(conn: Conn, asked: Sequence[Asked]) -> list[Any | Exception]:
    """An answer or a refusal for each request, in order; all that was done stands in one transaction.

    What bears a number that came before in the group waits for it: the first of two is judged by itself.
    """

    def work() -> list[Any | Exception]:
        acting = officers_of(conn, {one.token for one in asked if one.token})
        answers: dict[int, Any | Exception] = {}
        signed: list[tuple[int, Asked, str]] = []
        for place, one in enumerate(asked):
            by = acting.get(one.token, "") if one.token else one.by
            if by:
                signed.append((place, one, by))
            else:
                answers[place] = not_signed_in()
        for same in _sets(signed):
            found = _answers(conn, same)
            answers.update({place: answer for (place, _, _), answer in zip(same, found, strict=True)})
        return [answers[place] for place in range(len(asked))]

    return in_transaction(conn, work)


@dataclass(frozen=True, slots=True)
class Each:
    """What became of one item of a set that was served item by item: done now, done before, or refused."""

    number: str
    is_new: bool | None = None
    answer: Any = None
    refusal: FiscError | None = None
    notes: tuple[str, ...] = ()


def answered_each(
    conn: Conn,
    case: UseCase,
    given: Sequence[Any],
    said: Mapping[str, Any],
    *,
    by: str,
    on: date,
    is_dry: bool,
) -> list[Each]:
    """Do what can be done of a set, each item with its own answer, as if each were handed in alone, in order.

    All that is done stands in one transaction; where it `is_dry`, it is taken back.
    """
    asked = [Asked(case, number, one, on, said, by=by)
             for number, one in zip(case.numbers_of(given), given, strict=True)]  # fmt: skip
    if not is_dry:
        answers = serve(conn, asked)
    else:
        with conn.transaction(force_rollback=True):
            answers = serve(conn, asked)
    return [_each(one.number, answer) for one, answer in zip(asked, answers, strict=True)]


def _each(number: str, answer: Any) -> Each:
    if isinstance(answer, Exception):
        return Each(number, refusal=answer if isinstance(answer, FiscError) else _fault(number, answer))
    if isinstance(answer, Noted):
        return Each(number, answer.is_new, notes=answer.notes)
    return Each(number, answer) if isinstance(answer, bool) else Each(number, answer=answer)


def _fault(number: str, error: Exception) -> FiscError:
    """What is said of an item on which the program failed; the others stand, and the log has the rest."""
    logging.getLogger(__name__).error("fault on item %s", number, exc_info=error)
    return FiscError(
        f"程序内部错误（{type(error).__name__}），这一项没有办", rule="一项出错，不带累其他各项",
        hint="请把这一项和办理的时间告诉维护人员",
    )  # fmt: skip


_Signed = tuple[int, Asked, str]


def _sets(signed: Sequence[_Signed]) -> list[list[_Signed]]:
    """Requests that go together: of one use case and day, with the same said beside, no number twice."""
    sets: dict[tuple[object, ...], list[_Signed]] = defaultdict(list)
    times: dict[tuple[str, str], int] = defaultdict(int)
    for place, one, by in signed:
        who = "" if one.case.takes_many_officers else by
        sets[(*one.set_key, who, times[one.case.code, one.number])].append((place, one, by))
        times[one.case.code, one.number] += 1
    return list(sets.values())


#: Refusals in a row that name whom they concern, before a set is narrowed down by halves.
_MOST_NAMED: Final = 3


def _answers(conn: Conn, signed: Sequence[_Signed], left: int = _MOST_NAMED) -> Sequence[Any | FiscError]:
    """The service's answers for requests that go together, each refused one alone.

    A refusal that names the numbers it concerns is theirs: the others go on without them.
    """
    try:
        return _through(conn, signed)
    except StoreUnavailable:  # nobody's of the set: no part of it would fare better
        raise
    except FiscError as refusal:
        named = set((refusal.details or {}).get("keys") or ()) if left else set()
    except psycopg.Error:
        named = set()
    refused = {place for place, one, _ in signed if one.number in named}
    if not 0 < len(refused) < len(signed):
        return serve_group(conn, signed, _through)
    sound = [each for each in signed if each[0] not in refused]
    found = dict(zip((place for place, _, _ in sound), _answers(conn, sound, left - 1), strict=True))
    for each in signed:
        if each[0] in refused:
            [found[each[0]]] = serve_group(conn, [each], _through)
    return [found[place] for place, _, _ in signed]


def _through(conn: Conn, signed: Sequence[_Signed]) -> Sequence[Any | FiscError]:
    """The service for requests that go together, within a savepoint; who may not act is refused before.

    What was refused leaves nothing, and the transaction goes on.
    """
    case = signed[0][1].case
    with conn.transaction():
        signed = _known(conn, signed)
        said = signed[0][1].said
        may_not = refusals(conn, case, [one.given for _, one, _ in signed], said, _by(signed))
        others = [each for place, each in enumerate(signed) if place not in may_not]
        found = iter(_served(conn, others) if others else ())
    return [may_not[place] if place in may_not else next(found) for place in range(len(signed))]


def _known(conn: Conn, signed: Sequence[_Signed]) -> Sequence[_Signed]:
    """Requests that name documents by their keys, where they named them by printed numbers."""
    case, given = signed[0][1].case, [one.given for _, one, _ in signed]
    before = signed[0][1].said
    known = as_known(conn, case, given, before, _by(signed))
    said = said_as_known(conn, case, before, signed[0][2])
    if known is given and said is before:
        return signed
    numbers = case.numbers_of(known)
    return [
        (place, replace(one, given=item, number=number, said=said), by)
        for (place, one, by), item, number in zip(signed, known, numbers, strict=True)
    ]


def _by(signed: Sequence[_Signed]) -> str | list[str]:
    officers = [by for _, _, by in signed]
    return officers if signed[0][1].case.takes_many_officers else officers[0]


def _served(conn: Conn, signed: Sequence[_Signed]) -> Sequence[Any | FiscError]:
    case, first = signed[0][1].case, signed[0][1]
    numbers = [one.number for _, one, _ in signed]
    with _answering_each(conn, case, numbers) as refused:
        answer = case.run(
            conn, [one.given for _, one, _ in signed], first.said, by=_by(signed), on=first.on,
            is_each=case.can_answer_each, is_judged=True,
        )  # fmt: skip
    if isinstance(answer, Mapping):
        answer = [answer.get(number) for number in numbers]
    if refused:
        answer = [refused.get(number, one) for number, one in zip(numbers, answer, strict=True)]
    if isinstance(answer, list) and len(answer) == len(signed):
        return [_one_answer(one) for one in answer]
    return [None] * len(signed)


def _one_answer(one: Any) -> Any:
    """Of one item why it was refused, whether it was done now, or that with what rules noted of it."""
    if refusal := getattr(one, "refusal", None):
        return refusal
    notes = getattr(one, "notes", ())
    return Noted(getattr(one, "number", ""), one.is_new, notes) if notes else getattr(one, "is_new", one)


@contextmanager
def _answering_each(conn: Conn, case: UseCase, numbers: Sequence[str]) -> Iterator[dict[str, FiscError]]:
    """Why documents may not take a step, gathered for each instead of refused for all.

    Raises the first refusal where it is not known whose it is: then the set is taken apart.
    """
    memory, refused = memory_of(conn), dict[str, FiscError]()
    if case.kind is not None and case.step:
        memory.answering = Answering(case.kind, case.step, refused)
    try:
        yield refused
    finally:
        memory.answering = None
    if strange := refused.keys() - set(numbers):
        raise refused[min(strange)]
