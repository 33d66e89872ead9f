"""The money of one document: 1,000 yuan from above, what became of it, and short ways to say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from fisc.budget import services as budget
from fisc.documents import Officer, define_officers
from fisc.kernel import Coding
from fisc.registry import elements
from fisc.transfers import services as transfers
from fisc.treasury import services as treasury
from tests.transfers import world
from tests.transfers.world import BANNER, CITY, DAY, DOWN, OTHER, UP, YEAR, Conn, hands, line, tills

YUAN: Final = 100
SCHOOL: Final = elements.Payee("P1", "东胜建材有限公司", "enterprise", (elements.PayeeAccount("62220001"),))
OFFICE: Final = elements.Payee("P2", "准格尔物业中心", "enterprise", (elements.PayeeAccount("62220002"),))
OFFICERS: Final = [
    Officer(code, name, "", frozenset({duty}))
    for code, name, duty in (
        ("registrar", "基础信息", "registry_make"), ("b-maker", "预算经办", "budget_make"),
        ("b-office", "业务科", "office_review"),
        ("b-head", "预算科长", "budget_approve"), ("unit", "单位经办", "unit_make"),
        ("unit2", "单位审核", "unit_review"), ("reviewer", "国库审核", "treasury_review"),
        ("signer", "国库签章", "treasury_sign"), ("teller", "银行往来", "bank_operate"),
    )
]  # fmt: skip


def furnish(conn: Conn) -> None:
    """1,000 from above, 150 of it a quota of the city's, 800 issued; at a banner 400 quotas and 250 paid."""
    world.furnish(conn)
    define_officers(conn, OFFICERS)
    for region in (CITY, BANNER):
        _define_elements(conn, region)
    for payee in (SCHOOL, OFFICE):
        elements.define_payees(conn, [payee], by="registrar", on=DAY)
    transfers.receive(conn, [world.source(1000 * YUAN, is_direct_fund="1")], **hands(), on=DAY)
    transfers.receive_cash(conn, [transfers.LineCash("到-1", line(UP), 900 * YUAN)], **tills(), on=DAY)
    transfers.arrange(conn, [world.arranged("安-1", 800 * YUAN)], **hands(), on=DAY)
    down = world.issued([(BANNER, 500 * YUAN), (OTHER, 300 * YUAN)])
    transfers.issue(conn, [down], **hands(), on=DAY)
    transfers.pay_out(conn, [transfers.LineCash("拨-1", line(), 450 * YUAN)], **tills(), on=DAY)
    given(conn, CITY, ("市-Q1", 150))
    given(conn, BANNER, ("旗-Q1", 300), ("旗-Q2", 100))
    paid(
        conn,
        BANNER,
        ("付-1", "旗-Q1", 120, SCHOOL),
        ("付-2", "旗-Q1", 80, SCHOOL),
        ("付-3", "旗-Q1", 60, OFFICE),
    )
    refund = treasury.Refund("退-1", "付-2", 10 * YUAN, DAY, "this_year")
    treasury.refund(conn, [refund], by="teller", on=DAY)
    applied(conn, BANNER, ("付-4", "旗-Q2", 30, SCHOOL))


def _define_elements(conn: Conn, region: str) -> None:
    on = date(YEAR, 1, 1)
    department = elements.Agency(YEAR, region, "101", "教育局", "", "", kind="department")
    unit = elements.Agency(YEAR, region, "101001", "一中", "101", "", kind="administrative")
    elements.define_agencies(conn, [department], by="registrar", on=on)
    elements.define_agencies(conn, [unit], by="registrar", on=on)
    projects = [elements.Project(YEAR, region, code, f"项目{code}", "101001") for code in ("Q1", "Q2")]
    elements.define_projects(conn, projects, by="registrar", on=on)


def given(conn: Conn, region: str, *quotas: tuple[str, int]) -> None:
    """Quotas (name, yuan) of the document's money, straight from the pool of the region."""
    document = _document(region, f"{quotas[0][0][0]}财指〔2022〕1号", quotas)
    budget.enter(conn, [document], by="b-maker", reviewed_by="b-office", approved_by="b-head", on=DAY)


def drafted(conn: Conn, region: str, number: str, quota: str, yuan: int) -> None:
    """A document of the same money for a quota that stands; nobody reviewed it."""
    document = _document(region, number, [(quota, yuan)])
    budget.make_quota_documents(conn, [document], by="b-maker", on=DAY, operation="append")


def _document(region: str, doc_no: str, quotas: Sequence[tuple[str, int]]) -> budget.QuotaDocument:
    number = UP if region == CITY else DOWN
    lines = tuple(
        budget.QuotaLine(
            name,
            yuan * YUAN,
            Coding(
                YEAR, region, "111", agency_code="101001", dept_code="101", pro_code=name[-2:],
                exp_func_code="2050202", gov_bgt_eco_code="50201", dep_bgt_eco_code="30201",
                source_type_code="2",
                cor_bgt_doc_no=f"{name[0]}财指〔2022〕1号", sup_bgt_doc_no=number, is_direct_fund="1",
            ),
        )
        for name, yuan in quotas
    )  # fmt: skip
    return budget.QuotaDocument(
        doc_no, region, YEAR, DAY, "下达指标", lines, source="transfer", sup_bgt_doc_no=number,
        base="received",
    )  # fmt: skip


def applied(conn: Conn, region: str, *asked: tuple[str, str, int, elements.Payee]) -> list[str]:
    """Payment applications (number, quota, yuan, payee)."""
    applications = [
        treasury.PaymentApplication(
            number, quota, yuan * YUAN, pay_type="direct", payee_name=payee.name,
            payee_acct_no=payee.accounts[0].acct_no, payee_bank_no="", purpose="教学设备款",
            mof_div_code=region,
        )
        for number, quota, yuan, payee in asked
    ]  # fmt: skip
    treasury.apply(conn, applications, by="unit", on=DAY)
    return [a.pay_app_no for a in applications]


def paid(conn: Conn, region: str, *asked: tuple[str, str, int, elements.Payee]) -> None:
    """Applications through to the bank's receipts."""
    numbers = applied(conn, region, *asked)
    treasury.review(conn, numbers, by="unit2", on=DAY)
    treasury.approve(conn, numbers, by="reviewer", on=DAY)
    certificates = treasury.certify(conn, numbers, by="signer", on=DAY)
    treasury.send(conn, certificates, by="teller", on=DAY, message_id=f"M-{numbers[0]}")
    receipts = [
        treasury.BankReceipt(cert, f"B{cert}", one[2] * YUAN, DAY)
        for cert, one in zip(certificates, asked, strict=True)
    ]
    treasury.confirm_paid(conn, receipts, by="teller", on=DAY)
