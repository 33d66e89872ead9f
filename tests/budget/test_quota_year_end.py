"""The end of a year: what goes on, what is surplus, and what the quota book shows afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget.rules import quotas as rules
from fisc.budget.rules.adjustment import AdjustmentPlan, SpendingChange
from fisc.budget.services import adjustment, carryover, operations, quota_codings, quotas
from fisc.catalogue import CATALOGUE
from fisc.documents import RuleBroken
from fisc.kernel import QuotaShortfall, open_year
from fisc.reading.service import Ask, FigureService
from tests.budget.quota_world import (
    CITY,
    SIGNED,
    YEAR,
    YUAN,
    brought,
    coding,
    document,
    entered,
    left,
    line,
    operation,
)

NEW_YEAR = date(2023, 1, 5)
LAST_DAY = date(2023, 12, 31)
NEXT = {**SIGNED, "on": NEW_YEAR}
CARRIED_IN = {"base": "added", "source": "carried", "basis_doc_no": "政办〔2022〕9号"}


def carry(city: psycopg.Connection, yuan: dict[str, int], doc_no: str = "结1", **given: object) -> list[bool]:
    lines = carryover.carry_over_lines(city, {k: v * YUAN for k, v in yuan.items()})
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
    assert new == replace(old, fiscal_year=2023, bgt_type_code="2")


def test_what_is_carried_over_is_no_budget_that_was_approved_for_the_next_year(
    city: psycopg.Connection,
) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 300})
    service = FigureService(city, CATALOGUE)
    asks = [Ask(f"expenditure.general.{kind}", CITY, 2023) for kind in ("budget", "adjusted")]
    budget, adjusted = service.get_many(asks)
    assert (budget.value, adjusted.value) == (None, 300 * YUAN) and budget.gap_reason
    (before,) = service.get_many([Ask("expenditure.general.budget", CITY, YEAR)])
    assert before.value == 1_530_000 * YUAN


def test_quotas_that_differ_by_document_or_source_alone_go_on_in_one_paper(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), doc_no="鄂财指〔2022〕1号")
    entered(city, line("Q2", 200, pro_code="Q1"), doc_no="鄂财指〔2022〕2号")
    same = {"pro_code": "Q1", "source_type_code": "2", "cor_bgt_doc_no": "鄂财指〔2022〕1号"}
    brought(city, 50)
    more = document(
        "追", line("Q3", 50, **same), base="added", source="carried", basis_doc_no="政办〔2022〕9号"
    )
    quotas.append(city, [more], **SIGNED)
    assert carry(city, {"Q1": 300, "Q2": 200, "Q3": 50}) == [True]
    assert [left(city, f"Q{n}-J") for n in (1, 2, 3)] == [
        {"executable": 300}, {"executable": 200}, {"executable": 50},
    ]  # fmt: skip


def test_carried_money_that_is_given_back_waits_apart_from_the_new_budget(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 300})
    back = replace(operation("收", ("Q1-J", 100)), fiscal_year=2023, dated_on=NEW_YEAR)
    operations.take_back(city, [back], kind="unused", **NEXT)
    with pytest.raises(QuotaShortfall, match="上年结转"):
        quotas.enter(city, [again("新1", "")], **NEXT)
    quotas.enter(city, [again("新2", "2")], **NEXT)
    assert left(city, "新2") == {"executable": 100}


def again(bgt_id: str, mark: str) -> quotas.QuotaDocument:
    """A document of the new year that gives out 100 yuan of the class in which the carried money waits."""
    given = line(bgt_id, 100, pro_code="Q2", fiscal_year=2023, bgt_type_code=mark)
    return document(f"再{bgt_id}", given, fiscal_year=2023, dated_on=NEW_YEAR)


@pytest.mark.parametrize(
    "elements",
    [
        {"fund_type_code": "112"}, {"fund_type_code": "114"}, {"fund_type_code": "111", "is_debt": "1"},
        {"fund_type_code": "122", "exp_func_code": "2120803"},
    ],
)  # fmt: skip
def test_the_proceeds_of_bonds_stay_with_their_project_however_long_they_lie(
    city: psycopg.Connection, elements: dict[str, str]
) -> None:
    coded = {"pro_code": "Q1", "gov_bgt_eco_code": "50601", "dep_bgt_eco_code": "31001", **elements}
    bond = document(
        "债", line("B1", 300, **coded), base="added", source="carried", basis_doc_no="政办〔2022〕9号"
    )
    brought(city, 300, elements["fund_type_code"])
    quotas.append(city, [bond], **SIGNED)
    carry(city, {"B1": 300})
    taken = replace(operation("收", ("B1-J", 50)), fiscal_year=2023, dated_on=LAST_DAY)
    with pytest.raises(RuleBroken, match="债券等专用资金不作结余") as refused:
        operations.take_back(city, [taken], kind="two_years", **{**SIGNED, "on": date(2023, 12, 31)})
    assert "make-adjustments" in refused.value.hint
    open_year(city, CITY, 2024)
    (unspent,) = carryover.unspent(city, CITY, 2023)
    assert (unspent.bgt_id, unspent.may_carry) == ("B1-J", True)


@pytest.mark.parametrize("day", [NEW_YEAR, date(2023, 6, 30), date(2023, 12, 30)], ids=str)
def test_what_was_carried_over_is_no_surplus_before_its_second_year_has_ended(
    city: psycopg.Connection, day: date
) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 300})
    taken = replace(operation("收", ("Q1-J", 50)), fiscal_year=2023, dated_on=day)
    with pytest.raises(RuleBroken, match=r"2023 年还没有终了.*实施条例第五十条") as refused:
        operations.take_back(city, [taken], kind="two_years", **{**SIGNED, "on": LAST_DAY})
    assert "2023-12-31" in refused.value.hint
    given = replace(taken, dated_on=LAST_DAY)
    assert operations.take_back(city, [given], kind="two_years", **{**SIGNED, "on": LAST_DAY}) == [True]


def test_only_money_of_the_general_budget_feeds_the_stabilisation_fund(city: psycopg.Connection) -> None:
    entered(
        city, line("Q1", 300), line("F1", 200, fund_type_code="121", exp_func_code="2120801", pro_code="Q2")
    )
    carry(city, {"Q1": 300, "F1": 200})
    taken = replace(operation("收", ("Q1-J", 300), ("F1-J", 200)), fiscal_year=2023, dated_on=LAST_DAY)
    operations.take_back(city, [taken], kind="two_years", **{**SIGNED, "on": date(2023, 12, 31)})
    found = city.execute(
        "select c.fund_type_code, sum(p.credit_fen)::bigint from ledger.balance_month p "
        "join ledger.account a on a.id = p.account_id join ledger.coding c on c.id = p.coding_id "
        "where a.book || ':' || a.code = 'treasury_2022_budget:8031' group by 1"
    ).fetchall()
    assert found == [("111", 300 * YUAN)]


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
    into = replace(quota_codings(city, ["Q1-J"])["Q1-J"], agency_code="101002", source_type_code="3")
    changes = (("Q1-J", -100), operations.QuotaChange("Q2-新", 100 * YUAN, coding=into))
    operations.swap(city, [replace(operation("调", *changes), fiscal_year=2023, dated_on=NEW_YEAR)], **NEXT)
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
    (kept,) = carryover.carry_over_lines(city, {"Q1": 300 * YUAN})
    other = replace(kept, coding=replace(kept.coding, exp_func_code="2010301"))
    paper = carryover.CarryOver("结1", CITY, 2023, NEW_YEAR, "结转", "鄂财〔2023〕1号", (other,))
    with pytest.raises(RuleBroken, match="用途"):
        carryover.carry_over(city, [paper], **NEXT)


def test_the_carry_over_account_ends_the_year_at_zero(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 200})
    taken = replace(operation("收", ("Q1-J", 50)), fiscal_year=2023, dated_on=LAST_DAY)
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


def test_what_a_swap_moves_of_carried_money_keeps_its_mark(city: psycopg.Connection) -> None:
    """Nothing becomes this year's money by being moved."""
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 300})
    young = replace(quota_codings(city, ["Q1-J"])["Q1-J"], agency_code="101002", bgt_type_code="")
    changes = (("Q1-J", -100), operations.QuotaChange("Q2-新", 100 * YUAN, coding=young))
    swap = replace(operation("调", *changes), fiscal_year=2023, dated_on=NEW_YEAR)
    with pytest.raises(RuleBroken, match="可执行/111/无上级文/上年结转/Q1/2050202") as refused:
        operations.swap(city, [swap], **NEXT)
    assert "指标类型也填 2" in refused.value.hint and "第五十条" in refused.value.rule


@pytest.mark.parametrize("other", [{"pro_code": "Q2"}, {"exp_func_code": "2050299"}])
@pytest.mark.parametrize("is_asked_first", [True, False])
def test_a_swap_leaves_carried_money_to_its_project_and_item(
    city: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, other: dict[str, str], is_asked_first: bool
) -> None:
    entered(city, line("Q1", 300))
    carry(city, {"Q1": 300})
    into = replace(quota_codings(city, ["Q1-J"])["Q1-J"], **other)  # type: ignore[arg-type]
    changes = (("Q1-J", -100), operations.QuotaChange("Q2-新", 100 * YUAN, coding=into))
    swap = replace(operation("调", *changes), fiscal_year=2023, dated_on=NEW_YEAR)
    if not is_asked_first:  # the database alone
        monkeypatch.setattr(rules, "keeps_purpose", lambda coding: False)
    with pytest.raises(RuleBroken, match="项目、功能分类") as refused:
        operations.swap(city, [swap], **NEXT)
    assert "第四十二条" in refused.value.rule


BOND = {
    "fund_type_code": "112",
    "gov_bgt_eco_code": "50601",
    "dep_bgt_eco_code": "31001",
    "source_type_code": "2",
}


def bonds(city: psycopg.Connection) -> None:
    """A quota B1 of 300 yuan of a bond for Q1."""
    brought(city, 300, "112")
    bond = document("债", line("B1", 300, pro_code="Q1", **BOND), base="added", source="carried",
                    basis_doc_no="政办〔2022〕9号")  # fmt: skip
    quotas.append(city, [bond], **SIGNED)


@pytest.mark.parametrize("other", [{"pro_code": "Q2"}, {"exp_func_code": "2050299"}])
@pytest.mark.parametrize("is_asked_first", [True, False])
def test_a_swap_leaves_bonds_to_their_project_and_item(
    city: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, other: dict[str, str], is_asked_first: bool
) -> None:
    bonds(city)
    changes = (("B1", -100), operations.QuotaChange("B2", 100 * YUAN, coding=coding(**{**BOND, **other})))
    if not is_asked_first:  # the database alone
        monkeypatch.setattr(rules, "keeps_purpose", lambda coding: False)
    with pytest.raises(RuleBroken, match="项目、功能分类") as refused:
        operations.swap(city, [operation("调", *changes)], **SIGNED)
    assert "第三十五条" in refused.value.rule and "make-adjustments" in refused.value.hint


def adjusted(city: psycopg.Connection, year: int, on: date, *spending: SpendingChange) -> None:
    plan = AdjustmentPlan("债调1", CITY, year, on, on, "调整债券用途", (), spending)
    adjustment.make_adjustments(city, [plan], by="maker", on=on)
    key = adjustment.adjustment_key(CITY, year, "债调1")
    adjustment.review_adjustments(city, [key], by="checker", on=on)
    decided = adjustment.AdjustmentResolution(key, "鄂人常〔2022〕5号")
    adjustment.resolve_adjustments(city, [decided], by="congress", on=on)


def test_bonds_go_to_another_use_by_an_adjustment(city: psycopg.Connection) -> None:
    bonds(city)
    operations.cut(city, [operation("减", ("B1", 100))], **SIGNED)
    use = {"exp_func_code": "2050299"}
    given = document("新", line("B2", 100, pro_code="Q2", **{**BOND, **use}))
    with pytest.raises(QuotaShortfall), city.transaction():
        quotas.enter(city, [given], **SIGNED)
    same_item = document("同", line("B3", 100, **{**BOND, "pro_code": "Q3"}))
    with pytest.raises(QuotaShortfall), city.transaction():
        quotas.enter(city, [same_item], **SIGNED)
    less = SpendingChange("112", -100 * YUAN, exp_func_code="2050202", source_type_code="2")
    with pytest.raises(QuotaShortfall), city.transaction():
        adjusted(city, YEAR, SIGNED["on"], less, SpendingChange("112", 100 * YUAN, exp_func_code="2050299"))
    adjusted(city, YEAR, SIGNED["on"], replace(less, pro_code="Q1"),
             SpendingChange("112", 100 * YUAN, exp_func_code="2050299"))  # fmt: skip
    assert city.execute("select cases from budget_adjustment").fetchone() == (["debt_use"],)
    quotas.enter(city, [given], **SIGNED)
    assert (left(city, "B1"), left(city, "B2")) == ({"executable": 200}, {"executable": 100})


def test_carried_bonds_stay_carried_over_when_their_use_is_adjusted(city: psycopg.Connection) -> None:
    bonds(city)
    carry(city, {"B1": 300})
    cut = replace(operation("减", ("B1-J", 100)), fiscal_year=2023, dated_on=NEW_YEAR)
    operations.cut(city, [cut], **NEXT)
    other = {"exp_func_code": "2050299", "bgt_type_code": "2"}
    of_carried = quota_codings(city, ["B1-J"])["B1-J"].source_type_code
    less = SpendingChange(
        "112", -100 * YUAN, exp_func_code="2050202", source_type_code=of_carried, bgt_type_code="2",
        pro_code="Q1",
    )  # fmt: skip
    for wrong in (
        replace(less, amount_fen=100 * YUAN, bgt_type_code=""),
        replace(less, amount_fen=100 * YUAN, bgt_type_code="1"),
    ):
        with pytest.raises(RuleBroken, match="不是债务资金，或上年结转的增减不相等"):
            adjusted(city, 2023, NEW_YEAR, less, wrong)
    adjusted(city, 2023, NEW_YEAR, less,
             SpendingChange("112", 100 * YUAN, source_type_code="2", **other))  # fmt: skip
    coded = {**BOND, **other, "fiscal_year": "2023"}
    given = document("新", line("B2", 100, pro_code="Q2", **coded), fiscal_year=2023, dated_on=NEW_YEAR)
    quotas.enter(city, [given], **NEXT)
    assert left(city, "B2") == {"executable": 100}


def test_bonds_that_were_cut_go_out_again_to_their_project(city: psycopg.Connection) -> None:
    bonds(city)
    operations.cut(city, [operation("减", ("B1", 100))], **SIGNED)
    quotas.enter(city, [document("再", line("B4", 60, **{**BOND, "pro_code": "Q1"}))], **SIGNED)
    assert left(city, "B4") == {"executable": 60}
    more = line("B5", 41, **{**BOND, "pro_code": "Q1", "agency_code": "101002"})
    with pytest.raises(QuotaShortfall, match=r"本级支出预算余 0\.00，需 1\.00 元"):
        quotas.enter(city, [document("多", more)], **SIGNED)


def test_bonds_of_one_item_go_to_another_project_by_an_adjustment(city: psycopg.Connection) -> None:
    bonds(city)
    operations.cut(city, [operation("减", ("B1", 100))], **SIGNED)
    less = SpendingChange("112", -100 * YUAN, exp_func_code="2050202", source_type_code="2", pro_code="Q1")
    adjusted(city, YEAR, SIGNED["on"], less, replace(less, amount_fen=100 * YUAN, pro_code="Q3"))
    given = document("新", line("B3", 100, **{**BOND, "pro_code": "Q3"}))
    quotas.enter(city, [given], **SIGNED)
    assert left(city, "B3") == {"executable": 100}


def test_only_debt_is_adjusted_by_project(city: psycopg.Connection) -> None:
    less = SpendingChange("111", -1, exp_func_code="2010301", pro_code="Q1")
    with pytest.raises(RuleBroken, match="不是债务资金"):
        adjusted(city, YEAR, SIGNED["on"], less, replace(less, amount_fen=1, exp_func_code="2050202"))
