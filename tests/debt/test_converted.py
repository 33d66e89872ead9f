"""What waited when the rules of accounting changed is settled where it stands since."""

from __future__ import annotations

from typing import Any

import pytest

from fisc.closing import services as closing
from fisc.documents import Officer, define_officers
from fisc.kernel.verify import verify_within
from tests.closing.world import account_sums
from tests.debt.test_settled import INTEREST, LOWER, given
from tests.debt.world import BANNER, CITY, YUAN, Conn, day, event, pay, record

FINANCIAL, BUDGET = "treasury_2022_financial", "treasury_2022_budget"


def turned(conn: Conn) -> None:
    """2022 of the city is closed and carried into 2023."""
    define_officers(conn, [
        Officer("ends", "编制", "", frozenset({"treasury_make"})),
        Officer("seals", "签章", "", frozenset({"treasury_sign"})),
    ])  # fmt: skip
    signed: dict[str, Any] = {"by": "ends", "signed_by": "seals", "on": day(2023, 1)}
    closing.close_year(conn, [CITY], 2022, **signed)
    closing.open_next_year(conn, [CITY], 2022, **signed)


def moved(conn: Conn, region: str) -> dict[str, int]:
    """What the year 2023 moved after its opening: account -> yuan, debit positive."""
    found: dict[str, int] = {}
    for book in (FINANCIAL, BUDGET):
        found |= {code: fen // YUAN for code, fen in account_sums(conn, region, 202301, 202312, book).items()}
    return found


SETTLED = [
    ("lower_debt_reimbursed", "lower_debt_advanced", {"1001": 100, "1035": -100, "3001": 100, "1041": -100}),
    ("lower_debt_paid_from_deposit", "lower_debt_deposited",
     {"2013": 100, "1001": -100, "2031": 100, "3001": -100}),
    ("lower_debt_paid_from_deposit", "debt_withheld_from_lower",
     {"2013": 100, "1001": -100, "2031": 100, "3001": -100}),
    ("debt_withheld_from_lower_advanced", "lower_debt_advanced",
     {"1032": 100, "1035": -100, "3001": 100, "1041": -100, "804105": 100, "804101": -100}),
]  # fmt: skip


@pytest.mark.parametrize("part", ["principal", "interest"])
@pytest.mark.parametrize(("kind", "origin", "expected"), SETTLED)
def test_what_stood_before_is_cleared_and_nothing_stands_beside_it(
    city: Conn, kind: str, origin: str, expected: dict[str, int], part: str
) -> None:
    record(
        city,
        event("计1", "interest_payable_accrued", 300, **INTEREST),
        event("计2", "interest_receivable_accrued", 300, **INTEREST, **LOWER),
        event("计3", "interest_payable_accrued", 300, mof_div_code=BANNER, **INTEREST),
    )
    accrued = {"accrued_fen": 100 * YUAN} if part == "interest" else {}
    given(city, origin, "先", part, "111", **accrued)
    turned(city)
    opened = account_sums(city, CITY, 202300, 202300, FINANCIAL)
    assert abs(opened.get("1035", 0) + opened.get("2013", 0)) == 100 * YUAN
    more: dict[str, Any] = {**LOWER, "part": part, "settles_no": "先", "year": 2023, **accrued}
    if kind == "lower_debt_reimbursed":
        code = "R" if part == "principal" else "I"
        more |= {"mof_div_code": BANNER, "pay_app_no": pay(city, "还", code, region=BANNER, year=2023)}
    record(city, event("后", kind, **more), year=2023)
    assert moved(city, CITY) == expected
    left = account_sums(city, CITY, 202300, 202312, FINANCIAL)
    assert not left.get("1035") and not left.get("2013")
    assert verify_within(city).ok
