"""The end of a year: what goes on, what is surplus, and what the quota book shows afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget.services import carryover, operations, quota_codings
from fisc.documents import RuleBroken
from fisc.kernel import QuotaShortfall
from tests.budget.quota_world import CITY, SIGNED, YEAR, YUAN, entered, left, line, operation

NEW_YEAR = date(2023, 1, 5)
NEXT = {**SIGNED, "on": NEW_YEAR}


def carry(city: psycopg.Connection, yuan: dict[str, int], doc_no: str = "结1", **given: object) -> list[bool]:
    lines = carryover.carry_over_lines(city, {k: v * YUAN for k, v in yuan.items()}, doc_no)
    year = next(iter(lines)).coding.fiscal_year
    paper = carryover.CarryOver(doc_no, CITY, year, NEW_YEAR, "结转", "鄂财〔2023〕1号", lines)
    return carryover.carry_over(city, [replace(paper, **given)], **NEXT)  # type: ignore[arg-type]


def test_what_is_unspent_goes_on_with_the_same_elements(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300, tags=("003003",)), line("Q2", 200, is_executable=False))
    found = {u.bgt_id: (u.amount_fen // YUAN, u.may_carry) for u in carryover.unspent(city, CITY, YEAR)}
    assert found == {"Q1": (300, True), "Q2": (200, True)}
    assert carry(city, {"Q1": 300, "Q2": 150}) == [True]
    assert carry(city, {"Q1": 300, "Q2": 150}) == [False]
    assert [left(city, q) for q in ("Q1", "Q2", "Q1-J", "Q2-J")] == [
        {}, {"pending": 50}, {"executable": 300}, {"pending": 150},
    ]  # fmt: skip
    old, new = quota_codings(city, ["Q1", "Q1-J"]).values()
    assert replace(new, fiscal_year=2022, cor_bgt_doc_no=old.cor_bgt_doc_no) == old


def test_the_first_year_stays_and_a_second_carry_over_is_refused(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 300})
    (again,) = carryover.unspent(city, CITY, 2023)
    assert (again.bgt_id, again.may_carry) == ("Q1-J", False)
    assert city.execute("select first_year from budget_quota where bgt_id = 'Q1-J'").fetchone() == (2022,)
    with pytest.raises(RuleBroken) as refused:
        carry(city, {"Q1-J": 300}, "结2")
    assert "实施条例第五十条" in refused.value.rule
    assert "收回" in refused.value.hint


def test_a_swap_does_not_make_carried_money_young(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 300})
    into = replace(quota_codings(city, ["Q1-J"])["Q1-J"], pro_code="Q2", source_type_code="3")
    changes = (("Q1-J", -100), operations.QuotaChange("Q2-新", 100 * YUAN, coding=into))
    operations.swap(city, [replace(operation("调", *changes), fiscal_year=2023)], **NEXT)
    assert city.execute("select first_year from budget_quota where bgt_id = 'Q2-新'").fetchone() == (2022,)


def test_frozen_money_is_decided_on_first(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    operations.freeze(city, [operation("冻", ("Q1", 10))], **SIGNED)
    with pytest.raises(RuleBroken, match="Q1"):
        carryover.unspent(city, CITY, YEAR)
    with pytest.raises(QuotaShortfall, match="Q1"):
        carry(city, {"Q1": 300})


def test_carried_money_keeps_its_purpose(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    (kept,) = carryover.carry_over_lines(city, {"Q1": 300 * YUAN}, "结1")
    other = replace(kept, coding=replace(kept.coding, exp_func_code="2010301"))
    paper = carryover.CarryOver("结1", CITY, 2023, NEW_YEAR, "结转", "鄂财〔2023〕1号", (other,))
    with pytest.raises(RuleBroken, match="用途"):
        carryover.carry_over(city, [paper], **NEXT)


def test_the_carry_over_account_ends_the_year_at_zero(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 200})
    taken = replace(operation("收", ("Q1-J", 50)), fiscal_year=2023)
    operations.take_back(city, [taken], kind="two_years", **{**SIGNED, "on": date(2023, 12, 31)})
    turnover = city.execute(
        "select p.period / 100, sum(p.debit_fen - p.credit_fen)::bigint, sum(p.debit_fen)::bigint "
        "from ledger.balance_month p join ledger.account a on a.id = p.account_id "
        "where a.book = 'quota' and a.code = '9601' group by 1 order by 1"
    ).fetchall()
    assert turnover == [(2022, 0, 200 * YUAN), (2023, 0, 50 * YUAN)]


def test_idle_money_of_this_year_goes_back_to_the_budget(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    operations.take_back(city, [operation("收", ("Q1", 100))], kind="unused", **SIGNED)
    assert left(city, "Q1") == {"executable": 200}
    entered(city, line("Q2", 999_800), doc_no="再安排")
    with pytest.raises(QuotaShortfall):
        entered(city, line("Q3", 1), doc_no="没有了")
