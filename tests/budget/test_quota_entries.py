"""Each operation's vouchers in full: period, side, account, yuan, key elements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget.services import Advance, QuotaChange, advances, carryover, cuts, operations, quotas
from fisc.documents import RuleBroken
from fisc.kernel import QuotaShortfall
from fisc.treasury.checks.books import differences
from tests.budget.quota_world import (
    CITY,
    SIGNED,
    YUAN,
    brought,
    document,
    entered,
    journal,
    line,
    operation,
    received,
)
from tests.papers import with_cash

Service = Callable[..., list[bool]]
CLASS = "111 2050202 1"


def test_entered_from_the_approved_budget(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), line("Q2", 200, is_executable=False), doc_no="甲")
    assert journal(city, ":甲:") == [
        f"202203 借 quota:9201 500.00 {CLASS}",
        "202203 贷 quota:9301 300.00 111 2050202 Q1 1",
        "202203 借 quota:9301 300.00 111 2050202 Q1 1",
        "202203 贷 quota:9302 300.00 111 2050202 Q1 1",
        "202203 贷 quota:9301 200.00 111 2050202 Q2 1",
    ]


def test_appended_with_its_source(city: psycopg.Connection) -> None:
    upper = "内财〔2022〕7号"
    received(city, upper, 300)
    given = document("乙", line("Q1", 300), source="transfer", sup_bgt_doc_no="内财[2022] 第007号")
    quotas.append(city, [given], **SIGNED)
    assert journal(city, ":乙:") == [
        f"202203 借 quota:9200 300.00 111 {upper}",
        f"202203 贷 quota:9201 300.00 111 2050202 2 {upper}",
        f"202203 借 quota:9201 300.00 111 2050202 2 {upper}",
        f"202203 贷 quota:9301 300.00 111 2050202 Q1 2 {upper}",
        f"202203 借 quota:9301 300.00 111 2050202 Q1 2 {upper}",
        f"202203 贷 quota:9302 300.00 111 2050202 Q1 2 {upper}",
    ]


def test_the_reserve_drawn_on(city: psycopg.Connection) -> None:
    given = document("丙", line("Q1", 300), base="reserve", basis_doc_no="鄂府发〔2022〕3号")
    quotas.enter(city, [given], **SIGNED)
    assert journal(city, ":丙:") == [
        "202203 借 quota:9201 300.00 111 227 1",
        f"202203 贷 quota:9201 300.00 {CLASS}",
        f"202203 借 quota:9201 300.00 {CLASS}",
        "202203 贷 quota:9301 300.00 111 2050202 Q1 1",
        "202203 借 quota:9301 300.00 111 2050202 Q1 1",
        "202203 贷 quota:9302 300.00 111 2050202 Q1 1",
    ]


def test_pending_split_to_a_unit(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300, is_executable=False, agency_code="", pro_code=""))
    given = document("丁")
    quotas.allot(city, given, {"Q1": [line("Q2", 100), line("Q3", 50, is_executable=False)]}, **SIGNED)
    assert journal(city, ":丁:") == [
        "202203 借 quota:9301 150.00 111 2050202 1",
        "202203 贷 quota:9302 100.00 111 2050202 Q2 1",
        "202203 贷 quota:9301 50.00 111 2050202 Q3 1",
    ]


def test_cut(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    operations.cut(city, [operation("戊", ("Q1", 100))], **SIGNED)
    assert journal(city, ":戊:") == [
        "202203 借 quota:9302 100.00 111 2050202 Q1 1",
        f"202203 贷 quota:9201 100.00 {CLASS}",
    ]


def test_cut_with_its_source_in_red(city: psycopg.Connection) -> None:
    brought(city, 300)
    given = document(
        "乙", line("Q1", 300), source="carried", basis_doc_no="鄂府〔2022〕7号", rev_func_code="1100801"
    )
    quotas.append(city, [given], **SIGNED)
    operations.cut(city, [operation("己", ("Q1", 100))], with_source=True, **SIGNED)
    assert journal(city, ":己:") == [
        "202203 借 quota:9302 100.00 111 2050202 Q1 2",
        "202203 贷 quota:9201 100.00 111 2050202 2",
        "202203 借 quota:9200 -100.00 111",
        "202203 贷 quota:9201 -100.00 111 2050202 2",
        "202203 借 quota:9104 -100.00 111 1100801 2",
        "202203 贷 quota:9200 -100.00 111",
    ]


def test_budget_cut_with_its_register(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300))
    change = QuotaChange("Q1", 30 * YUAN, base_fen=200 * YUAN)
    cuts.cut_budget(city, [operation("鄂财预〔2022〕8号", change, scope="一般性支出")], **SIGNED)
    assert journal(city, ":鄂财预〔2022〕8号:") == [
        "202203 借 quota:9302 30.00 111 2050202 Q1 1",
        f"202203 贷 quota:9201 30.00 {CLASS}",
        "202203 借 quota:9691 30.00 111 2050202 Q1 1 一般性支出",
        "202203 贷 quota:9699 230.00 111 2050202 Q1 1 一般性支出",
        "202203 借 quota:9692 200.00 111 2050202 Q1 1 一般性支出",
    ]
    (cut,) = cuts.read_cuts(city, CITY, 2022, ["鄂财预〔2022〕8号"])
    assert (cut.base_fen, cut.cut_fen, cut.cut_rate_bp, cut.scope) == (20_000, 3_000, 1_500, "一般性支出")


def test_swap(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), line("Q2", 10))
    operations.swap(city, [operation("庚", ("Q1", -100), ("Q2", 100))], **SIGNED)
    assert journal(city, ":庚:") == [
        "202203 借 quota:9302 100.00 111 2050202 Q1 1",
        "202203 贷 quota:9302 100.00 111 2050202 Q2 1",
    ]


@pytest.mark.parametrize(
    ("does", "undoes", "account"),
    [
        (operations.freeze, operations.unfreeze, "quota:9303"),
        (operations.reserve, operations.release, "quota:9304"),
    ],
)
def test_frozen_or_reserved_and_back(
    city: psycopg.Connection, does: Service, undoes: Service, account: str
) -> None:
    entered(city, line("Q1", 300))
    does(city, [operation("辛", ("Q1", 100))], **SIGNED)
    undoes(city, [operation("壬", ("Q1", 40))], **SIGNED)
    assert journal(city, ":辛:") == [
        "202203 借 quota:9302 100.00 111 2050202 Q1 1",
        f"202203 贷 {account} 100.00 111 2050202 Q1 1",
    ]
    assert journal(city, ":壬:") == [
        f"202203 借 {account} 40.00 111 2050202 Q1 1",
        "202203 贷 quota:9302 40.00 111 2050202 Q1 1",
    ]


def test_advanced_and_settled(city: psycopg.Connection) -> None:
    paper = Advance("预1", CITY, 2022, "101001", "111", "2050202", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
    early = {**SIGNED, "on": date(2022, 1, 5)}
    with pytest.raises(RuleBroken, match=r"资金性质 111 的国库存款不够付，缺 100\.00 元"), city.transaction():
        advances.advance(city, [paper], **early)
    with_cash(city, CITY, funds=["111"])
    advances.advance(city, [paper], **early)
    entered(city, line("Q1", 300))
    change = QuotaChange("Q1", 60 * YUAN, advance=paper.doc_key)
    advances.settle_advance(city, [operation("癸", change)], **SIGNED)
    assert journal(city, ":预1:funds_advanced") == [
        "202201 借 treasury_2015:1011 100.00 111 2050202",
        "202201 贷 treasury_2015:1001 100.00 111 2050202",
    ]
    assert journal(city, ":癸:") == [
        "202203 借 quota:9302 60.00 111 2050202 Q1 1",
        "202203 贷 quota:9402 60.00 111 2050202 Q1 1",
        "202203 借 quota:9402 60.00 111 2050202 Q1 1",
        "202203 贷 quota:9501 60.00 111 2050202 Q1 1",
        "202203 借 treasury_2015:5001 60.00 111 2050202 Q1 1",
        "202203 贷 treasury_2015:1011 60.00 111 2050202",
    ]
    assert advances.outstanding_advances(city, [paper.doc_key]) == {paper.doc_key: 40 * YUAN}
    assert differences(city, CITY, 2022) == []  # what is used without a payment is no difference


def test_carried_over(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), doc_no="甲")
    lines = carryover.carry_over_lines(city, {"Q1": 300 * YUAN})
    paper = carryover.CarryOver("结1", CITY, 2023, date(2023, 1, 5), "结转", "鄂财〔2023〕1号", lines)
    carryover.carry_over(city, [paper], **{**SIGNED, "on": date(2023, 1, 5)})
    assert journal(city, ":2023:结1:") == [
        "202213 借 quota:9302 300.00 111 2050202 Q1 1",
        "202213 贷 quota:9601 300.00 111 2050202 Q1 1",
        "202213 借 quota:9601 300.00 111 2050202 Q1 1",
        "202213 贷 quota:9104 300.00 111 1",
        "202301 借 quota:9104 300.00 111 11008 1",
        "202301 贷 quota:9200 300.00 111",
        "202301 借 quota:9200 300.00 111",
        "202301 贷 quota:9201 300.00 111 2050202 1",
        "202301 借 quota:9201 300.00 111 2050202 1",
        "202301 贷 quota:9301 300.00 111 2050202 Q1 1",
        "202301 借 quota:9301 300.00 111 2050202 Q1 1",
        "202301 贷 quota:9302 300.00 111 2050202 Q1 1",
    ]


def test_taken_back_after_two_years(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), doc_no="甲")
    lines = carryover.carry_over_lines(city, {"Q1": 300 * YUAN})
    paper = carryover.CarryOver("结1", CITY, 2023, date(2023, 1, 5), "结转", "鄂财〔2023〕1号", lines)
    carryover.carry_over(city, [paper], **{**SIGNED, "on": date(2023, 1, 5)})
    given = replace(operation("收1", ("Q1-J", 300)), fiscal_year=2023, dated_on=date(2023, 12, 31))
    operations.take_back(city, [given], kind="two_years", **{**SIGNED, "on": date(2023, 12, 31)})
    assert journal(city, ":2023:收1:") == [
        "202313 借 quota:9302 300.00 111 2050202 Q1 1",
        "202313 贷 quota:9601 300.00 111 2050202 Q1 1",
        "202313 借 quota:9601 300.00 111 2050202 Q1 1",
        "202313 贷 quota:9104 300.00 111 11008 1",
        "202312 借 treasury_2022_financial:3001 300.00 111 23015",
        "202312 贷 treasury_2022_financial:3021 300.00 111",
        "202312 借 treasury_2022_budget:7031 300.00 111 23015",
        "202312 贷 treasury_2022_budget:8031 300.00 111",
    ]


def test_out_of_money_received_before(city: psycopg.Connection) -> None:
    received(city, "内9号", 300)
    given = document("收文", line("Q1", 300), base="received", source="transfer", sup_bgt_doc_no="内9号")
    quotas.enter(city, [given], **SIGNED)
    assert journal(city, ":收文:") == [
        "202203 借 quota:9200 300.00 111 内9号",
        "202203 贷 quota:9201 300.00 111 2050202 2 内9号",
        "202203 借 quota:9201 300.00 111 2050202 2 内9号",
        "202203 贷 quota:9301 300.00 111 2050202 Q1 2 内9号",
        "202203 借 quota:9301 300.00 111 2050202 Q1 2 内9号",
        "202203 贷 quota:9302 300.00 111 2050202 Q1 2 内9号",
    ]
    with pytest.raises(QuotaShortfall, match="内9号"):
        quotas.enter(city, [replace(given, doc_no="再来", lines=(line("Q2", 1),))], **SIGNED)
    with pytest.raises(RuleBroken, match="转移支付"):
        operations.cut(city, [operation("退", ("Q1", 10))], with_source=True, **SIGNED)


@pytest.mark.parametrize(("on", "period"), [(date(2021, 12, 1), 202201), (date(2023, 1, 9), 202213)])
def test_a_quota_stands_in_the_books_of_its_own_year(city: psycopg.Connection, on: date, period: int) -> None:
    quotas.enter(city, [document("甲", line("Q1", 300), dated_on=on)], **{**SIGNED, "on": on})
    assert {row.split()[0] for row in journal(city, ":甲:")} == {str(period)}
