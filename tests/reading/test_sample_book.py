"""The catalogue over the sample city's book: what the figures say is what the book prints."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from fisc.catalogue import CATALOGUE
from fisc.reading.algebra import By
from fisc.reading.engines import LiveEngine, SnapshotEngine
from fisc.reading.service import Ask, FigureService
from fisc.reading.snapshot import write_snapshot
from fisc.registry.settings import livelihood_set
from fisc.registry.tables import read_table
from tests.disclosure.sample import imported_sample

CITY, OWN = "530700", "530700000"

#: (figure, region, year, value in 万元 or a ratio in percent to two places, where the book prints it)
PRINTED = [
    ("revenue.general", CITY, 2025, "567755", "01-1!F"),
    ("revenue.general", CITY, 2024, "566703", "01-1!C"),
    ("revenue.general.yoy", CITY, 2025, "0.19%", "01-1!G"),
    ("revenue.tax", CITY, 2025, "288755", "01-1!F5"),
    ("revenue.general.completion", CITY, 2025, "95.42%", "01-1!H"),
    ("revenue.general.budget", CITY, 2025, "595037", "01-1!D"),
    ("revenue.nontax", OWN, 2025, "151528", "03-1!F"),
    ("revenue.general", OWN, 2025, "237059", "03-1!F"),
    ("expenditure.general", CITY, 2025, "1763231", "01-2!F"),
    ("expenditure.general", OWN, 2025, "499910", "03-2!F"),
    ("expenditure.general.budget", OWN, 2025, "572466", "03-2!D"),
    ("expenditure.general.adjusted", OWN, 2025, "573818", "03-2!E"),
    ("expenditure.general.budget", CITY, 2026, "1789680", "20-2!D"),
    ("transfers.received.general", CITY, 2025, "997380", "01-1!F"),
    ("transfers.to_banners.special", OWN, 2025, "136446", "03-2!F"),
    ("transfers.early_notice", CITY, 2026, "616202", "25!B"),
    ("transfers.early_notice", "530702", 2026, "70188", "25!B"),
    ("transfers.items.budget", OWN, 2026, "54428.114", "24!C"),
    ("transfers.items.fund.budget", OWN, 2026, "6238", "32!"),
    ("transfers.items.fund.budget", OWN, 2025, "7552", "32!"),
    ("reserve.items", OWN, 2025, "5800", "05!C"),
    ("projects.key.budget", OWN, 2026, "102846.162803", "27!C"),
    ("carryover.general", CITY, 2025, "45807", "01-2!F"),
    ("carryover.general.opening", CITY, 2025, "48541", "01-1!F"),
    ("insurance.accumulated", OWN, 2025, "605283", "19!E"),
    ("insurance.balance", OWN, 2025, "57509", "19!E"),
    ("insurance.accumulated", CITY, 2024, "648290", "16!B"),
    ("insurance.accumulated", OWN, 2024, "547774", "19!B"),
    ("insurance.accumulated.budget", OWN, 2025, "578809", "19!C"),
    ("insurance.accumulated.budget", CITY, 2026, "727256", "40!C"),
    ("insurance.accumulated.budget", OWN, 2026, "635211", "43!C"),
    ("balance.general.income.below", OWN, 2024, "33536", "03-1!C37"),
    ("balance.general.income.below.budget", OWN, 2025, "34056", "03-1!D37"),
    ("balance.general.income.below", OWN, 2025, "34316", "03-1!F37"),
    ("insurance.opening.budget", CITY, 2026, "702888", "40!B19"),
    ("insurance.opening.budget", OWN, 2026, "605283", "43!B19"),
    ("balance.insurance.difference.budget", CITY, 2026, "7387", "40!C19"),
    ("debt.limit", CITY, 2025, "4866591", "44!C"),
    ("debt.balance", CITY, 2025, "4780774.25", "44!C"),
    ("debt.balance.general", OWN, 2025, "648721.36", "44!G"),
    ("debt.repaid", CITY, 2025, "595420.69", "44!C"),
    ("debt.issued_new", CITY, 2025, "173300", "44!C"),
    ("debt.limit", "530702", 2025, "764464", "48!"),
    ("debt.limit.budget", CITY, 2026, "5146591", "47!C28"),
    ("debt.limit.general.budget", CITY, 2026, "1655791", "47!C7"),
    ("debt.limit.special.budget", OWN, 2026, "702952", "47!G18"),
    ("debt.balance.budget", CITY, 2026, "5025674.25", "47!C36"),
    ("debt.balance.budget", OWN, 2026, "1333219.36", "47!G36"),
    ("debt.balance.general.budget", OWN, 2026, "639287.36", "47!G15"),
    ("debt.balance.special.budget", CITY, 2026, "3440450", "47!C25"),
    ("debt.issued.budget", CITY, 2026, "585000", "47!C29"),
    ("debt.issued.general.budget", OWN, 2026, "89316", "47!G8"),
    ("debt.issued.special.budget", CITY, 2026, "370000", "47!C19"),
    ("debt.repaid.budget", CITY, 2026, "470100", "47!C34"),
    ("debt.repaid.general.budget", CITY, 2026, "232500", "47!C13"),
    ("debt.repaid.special.budget", OWN, 2026, "62650", "47!G23"),
    ("debt.limit.budget.growth", CITY, 2026, "5.75%", "47!C28 / 44!C28"),
]


def _as_printed(value: int | Decimal) -> str:
    if isinstance(value, Decimal):
        return f"{round(value * 100, 2)}%"
    return format((Decimal(value) / 1_000_000).normalize(), "f")


@pytest.fixture
def imported(server_dsn: str) -> Iterator[psycopg.Connection]:
    with imported_sample(server_dsn) as (conn, _):
        conn.autocommit = True
        yield conn


def test_figures_of_the_sample_city(imported: psycopg.Connection, tmp_path: Path) -> None:
    live = FigureService(LiveEngine(imported), CATALOGUE)
    results = live.get_many([Ask(figure, region, year) for figure, region, year, _, _ in PRINTED])
    said = [
        (r.id, r.ask.region, r.ask.fiscal_year, _as_printed(r.value)) for r in results if r.value is not None
    ]
    assert said == [line[:4] for line in PRINTED]

    write_snapshot(imported, tmp_path)
    others = [
        FigureService(SnapshotEngine(tmp_path), CATALOGUE),
        FigureService(LiveEngine(imported, "posting"), CATALOGUE),
    ]
    asks = [
        Ask(i, r, y)
        for i in CATALOGUE
        for r, y in ((CITY, 2025), (OWN, 2025), (CITY, 2026), ("530702", 2025))
    ]
    expected = [(r.value, r.reason, r.breakdown, r.row_count) for r in live.get_many(asks)]
    for other in others:
        assert [(r.value, r.reason, r.breakdown, r.row_count) for r in other.get_many(asks)] == expected

    for result in results:
        if not result.operands:
            rows = live.rows(result.ask, None)
            assert len(rows) == result.row_count > 0
            assert all("!" in row.source_ref and row.document_title for row in rows)

    _check_planned_debt_is_not_debt(live)
    _check_livelihood_by_every_set(live)


def _check_livelihood_by_every_set(live: FigureService) -> None:
    """Each set adds up its own classes of one account, and its name stands in the definition."""
    rows = read_table("livelihood_sets.csv")
    general = live.get("expenditure.general", CITY, 2025, by=By("exp_func_code", 5))
    of_section = {part.code: part.value or 0 for part in general.breakdown}
    for set_id in {row["set_id"] for row in rows}:
        chosen = [row for row in rows if row["set_id"] == set_id]
        found = live.get(f"expenditure.livelihood.{set_id}", CITY, 2025)
        codes = tuple(row["exp_func_code"] for row in chosen if len(row["exp_func_code"]) <= 5)
        wanted = sum(value for code, value in of_section.items() if code.startswith(codes))
        items = {row["exp_func_code"] for row in chosen} - set(codes)
        assert found.value is not None and (found.value == wanted if not items else found.value >= wanted)
        assert f"“{chosen[0]['title']}”（第{chosen[0]['version']}版）" in found.definition_zh
    default, settled = live.get("expenditure.livelihood", CITY, 2025), livelihood_set(CITY)
    assert settled and default.value == live.get(f"expenditure.livelihood.{settled.set_id}", CITY, 2025).value


def _check_planned_debt_is_not_debt(live: FigureService) -> None:
    """The book says nothing of what was owed in 2026, nor of a plan for 2025."""
    for figure in ("limit", "balance", "issued", "repaid"):
        for kind in ("", ".general", ".special"):
            for asked in (
                Ask(f"debt.{figure}{kind}", CITY, 2026),
                Ask(f"debt.{figure}{kind}.budget", CITY, 2025),
            ):
                found = live.get_many([asked])[0]
                assert found.value is None and found.gap_reason, asked
