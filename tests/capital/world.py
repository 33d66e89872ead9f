"""A city with quotas for injections, two enterprises with accounts, and short ways to say an injection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.capital import services as capital
from fisc.capital.services import Enterprise, Injection, InjectionPayment, Prepayment, Use
from fisc.documents import Officer, define_officers
from fisc.kernel import Coding, post
from fisc.registry import elements
from fisc.treasury import services as treasury
from tests.papers import DEPARTMENT_CLASS, a_document
from tests.treasury import paying

CITY: Final = paying.CITY
YEAR: Final = 2022
DAY: Final = date(2022, 5, 10)
YUAN: Final = 100
Conn = psycopg.Connection[Any]

#: Quota -> fund, functional class, government economic class, yuan.
QUOTAS: Final = {
    "K1": ("13", "2230202", "50801", 5_000),
    "K2": ("111", "2150199", "50802", 9_000),
    "W1": ("111", "2150199", "50799", 700),
}
POWER = elements.Payee(
    "E1", "鄂尔多斯能源公司", "enterprise", (elements.PayeeAccount("6300001", "102205000001"),)
)
RAIL = elements.Payee(
    "E2", "鄂尔多斯轨道公司", "enterprise", (elements.PayeeAccount("6300002", "102205000001"),)
)

OFFICERS = [
    Officer("k-maker", "国资经办", "", frozenset({"capital_make"})),
    Officer("k-head", "国资审核", "", frozenset({"capital_review"})),
    Officer("r-maker", "收入登记", "", frozenset({"revenue_make"})),
]


def furnish(conn: Conn) -> None:
    """The paying city, with quotas for injections and two registered enterprises."""
    paying.furnish(conn, (CITY,))
    define_officers(conn, OFFICERS)
    first = date(YEAR, 1, 1)
    elements.define_projects(
        conn,
        [elements.Project(YEAR, CITY, code, f"项目{code}", "101001") for code in QUOTAS],
        by="registrar",
        on=first,
    )
    elements.define_payees(
        conn, [replace(p, fiscal_year=YEAR) for p in (POWER, RAIL)], by="registrar", on=first
    )
    _grant(conn)
    register(conn, enterprise("E1", POWER.name, cost_yuan=2_000), enterprise("E2", RAIL.name, share_bp=4_000))


def _grant(conn: Conn) -> None:
    spending = [Spending(f, yuan * YUAN, exp_func_code=func) for f, func, _, yuan in QUOTAS.values()]
    merged: dict[tuple[str, str], int] = {}
    for s in spending:
        key = (s.fund_type_code, s.exp_func_code)
        merged[key] = merged.get(key, 0) + s.amount_fen
    wanted = [Spending(f, fen, exp_func_code=func) for (f, func), fen in merged.items()]
    sources = [Source(s.fund_type_code, "10101", s.amount_fen) for s in wanted]
    post(conn, [approval_entry("budget:capital", (YEAR, CITY), sources, wanted, on=date(YEAR, 1, 1),
                               summary="预算批复", document_id=a_document(conn, CITY))])  # fmt: skip
    lines = tuple(
        budget.QuotaLine(bgt_id, yuan * YUAN, quota_coding(bgt_id))
        for bgt_id, (_, _, _, yuan) in QUOTAS.items()
    )
    budget.enter(
        conn, [budget.QuotaDocument("2022-9", CITY, YEAR, date(2022, 1, 3), "注资", lines)],
        by="b-maker", reviewed_by="b-office", approved_by="b-head", on=date(2022, 1, 3),
    )  # fmt: skip


def quota_coding(bgt_id: str) -> Coding:
    fund, func, eco, _ = QUOTAS[bgt_id]
    return Coding(
        YEAR, CITY, fund, agency_code="101001", dept_code="101", pro_code=bgt_id, exp_func_code=func,
        gov_bgt_eco_code=eco, dep_bgt_eco_code=DEPARTMENT_CLASS[eco],
    )  # fmt: skip


def enterprise(code: str, name: str, share_bp: int = 10_000, cost_yuan: int = 0, **given: Any) -> Enterprise:
    told = {"kind": "general", "held_on": date(2022, 1, 4), **given}
    return Enterprise(CITY, code, name, share_bp=share_bp, cost_fen=cost_yuan * YUAN, **told)


def register(conn: Conn, *given: Enterprise) -> list[bool]:
    return capital.register_enterprises(conn, given, by="k-maker", reviewed_by="k-head", on=date(2022, 1, 4))


LOAN = Use("loan", 600 * YUAN, bank_name="工行", contract_no="L-7", rate_bp=525, new_rate_bp=325,
           due_on=date(2027, 6, 30))  # fmt: skip
WIND = Use("project", 300 * YUAN, sector="new_energy", project_name="风电一期")
WATER = Use("project", 100 * YUAN, sector="water", project_name="引水工程")


def injection(number: str = "ZZ1", uses: Sequence[Use] = (LOAN, WIND, WATER), **given: Any) -> Injection:
    """An injection of 1,000 yuan into E1: a loan, a wind farm and a water project."""
    told: dict[str, Any] = {
        "mof_div_code": CITY, "enterprise_code": "E1", "basis_kind": "government",
        "basis_doc_no": "鄂府纪〔2022〕12号", "basis_on": date(2022, 4, 20),
        "bgt_id": "K1", "pay_app_no": f"P-{number}",
        "amount_fen": sum(u.amount_fen for u in uses), "share_bp": 10_000, **given,
    }  # fmt: skip
    return Injection(number, uses=tuple(uses), **told)


def approved(conn: Conn, *given: Injection, on: date = DAY) -> list[str]:
    capital.record_injections(conn, given, by="k-maker", on=on)
    numbers = [i.injection_no for i in given]
    capital.approve_injections(conn, numbers, by="k-head", on=on)
    return numbers


def paid(conn: Conn, *given: Injection, on: date = DAY, account: str = "6300001") -> list[str]:
    """Through approval and the treasury to the bank's receipt: the injections' numbers."""
    numbers = approved(conn, *given, on=on)
    payments = [InjectionPayment(n, account, "102205000001", agent_bank_no="ICBC") for n in numbers]
    capital.apply_for_payment(conn, payments, by="unit", on=on)
    applications = [i.pay_app_no for i in given]
    treasury.review(conn, applications, by="unit2", on=on)
    treasury.approve(conn, applications, by="reviewer", on=on)
    certs = treasury.certify(conn, applications, by="signer", on=on)
    treasury.send(conn, certs, by="teller", on=on, message_id=f"M-{numbers[0]}")
    receipts = [treasury.BankReceipt(c, f"B{c}", i.amount_fen, on) for c, i in zip(certs, given, strict=True)]
    treasury.confirm_paid(conn, receipts, by="teller", on=on)
    return numbers


def invested(conn: Conn, *given: Injection, on: date = DAY, account: str = "6300001") -> list[str]:
    """Through to the equity: the injections' numbers."""
    numbers = paid(conn, *given, on=on, account=account)
    capital.recognise_equity(conn, numbers, by="k-head", on=on)
    return numbers


def prepayment(number: str = "H1", yuan: int = 600, line_no: int = 1, **given: Any) -> Prepayment:
    told = {"injection_no": "ZZ1", "prepaid_on": date(2022, 6, 1), "evidence_no": f"R-{number}", **given}
    return Prepayment(number, line_no=line_no, amount_fen=yuan * YUAN, **told)


def prepaid(conn: Conn, *given: Prepayment, on: date = date(2022, 6, 2)) -> list[bool]:
    return capital.record_prepayments(conn, given, by="k-maker", reviewed_by="k-head", on=on)


def entries(conn: Conn, prefix: str) -> dict[str, list[str]]:
    """Entries whose natural key begins so: their lines in full, with the register item."""
    keys = conn.execute(
        "select natural_key from ledger.entry where starts_with(natural_key, %s) order by 1", [prefix]
    ).fetchall()
    return {key: paying.entry(conn, key) for (key,) in keys}


def entry_count(conn: Conn) -> int:
    row = conn.execute("select count(*) from ledger.entry").fetchone()
    assert row is not None
    return int(row[0])
