"""A treasury desk for tests of files, payroll and cash: quotas, payees, officers, and files to hand in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import openpyxl
import psycopg

from fisc.documents import Leg, Officer, define_officers, voucher
from fisc.kernel import Coding, Entry, credit, debit, post
from fisc.registry import elements
from tests.budget import quota_world as world
from tests.papers import a_document, available

CITY: Final = world.CITY
YEAR: Final = world.YEAR
DAY: Final = date(2022, 3, 2)
HEADER: Final = ["支付申请编号", "指标编号", "金额（元）", "收款人全称", "收款人账号", "用途"]
Row = Sequence[Any]

PAYEES: Final = {"62220001": "东胜建材有限公司", "62220002": "康巴什物业服务中心", "62220099": "工资代发户"}


def furnish(conn: psycopg.Connection[Any]) -> None:
    """The city of `quota_world` with two quotas of 1,000 and 500 yuan, payees, and the treasury's people."""
    world.furnish(conn)
    define_officers(
        conn,
        [
            Officer("unit", "单位经办", "", frozenset({"unit_make"})),
            Officer("chief", "单位审核", "", frozenset({"unit_review"})),
            Officer("desk", "国库审核", "", frozenset({"treasury_review"})),
            Officer("seal", "国库签章", "", frozenset({"treasury_sign"})),
            Officer("wire", "银行往来", "", frozenset({"bank_operate"})),
            Officer("cashier", "国库经办", "", frozenset({"treasury_make"})),
        ],
    )
    payees = [
        elements.Payee(f"P{number}", name, "enterprise", (elements.PayeeAccount(number, ""),))
        for number, name in PAYEES.items()
    ]
    elements.define_payees(conn, payees, by="registrar", on=date(YEAR, 1, 1))
    world.entered(conn, world.line("B1", 1000, pro_code="Q1"), world.line("B2", 500, pro_code="Q2"))


def paid(number: str, quota: str = "B1", yuan: Any = 100, account: str = "62220001", **given: str) -> Row:
    """A row of a payments file, under `HEADER`."""
    return [
        number,
        quota,
        yuan,
        given.get("name", PAYEES.get(account, "")),
        account,
        given.get("use", f"办公用品{number}"),
    ]


def workbook(place: Path, rows: Sequence[Row], header: Row = HEADER, sheet: str = "支付") -> Path:
    """An .xlsx with one sheet."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in [header, *rows]:
        page.append(list(row))
    book.save(place)
    return place


def csv_file(
    place: Path, rows: Sequence[Row], header: Row = HEADER, *, encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    """A CSV without quotes."""
    lines = [delimiter.join(map(str, row)) for row in [header, *rows]]
    place.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return place


def results(place: Path) -> list[str]:
    """The column 导入结果 of a workbook, row 2 on; '' where a row has none."""
    rows = list(openpyxl.load_workbook(place).worksheets[0].iter_rows(values_only=True))
    at = rows[0].index("导入结果")
    return [str(row[at] or "") for row in rows[1:]]


def left(conn: psycopg.Connection[Any], bgt_id: str) -> int:
    """Yuan that can still be applied for."""
    return world.left(conn, bgt_id).get("executable", 0)


def receive(conn: psycopg.Connection[Any], yuan: int, on: date, key: str = "t") -> None:
    """Taxes come in."""
    block = Coding(on.year, CITY, "111", rev_func_code="10101")
    legs, paper = [Leg("tax_received", yuan * 100, block)], a_document(conn, CITY, on.year)
    post(conn, [voucher(f"{key}:{on}", CITY, on, legs, document_id=paper, summary="税收")])


def pool(conn: psycopg.Connection[Any], account: str, coding: Coding) -> int:
    """Fen available on a control account."""
    return available(conn, account, coding)


def spend(conn: psycopg.Connection[Any], block: Coding, yuan: int, on: date) -> None:
    """Money leaves the treasury under a coding block, without a payment of ours."""
    legs = [Leg("expenditure_paid", yuan * 100, block, choices={"eco": block.gov_bgt_eco_code[:3]})]
    paper = a_document(conn, CITY, on.year)
    post(conn, [voucher(f"spent:{on}:{yuan}", CITY, on, legs, document_id=paper, summary="支出")])


def opening(conn: psycopg.Connection[Any], yuan: int) -> None:
    """Cash carried into the year: no flow of any day."""
    block = Coding(YEAR, CITY, "111")
    lines = (debit("treasury_2015:1001", block, yuan * 100), credit("treasury_2015:3001", block, yuan * 100))
    paper = a_document(conn, CITY, YEAR)
    post(conn, [Entry("opening", CITY, date(YEAR, 1, 1), lines, document_id=paper, period=YEAR * 100)])
