"""Figures of state capital, special funds and cuts equal sums made by hand, and open to their entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.budget.rules.quota_types import QuotaChange, QuotaOperation
from fisc.capital import services as capital
from fisc.capital.services import InjectionRefund
from fisc.catalogue import CATALOGUE
from fisc.kernel import post
from fisc.reading.service import Ask, FigureService
from fisc.reading.trace import trace
from fisc.registry.tables import read_table
from fisc.treasury import services as treasury
from tests.capital import world
from tests.capital.world import CITY, LOAN, WIND, YUAN, Conn
from tests.papers import a_document
from tests.treasury import paying

SECOND = replace(LOAN, amount_fen=200 * YUAN, bank_name="农行", contract_no="L-8", rate_bp=480, new_rate_bp=0)


@pytest.fixture
def invested(city: Conn) -> Conn:
    """Two injections; two loans repaid early, one of them in part; a part of the wind farm came back."""
    world.invested(city, world.injection())
    world.invested(city, world.injection("ZZ2", (SECOND, replace(WIND, amount_fen=90 * YUAN)), bgt_id="K2"))
    world.prepaid(
        city,
        world.prepayment("H1", 400),
        world.prepayment("H2", 200, injection_no="ZZ2"),
        on=date(2022, 6, 2),
    )
    on = date(2022, 7, 1)
    treasury.refund(city, [treasury.Refund("T1", "P-ZZ1", 50 * YUAN, on)], by="teller", on=on)
    capital.record_refunds(city, [InjectionRefund("T1", "ZZ1", 2)], by="k-maker", reviewed_by="k-head", on=on)
    return city


def value(conn: Conn, figure_id: str, year: int = 2022, month: int | None = None) -> Any:
    return FigureService(conn, CATALOGUE).get(figure_id, CITY, year, cutoff_month=month).value


def split(conn: Conn, figure_id: str) -> dict[str, Any]:
    lines = FigureService(conn, CATALOGUE).get(figure_id, "150600", 2022).breakdown
    return {line.code: line.value for line in lines}


def test_figures_of_injections_are_sums_by_hand(invested: Conn) -> None:
    assert value(invested, "capital.injected") == (1_000 + 290 - 50) * YUAN
    assert split(invested, "capital.loan_prepaid") == {"工行:L-7": 400 * YUAN, "农行:L-8": 200 * YUAN}
    assert value(invested, "capital.loan_prepaid") == 600 * YUAN
    assert split(invested, "capital.interest_saved") == {
        "工行:L-7": 400 * YUAN * (525 - 325) // 10_000, "农行:L-8": 200 * YUAN * 480 // 10_000,
    }  # fmt: skip
    assert split(invested, "capital.major_projects") == {"新能源": (300 + 90 - 50) * YUAN, "水利": 100 * YUAN}
    assert value(invested, "capital.stakes") == (2_000 + 1_000 + 290 - 50) * YUAN


def test_what_was_not_yet_is_not_in_an_earlier_month(invested: Conn) -> None:
    assert value(invested, "capital.injected", month=5) == 1_290 * YUAN
    assert value(invested, "capital.loan_prepaid", month=5) is None
    assert value(invested, "capital.injected", month=4) is None


def test_the_figures_sum_to_what_the_documents_say(invested: Conn) -> None:
    savings = capital.loan_savings(invested, CITY, 2022)
    assert value(invested, "capital.interest_saved") == sum(s.saving_fen for s in savings)
    assert value(invested, "capital.interest_saved.tail") is None
    assert value(invested, "capital.loan_prepaid") == sum(s.principal_fen for s in savings)
    assert value(invested, "capital.stakes") == sum(
        s.book_fen for s in capital.stakes(invested, CITY, date(2022, 12, 31))
    )


def test_the_last_days_of_a_loan_are_no_yearly_saving(city: Conn) -> None:
    near = replace(SECOND, due_on=date(2022, 8, 30))
    world.invested(city, world.injection("ZZ3", (LOAN, replace(near, amount_fen=200 * YUAN))))
    world.prepaid(city, world.prepayment("H8", 400, injection_no="ZZ3"),
                  world.prepayment("H9", 200, line_no=2, injection_no="ZZ3"))  # fmt: skip
    full, tail = sorted(capital.loan_savings(city, CITY, 2022), key=lambda s: s.prepayment_no)
    assert (full.is_yearly, tail.is_yearly, tail.days) == (True, False, 90)
    assert value(city, "capital.interest_saved") == full.saving_fen == 400 * YUAN * 200 // 10_000
    assert value(city, "capital.interest_saved.tail") == tail.saving_fen
    assert tail.saving_fen == round(200 * YUAN * 480 * 90 / (10_000 * 365))


@pytest.mark.parametrize(
    ("figure_id", "behind"),
    [
        (
            "capital.injected",
            ["injection:ZZ1:invested", "injection:ZZ2:invested", "injection_refund:T1:posted"],
        ),
        ("capital.loan_prepaid", ["prepayment:H1:confirmed", "prepayment:H2:confirmed"]),
        ("capital.interest_saved", ["prepayment:H1:confirmed", "prepayment:H2:confirmed"]),
        (
            "capital.major_projects",
            ["injection:ZZ1:invested", "injection:ZZ2:invested", "injection_refund:T1:posted"],
        ),
    ],
)
def test_each_opens_to_the_entries_it_is_made_of(
    invested: Conn, figure_id: str, behind: Sequence[str]
) -> None:
    service = FigureService(invested, CATALOGUE)
    opened = trace(service, Ask(figure_id, "150600", 2022))
    assert sorted({e.natural_key for e in opened.entries}) == behind
    assert sum(e.amount_fen for e in opened.entries) == opened.result.value


def test_one_loan_is_opened_by_its_name(invested: Conn) -> None:
    opened = trace(
        FigureService(invested, CATALOGUE), Ask("capital.interest_saved", "150600", 2022), code="农行:L-8"
    )
    assert [(e.natural_key, e.amount_fen, e.source_ref) for e in opened.entries] == [
        ("prepayment:H2:confirmed", 960, "R-H2")
    ]


# ---- special funds


def themed(conn: Conn, bgt_id: str, theme: str, yuan: int, source: str) -> None:
    """A quota of a theme out of approved money for its class; `source` 1 of the first budget, 2 of later."""
    coding = replace(paying.coding("Q1"), theme_code=theme, source_type_code=source, cor_bgt_doc_no=bgt_id)
    spending = [Spending("111", yuan * YUAN, exp_func_code=coding.exp_func_code)]
    sources = [Source("111", "10101", yuan * YUAN)]
    approval = approval_entry(
        f"budget:{bgt_id}", (2022, CITY), sources, spending,
        on=date(2022, 2, 1), summary="专题", source_type_code=source,
        document_id=a_document(conn, CITY),
    )  # fmt: skip
    post(conn, [approval])
    line = budget.QuotaLine(bgt_id, yuan * YUAN, coding)
    document = budget.QuotaDocument(bgt_id, CITY, 2022, date(2022, 2, 1), "专题", (line,))
    budget.enter(
        conn, [document], by="b-maker", reviewed_by="b-office", approved_by="b-head", on=date(2022, 2, 1)
    )


@pytest.mark.usefixtures("before_rules")
def test_a_special_fund_is_a_selection_over_quotas_and_payments(city: Conn) -> None:
    themed(city, "V1", "vocational_education", 300, "1")
    themed(city, "V2", "vocational_education", 100, "2")
    themed(city, "Y1", "epidemic", 70, "2")
    paying.paid(city, paying.application("A1", "V1", 120), paying.application("A2", "V2", 30))
    paying.paid(city, paying.application("A3", "Y1", 70), paying.application("A4", "Q1", 11))
    on = date(2022, 3, 20)
    treasury.refund(city, [treasury.Refund("T2", "A1", 20 * YUAN, on)], by="teller", on=on)
    assert value(city, "special.vocational_education") == (120 + 30 - 20) * YUAN
    assert value(city, "special.vocational_education.budget") == 300 * YUAN
    assert value(city, "special.vocational_education.issued") == 400 * YUAN
    assert value(city, "special.vocational_education.progress") == Decimal(130) / Decimal(400)
    assert value(city, "special.epidemic") == 70 * YUAN
    assert value(city, "special.epidemic.budget") is None
    assert value(city, "special.pollution") is None
    assert value(city, "special.vocational_education", month=2) is None


def test_every_shipped_theme_has_its_family_of_figures() -> None:
    for row in read_table("themes.csv"):
        for tail in ("", ".budget", ".issued", ".progress", ".yoy"):
            assert f"special.{row['code']}{tail}" in CATALOGUE


# ---- cuts


def test_a_cut_is_its_register_against_its_base(city: Conn) -> None:
    lines = (
        QuotaChange("Q1", 60 * YUAN, base_fen=400 * YUAN),
        QuotaChange("Q2", 40 * YUAN, base_fen=100 * YUAN),
    )
    document = QuotaOperation("压减1号", CITY, 2022, date(2022, 4, 1), "压减", lines, scope="业务经费")
    budget.cut_budget(
        city, [document], by="b-maker", reviewed_by="b-office", approved_by="b-head", on=date(2022, 4, 1)
    )
    assert value(city, "budget.cut") == 100 * YUAN
    assert value(city, "budget.cut.base") == 500 * YUAN
    assert value(city, "budget.cut.rate") == Decimal("0.2")
    assert value(city, "budget.cut", month=3) is None


def test_figures_are_what_the_registers_say(invested: Conn) -> None:
    end = date(2022, 12, 31)
    injections = capital.injection_register(invested, CITY, 2022)
    assert value(invested, "capital.injected") == sum(one.equity_fen for one in injections) > 0
    stakes = capital.stakes(invested, CITY, end)
    assert value(invested, "capital.stakes") == sum(stake.book_fen for stake in stakes) > 0
