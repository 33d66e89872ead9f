"""One kind of government fund never pays for another: at draft, adjustment and swap, in the database too."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from fisc.budget.rules.approval import Source, Spending
from fisc.budget.services import SourceChange, SpendingChange, adjustment, operations, quotas
from fisc.documents import RuleBroken
from tests.budget import region
from tests.budget.quota_world import DAY, SIGNED, YUAN, entered, left, line, operation
from tests.budget.test_adjustment import plan, resolve, spend

LAND, LOTTERY = "103014801", "103015501"
LAND_OUTLAY, LOTTERY_OUTLAY, UNNAMED = "2120801", "2296002", "2340109"


def income(code: str, yuan: int, source: str = "own") -> SourceChange:
    return SourceChange("121", code, yuan * YUAN, source)  # type: ignore[arg-type]


def outlay(code: str, yuan: int) -> SpendingChange:
    return spend(code, yuan, "121")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((income(LAND, 100), outlay(LOTTERY_OUTLAY, 100)), "彩票公益金（1030155） 超过 100.00 元"),
        ((income(LAND, 100), outlay(LAND_OUTLAY, 60), outlay(LOTTERY_OUTLAY, 40)), "1030155） 超过 40.00 元"),
        (
            (income(LAND, 100), outlay(LAND_OUTLAY, 200), outlay(LOTTERY_OUTLAY, -100)),
            "1030148） 超过 100.00 元",
        ),
        ((income(LAND, -100), outlay(LOTTERY_OUTLAY, -100)), "1030148） 超过 100.00 元"),
        ((income("10301", 100), outlay(LAND_OUTLAY, 100)), "1030148） 超过 100.00 元"),
        ((income("103100601", 100), outlay(LOTTERY_OUTLAY, 100)), "1030155） 超过 100.00 元"),
        ((income(LAND, 100), outlay(UNNAMED, 100)), "没有对应基金种类的科目 超过 100.00 元"),
        (
            (income("1100902", 30, "carried"), income(LAND, 70), outlay(LOTTERY_OUTLAY, 100)),
            "1030155） 超过 100.00 元",
        ),
    ],
)
def test_an_adjustment_feeds_each_class_by_its_kind(
    city: psycopg.Connection, lines: tuple[SourceChange | SpendingChange, ...], said: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        resolve(city, plan(*lines))
    assert said in refused.value.message
    assert "第九条" in refused.value.rule


@pytest.mark.parametrize(
    "lines",
    [
        (income(LAND, 100), outlay(LAND_OUTLAY, 100)),
        (income(LAND, 60), income(LOTTERY, 40), outlay(LAND_OUTLAY, 60), outlay(LOTTERY_OUTLAY, 40)),
        (income("1100902", 100, "carried"), outlay(LOTTERY_OUTLAY, 100)),
        (income("1100802", 100, "carried"), outlay(LAND_OUTLAY, 100)),
        (income("103100601", 100), outlay("2320411", 100)),
        (income(LAND, 100), outlay("2320431", 100)),
        (income(LAND, -100), outlay(LAND_OUTLAY, -100)),
    ],
)
def test_own_kind_money_moved_in_and_carried_over_feed_a_class(
    city: psycopg.Connection, lines: tuple[SourceChange | SpendingChange, ...]
) -> None:
    assert adjustment.make_adjustments(city, [plan(*lines)], by="maker", on=DAY) == [True]


def test_a_plan_is_put_right_to_its_kind_and_no_other(city: psycopg.Connection) -> None:
    good = plan(income(LAND, 100), outlay(LAND_OUTLAY, 100))
    adjustment.make_adjustments(city, [good], by="maker", on=good.dated_on)
    with pytest.raises(RuleBroken, match="1030155"):
        adjustment.make_adjustments(
            city, [replace(good, spending=(outlay(LOTTERY_OUTLAY, 100),))], by="maker", on=good.dated_on,
            step="revise",
        )  # fmt: skip


def test_a_swap_stays_within_its_kind(city: psycopg.Connection) -> None:
    of_funds = {"fund_type_code": "121", "gov_bgt_eco_code": "50502"}
    entered(city, line("Q1", 100, exp_func_code=LAND_OUTLAY, **of_funds))
    within = line("Q2", 40, exp_func_code="2120804", **of_funds)
    across = line("Q3", 40, exp_func_code=LOTTERY_OUTLAY, **of_funds)
    taken = operations.QuotaChange("Q1", -40 * YUAN)

    def swapped(number: str, into: quotas.QuotaLine) -> None:
        given = operations.QuotaChange(into.bgt_id, into.amount_fen, coding=into.coding)
        operations.swap(city, [operation(number, taken, given, basis_doc_no="鄂府发〔2022〕5号")], **SIGNED)

    with pytest.raises(RuleBroken, match="政府性基金的种类"):
        swapped("调剂1", across)
    swapped("调剂2", within)
    assert left(city, "Q2") == {"executable": 40}


@pytest.mark.parametrize(
    ("sources", "held", "said"),
    [
        ({"1030148": 100}, {"2120801": 100}, ""),
        ({"1030148": 100}, {"2120801": 50, "2296002": 50}, "彩票公益金（1030155） 超过 500000.00 元"),
        ({"1030148": 150}, {"2120801": 50}, ""),
    ],
)
def test_a_draft_feeds_each_class_by_its_kind(
    settled: psycopg.Connection, sources: dict[str, int], held: dict[str, int], said: str
) -> None:
    region.two_ups(settled)
    base = region.budget()
    given = region.budget(
        sources=(*base.sources, *(Source("121", code, wan * region.WAN) for code, wan in sources.items())),
        held=(*base.held, *(Spending("121", wan * region.WAN, code) for code, wan in held.items())),
    )
    if not said:
        assert region.to_congress(settled, given) == given.doc_key
        return
    with pytest.raises(RuleBroken) as refused:
        region.to_congress(settled, given)
    assert said in refused.value.message
