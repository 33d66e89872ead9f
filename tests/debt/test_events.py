"""Each event of debt with its entry in full, under 192号 and 41号, in every book that it touches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from fisc.debt.rules import KINDS
from fisc.debt.services import DebtItem
from fisc.kernel.verify import verify_within
from tests.debt.world import BANNER, CITY, Conn, event, pay, quota, record
from tests.treasury.paying import entry, rule_codes

#: What stands before it, the event, and its entry in each region's books: 2022, then 2023.
SPENT = ["借 quota:9302 100.00", "贷 quota:9402 100.00", "借 quota:9402 100.00", "贷 quota:9501 100.00"]
INTEREST: dict[str, Any] = {"part": "interest"}
ACCRUED: dict[str, Any] = {**INTEREST, "accrued_fen": 100_00}
FROM: dict[str, Any] = {"lower_div_code": BANNER}
ABOVE: dict[str, Any] = {"mof_div_code": BANNER, "lower_div_code": BANNER}


def due(year: int) -> list[DebtItem]:
    """Interest that fell due before: the city's own, the banner's, and the city's claim on it."""
    return [
        event("计1", "interest_payable_accrued", 300, year=year, **INTEREST),
        event("计2", "interest_payable_accrued", 300, year=year, **INTEREST, mof_div_code=BANNER),
        event("计3", "interest_receivable_accrued", 120, year=year, **INTEREST, **FROM),
    ]


Case = tuple[str, str, Sequence[tuple[str, dict[str, Any]]], dict[str, Any], dict[int, dict[str, list[str]]]]
CASES: list[Case] = [
    ("interest_payable_accrued", "T18", [], INTEREST, {
        2022: {CITY: ["借 2015:3082", "贷 2015:2026"]},
        2023: {CITY: ["借 financial:5011", "贷 financial:2031"]}}),
    ("interest_receivable_accrued", "T19", [], {**INTEREST, **FROM}, {
        2022: {CITY: ["借 2015:1041", "贷 2015:3081"]},
        2023: {CITY: ["借 financial:1041", "贷 financial:2031"]}}),
    ("interest_paid", "T21", [("pay", {"code": "I"})], INTEREST, {
        2022: {CITY: ["借 2015:2026", "贷 2015:3082"]},
        2023: {CITY: ["借 financial:2031", "贷 financial:5011"]}}),
    ("lower_debt_deposited", "T23", [("pay", {"code": "R", "region": BANNER})], ABOVE, {
        2022: {CITY: ["借 2015:1001", "贷 2015:2015", "借 2015:3081", "贷 2015:1041"]},
        2023: {CITY: ["借 financial:1001", "贷 financial:1041", "借 budget:804101", "贷 budget:804105"]}}),
    ("lower_debt_advanced", "T22", [], FROM, {
        2022: {CITY: ["借 2015:1036", "贷 2015:1001", "借 2015:2026", "贷 2015:3082"]},
        2023: {CITY: ["借 financial:2031", "贷 financial:1001", "借 budget:804105", "贷 budget:804101"]}}),
    ("lower_debt_reimbursed", "T23",
     [("lower_debt_advanced", FROM), ("pay", {"code": "R", "region": BANNER})], ABOVE, {
         2022: {CITY: ["借 2015:1001", "贷 2015:1036", "借 2015:3081", "贷 2015:1041"]},
         2023: {CITY: ["借 financial:1001", "贷 financial:1041", "借 budget:804101", "贷 budget:804105"]}}),
    ("lower_debt_paid_from_deposit", "T22", [("debt_withheld_from_lower", FROM)], FROM, {
        2022: {CITY: ["借 2015:2015", "贷 2015:1001", "借 2015:2026", "贷 2015:3082"]},
        2023: {CITY: ["借 financial:2031", "贷 financial:1001", "借 budget:804105", "贷 budget:804101"]}}),
    ("debt_withheld_by_upper", "T24", [], ACCRUED, {
        2022: {CITY: ["借 2015:1036", "贷 2015:2012", "借 2015:2026", "贷 2015:3082"]},
        2023: {CITY: ["借 financial:2031", "贷 financial:2012"]}}),
    ("debt_withheld_from_lower", "T25", [], FROM, {
        2022: {CITY: ["借 2015:1031", "贷 2015:2015", "借 2015:3081", "贷 2015:1041"],
               BANNER: ["借 2015:1036", "贷 2015:2012", "借 2015:2026", "贷 2015:3082"]},
        2023: {CITY: ["借 financial:1032", "贷 financial:1041"],
               BANNER: ["借 financial:2031", "贷 financial:2012"]}}),
    ("debt_withheld_from_lower_advanced", "T25", [("debt_withheld_by_upper", {})], FROM, {
        2022: {CITY: ["借 2015:1031", "贷 2015:1036", "借 2015:3081", "贷 2015:1041"],
               BANNER: ["借 2015:1036", "贷 2015:2012", "借 2015:2026", "贷 2015:3082"]},
        2023: {CITY: ["借 financial:1032", "贷 financial:1041"],
               BANNER: ["借 financial:2031", "贷 financial:2012"]}}),
    ("debt_withheld_charged", "T24", [("debt_withheld_from_lower", FROM)],
     {"mof_div_code": BANNER, "bgt_id": "R"}, {
         2022: {BANNER: ["借 2015:5041", "贷 2015:1036"]},
         2023: {BANNER: ["借 budget:7041", "贷 budget:804105"]}}),
    ("debt_withheld_charged", "T24", [("debt_withheld_by_upper", INTEREST)], {**INTEREST, "bgt_id": "I"}, {
        2022: {CITY: ["借 2015:5001", "贷 2015:1036"]},
        2023: {CITY: ["借 budget:7001", "贷 budget:804105"]}}),
    ("debt_withheld_by_upper", "T24", [], INTEREST, {
        2022: {CITY: ["借 2015:1036", "贷 2015:2012"]},
        2023: {CITY: ["借 financial:5011", "贷 financial:2012"]}}),
]  # fmt: skip


def before(conn: Conn, steps: Sequence[tuple[str, dict[str, Any]]], year: int) -> dict[str, Any]:
    """What stands before an event; what of it the event names."""
    named: dict[str, Any] = {}
    for what, given in steps:
        if what == "pay":
            named["pay_app_no"] = pay(conn, "付1", year=year, **given)
        else:
            record(conn, event("先1", what, year=year, **given), year=year)
            named["settles_no"] = "先1"
    return named


@pytest.mark.parametrize("year", [2022, 2023])
@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_each_event_posts_its_entry(city: Conn, case: Case, year: int) -> None:
    kind, rule, steps, given, books = case
    record(city, *due(year), year=year)
    given = {**given, **before(city, steps, year)}
    if code := given.get("bgt_id"):
        given["bgt_id"] = quota(code, given.get("mof_div_code", CITY), year)
    item = event("甲1", kind, year=year, **given)
    assert record(city, item, year=year) == [True]
    assert record(city, item, year=year) == [False]
    spent = SPENT if "bgt_id" in given else []
    for region in (CITY, BANNER):
        lines = [f"{line.replace(' ', f' {_BOOK}', 1)} 100.00" for line in books[year].get(region, [])]
        wanted = [line.replace(_BOOK + "2015", "treasury_2015").replace(_BOOK, "treasury_2022_")
                  for line in lines]  # fmt: skip
        assert entry(city, f"debt_event:甲1:posted:{region}") == (spent + wanted if wanted else [])
        if year == 2022 and wanted:
            assert f"192-{rule}" in rule_codes(city, f"debt_event:甲1:posted:{region}") or region == BANNER
    city.execute("set constraints all immediate")
    assert verify_within(city).ok


_BOOK = "#"


def test_every_kind_has_its_entry_shown() -> None:
    assert {case[0] for case in CASES} == set(KINDS)


def test_a_payment_of_interest_posts_by_its_own_rule(city: Conn) -> None:
    pay(city, "息1", "I")
    assert "192-T21" in rule_codes(city, "pay_app:息1:paid")
    assert entry(city, "pay_app:息1:paid")[2:] == [
        "借 treasury_2015:5001 100.00", "贷 treasury_2015:1001 100.00"]  # fmt: skip
    pay(city, "息2", "J", year=2023)
    assert entry(city, "pay_app:息2:paid")[2:] == [
        "借 treasury_2022_financial:5011 100.00", "贷 treasury_2022_financial:1001 100.00",
        "借 treasury_2022_budget:7002 100.00", "贷 treasury_2022_budget:804101 100.00"]  # fmt: skip
