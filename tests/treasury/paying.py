"""A city and a banner that pay: officers, units, payees, quotas of every fund; short ways to say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.documents import Officer, define_officers
from fisc.kernel import Coding, open_year, post
from fisc.registry import elements
from fisc.treasury import services as treasury
from fisc.treasury.services import PaymentApplication
from tests.papers import DEPARTMENT_CLASS, FUNDS, PART, a_document, with_cash

CITY: Final = "150600000"
BANNER: Final = "150602000"
YEAR: Final = 2022
DAY: Final = date(2022, 3, 1)
YUAN: Final = 100

Conn = psycopg.Connection[Any]

OFFICERS = [
    Officer("unit", "单位经办", "", frozenset({"unit_make"})),
    Officer("registrar", "基础信息", "", frozenset({"registry_make"})),
    Officer("unit2", "单位审核", "", frozenset({"unit_review"})),
    Officer("books", "总账", "", frozenset({"books_keep"})),
    Officer("clerk", "国库经办", "", frozenset({"treasury_make"})),
    Officer("reviewer", "国库审核", "", frozenset({"treasury_review"})),
    Officer("signer", "国库签章", "", frozenset({"treasury_sign"})),
    Officer("teller", "银行往来", "", frozenset({"bank_operate"})),
    Officer("clearer", "清算经办", "", frozenset({"clearing_make"})),
    Officer("clearer2", "清算审核", "", frozenset({"clearing_review"})),
    Officer("banner-unit", "旗单位", BANNER, frozenset({"unit_make"})),
    Officer("b-maker", "预算经办", "", frozenset({"budget_make"})),
    Officer("b-office", "业务科", "", frozenset({"office_review"})),
    Officer("b-head", "预算科长", "", frozenset({"budget_approve"})),
]
#: An attachment: a name and the SM3 digest of nothing.
PAPER: Final = "合同.pdf:1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
#: Quota -> its fund, functional class, government economic class, and yuan.
QUOTAS: Final = {
    "Q1": ("111", "2050202", "50201", 1_000),
    "Q2": ("111", "2010301", "50201", 500),
    "G1": ("121", "2120801", "50302", 800),
    "C1": ("13", "2230102", "50701", 300),
    "B1": ("122", "2120801", "50302", 400),
    "P1": ("111", "2050202", "50101", 900),
    "X1": ("111", "2302101", "59999", 200),
    "GF1": ("111", "2220115", "50799", 200),
}
SUPPLIER = elements.Payee(
    "S1",
    "鄂尔多斯甲公司",
    "enterprise",
    (elements.PayeeAccount("6200001", "102205000001"), elements.PayeeAccount("6200002")),
)
OTHER = elements.Payee(
    "S2", "鄂尔多斯乙公司", "enterprise", (elements.PayeeAccount("6200009", "103205000001"),)
)
OWN = elements.Payee("S3", "市教育局", "agency", (elements.PayeeAccount("6200088"),))
#: Two persons of one name, which the second writes otherwise.
NAMESAKES = [
    elements.Payee("R1", "王建国", "person", (elements.PayeeAccount("6300001"),)),
    elements.Payee("R2", "王 建國", "person", (elements.PayeeAccount("6300002"),)),
]


def furnish(conn: Conn, regions: Sequence[str] = (CITY, BANNER), *, funds: Sequence[str] = FUNDS) -> None:
    """All that stands before the first payment: officers, elements, approved budgets and quotas."""
    define_officers(conn, OFFICERS)
    for region in regions:
        for year in (2021, 2022, 2023):
            open_year(conn, region, year)
        with_cash(conn, region, funds=funds)
        for year in (2021, 2022):
            _define_elements(conn, region, year)
            _approve(conn, region, year)
    for year in (2021, 2022):
        for payee in (SUPPLIER, OTHER, OWN):
            elements.define_payees(
                conn, [replace(payee, fiscal_year=year)], by="registrar", on=date(year, 1, 1)
            )


def _define_elements(conn: Conn, region: str, year: int) -> None:
    on = date(year, 1, 1)
    department = elements.Agency(year, region, "101", "市教育局", "", "", kind="department")
    unit = elements.Agency(year, region, "101001", "市一中", "101", "", kind="administrative")
    elements.define_agencies(conn, [department], by="registrar", on=on)
    elements.define_agencies(conn, [unit], by="registrar", on=on)
    projects = [elements.Project(year, region, code, f"项目{code}", "101001") for code in QUOTAS]
    elements.define_projects(conn, projects, by="registrar", on=on)


def _approve(conn: Conn, region: str, year: int) -> None:
    totals: dict[tuple[str, str], int] = {}
    for fund, func, _, yuan in QUOTAS.values():
        totals[fund, func] = totals.get((fund, func), 0) + yuan * YUAN
    spending = [Spending(fund, fen, exp_func_code=func) for (fund, func), fen in totals.items()]
    sources = [Source(s.fund_type_code, "10101", s.amount_fen) for s in spending]
    post(conn, [approval_entry(f"budget:{region}:{year}", (year, region), sources, spending,
                               on=date(year, 1, 1), document_id=a_document(conn, region, year),
                               summary="预算批复")])  # fmt: skip
    lines = tuple(
        budget.QuotaLine(quota_id(bgt_id, region, year), q[3] * YUAN, coding(bgt_id, region, year))
        for bgt_id, q in QUOTAS.items()
    )
    budget.enter(
        conn,
        [budget.QuotaDocument(f"{year}-1", region, year, date(year, 1, 2), "年初", lines)],
        by="b-maker", reviewed_by="b-office", approved_by="b-head", on=date(year, 1, 2),
    )  # fmt: skip


def quota_id(bgt_id: str, region: str = CITY, year: int = YEAR) -> str:
    """The city's quotas of 2022 are called by their short names."""
    return bgt_id if (region, year) == (CITY, YEAR) else f"{bgt_id}:{region}:{year}"


def coding(bgt_id: str, region: str = CITY, year: int = YEAR) -> Coding:
    fund, func, eco, _ = QUOTAS[bgt_id]
    return Coding(
        year, region, fund, agency_code="101001", dept_code="101", pro_code=bgt_id, exp_func_code=func,
        gov_bgt_eco_code=eco, dep_bgt_eco_code=DEPARTMENT_CLASS[eco],
    )  # fmt: skip


def application(number: str, bgt_id: str = "Q1", yuan: int = 100, **given: Any) -> PaymentApplication:
    """An application of the city to the supplier."""
    told = {
        "pay_type": "direct", "payee_name": SUPPLIER.name, "payee_acct_no": "6200001",
        "payee_bank_no": "102205000001",
        "purpose": f"教学设备款 {number}", "mof_div_code": CITY, "agent_bank_no": "ICBC", **given,
    }  # fmt: skip
    return PaymentApplication(number, bgt_id, told.pop("amount_fen", yuan * YUAN), **told)


def to_namesake(which: int) -> dict[str, str]:
    """What an application to one of the two persons of one name says."""
    payee = NAMESAKES[which]
    return {"payee_name": payee.name, "payee_acct_no": payee.accounts[0].acct_no, "payee_bank_no": ""}


def applied(conn: Conn, *applications: PaymentApplication, on: date = DAY) -> list[str]:
    treasury.apply(conn, applications, by="unit", on=on)
    return [a.pay_app_no for a in applications]


def certified(conn: Conn, *applications: PaymentApplication, on: date = DAY) -> list[str]:
    """Through review, approval and signature: the certificate numbers."""
    numbers = applied(conn, *applications, on=on)
    treasury.review(conn, numbers, by="unit2", on=on)
    treasury.approve(conn, numbers, by="reviewer", on=on)
    return treasury.certify(conn, numbers, by="signer", on=on)


def sent(conn: Conn, *applications: PaymentApplication, on: date = DAY) -> list[str]:
    certs = certified(conn, *applications, on=on)
    treasury.send(conn, certs, by="teller", on=on, message_id="M1")
    return certs


def receipt(cert: str, yuan: int = 100, on: date = DAY, **given: Any) -> treasury.BankReceipt:
    return treasury.BankReceipt(
        cert, given.get("agent_business_no", f"B{cert}"), given.get("amount_fen", yuan * YUAN), on
    )


def paid(conn: Conn, *applications: PaymentApplication, on: date = DAY) -> list[str]:
    """Through to the bank's receipt: the certificate numbers."""
    certs = sent(conn, *applications, on=on)
    receipts = [
        treasury.BankReceipt(c, f"B{c}", a.amount_fen, on) for c, a in zip(certs, applications, strict=True)
    ]
    treasury.confirm_paid(conn, receipts, by="teller", on=on)
    return certs


def left(conn: Conn, bgt_id: str = "Q1") -> dict[str, int]:
    """Where a quota's money stands, in yuan; stages that hold nothing are left out."""
    balance = budget.quota_balances(conn, [bgt_id])[bgt_id]
    stages = {name: getattr(balance, name) for name in balance.__dataclass_fields__}
    return {name.removesuffix("_fen"): fen // YUAN for name, fen in stages.items() if fen}


def state(conn: Conn, number: str) -> str:
    return str(treasury.payment(conn, number)["state"])


def entry(conn: Conn, natural_key: str) -> list[str]:
    """The lines of one entry in full: column, account, yuan (red in brackets), and the item code if any."""
    rows = conn.execute(
        f"select p.side, a.book || ':' || a.code, p.amount_fen * p.side, {PART} "
        "from ledger.entry e join ledger.posting p on p.entry_id = e.id "
        "join ledger.account a on a.id = p.account_id join ledger.coding c on c.id = p.coding_id "
        "where e.natural_key = %s order by p.line",
        [natural_key],
    ).fetchall()
    return [
        f"{'借' if side > 0 else '贷'} {account} {_yuan(fen)}" + (f" {item}" if item else "")
        for side, account, fen, item in rows
    ]


def _yuan(fen: int) -> str:
    return f"({-fen / YUAN:.2f})" if fen < 0 else f"{fen / YUAN:.2f}"


def rule_codes(conn: Conn, natural_key: str) -> str:
    row = conn.execute("select rule_code from ledger.entry where natural_key = %s", [natural_key]).fetchone()
    assert row is not None
    return str(row[0])


def period_of(conn: Conn, natural_key: str) -> int:
    row = conn.execute("select period from ledger.entry where natural_key = %s", [natural_key]).fetchone()
    assert row is not None
    return int(row[0])
