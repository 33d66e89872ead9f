"""Any interleaving of what may happen to payments keeps documents, quota book and treasury book equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.banking.services.reconciliation.run import in_books
from fisc.documents import NotFound, RuleBroken, WrongState
from fisc.kernel import DuplicateConflict, QuotaShortfall
from fisc.treasury import services as treasury
from fisc.treasury.checks.books import differences
from fisc.treasury.services.unsettled import unsettled
from tests.treasury.paying import CITY, DAY, YUAN, application, left, receipt

Conn = psycopg.Connection[Any]
NUMBERS = ("A1", "A2", "A3", "A4")
GRANTED = 1_000


class Model:
    """What a person with pencil and paper would know: each payment's state, what came back."""

    def __init__(self) -> None:
        self.state: dict[str, str] = {}
        self.yuan: dict[str, int] = {}
        self.refunded: Counter[str] = Counter()
        self.rounds: Counter[str] = Counter()

    def sums(self) -> dict[str, int]:
        held = sum(self.yuan[n] for n, s in self.state.items() if s not in ("paid", "cleared", "withdrawn"))
        paid = sum(self.yuan[n] - self.refunded[n] for n, s in self.state.items() if s in ("paid", "cleared"))
        found = {"executable": GRANTED - held - paid, "applied": held, "paid": paid}
        return {name: yuan for name, yuan in found.items() if yuan}

    def cert(self, n: str) -> str:
        return f"PZ{n}" + (f"-{self.rounds[n] + 1}" if self.rounds[n] else "")


def _apply(conn: Conn, m: Model, n: str, yuan: int) -> None:
    if m.state.get(n) == "withdrawn":
        with pytest.raises(DuplicateConflict, match=r"已于 .* 撤销"):
            treasury.apply(conn, [application(n, yuan=m.yuan[n])], by="unit", on=DAY)
        return
    if n in m.state:
        treasury.apply(conn, [application(n, yuan=m.yuan[n])], by="unit", on=DAY)
        return
    if yuan > m.sums().get("executable", 0):
        with pytest.raises(QuotaShortfall):
            treasury.apply(conn, [application(n, yuan=yuan)], by="unit", on=DAY)
        return
    treasury.apply(conn, [application(n, yuan=yuan)], by="unit", on=DAY)
    m.state[n], m.yuan[n] = "draft", yuan


def _step(
    source: tuple[str, ...], target: str, act: Callable[[Conn, Model, str], Any]
) -> Callable[..., None]:
    """A step that is taken from `source`, does nothing again, and is refused elsewhere."""

    def step(conn: Conn, m: Model, n: str, _: int) -> None:
        if n not in m.state:
            return
        if m.state[n] in source:
            act(conn, m, n)
            m.state[n] = target
        elif m.state[n] != target:
            # taken before in this round it is no step at all; else the state forbids it
            before = left(conn)
            try:
                with conn.transaction():
                    act(conn, m, n)
            except (NotFound, WrongState, RuleBroken):
                pass
            assert left(conn) == before

    return step


def _pay(conn: Conn, m: Model, n: str) -> None:
    treasury.confirm_paid(conn, [receipt(m.cert(n), m.yuan[n])], by="teller", on=DAY)


def _return(conn: Conn, m: Model, n: str) -> None:
    treasury.record_returns(conn, [treasury.BankReturn(m.cert(n), "AC04", "", DAY)], by="teller", on=DAY)


def _correct(conn: Conn, m: Model, n: str) -> None:
    if m.state[n] == "returned":
        right = treasury.PayeeCorrection(n, "鄂尔多斯甲公司", "6200002")
        assert treasury.correct_payee(conn, [right], by="unit", signed_by="signer", on=DAY) == [
            f"PZ{n}-{m.rounds[n] + 2}"
        ]
        m.rounds[n] += 1


def _refund(conn: Conn, m: Model, n: str, yuan: int) -> None:
    if n not in m.state:
        return
    number = f"R{n}-{m.refunded[n]}-{yuan}"
    notice = treasury.Refund(number, n, yuan * YUAN, DAY)
    if m.state[n] in ("paid", "cleared") and yuan <= m.yuan[n] - m.refunded[n]:
        treasury.refund(conn, [notice], by="teller", on=DAY)
        m.refunded[n] += yuan
    else:
        with pytest.raises((WrongState, RuleBroken)):
            treasury.refund(conn, [notice], by="teller", on=DAY)


def _clear(conn: Conn, m: Model, n: str, _: int) -> None:
    """The treasury clears all that is open."""
    treasury.issue_clearing_notices(conn, CITY, DAY, by="clearer", on=DAY)
    under_way = treasury.in_transit(conn, CITY, DAY)
    refunds = conn.execute(
        "select doc_key, amount_fen from treasury_refund where state = 'recorded'"
    ).fetchall()
    fen = under_way.not_cleared_fen - sum(row[1] for row in refunds)
    if not (under_way.not_cleared or refunds):
        return
    number = f"LQ{conn.execute('select count(*) from treasury_clearing_debit').fetchone()}"
    debit = treasury.TreasuryDebit(number, "111", "ICBC", fen, DAY)
    treasury.clear(conn, CITY, DAY, [debit], by="clearer2", on=DAY)
    m.state |= {row["pay_app_no"]: "cleared" for row in under_way.not_cleared}


STEPS: dict[str, Callable[[Conn, Model, str, int], None]] = {
    "apply": _apply,
    "review": _step(("draft",), "unit_reviewed", lambda c, m, n: treasury.review(c, [n], by="unit2", on=DAY)),
    "approve": _step(
        ("unit_reviewed",), "approved", lambda c, m, n: treasury.approve(c, [n], by="reviewer", on=DAY)
    ),
    "certify": _step(
        ("approved",), "certified", lambda c, m, n: treasury.certify(c, [n], by="signer", on=DAY)
    ),
    "send": _step(
        ("certified",),
        "sent",
        lambda c, m, n: treasury.send(c, [m.cert(n)], by="teller", on=DAY, message_id="M"),
    ),
    "pay": _step(("sent",), "paid", _pay),
    "return": _step(("sent",), "returned", _return),
    "correct": _step(("returned",), "certified", _correct),
    "withdraw": _step(
        ("draft", "unit_reviewed", "approved", "certified", "returned"),
        "withdrawn",
        lambda c, m, n: treasury.withdraw(c, [n], by="unit", on=DAY),
    ),
    "refund": _refund,
    "clear": _clear,
}
#: The way of a payment, so that most examples get far; and anything at all.
USUAL = ("apply", "review", "approve", "certify", "send", "pay", "clear")
ACTS = st.one_of(
    st.tuples(st.just("usual"), st.sampled_from(NUMBERS), st.integers(1, 7)),
    st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from(NUMBERS), st.integers(1, 600)),
)


PLAY: dict[str, Any] = {
    "derandomize": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@pytest.mark.parametrize("way", ["payment", "clearing", "agency"])
@settings(max_examples=20, **PLAY)
@given(acts=st.lists(ACTS, min_size=4, max_size=10))
def test_whatever_happens_the_books_agree(paying: Conn, way: str, acts: list[tuple[str, str, int]]) -> None:
    play(paying, way, acts)


@pytest.mark.heavy
@pytest.mark.parametrize("way", ["payment", "clearing", "agency"])
@settings(max_examples=300, **PLAY)
@given(acts=st.lists(ACTS, min_size=6, max_size=30))
def test_whatever_happens_for_long_the_books_agree(
    paying: Conn, way: str, acts: list[tuple[str, str, int]]
) -> None:
    play(paying, way, acts)


def play(paying: Conn, way: str, acts: list[tuple[str, str, int]]) -> None:
    """Act, and after each act compare with the model; then the books with the documents."""
    with paying.transaction(force_rollback=True):
        has_agency = way == "agency"
        basis = "" if has_agency else way
        setting = treasury.Setting(CITY, 2022, has_payment_agency=has_agency, cash_basis=basis)
        treasury.set_settings(paying, [setting], by="clerk", on=DAY)
        model = Model()
        for name, number, size in acts:
            if name == "usual":
                for step in USUAL[:size]:
                    STEPS[step](paying, model, number, 100)
            else:
                STEPS[name](paying, model, number, size)
            assert left(paying) == model.sums()
        assert differences(paying, CITY, 2022) == []
        assert all(one.gap_fen == 0 for one in in_books(unsettled(paying, [CITY], DAY)[CITY]))
        negative = paying.execute("select count(*) from ledger.balance where balance_fen < 0").fetchone()
        assert negative == (0,)


def test_a_difference_is_named(paying: Conn) -> None:
    treasury.apply(paying, [application("A1")], by="unit", on=DAY)
    paying.execute("set local session_replication_role = replica")
    paying.execute("update treasury_payment set amount_fen = amount_fen - 1 where doc_key = 'A1'")
    [found] = differences(paying, CITY, 2022)
    assert "99.99 元 ≠ 100.00 元" in str(found)
