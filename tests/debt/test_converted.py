"""What waited when the rules of accounting changed is settled where it stands since."""

from __future__ import annotations

from typing import Any

import pytest

from fisc.closing import services as closing
from fisc.debt import services as debt
from fisc.debt.services import DebtItem
from fisc.documents import Officer, define_officers
from fisc.kernel.periods import close_periods
from fisc.kernel.verify import verify_within
from tests.closing.world import account_sums
from tests.debt.test_settled import INTEREST, LOWER, given
from tests.debt.world import BANNER, CITY, YUAN, Conn, day, event, pay, quota, record

FINANCIAL, BUDGET = "treasury_2022_financial", "treasury_2022_budget"


def turned(conn: Conn, *late: DebtItem, region: str = CITY) -> None:
    """2022 of a region is closed and carried into 2023; `late` is found out between the two."""
    define_officers(conn, [
        Officer("ends", "编制", "", frozenset({"treasury_make"})),
        Officer("seals", "签章", "", frozenset({"treasury_sign"})),
    ])  # fmt: skip
    signed: dict[str, Any] = {"by": "ends", "signed_by": "seals", "on": day(2023, 1)}
    closing.close_year(conn, [region], 2022, **signed)
    record(conn, *late)
    closing.open_next_year(conn, [region], 2022, **signed)
    close_periods(conn, [region], [202212])


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


CHARGED = [("principal", "R", {"7041": 100}), ("interest", "I", {"7001": 100})]


@pytest.mark.parametrize(("part", "code", "spent"), CHARGED)
@pytest.mark.parametrize("accrued", [0, 60])
@pytest.mark.parametrize("region", [CITY, BANNER])
def test_what_was_withheld_under_the_old_rules_is_charged_under_the_new(
    city: Conn, region: str, part: str, code: str, spent: dict[str, int], accrued: int
) -> None:
    record(
        city,
        event("计2", "interest_receivable_accrued", 300, **INTEREST, **LOWER),
        event("计3", "interest_payable_accrued", 300, mof_div_code=region, **INTEREST),
    )
    told: dict[str, Any] = {"part": part, "basis_doc_no": "财库〔2022〕9号"}
    told |= {"accrued_fen": accrued * YUAN} if part == "interest" else {}
    kind, lower = ("debt_withheld_by_upper", {}) if region == CITY else ("debt_withheld_from_lower", LOWER)
    turned(city, event("扣", kind, **told, **lower), region=region)
    opened = account_sums(city, region, 202300, 202300, FINANCIAL)
    assert (opened["1035"], opened["2012"]) == (100 * YUAN, -100 * YUAN)
    assert debt.uncharged(city, region, 2023) == [("扣", 100 * YUAN)]
    more: dict[str, Any] = {"part": part, "mof_div_code": region, "settles_no": "扣", "year": 2023}
    for number, yuan in (("列1", 60), ("列2", 40)):
        bgt_id = quota(code, region, 2023)
        record(city, event(number, "debt_withheld_charged", yuan, bgt_id=bgt_id, **more), year=2023)
    assert moved(city, region) == {"3001": 100, "1035": -100, **spent, "804101": -100}
    assert not account_sums(city, region, 202300, 202312, FINANCIAL).get("1035")
    assert debt.uncharged(city, region, 2023) == []
    assert verify_within(city).ok
