"""How far 三保 is paid: tagged quotas against what left them, month by month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.budget.services import GuaranteeProgress
from fisc.catalogue import CATALOGUE
from fisc.kernel import post
from fisc.reading.service import FigureService
from fisc.treasury import services as treasury
from tests.conftest import _copy_of, _furnished
from tests.papers import a_document
from tests.treasury import paying
from tests.treasury.paying import BANNER, CITY, YUAN

Conn = psycopg.Connection[Any]
DAY = date(2022, 2, 10)


@pytest.fixture
def city(server_dsn: str) -> Iterator[Conn]:
    """A city with a tagged quota of wages (300 yuan, 100 of it paid in March) and one of living (50)."""

    template = _furnished(server_dsn, "fisc_paying", paying.furnish)
    with _copy_of(server_dsn, template) as dsn, psycopg.connect(dsn) as c:
        _tagged(c, "W1", 300, "003001", "2010301")
        _tagged(c, "L1", 50, "003003", "2050202")
        paying.paid(c, paying.application("A1", "W1", 100), paying.application("A2", "Q1", 10))
        yield c


def _tagged(conn: Conn, bgt_id: str, yuan: int, tag: str, func: str) -> None:
    coding = replace(paying.coding("Q1"), exp_func_code=func, cor_bgt_doc_no=bgt_id, source_type_code="2")
    spending = [Spending("111", yuan * YUAN, exp_func_code=func)]
    more = approval_entry(f"more:{bgt_id}", (2022, CITY), [Source("111", "10101", yuan * YUAN)], spending,
                          on=DAY, summary="追加", document_id=a_document(conn, CITY),
                          source_type_code="2")  # fmt: skip
    post(conn, [more])
    line = budget.QuotaLine(bgt_id, yuan * YUAN, coding, tags=(tag,))
    budget.enter(
        conn, [budget.QuotaDocument(bgt_id, CITY, 2022, DAY, "三保", (line,))],
        by="b-maker", reviewed_by="b-office", approved_by="b-head", on=DAY,
    )  # fmt: skip


def _told(conn: Conn, month: int, *regions: str) -> list[tuple[str, int, int]]:
    found = budget.guarantee_progress(conn, regions or (CITY, BANNER), 2022, month)
    return [(g.name, g.budget_fen // YUAN, g.paid_fen // YUAN) for g in found]


def test_paid_is_told_against_the_quotas_in_force(city: Conn) -> None:
    assert _told(city, 1) == []
    assert _told(city, 2) == [("保工资", 300, 0), ("保基本民生", 50, 0)]
    assert _told(city, 3) == [("保工资", 300, 100), ("保基本民生", 50, 0)]
    assert _told(city, 3, BANNER) == []


def test_what_was_cleared_stays_paid_and_what_came_back_does_not(city: Conn) -> None:
    on = date(2022, 3, 20)
    treasury.refund(city, [treasury.Refund("T1", "A1", 40 * YUAN, on)], by="teller", on=on)
    assert _told(city, 3) == [("保工资", 300, 60), ("保基本民生", 50, 0)]
    assert isinstance(budget.guarantee_progress(city, (CITY,), 2022, 3)[0], GuaranteeProgress)


def test_figures_tell_the_same_and_open_to_the_vouchers(city: Conn) -> None:
    service = FigureService(city, CATALOGUE)
    asked = {"region": CITY, "fiscal_year": 2022}
    issued, paid = (service.get(f"guarantee.{which}", **asked) for which in ("issued", "paid"))
    assert [(line.label, line.value) for line in issued.breakdown] == [
        ("保工资", 300 * YUAN), ("保基本民生", 50 * YUAN),
    ]  # fmt: skip
    assert paid.value == 100 * YUAN
    rows = service.rows(paid.ask)
    assert sum(row.amount_fen for row in rows) == -100 * YUAN and {row.account for row in rows} == {
        "quota:9501"
    }
    assert service.get("goals.issued", **asked).value is None  # no project of it came with goals
