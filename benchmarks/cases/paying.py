"""A city that can pay: officers, a unit, a supplier and quotas, through the services a screen would call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import psycopg

from benchmarks.scratch import Bench
from fisc import app
from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.city.papers import attached
from fisc.documents import Officer, define_officers
from fisc.kernel import Coding, Document, Entry, credit, debit, open_year, post, record_documents
from fisc.registry import elements
from fisc.treasury import services as treasury
from fisc.treasury.services import PaymentApplication

REGION, YEAR, DAY = "150600000", 2022, date(2022, 3, 1)
BANK = "102205000001"
#: Below what a large payment needs a paper for.
_GRANTED_FEN = 9 * 10**7
#: More than a quota holds.
TOO_MUCH_FEN = _GRANTED_FEN + 1
_CLASS = "2050202"

_DUTIES = (
    "unit_make", "unit_review", "treasury_review", "treasury_sign", "bank_operate", "clearing_make",
    "clearing_review", "reconcile", "budget_make", "office_review", "budget_approve", "registry_make",
)  # fmt: skip


def found(bench: Bench, database: str, quotas: int) -> psycopg.Connection:
    """A new database with everything set up and `quotas` quotas that hold more than is ever paid."""
    dsn = bench.empty(database)
    app.setup(dsn)
    conn = psycopg.connect(dsn, autocommit=True)
    open_year(conn, REGION, YEAR)
    define_officers(conn, [Officer(duty, duty, "", frozenset({duty})) for duty in _DUTIES])
    _define_elements(conn, quotas)
    spending = Spending("111", _GRANTED_FEN * quotas, exp_func_code=_CLASS)
    source = Source("111", "10101", spending.amount_fen)
    [paper] = record_documents(conn, [Document("paper:budget", "paper", REGION, YEAR, DAY)])
    post(conn, [approval_entry(
        "budget", (YEAR, REGION), [source], [spending], on=DAY, summary="合成", document_id=paper
    )])  # fmt: skip
    _fill_treasury(conn, cash_fen(quotas))
    lines = tuple(budget.QuotaLine(quota(i), _GRANTED_FEN, _coding(i)) for i in range(quotas))
    document = budget.QuotaDocument("1", REGION, YEAR, DAY, "合成", lines)
    budget.enter(
        conn, [document], by="budget_make", reviewed_by="office_review", approved_by="budget_approve", on=DAY
    )
    return conn


def cash_fen(quotas: int) -> int:
    """What the treasury holds when the year begins: as much as the quotas do."""
    return _GRANTED_FEN * quotas


def _fill_treasury(conn: psycopg.Connection, fen: int) -> None:
    """Cash carried into the year: as much as the quotas hold."""
    block = Coding(YEAR, REGION, "111")
    [paper] = record_documents(conn, [Document("paper:opening", "paper", REGION, YEAR, date(YEAR, 1, 1))])
    lines = (debit("treasury_2015:1001", block, fen), credit("treasury_2015:3001", block, fen))
    post(conn, [Entry("opening", REGION, date(YEAR, 1, 1), lines, document_id=paper, period=YEAR * 100)])


def _define_elements(conn: psycopg.Connection, quotas: int) -> None:
    unit = elements.Agency(YEAR, REGION, "101001", "合成单位", "101", "", kind="institution")
    department = elements.Agency(YEAR, REGION, "101", "合成部门", "", "", kind="department")
    elements.define_agencies(conn, [department], by="registry_make", on=DAY)
    elements.define_agencies(conn, [unit], by="registry_make", on=DAY)
    projects = [elements.Project(YEAR, REGION, _project(i), f"合成{i}", "101001") for i in range(quotas)]
    elements.define_projects(conn, projects, by="registry_make", on=DAY)
    account = elements.PayeeAccount("6200001", BANK)
    supplier = elements.Payee("S1", "合成公司", "enterprise", (account,), fiscal_year=YEAR)
    elements.define_payees(conn, [supplier], by="registry_make", on=DAY)


def quota(number: int) -> str:
    """The name of a quota."""
    return f"Q{number:06}"


def _project(number: int) -> str:
    return f"P{number:06}"


def _coding(number: int) -> Coding:
    return Coding(
        YEAR, REGION, "111", agency_code="101001", dept_code="101", pro_code=_project(number),
        exp_func_code=_CLASS, gov_bgt_eco_code="50502", dep_bgt_eco_code="30201",
    )  # fmt: skip


def applications(first: int, count: int, quotas: int) -> list[PaymentApplication]:
    """Payments number `first` and on, spread over the quotas."""
    return [
        PaymentApplication(
            f"A{n:08}", quota(n % quotas), 100 + n % 7, "direct", "合成公司", "6200001", BANK, f"合成用途{n}",
            REGION, agent_bank_no="102", attachments=attached(str(n)),
        )
        for n in range(first, first + count)
    ]  # fmt: skip


def certify(conn: psycopg.Connection, wanted: Sequence[PaymentApplication]) -> list[str]:
    """From application to signed certificates; returns their numbers."""
    numbers = [a.pay_app_no for a in wanted]
    treasury.apply(conn, wanted, by="unit_make", on=DAY)
    treasury.review(conn, numbers, by="unit_review", on=DAY)
    treasury.approve(conn, numbers, by="treasury_review", on=DAY)
    return treasury.certify(conn, numbers, by="treasury_sign", on=DAY)


def pay(conn: psycopg.Connection, wanted: Sequence[PaymentApplication]) -> list[str]:
    """Every stage from application to the bank's receipt; returns the certificates' numbers."""
    certificates = certify(conn, wanted)
    message = f"M{wanted[0].pay_app_no}"
    treasury.send(conn, certificates, by="bank_operate", on=DAY, message_id=message)
    receipts = [
        treasury.BankReceipt(certificate, f"B{certificate}", a.amount_fen, DAY)
        for certificate, a in zip(certificates, wanted, strict=True)
    ]
    treasury.confirm_paid(conn, receipts, by="bank_operate", on=DAY)
    return certificates
