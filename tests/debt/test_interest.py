"""Interest is bounded by the debt that stands, and what a paper says is registered once."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.debt.services import DebtItem
from fisc.documents import Officer, RuleBroken, define_officers
from fisc.regional.services import Setting, approve_settings, make_settings
from tests.debt.test_refusals import reverse
from tests.debt.world import BANNER, CITY, LENT, OWED, Conn, day, event, owe, record

INTEREST: dict[str, Any] = {"part": "interest"}
LOWER: dict[str, Any] = {"lower_div_code": BANNER}
#: At the highest rate of six per cent that holds where nothing is settled, in yuan.
OF_OWED, OF_LENT = OWED * 6 // 100, LENT * 6 // 100


def refused(conn: Conn, *items: DebtItem, why: str, year: int = 2022) -> None:
    with pytest.raises(RuleBroken, match=why), conn.transaction():
        record(conn, *items, year=year)


PAYABLE, RECEIVABLE = "年应付利息（150600000，资金 111）", "年应收 150602000 的转贷利息"
BOUNDED: list[tuple[int, str, dict[str, Any], int, str]] = [
    *((year, kind, {}, OF_OWED, PAYABLE)
      for kind in ("interest_payable_accrued", "debt_withheld_by_upper") for year in (2022, 2023)),
    *((year, "interest_receivable_accrued", LOWER, OF_LENT, RECEIVABLE) for year in (2022, 2023)),
    (2022, "debt_withheld_from_lower", LOWER, OF_LENT, RECEIVABLE),
]  # fmt: skip


@pytest.mark.parametrize(("year", "kind", "given", "most", "why"), BOUNDED)
def test_interest_is_no_more_than_the_debt_bears_in_a_year(
    city: Conn, year: int, kind: str, given: dict[str, Any], most: int, why: str
) -> None:
    record(city, event("A", kind, most - 1, year=year, **INTEREST, **given), year=year)
    refused(city, event("B", kind, 2, year=year, **INTEREST, **given), why=why, year=year)
    record(city, event("B", kind, 1, year=year, **INTEREST, **given), year=year)


def test_each_budget_bears_interest_of_its_own_debt(city: Conn) -> None:
    one = event("A", "interest_payable_accrued", 1, **INTEREST, fund_type_code="121")
    refused(city, one, why=r"资金 121）共 1\.00 元，超过债务 0\.00 元")
    owe(city, CITY, 2022, fund="122")
    record(city, one)


def test_what_was_accrued_is_counted_once_and_what_is_taken_back_not_at_all(city: Conn) -> None:
    record(city, event("A", "interest_payable_accrued", OF_OWED, **INTEREST))
    settled = event("B", "debt_withheld_by_upper", 100, **INTEREST, accrued_fen=100_00)
    record(city, settled)
    refused(city, event("C", "debt_withheld_by_upper", 100, **INTEREST, accrued_fen=99_00), why="共 541")
    reverse(city, "B")
    reverse(city, "A")
    record(city, event("D", "debt_withheld_by_upper", OF_OWED, **INTEREST))


def test_debt_that_came_and_went_within_the_year_bears_interest(city: Conn) -> None:
    record(city, event("A", "debt_withheld_by_upper", OWED))
    record(city, event("B", "interest_payable_accrued", OF_OWED, **INTEREST))
    refused(
        city, event("C", "interest_payable_accrued", 1, year=2023, **INTEREST), why="债务 0.00 元", year=2023
    )


def test_a_region_settles_the_highest_rate(city: Conn) -> None:
    duties = {"sets": "registry_make", "approves": "registry_review"}
    define_officers(city, [Officer(n, n, CITY, frozenset({duty})) for n, duty in duties.items()])
    settled = Setting("利率", CITY, "debt_rate_max", day(), "鄂财发〔2022〕1号", value="3")
    make_settings(city, [settled], by="sets", on=date(2022, 1, 1))
    approve_settings(city, ["利率"], by="approves", on=date(2022, 1, 1))
    refused(city, event("A", "interest_payable_accrued", OF_OWED, **INTEREST), why="按年利率 3.00% 计")
    record(city, event("B", "interest_payable_accrued", OF_OWED // 2, **INTEREST))


WITHHELD = event("A", "debt_withheld_by_upper", 10, **INTEREST, basis_doc_no="内财债扣〔2022〕3号")


@pytest.mark.parametrize(
    "again",
    [
        {"basis_doc_no": "内财债扣〔2022〕3号"},
        {"basis_doc_no": "内财债扣（2022）第03号", "amount_fen": 5_00},
        {"basis_doc_no": " 内财债扣[2022]3号", "happened_on": date(2022, 2, 1)},
    ],
)
def test_a_paper_of_withholding_is_registered_once_unless_it_is_said_why(
    city: Conn, again: dict[str, Any]
) -> None:
    record(city, WITHHELD)
    told = {"part": "interest", "confirm_reason": "", **again}
    yuan = told.pop("amount_fen", 10_00) // 100
    for reason in ("", "。", "无无无无"):
        refused(city, event("B", WITHHELD.kind, yuan, **{**told, "confirm_reason": reason}),
                why="与债务收付单 A 是同一份文件")  # fmt: skip
    reverse(city, "A")
    record(city, event("B", WITHHELD.kind, yuan, **told))
    record(city, event("C", WITHHELD.kind, yuan, **{**told, "confirm_reason": "同一文件扣缴两期利息"}))


@pytest.mark.parametrize("number", ["", " "])
def test_what_the_upper_withheld_names_its_paper(city: Conn, number: str) -> None:
    refused(city, event("A", "debt_withheld_by_upper", 10, basis_doc_no=number), why="上级扣缴没有依据文号")


def test_without_a_paper_the_same_day_and_amount_is_asked_about(city: Conn) -> None:
    record(city, event("A", "interest_payable_accrued", 10, **INTEREST))
    refused(city, event("B", "interest_payable_accrued", 10, **INTEREST), why="与债务收付单 A 是同一份文件")
    record(city, event("B", "interest_payable_accrued", 11, **INTEREST),
           event("C", "interest_payable_accrued", 10, **INTEREST, happened_on=date(2022, 2, 1)))  # fmt: skip


def test_two_of_one_set_are_told_apart_as_well(city: Conn) -> None:
    twins = [event(n, "interest_payable_accrued", 10, **INTEREST) for n in "AB"]
    with pytest.raises((RuleBroken, psycopg.Error), match="是同一份文件"), city.transaction():
        record(city, *twins)
