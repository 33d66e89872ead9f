"""A city with officers and an approved budget, and short ways to say what happens to its quotas."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import psycopg

from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.budget.services import operations, quotas
from fisc.budget.services.early import PriorLevel, record_prior_levels
from fisc.budget.services.quota_flow import Signed
from fisc.budget.services.quotas import QuotaDocument, QuotaLine
from fisc.documents import Leg, Officer, define_officers, voucher
from fisc.kernel import Coding, Document, open_year, post, record_documents
from fisc.registry import elements
from tests.papers import a_document, available, with_cash

CITY: Final = "150600000"
BANNER: Final = "150602000"
YEAR: Final = 2022
DAY: Final = date(2022, 3, 1)
YUAN: Final = 100
SIGNED: Final[Signed] = {"by": "maker", "reviewed_by": "office", "approved_by": "head", "on": DAY}

Conn = psycopg.Connection[Any]

OFFICERS = [
    Officer("maker", "经办", "", frozenset({"budget_make"})),
    Officer("registrar", "基础信息", "", frozenset({"registry_make"})),
    Officer("office", "业务科", "", frozenset({"office_review"})),
    Officer("checker", "预算审核", "", frozenset({"budget_review"})),
    Officer("head", "预算科长", "", frozenset({"budget_approve"})),
    Officer("congress", "人大联络", "", frozenset({"congress_record"})),
]
#: Who registers money from above and closes a year beside them.
OF_TRANSFERS = [
    Officer("till", "国库经办", "", frozenset({"treasury_make"})),
    Officer("cashier", "国库签章", "", frozenset({"treasury_sign"})),
    Officer("zm", "转移支付经办", "", frozenset({"transfer_make"})),
    Officer("zr", "转移支付审核", "", frozenset({"transfer_review"})),
]
#: Each quota of these tests has a project of its own, called like it.
QUOTAS = tuple(f"Q{n}" for n in range(1, 10))
SPENDING = [
    Spending("111", 1_000_000 * YUAN, exp_func_code="2050202"),
    Spending("111", 500_000 * YUAN, exp_func_code="2010301"),
    Spending("111", 30_000 * YUAN, exp_func_code="227"),
    Spending("121", 200_000 * YUAN, exp_func_code="2120801"),
]
SOURCES = [Source("111", "10101", 1_530_000 * YUAN), Source("121", "1030148", 200_000 * YUAN)]


def furnish(conn: Conn) -> None:
    """Officers, open years, and the budget of 2022 approved for the city and one banner."""
    define_officers(conn, OFFICERS)
    for year in (YEAR, 2023):
        _define_elements(conn, year)
    for region in (CITY, BANNER):
        for year in (2021, YEAR, 2023):
            open_year(conn, region, year)
        with_cash(conn, region)
        post(conn, [approval_entry(f"budget:{region}", (YEAR, region), SOURCES, SPENDING,
                                   on=date(2022, 1, 1), document_id=a_document(conn, region),
                                   summary="预算批复")])  # fmt: skip
        # last year's level, up to which 预算法第五十四条 lets departments spend before the congress
        level = PriorLevel(region, 2021, 1, "department", "111", 1_000 * YUAN, "2021 年执行月报")
        record_prior_levels(conn, [level], by="maker")


def _define_elements(conn: Conn, year: int) -> None:
    opened = date(year - 1, 12, 1)
    department = elements.Agency(year, CITY, "101", "教育局", "", "", kind="department")
    units = [
        elements.Agency(year, CITY, code, f"单位{code}", "101", "教科文科", kind="institution")
        for code in ("101001", "101002")
    ]
    elements.define_agencies(conn, [department], by="registrar", on=opened)
    elements.define_agencies(conn, units, by="registrar", on=opened)
    projects = [elements.Project(year, CITY, code, f"项目{code}", "101") for code in QUOTAS]
    elements.define_projects(conn, projects, by="registrar", on=opened)


def coding(**elements: str) -> Coding:
    """A unit's coding block in education, general budget, unless told otherwise."""
    base = {
        "mof_div_code": CITY, "fund_type_code": "111", "agency_code": "101001", "dept_code": "101",
        "exp_func_code": "2050202", "gov_bgt_eco_code": "50502", "dep_bgt_eco_code": "30201",
        "pro_code": "Q1",
    }  # fmt: skip
    year = int(elements.pop("fiscal_year", YEAR))
    return Coding(year, **{**base, **elements})


def line(bgt_id: str, yuan: int, **given: Any) -> QuotaLine:
    """A quota line of so many yuan; what is not a field of the line is an element of its coding block."""
    own = {name: given.pop(name) for name in ("is_executable", "ori_bgt_id", "tags") if name in given}
    return QuotaLine(bgt_id, yuan * YUAN, coding(**{"pro_code": bgt_id, **given}), **own)


def document(doc_no: str, *lines: QuotaLine, **given: Any) -> QuotaDocument:
    """A quota document of the city."""
    given = {"mof_div_code": CITY, "fiscal_year": YEAR, "dated_on": DAY, "title": "试", **given}
    return QuotaDocument(doc_no=doc_no, lines=lines, **given)


def operation(doc_no: str, *changes: tuple[str, int] | operations.QuotaChange, **given: Any) -> Any:
    """An operation of the city; a change is (bgt_id, yuan) or a QuotaChange."""
    lines = tuple(
        c if isinstance(c, operations.QuotaChange) else operations.QuotaChange(c[0], c[1] * YUAN)
        for c in changes
    )
    given = {"mof_div_code": CITY, "fiscal_year": YEAR, "dated_on": DAY, "title": "试", **given}
    return operations.QuotaOperation(doc_no=doc_no, lines=lines, **given)


def entered(conn: Conn, *lines: QuotaLine, doc_no: str = "鄂财指〔2022〕1号") -> None:
    """Quotas out of the approved budget."""
    quotas.enter(conn, [document(doc_no, *lines)], **SIGNED)


def received(conn: Conn, number: str, yuan: int) -> None:
    """What registering a document from above leaves in the quota book."""
    income = Coding(YEAR, CITY, "111", rev_func_code="1100248", sup_bgt_doc_no=number)
    pool = Coding(YEAR, CITY, "111", sup_bgt_doc_no=number)
    kind, day = "transfer_receipt", date(YEAR, 2, 1)
    [paper] = record_documents(conn, [Document(f"{kind}:{CITY}:{YEAR}:{number}", kind, CITY, YEAR, day)])
    leg = Leg("transfer_quota_received", yuan * YUAN, income, pool)
    post(conn, [voucher(f"receipt:{number}", CITY, day, [leg], document_id=paper, summary="")])


def brought(conn: Conn, yuan: int, fund: str = "111") -> None:
    """What last year left over of a fund, opened in this year."""
    block = Coding(YEAR, CITY, fund, rev_func_code="1030148" if fund == "121" else "")
    leg = Leg("opening_balance", yuan * YUAN, block)
    post(conn, [voucher(f"brought:{fund}", CITY, date(YEAR, 1, 1), [leg],
                        document_id=a_document(conn, CITY), summary="期初")])  # fmt: skip


def left(conn: Conn, bgt_id: str) -> dict[str, int]:
    """Where a quota's money stands, in yuan, by stage; stages that hold nothing are left out."""
    balance = quotas.quota_balances(conn, [bgt_id])[bgt_id]
    stages = {name: getattr(balance, name) for name in balance.__dataclass_fields__}
    return {name.removesuffix("_fen"): fen // YUAN for name, fen in stages.items() if fen}


def class_left(conn: Conn, exp_func_code: str = "2050202", source_type_code: str = "1") -> int:
    """What of a class of the approved budget is not given out yet, in yuan."""
    block = Coding(YEAR, CITY, "111", exp_func_code=exp_func_code, source_type_code=source_type_code)
    return available(conn, "quota:9201", block) // YUAN


def journal(conn: Conn, doc_key: str) -> list[str]:
    """The lines of a document's vouchers: period, side, account, yuan, key elements."""
    rows = conn.execute(
        "select e.period, p.side, a.book || ':' || a.code, p.amount_fen, c.fund_type_code, c.exp_func_code, "
        "c.rev_func_code, c.pro_code, c.source_type_code, c.sup_bgt_doc_no, c.cut_scope_code "
        "from ledger.entry e join ledger.posting p on p.entry_id = e.id "
        "join ledger.account a on a.id = p.account_id join ledger.coding c on c.id = p.coding_id "
        "where e.natural_key like %s order by e.id, p.line",
        [f"%{doc_key}%"],
    )
    return [
        f"{row[0]} {'借' if row[1] > 0 else '贷'} {row[2]} {row[3] * row[1] / YUAN:.2f} "
        + " ".join(part for part in row[4:] if part)
        for row in rows
    ]
