"""A city and a banner that owe on-lent debt and have quotas to serve it, under both accounting rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.debt import services as debt
from fisc.debt.services import DebtItem
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, post
from fisc.registry import elements
from tests.papers import DEPARTMENT_CLASS, a_document
from tests.treasury import paying
from tests.treasury.paying import BANNER, CITY, SUPPLIER, YUAN, application, paid

Conn = psycopg.Connection[Any]

#: Quota -> fund, functional class, yuan.
QUOTAS: Final = {
    "R": ("111", "2310301", 10_000), "I": ("111", "2320301", 500), "J": ("121", "2320411", 500),
    "E": ("111", "2050202", 500), "F": ("112", "2310301", 300),
}  # fmt: skip
OWED, LENT = 9_000, 8_000


def furnish(conn: Conn) -> None:
    """Budgets with debt service, and principal that stands as owed and as lent on."""
    paying.furnish(conn, funds=[""])
    for year in (2022, 2023):
        for region in (CITY, BANNER):
            if year == 2023:
                define_year(conn, region, year)
            approve_year(conn, region, year)
    for region in (CITY, BANNER):
        owe(conn, region, 2022)
    tax = Coding(2022, CITY, "111", rev_func_code="1010101")
    post(conn, [voucher("taxes", CITY, date(2022, 1, 5), [Leg("tax_received", 10_000 * YUAN, tax)],
                        document_id=a_document(conn, CITY, 2022), summary="税收")])  # fmt: skip
    payee = replace(SUPPLIER, fiscal_year=2023)
    elements.define_payees(conn, [payee], by="registrar", on=date(2023, 1, 1))


def define_year(conn: Conn, region: str, year: int) -> None:
    on = date(year, 1, 1)
    department = elements.Agency(year, region, "101", "市教育局", "", "", kind="department")
    unit = elements.Agency(year, region, "101001", "市一中", "101", "", kind="administrative")
    elements.define_agencies(conn, [department], by="registrar", on=on)
    elements.define_agencies(conn, [unit], by="registrar", on=on)


def approve_year(conn: Conn, region: str, year: int) -> None:
    on = date(year, 1, 1)
    projects = [elements.Project(year, region, f"D{code}", f"债务{code}", "101001") for code in QUOTAS]
    elements.define_projects(conn, projects, by="registrar", on=on)
    spending = [Spending(fund, yuan * YUAN, exp_func_code=func) for fund, func, yuan in QUOTAS.values()]
    sources = [Source(s.fund_type_code, "10101", s.amount_fen) for s in spending]
    post(conn, [approval_entry(f"debt-budget:{region}:{year}", (year, region), sources, spending, on=on,
                               document_id=a_document(conn, region, year), summary="预算批复")])  # fmt: skip
    lines = tuple(
        budget.QuotaLine(quota(code, region, year), yuan * YUAN, block(code, region, year))
        for code, (_, _, yuan) in QUOTAS.items()
    )
    budget.enter(
        conn, [budget.QuotaDocument(f"债{year}", region, year, date(year, 1, 2), "年初", lines)],
        by="b-maker", reviewed_by="b-office", approved_by="b-head", on=date(year, 1, 2),
    )  # fmt: skip


def owe(conn: Conn, region: str, year: int, *, fund: str = "112") -> None:
    """Principal on the books: of the banner to the city, of the city above (192-T16, T17; 41-12, 41-13)."""
    paper = a_document(conn, region, year)
    came_as, lent_as = ("1101101", "2301101") if fund == "112" else ("1101102", "2301102")
    came = Coding(year, region, fund, is_debt="1", rev_func_code=came_as, sup_bgt_doc_no="债1号")
    legs = [Leg("debt_onlent_in", OWED * YUAN, came)]
    if region == CITY:
        lent = Coding(year, region, fund, is_debt="1", rec_div_code=BANNER, tp_func_code=lent_as)
        legs.append(Leg("debt_onlent_out", LENT * YUAN, lent))
    post(conn, [voucher(f"owed:{region}:{year}:{fund}", region, date(year, 1, 5), legs, document_id=paper,
                        summary="转贷")])  # fmt: skip


def quota(code: str, region: str = CITY, year: int = 2022) -> str:
    return f"{code}:{region}:{year}"


def block(code: str, region: str, year: int) -> Coding:
    fund, func, _ = QUOTAS[code]
    eco = {"232": "51101", "231": "51201"}.get(func[:3], "50201")
    return Coding(
        year, region, fund, agency_code="101001", dept_code="101", pro_code=f"D{code}", exp_func_code=func,
        gov_bgt_eco_code=eco, dep_bgt_eco_code=DEPARTMENT_CLASS[eco],
    )  # fmt: skip


def day(year: int = 2022, month: int = 3) -> date:
    return date(year, month, 1)


def event(number: str, kind: str, yuan: int = 100, *, year: int = 2022, **given: Any) -> DebtItem:
    told: dict[str, Any] = {
        "mof_div_code": CITY, "part": "principal", "fund_type_code": "111", "happened_on": day(year), **given,
    }  # fmt: skip
    if kind == "debt_withheld_by_upper":
        told = {"basis_doc_no": f"内财债扣〔{year}〕{sum(map(ord, number))}号", **told}
    return DebtItem(number, kind, amount_fen=yuan * YUAN, **told)


def record(conn: Conn, *items: DebtItem, year: int = 2022) -> list[bool]:
    return debt.record_events(conn, items, by="clerk", reviewed_by="reviewer", on=day(year, 6))


def pay(conn: Conn, number: str, code: str, yuan: int = 100, *, region: str = CITY, year: int = 2022) -> str:
    """A payment of debt service, by the bank: its application number."""
    paid(conn, application(number, quota(code, region, year), yuan, mof_div_code=region), on=day(year))
    return number
