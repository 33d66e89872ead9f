"""The desk: what many hands hand in one at a time, served in groups.

A clerk hands in one application, a reviewer one number. Each goes through the service that takes a thousand,
together with those that wait beside it, and has its own answer: one durable transaction serves the group, and
what is refused is refused alone. Who hands it in is looked up for the whole group at once.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from fisc.documents.sessions import not_signed_in, officers_of
from fisc.documents.use_case import UseCase
from fisc.kernel import FiscError
from fisc.kernel.gathering import Gatherer, serve_group
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
        said = tuple(sorted((name, repr(value)) for name, value in self.said.items()))
        return (self.case.code, self.on, said)


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


def serve(conn: Conn, asked: Sequence[Asked]) -> list[Any | FiscError]:
    """An answer or a refusal for each request, in order; all that was done stands in one transaction.

    What bears a number that came before in the group waits for it: the first of two is judged by itself.
    """

    def work() -> list[Any | FiscError]:
        acting = officers_of(conn, {one.token for one in asked if one.token})
        answers: dict[int, Any | FiscError] = {}
        signed: list[tuple[int, Asked, str]] = []
        for place, one in enumerate(asked):
            by = acting.get(one.token, "") if one.token else one.by
            if by:
                signed.append((place, one, by))
            else:
                answers[place] = not_signed_in()
        for same in _sets(signed):
            found = serve_group(conn, same, _through)
            answers.update({place: answer for (place, _, _), answer in zip(same, found, strict=True)})
        return [answers[place] for place in range(len(asked))]

    return in_transaction(conn, work)


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


def _through(conn: Conn, signed: Sequence[_Signed]) -> Sequence[Any | FiscError]:
    """The service for requests that go together; a refusal of all of them is narrowed down by halves.

    They are served within a savepoint: what was refused leaves nothing, and the transaction goes on.
    """
    case, first, officers = signed[0][1].case, signed[0][1], [by for _, _, by in signed]
    with conn.transaction():
        answer = case.run(
            conn, [one.given for _, one, _ in signed], first.said,
            by=officers if case.takes_many_officers else officers[0], on=first.on,
            is_each=case.can_answer_each,
        )  # fmt: skip
    if isinstance(answer, list) and len(answer) == len(signed):
        return [getattr(one, "refusal", None) or getattr(one, "is_new", one) for one in answer]
    return [None] * len(signed)
