"""Formal adjustments: the four cases of law 67, all else refused, the resolution that puts them in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.budget.services import (
    AdjustmentPlan,
    SourceChange,
    SpendingChange,
    adjustment,
    adjustment_cases,
    operations,
    quotas,
)
from fisc.catalogue import CATALOGUE
from fisc.documents import NotFound, RuleBroken, WrongState
from fisc.kernel import QuotaShortfall
from fisc.reading.service import FigureService
from tests.budget.quota_world import (
    CITY,
    DAY,
    SIGNED,
    YEAR,
    YUAN,
    class_left,
    document,
    entered,
    journal,
    left,
    line,
    operation,
    received,
)

MORE_TAX = SourceChange("111", "10101", 500 * YUAN)
SCHOOLS, OFFICES = "2050202", "2010301"


def plan(*lines: SourceChange | SpendingChange, **given: object) -> AdjustmentPlan:
    base = AdjustmentPlan(
        "调1", CITY, YEAR, DAY, DAY, "年中调整",
        tuple(x for x in lines if isinstance(x, SourceChange)),
        tuple(x for x in lines if isinstance(x, SpendingChange)),
    )  # fmt: skip
    return replace(base, **given)  # type: ignore[arg-type]


def spend(code: str, yuan: int, fund: str = "111") -> SpendingChange:
    return SpendingChange(fund, yuan * YUAN, exp_func_code=code)


KEY = adjustment.adjustment_key(CITY, YEAR, "调1")

CASES = {
    "total up": (plan(MORE_TAX, spend(OFFICES, 500)), ("total",)),
    "total down": (plan(replace(MORE_TAX, amount_fen=-500 * YUAN), spend(OFFICES, -500)), ("total",)),
    "stabilisation fund drawn": (
        plan(SourceChange("111", "11015", 500 * YUAN, "carried"), replace(MORE_TAX, amount_fen=-500 * YUAN)),
        ("stabilisation",),
    ),
    "key spending cut": (plan(spend(SCHOOLS, -500), spend(OFFICES, 500)), ("key_cut",)),
    "more debt": (
        plan(SourceChange("122", "1050402", 500 * YUAN, "debt"), spend("2120801", 500, "122")),
        ("total", "debt"),
    ),
    "debt instead of own revenue": (
        plan(SourceChange("112", "1050401", 500 * YUAN, "debt"), replace(MORE_TAX, amount_fen=-500 * YUAN),
             spend(OFFICES, -500), spend("2140104", 500, "112")),
        ("debt",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_four_cases_of_law_67(city: psycopg.Connection, name: str) -> None:
    given, cases = CASES[name]
    assert adjustment_cases(given) == cases
    assert adjustment.make_adjustments(city, [given], by="maker", on=DAY) == [True]


def test_a_year_that_is_over_is_not_adjusted_and_what_is_recorded_late_stands_in_it(
    city: psycopg.Connection,
) -> None:
    late, up = date(2023, 1, 5), plan(MORE_TAX, spend(OFFICES, 500))
    with pytest.raises(RuleBroken, match="调整 2022 年预算的常委会会议日期是 2023-01-05"), city.transaction():
        adjustment.make_adjustments(city, [replace(up, session_on=late)], by="maker", on=late)
    adjustment.make_adjustments(city, [replace(up, session_on=date(2022, 12, 30))], by="maker", on=late)
    adjustment.review_adjustments(city, [KEY], by="checker", on=late)
    decided = adjustment.AdjustmentResolution(KEY, "鄂人常〔2022〕9号")
    adjustment.resolve_adjustments(city, [decided], by="congress", on=late)
    assert {row.split()[0] for row in journal(city, KEY)} == {"202212"}


FROM_ABOVE = SourceChange("111", "1100310", 500 * YUAN, "transfer", sup_bgt_doc_no="内财〔2022〕7号")

NOT_ADJUSTMENTS = {
    "among other classes": (plan(spend(OFFICES, -500), spend("2070101", 500)), "第六十七条", "swap"),
    "a new special transfer without local match": (
        plan(FROM_ABOVE, spend(SCHOOLS, 500)), "第七十一条", "append",
    ),
    "savings": (
        plan(replace(MORE_TAX, amount_fen=-1), SpendingChange("111", -1, exp_func_code=OFFICES),
             reason="savings"), "实施条例第七十八条", "调减",
    ),
    "out of balance": (plan(MORE_TAX, spend(OFFICES, 499)), "第十二条", "等于"),
    "between funds": (plan(MORE_TAX, spend("2120801", 500, "121")), "第十二条", "等于"),
    "nothing": (plan(), "第十二条", "等于"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_ADJUSTMENTS)
def test_what_is_no_adjustment_is_refused(city: psycopg.Connection, name: str) -> None:
    given, rule, hint = NOT_ADJUSTMENTS[name]
    with pytest.raises(RuleBroken) as refused:
        adjustment.make_adjustments(city, [given], by="maker", on=DAY)
    assert rule in refused.value.rule
    assert hint in refused.value.hint
    assert city.execute("select count(*) from budget_adjustment").fetchone() == (0,)


@given(st.lists(st.tuples(st.sampled_from([OFFICES, "2070101", "2200101"]), st.integers(-9, 9)), max_size=6))
def test_moves_among_other_classes_that_sum_to_nothing_are_never_an_adjustment(
    moves: list[tuple[str, int]],
) -> None:
    lines = [spend(code, yuan) for code, yuan in moves if yuan]
    lines += [spend("2240101", -sum(x.amount_fen for x in lines) // YUAN)]
    assert adjustment_cases(plan(*lines)) == ()


def resolve(city: psycopg.Connection, given: AdjustmentPlan, number: str = "鄂人常〔2022〕5号") -> list[bool]:
    adjustment.make_adjustments(city, [given], by="maker", on=DAY)
    adjustment.review_adjustments(city, [KEY], by="checker", on=DAY)
    return adjustment.resolve_adjustments(
        city, [adjustment.AdjustmentResolution(KEY, number)], by="congress", on=DAY
    )


def test_money_from_above_is_adjusted_for_out_of_its_receipt(city: psycopg.Connection) -> None:
    """A transfer that needs local match: its part is taken from what was received, and no more than that."""
    given = plan(FROM_ABOVE, MORE_TAX, spend(SCHOOLS, 1_000))
    with pytest.raises(NotFound, match="内财〔2022〕7号"):
        resolve(city, given)
    received(city, "内财〔2022〕7号", 700)
    assert resolve(city, given) == [True]
    assert journal(city, ":调1:resolve")[:4] == [
        "202203 借 quota:9200 500.00 111 内财〔2022〕7号",
        "202203 贷 quota:9200 500.00 111",
        "202203 借 source_register:U100 500.00 111 内财〔2022〕7号",
        "202203 贷 source_register:U200 500.00 111 内财〔2022〕7号",
    ]
    more = replace(given, doc_no="调2")
    adjustment.make_adjustments(city, [more], by="maker", on=DAY)
    key = adjustment.adjustment_key(CITY, YEAR, "调2")
    adjustment.review_adjustments(city, [key], by="checker", on=DAY)
    with pytest.raises(QuotaShortfall, match="内财〔2022〕7号"):
        adjustment.resolve_adjustments(
            city, [adjustment.AdjustmentResolution(key, "鄂人常〔2022〕6号")], by="congress", on=DAY
        )


def test_own_money_is_not_adjusted_for_under_a_number_from_above(city: psycopg.Connection) -> None:
    given = plan(replace(MORE_TAX, sup_bgt_doc_no="内财〔2022〕7号"), spend(SCHOOLS, 500))
    with pytest.raises(RuleBroken, match="不是上级资金"):
        adjustment.make_adjustments(city, [given], by="maker", on=DAY)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("9999999", "2022 年没有收入分类 9999999"),
        ("10199999", "没有收入分类"),
        ("101", "只到类"),
        ("", "（空）"),
    ],
)
def test_income_that_no_classification_has_is_not_adjusted_for(
    city: psycopg.Connection, code: str, words: str
) -> None:
    given = plan(replace(MORE_TAX, rev_func_code=code), spend(OFFICES, 500))
    with pytest.raises(RuleBroken, match=words):
        adjustment.make_adjustments(city, [given], by="maker", on=DAY)


def test_an_adjustment_in_force_is_budget_to_give_out(city: psycopg.Connection) -> None:
    given = plan(MORE_TAX, spend(SCHOOLS, 500))
    assert resolve(city, given) == [True]
    assert resolve(city, given) == [False]
    assert journal(city, ":调1:resolve") == [
        "202203 借 quota:9101 500.00 111 10101 2",
        "202203 贷 quota:9200 500.00 111",
        "202203 借 quota:9200 500.00 111",
        "202203 贷 quota:9201 500.00 111 2050202 2",
    ]
    entered(city, line("Q1", 500, source_type_code="2"))
    assert left(city, "Q1") == {"executable": 500}


def test_key_spending_cut_in_red(city: psycopg.Connection) -> None:
    resolve(city, plan(spend(SCHOOLS, -500), spend(OFFICES, 500)))
    assert journal(city, ":调1:resolve") == [
        "202203 借 quota:9200 -500.00 111",
        "202203 贷 quota:9201 -500.00 111 2050202 1",
        "202203 借 quota:9200 500.00 111",
        "202203 贷 quota:9201 500.00 111 2010301 2",
    ]
    assert class_left(city) == 1_000_000 - 500


def test_no_resolution_no_adjustment(city: psycopg.Connection) -> None:
    given = plan(MORE_TAX, spend(SCHOOLS, 500))
    with pytest.raises(RuleBroken, match="决议"):
        resolve(city, given, number="")
    adjustment.send_back_adjustments(city, [KEY], by="checker", on=DAY, note="补充说明")
    with pytest.raises(WrongState):
        adjustment.resolve_adjustments(
            city, [adjustment.AdjustmentResolution(KEY, "鄂人常〔2022〕5号")], by="congress", on=DAY
        )
    with pytest.raises(QuotaShortfall):
        entered(city, line("Q1", 500, source_type_code="2"))


def test_what_was_given_out_cannot_be_adjusted_away(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 1_000_000))
    with pytest.raises(QuotaShortfall, match="2050202"):
        resolve(city, plan(spend(SCHOOLS, -500), spend(OFFICES, 500)))
    operations.cut(city, [operation("减", ("Q1", 500))], **SIGNED)
    assert adjustment.resolve_adjustments(
        city, [adjustment.AdjustmentResolution(KEY, "鄂人常〔2022〕5号")], by="congress", on=DAY
    ) == [True]


def test_the_reserve_is_no_adjustment(city: psycopg.Connection) -> None:
    given = document("预备", line("Q1", 100), base="reserve", basis_doc_no="鄂府发〔2022〕3号")
    quotas.enter(city, [given], **SIGNED)
    assert class_left(city, "227") == 30_000 - 100
    assert left(city, "Q1") == {"executable": 100}
    figures = FigureService(city, CATALOGUE)
    told = [figures.get(f"reserve.{part}", CITY, YEAR).value for part in ("budget", "used", "left")]
    assert told == [30_000 * YUAN, 100 * YUAN, 29_900 * YUAN]


def test_what_is_added_is_of_the_finest_class_and_what_is_cut_may_stand_elsewhere(
    city: psycopg.Connection,
) -> None:
    with pytest.raises(RuleBroken, match=r"调1 增加的支出没有列到最细一级科目：科目 20502（其下有"):
        adjustment.make_adjustments(city, [plan(MORE_TAX, spend("20502", 500))], by="maker", on=DAY)
    less = plan(replace(MORE_TAX, amount_fen=-500 * YUAN), spend("20502", -500))
    assert adjustment.make_adjustments(city, [less], by="maker", on=DAY) == [True]
