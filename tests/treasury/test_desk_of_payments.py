"""The desk: many who come one at a time, served in groups, each with an answer of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from fisc.documents import MissingDuty, NotFound, RuleBroken, WrongState
from fisc.documents.desk import Asked, Desk
from fisc.kernel import DuplicateConflict, FiscError, QuotaShortfall, StoreBusy, verify
from fisc.treasury import services as treasury
from fisc.treasury.services import PaymentApplication
from fisc.use_cases import use_case
from tests.treasury.paying import DAY, application, left, quota_id, receipt, sent, state

Conn = psycopg.Connection[Any]
Asking = Callable[[Desk], Sequence[Awaitable[bool]]]


def at_once(dsn: str, ask: Asking, **options: int) -> list[bool | BaseException]:
    """Ask all at once; what each is answered."""

    async def run() -> list[bool | BaseException]:
        connect = lambda: psycopg.connect(dsn, autocommit=True)  # noqa: E731
        async with Desk(connect, **options) as desk:
            return await asyncio.gather(*ask(desk), return_exceptions=True)

    return asyncio.run(run())


def apply(desk: Desk, one: PaymentApplication, by: str = "unit") -> Awaitable[bool]:
    return desk.ask(Asked(use_case("treasury.apply"), one.pay_app_no, one, DAY, by=by))


def confirm_paid(desk: Desk, one: treasury.BankReceipt, by: str = "teller") -> Awaitable[bool]:
    return desk.ask(Asked(use_case("treasury.confirm-paid"), one.pay_cert_no, one, DAY, by=by))


def step(desk: Desk, code: str, number: str, by: str, **said: object) -> Awaitable[bool]:
    return desk.ask(Asked(use_case(code), number, number, DAY, said, by=by))


def applying(*applications: PaymentApplication, by: str = "unit") -> Asking:
    return lambda desk: [apply(desk, a, by) for a in applications]


@pytest.fixture
def city(paying_db: str) -> Any:
    with psycopg.connect(paying_db, autocommit=True) as conn:
        yield conn


BAD: dict[str, tuple[PaymentApplication, type[FiscError]]] = {
    "too much": (application("BAD", yuan=10_000), QuotaShortfall),
    "no such quota": (application("BAD", "NONE"), NotFound),
    "another's name": (application("BAD", payee_name="别人"), RuleBroken),
    "not positive": (application("BAD", yuan=0), RuleBroken),
    "last year's quota": (application("BAD", quota_id("Q1", year=2021)), RuleBroken),
    "a number nobody can write": (application("BAD\x1fBAD"), FiscError),
    "amount is text": (application("BAD", amount_fen="1"), FiscError),
    "no region": (application("BAD", mof_div_code=None), FiscError),
    "a name that is a number": (application("BAD", payee_name=5), FiscError),
    "no purpose": (application("BAD", purpose=None), FiscError),
    "half a sign": (application("BAD", contract_no="\ud800"), FiscError),
    "nothing that text may hold": (application("BAD", contract_no="a\0"), FiscError),
}


@pytest.mark.parametrize(("bad", "kind"), BAD.values(), ids=BAD)
def test_a_refused_request_does_not_fail_its_neighbours(
    paying_db: str, city: Conn, bad: PaymentApplication, kind: type[FiscError]
) -> None:
    good = [application(f"G{n}", yuan=10) for n in range(6)]
    answers = at_once(paying_db, applying(*good[:3], bad, *good[3:]), workers=1)
    refused = answers.pop(3)
    assert isinstance(refused, kind) and not isinstance(refused, StoreBusy), refused
    assert answers == [True] * 6
    assert left(city) == {"executable": 940, "applied": 60}


def test_who_lacks_the_duty_is_refused_alone(paying_db: str, city: Conn) -> None:
    def ask(desk: Desk) -> list[Awaitable[bool]]:
        who = ("unit", "signer", "unit")
        return [apply(desk, application(f"A{n}"), by) for n, by in enumerate(who)]

    answers = at_once(paying_db, ask, workers=1)
    assert isinstance(answers[1], MissingDuty)
    assert [answers[0], answers[2]] == [True, True]


def test_grants_go_in_the_order_they_came(paying_db: str, city: Conn) -> None:
    wanted = [application(f"A{n}", yuan=yuan) for n, yuan in enumerate((600, 500, 400, 1))]
    answers = at_once(paying_db, applying(*wanted), workers=1)
    assert [answer is True for answer in answers] == [True, False, True, False]
    assert isinstance(answers[1], QuotaShortfall)
    assert left(city) == {"applied": 1000}


def test_the_first_of_two_with_one_number_stands(paying_db: str, city: Conn) -> None:
    one, other = application("A1", yuan=10), application("A1", yuan=20)
    answers = at_once(paying_db, applying(one, one, other), workers=1)
    assert answers[:2] == [True, False]
    assert isinstance(answers[2], DuplicateConflict)
    assert left(city) == {"executable": 990, "applied": 10}


def test_a_number_handed_in_by_many_is_applied_for_once(paying_db: str, city: Conn) -> None:
    answers = at_once(paying_db, applying(*[application("A1")] * 12), workers=3, group_size=2)
    assert sorted(answers) == [False] * 11 + [True]  # type: ignore[type-var]
    assert left(city) == {"executable": 900, "applied": 100}


def test_receipts_and_applications_wait_in_one_queue(paying_db: str, city: Conn) -> None:
    first, second = sent(city, application("A1"), application("A2"))

    def ask(desk: Desk) -> list[Awaitable[bool]]:
        wrong = replace(receipt(second), amount_fen=1)
        early = receipt(second, on=DAY - timedelta(days=1))
        said = [receipt(first), wrong, receipt("PZNONE"), receipt(first), early, receipt(second)]
        return [
            *(confirm_paid(desk, r) for r in said),
            apply(desk, application("A3")),
        ]

    answers = at_once(paying_db, ask, workers=1)
    kinds = [answer if isinstance(answer, bool) else type(answer) for answer in answers]
    assert kinds == [True, RuleBroken, NotFound, False, RuleBroken, True, True]
    assert [state(city, number) for number in ("A1", "A2", "A3")] == ["paid", "paid", "draft"]
    assert left(city) == {"executable": 700, "applied": 100, "paid": 200}
    assert verify(city).ok


def test_what_is_answered_is_durable_and_one_by_one_would_say_the_same(paying_db: str, city: Conn) -> None:
    answers = at_once(paying_db, applying(*(application(f"A{n}", yuan=1) for n in range(50))))
    assert answers == [True] * 50
    again = treasury.apply(city, [application("A7", yuan=1)], by="unit", on=DAY)
    assert not again[0].is_new
    with pytest.raises(WrongState):
        treasury.approve(city, ["A7"], by="reviewer", on=DAY)


def test_steps_of_many_hands_are_gathered_and_refused_alone(paying_db: str, city: Conn) -> None:
    treasury.apply(city, [application(f"A{n}", yuan=1) for n in range(10)], by="unit", on=DAY)
    treasury.review(city, [f"A{n}" for n in range(10) if n != 8], by="unit2", on=DAY)

    def ask(desk: Desk) -> list[Awaitable[bool]]:
        numbers = [*(f"A{n}" for n in range(9)), "NONE", "A0"]
        approved = [step(desk, "treasury.approve", number, "reviewer", note="") for number in numbers]
        return [*approved, step(desk, "treasury.approve", "A9", "unit", note="")]

    answers = at_once(paying_db, ask, workers=1)
    assert answers[:8] == [True] * 8
    assert [type(answer) for answer in answers[8:]] == [WrongState, NotFound, bool, MissingDuty]
    assert answers[10] is False
    assert [state(city, f"A{n}") for n in (0, 7, 8)] == ["approved", "approved", "draft"]


def test_what_differs_beside_the_item_is_served_apart(paying_db: str, city: Conn) -> None:
    treasury.apply(city, [application("A1"), application("A2")], by="unit", on=DAY)
    treasury.review(city, ["A1", "A2"], by="unit2", on=DAY)
    notes = {"A1": "缺少合同附件", "A2": "金额有误"}

    def ask(desk: Desk) -> list[Awaitable[bool]]:
        return [step(desk, "treasury.send-back", n, "reviewer", note=note) for n, note in notes.items()]

    assert at_once(paying_db, ask, workers=1) == [True, True]
    statement = "select doc_key, trail -> -1 ->> 4 from treasury_payment"
    assert dict(city.execute(statement).fetchall()) == notes
