"""The desk: payments that come one at a time from many hands at once, served in groups.

A unit's clerk hands in one application, a bank's line one receipt. Each goes through the service that
takes a thousand, together with those that wait beside it, and has its own answer: one durable
transaction serves the group, and what is refused is refused alone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.kernel import FiscError
from fisc.kernel.gathering import Gatherer
from fisc.kernel.posting import in_transaction
from fisc.treasury.services.applications import PaymentApplication, apply
from fisc.treasury.services.bank import BankReceipt, confirm_paid
from fisc.treasury.services.outcomes import Outcome

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is handed in to a service, under its number, by whom and on which day."""

    service: Callable[..., list[Outcome]]
    number: str
    given: PaymentApplication | BankReceipt
    by: str
    on: date


class PaymentDesk:
    """Takes single applications and receipts. Use as `async with PaymentDesk(connect) as desk`.

    `connect` opens an autocommit connection; `workers` of them are kept, each serving at most `group_size`
    requests at a time.
    """

    def __init__(self, connect: Callable[[], Conn], workers: int = 2, group_size: int = 500) -> None:
        self._requests: Gatherer[_Asked, bool] = Gatherer(connect, _serve, workers, group_size)

    async def __aenter__(self) -> PaymentDesk:
        await self._requests.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._requests.__aexit__(*error)

    def apply(self, application: PaymentApplication, *, by: str, on: date) -> asyncio.Future[bool]:
        """As `apply`, for one: True where it is new, once it is durable. It raises what refused it."""
        return self._requests.ask(_Asked(apply, application.pay_app_no, application, by, on))

    def confirm_paid(self, receipt: BankReceipt, *, by: str, on: date) -> asyncio.Future[bool]:
        """As `confirm_paid`, for one receipt: True where this call did it. It raises what refused it."""
        return self._requests.ask(_Asked(confirm_paid, receipt.pay_cert_no, receipt, by, on))


def _serve(conn: Conn, asked: Sequence[_Asked]) -> list[bool | FiscError]:
    """Each request through its service, those alike as one set, in the order they came; one transaction.

    What bears a number that came before in the group waits for it: the first of two is judged by itself.
    """
    answers: dict[int, bool | FiscError] = {}

    def work() -> list[bool | FiscError]:
        for places in _sets(asked):
            outcomes = _through(conn, [asked[place] for place in places])
            answers.update({p: o.refusal or o.is_new for p, o in zip(places, outcomes, strict=True)})
        return [answers[place] for place in range(len(asked))]

    return in_transaction(conn, work)


def _sets(asked: Sequence[_Asked]) -> list[list[int]]:
    """Places of requests that go together: of one service and day, no number twice."""
    sets: dict[tuple[object, date, int], list[int]] = defaultdict(list)
    times: dict[tuple[object, str], int] = defaultdict(int)
    for place, one in enumerate(asked):
        sets[one.service, one.on, times[one.service, one.number]].append(place)
        times[one.service, one.number] += 1
    return list(sets.values())


def _through(conn: Conn, asked: Sequence[_Asked]) -> list[Outcome]:
    """The service for requests that go together."""
    service, on = asked[0].service, asked[0].on
    return service(conn, [one.given for one in asked], by=[one.by for one in asked], on=on, each=True)
