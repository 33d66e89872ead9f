"""What waited when the rules of accounting changed (2023) is settled where the conversion brought it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.budget.services import advances
from fisc.closing import services as closing
from fisc.closing.balances import of_year
from fisc.documents import Officer, RuleBroken, define_officers
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.kernel.periods import close_periods
from fisc.kernel.verify import verify_within
from fisc.registry.tables import RuleRow, rule_rows
from fisc.treasury import services as treasury
from fisc.treasury.kinds import AFFAIR_REVERSAL, REVERSIBLE
from fisc.treasury.rules.other import KINDS
from fisc.treasury.services import Refund, TreasuryAffair
from tests.closing.world import account_sums
from tests.conftest import _world
from tests.debt.world import furnish, quota
from tests.treasury.paying import CITY, YUAN, application, paid, quota_id
from tests.treasury.test_cash_basis import basis, cleared

Conn = psycopg.Connection[Any]
BOOKS = ("treasury_2022_financial", "treasury_2022_budget")
LAST, BEFORE, NOW = date(2022, 12, 31), date(2022, 3, 1), date(2023, 3, 1)
CHARGE = quota("E", CITY, 2023)
OLD = {"bgt_id": "Q1", "happened_on": LAST}
TRANSIT = {"rev_func_code": "101010101", "fiscal_year": 2022, "happened_on": date(2023, 1, 5)}
DECISION = {"refund_no": "R1", "basis_doc_no": "财库〔2023〕7号"}
#: Kind, what it settles, what the two say, and what 2023 moves: account -> yuan, debit positive.
SETTLED: list[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, int]]] = [
    ("unidentified_receipt_recognised", "unidentified_receipt", {}, {"rev_func_code": "1039999"},
     {"2013": 100, "4002": -100, "804101": 100, "6001": -100}),
    ("unidentified_receipt_returned", "unidentified_receipt", {}, {}, {"2013": 100, "1001": -100}),
    ("held_refund_charged", "", {}, DECISION, {"2013": 100, "5001": -100, "804101": 100, "7001": -100}),
    ("held_refund_recognised", "", {}, {"rev_func_code": "1039999", **DECISION},
     {"2013": 100, "4002": -100, "804101": 100, "6001": -100}),
    ("held_refund_to_surplus", "", {}, DECISION, {"2013": 100, "3001": -100, "804101": 100, "8001": -100}),
    ("held_refund_returned", "", {}, DECISION, {"2013": 100, "1001": -100}),
    ("payment_carryover_paid", "payment_carryover_accrued", OLD, {},
     {"2011": 100, "1001": -100, "804104": 100, "804101": -100}),
    ("payment_carryover_reclassified", "payment_carryover_accrued", OLD, {"bgt_id": CHARGE},
     {"2011": 100, "1001": -100, "804104": 100, "804101": -100}),
    ("funds_advanced_charged", "funds_advanced", {}, {"bgt_id": CHARGE},
     {"5001": 100, "1033": -100, "7001": 100, "804101": -100}),
    ("funds_advanced_returned", "funds_advanced", {}, {}, {"1001": 100, "1033": -100}),
    ("money_lent_repaid", "money_lent", {}, {}, {"1001": 100, "1031": -100}),
    ("temporary_payment_repaid", "temporary_payment", {}, {}, {"1001": 100, "1035": -100}),
    ("temporary_payment_charged", "temporary_payment", {}, {"bgt_id": CHARGE},
     {"5001": 100, "1035": -100, "7001": 100, "804101": -100}),
    ("cash_returned", "cash_placed", {}, {"interest_fen": YUAN},
     {"1001": 101, "1003": -100, "4002": -1, "804101": 1, "6001": -1}),
    ("in_transit_cleared", "in_transit_recorded", TRANSIT, {},
     {"1001": 100, "1034": -100, "804101": 100, "804103": -100}),
]  # fmt: skip
WAITING = ("1003", "1031", "1033", "1034", "1035", "2011", "2013", "804103", "804104")


@pytest.fixture(scope="module")
def _turning(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_debt", furnish) as conn:
        yield conn


@pytest.fixture
def city(_turning: Conn) -> Iterator[Conn]:
    """A city with budgets of 2022 and 2023, inside a transaction that is rolled back."""
    with _turning.transaction(force_rollback=True):
        yield _turning


def turned(conn: Conn) -> None:
    """2022 of the city is closed and carried into 2023."""
    define_officers(conn, [
        Officer("ends", "编制", "", frozenset({"treasury_make"})),
        Officer("seals", "签章", "", frozenset({"treasury_sign"})),
    ])  # fmt: skip
    signed: dict[str, Any] = {"by": "ends", "signed_by": "seals", "on": date(2023, 1, 9)}
    closing.close_year(conn, [CITY], 2022, **signed)
    closing.open_next_year(conn, [CITY], 2022, **signed)


def moved(conn: Conn) -> dict[str, int]:
    """What the year 2023 moved after its opening, in yuan; what stands in the old book since counts too."""
    found: dict[str, int] = {}
    for book in (*BOOKS, "treasury_2015"):
        sums = account_sums(conn, CITY, 202301, 202313, book)
        found |= {(code if book in BOOKS else f"old {code}"): fen // YUAN for code, fen in sums.items()}
    return found


def left(conn: Conn) -> dict[str, int]:
    """What of that which waits stands at the end of 2023, block by block, however the sides fall."""
    return {f"{b.code} {b.coding}": b.fen for b in of_year(conn, [CITY], 2023)[CITY] if b.code in WAITING}


def record(conn: Conn, number: str, kind: str, on: date, **given: Any) -> None:
    told = {"happened_on": on, **given}
    one = TreasuryAffair(number, kind, CITY, "111", 100 * YUAN, **told)
    day = max(on, told["happened_on"])
    treasury.record_affairs(conn, [one], by="clerk", reviewed_by="reviewer", on=day)


def held(conn: Conn) -> None:
    """A hundred yuan of a payment of 2021 came back in 2022 and are held; the day is cleared."""
    paid(conn, application("A1", quota_id("Q1", CITY, 2021)), on=date(2021, 6, 1))
    paid(conn, application("A2", yuan=150), on=BEFORE)
    refund = Refund("R1", "A1", 100 * YUAN, BEFORE, "last_year_held", "待市财政局定")
    treasury.refund(conn, [refund], by="teller", on=BEFORE)
    cleared(conn, "111", 50, on=BEFORE)


def test_every_kind_that_settles_is_tried() -> None:
    assert {one[0] for one in SETTLED} == {
        code for code, kind in KINDS.items() if kind.settles or kind.of_held
    }


@pytest.mark.parametrize(
    ("kind", "origin", "before", "after", "expected"), SETTLED, ids=[one[0] for one in SETTLED]
)
def test_what_stood_before_is_cleared_and_nothing_stands_beside_it(
    city: Conn,
    kind: str,
    origin: str,
    before: dict[str, Any],
    after: dict[str, Any],
    expected: dict[str, int],
) -> None:
    if origin:
        record(city, "O", origin, BEFORE, **before)
    else:
        held(city)
    turned(city)
    assert left(city)
    record(city, "S", kind, NOW, **({"settles_no": "O"} if origin else {}), **after)
    assert moved(city) == expected
    assert left(city) == {}
    assert verify_within(city).ok


ADVANCE = advances.Advance(
    "预1", CITY, 2022, "101001", "111", "2050202", 100 * YUAN, "开学", "府发〔2022〕2号"
)
SIGNED: dict[str, Any] = {"by": "b-maker", "reviewed_by": "b-office", "approved_by": "b-head"}


def test_so_is_an_advance_that_a_quota_document_charges(city: Conn) -> None:
    advances.advance(city, [ADVANCE], early_kind="legal_duty", **SIGNED, on=BEFORE)
    turned(city)
    change = budget.QuotaChange(CHARGE, 100 * YUAN, advance=ADVANCE.doc_key)
    charged = budget.QuotaOperation("核1", CITY, 2023, NOW, "核销", (change,))
    advances.settle_advance(city, [charged], **SIGNED, on=NOW)
    assert moved(city) == {"5001": 100, "1033": -100, "7001": 100, "804101": -100}
    assert left(city) == {}


def test_a_carry_over_leaves_the_cost_of_its_class_for_that_of_the_new_one(city: Conn) -> None:
    record(city, "O", "payment_carryover_accrued", BEFORE, **OLD)
    turned(city)
    record(city, "S", "payment_carryover_reclassified", NOW, settles_no="O", bgt_id=quota("I", CITY, 2023))
    assert moved(city) == {
        "5001": -100,
        "5011": 100,
        "2011": 100,
        "1001": -100,
        "804104": 100,
        "804101": -100,
    }


def test_what_spends_a_quota_is_a_cost_of_its_class_whatever_spends_it() -> None:
    told = {r.selector: r.debit for r in rules_for_costs("expenditure_paid", "1001")}
    assert len(told) == 13
    for event, other in (("payment_carryover_accrued", "2011"), ("payment_carryover_reclassified", "2011"),
                         ("payment_carryover_reclassified", "1001"), ("funds_advanced_charged", "1033"),
                         ("temporary_payment_charged", "1035"), ("held_refund_charged", "2013")):  # fmt: skip
        found = rules_for_costs(event, other)
        assert {r.selector: ({r.debit, r.credit} - {other}).pop() for r in found} == told, (event, other)


def rules_for_costs(event: str, other: str) -> list[RuleRow]:
    """The rows of an event in the financial book of 2023 that have this account on the other side."""
    return [r for r in rule_rows() if r.event == event and r.book == BOOKS[0] and other in (r.debit, r.credit)
            and "basis" not in dict(r.selector)]  # fmt: skip


def came_back(number: str, advance: str, yuan: int, on: date) -> list[budget.AdvanceReturned]:
    return [budget.AdvanceReturned(number, CITY, advance, yuan * YUAN, on, "开学用款由上级专款解决")]


def take_back(conn: Conn, number: str, advance: str, yuan: int, on: date) -> None:
    budget.make_advance_returns(conn, came_back(number, advance, yuan, on), by="b-maker", on=on)
    budget.post_advance_returns(conn, [number], by="b-head", on=on)


def test_so_is_an_advance_that_is_taken_back(city: Conn) -> None:
    advances.advance(city, [ADVANCE], early_kind="legal_duty", **SIGNED, on=BEFORE)
    turned(city)
    take_back(city, "收1", ADVANCE.doc_key, 100, NOW)
    assert moved(city) == {"1001": 100, "1033": -100}
    assert left(city) == {}


def test_and_what_an_agent_bank_is_owed_over_the_years_end(city: Conn) -> None:
    basis(city)
    last = date(2022, 12, 30)
    paid(city, application("A1"), on=last)
    cleared(city, "111", 100, on=last, moved=date(2023, 1, 5))
    turned(city)
    assert moved(city) == {"2013": 100, "1001": -100}
    assert left(city) == {}


def test_what_was_advanced_in_the_year_is_taken_off_what_waits(city: Conn) -> None:
    turned(city)
    record(city, "O", "funds_advanced", NOW)
    record(city, "S", "funds_advanced_charged", NOW, settles_no="O", bgt_id=CHARGE)
    assert moved(city) == {"5001": 100, "1001": -100, "7001": 100, "804101": -100}


def test_what_was_advanced_in_the_year_and_taken_back_waits_no_more(city: Conn) -> None:
    turned(city)
    given = replace(ADVANCE, fiscal_year=2023)
    advances.advance(city, [given], early_kind="legal_duty", **SIGNED, on=NOW)
    record(city, "O", "funds_advanced", NOW)
    assert moved(city) == {"1033": 200, "1001": -200, "7051": 200, "804101": -200}
    take_back(city, "收1", given.doc_key, 100, NOW)
    record(city, "S", "funds_advanced_returned", NOW, settles_no="O")
    assert moved(city) == {}
    assert left(city) == {}


def test_what_was_advanced_is_settled_in_its_year_from_2023_on(city: Conn) -> None:
    turned(city)
    given = replace(ADVANCE, fiscal_year=2023)
    advances.advance(city, [given], early_kind="legal_duty", **SIGNED, on=NOW)
    record(city, "O", "funds_advanced", NOW)
    late = date(2024, 1, 10)
    with pytest.raises(RuleBroken, match="7051"):
        record(city, "S", "funds_advanced_returned", late, settles_no="O")
    with pytest.raises(RuleBroken, match="7051"):
        budget.make_advance_returns(city, came_back("收1", given.doc_key, 100, late), by="b-maker", on=late)
    with pytest.raises(RuleBroken, match="待处理支出没有转列支出或收回"):
        closing.close_year(city, [CITY], 2023, by="ends", signed_by="seals", on=late)


#: What begins an affair of 2022, and how its reversal in the days after changes the opening of 2023.
REVERSED: list[tuple[str, dict[str, int]]] = [
    ("unidentified_receipt", {"1001": -100, "2013": 100}),
    ("funds_advanced", {"1001": 100, "1033": -100}),
    ("money_lent", {"1001": 100, "1031": -100}),
    ("temporary_payment", {"1001": 100, "1035": -100}),
    ("cash_placed", {"1001": 100, "1003": -100}),
]


def reverse(conn: Conn, on: date) -> None:
    given = [("冲O", "affair", "O", "登记有误，应作别的事项")]
    draft_reversals(conn, AFFAIR_REVERSAL, REVERSIBLE, given, by="clerk", on=on)
    confirm_reversals(conn, AFFAIR_REVERSAL, REVERSIBLE, ["冲O"], by="reviewer", on=on)


@pytest.mark.parametrize(("kind", "changed"), REVERSED)
def test_what_is_reversed_after_the_turn_leaves_the_opening_with_another_round(
    city: Conn, kind: str, changed: dict[str, int]
) -> None:
    record(city, "O", kind, BEFORE)
    turned(city)
    before = account_sums(city, CITY, 202300, 202300, BOOKS[0])
    reverse(city, date(2023, 1, 12))
    again: dict[str, Any] = {"by": "ends", "signed_by": "seals", "on": date(2023, 1, 13)}
    closing.close_year(city, [CITY], 2022, **again)
    closing.open_next_year(city, [CITY], 2022, **again)
    after = account_sums(city, CITY, 202300, 202300, BOOKS[0])
    differ = {code: (after.get(code, 0) - before.get(code, 0)) // YUAN for code in before | after}
    assert {code: fen for code, fen in differ.items() if fen} == changed
    assert moved(city) == {} and left(city) == {}
    assert verify_within(city).ok


def test_once_december_is_closed_nothing_of_the_old_rules_is_reversed(city: Conn) -> None:
    record(city, "O", "money_lent", BEFORE)
    turned(city)
    close_periods(city, [CITY], [202212])
    with pytest.raises(RuleBroken, match=r"O 是 2022 年度的，2023-01-12 不能冲销"):
        reverse(city, date(2023, 1, 12))
