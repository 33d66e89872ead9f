"""Statements: identities, tie-outs, every cell proven from the ledger, the same before and after closing."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import openpyxl

from fisc.closing import services as closing
from fisc.closing import statements as st
from fisc.closing.statements.workbook import number, write_statements
from tests.closing.world import CITY, YEAR, Conn, a_year, booked, post, seals


def _all(conn: Conn, year: int = YEAR) -> list[st.Statement]:
    executions = [
        st.execution(conn, CITY, year, fund, side)
        for fund in ("111", "121", "13") for side in (st.INCOME, st.OUTLAY)
    ]  # fmt: skip
    return [st.balance_sheet(conn, CITY, year), st.income_statement(conn, CITY, year), *executions]


def _proven(conn: Conn, year: int) -> list[st.Statement]:
    found = _all(conn, year)
    assert st.tie_outs(found[0], found[1]) == []
    assert [line for statement in found for line in st.prove(conn, statement)] == []
    return found


def test_statements_tie_out_and_every_cell_is_proven_before_and_after_the_year_end(city: Conn) -> None:
    year = YEAR - 1
    a_year(city, year=year)
    before = _proven(city, year)
    closing.close_year(city, [CITY], year, **seals())
    closed = _proven(city, year)
    closing.open_next_year(city, [CITY], year, **seals())
    after = _proven(city, year)
    amounts = [[[c.fen for c in row.cells] for s in found[1:] for row in s.rows] for found in (before, after)]
    assert amounts[0] == amounts[1]
    assert closed[0].fen("净资产合计", 1) == before[0].fen("净资产合计", 1) == after[0].fen("净资产合计", 1)


def test_the_balance_sheet_says_what_stood_and_what_stands(city: Conn) -> None:
    a_year(city)
    closing.close_year(city, [CITY], YEAR, **seals())
    sheet = st.balance_sheet(city, CITY, YEAR)
    shown = {row.name: tuple(cell.fen for cell in row.cells) for row in sheet.rows}
    assert shown == {
        "国库存款": (1300, 3820), "预拨经费": (0, 40), "股权投资": (0, 70), "资产合计": (1300, 3930),
        "应付地方政府债券转贷款": (0, 600), "负债合计": (0, 600),
        "一般公共预算结转结余": (1000, 3300), "政府性基金预算结转结余": (300, 600),
        "国有资本经营预算结转结余": (0, -40), "资产基金": (0, 70), "待偿债净资产": (0, -600),
        "净资产合计": (1300, 3330), "负债和净资产总计": (1300, 3930),
    }  # fmt: skip
    assert shown["一般公共预算结转结余"] == (1000, 1000 + 7200 - 4900)


def test_income_and_outlay_run_from_last_years_balance_to_this_years(city: Conn) -> None:
    a_year(city)
    found = st.income_statement(city, CITY, YEAR)
    assert [found.fen(name, 0) for name in ("年初结转结余", "收入合计", "支出合计", "年末结转结余")] == [
        1000, 7200, 4900, 3300,
    ]  # fmt: skip
    assert [found.fen(name, 1) for name in ("年初结转结余", "收入合计", "支出合计", "年末结转结余")] == [
        300, 800, 500, 600,
    ]  # fmt: skip


def test_execution_by_class_section_and_item(city: Conn) -> None:
    a_year(city)
    found = st.execution(city, CITY, YEAR, "111", st.OUTLAY)
    assert [(row.code, row.cells[3].fen) for row in found.rows] == [
        ("201", 700), ("20103", 700), ("2010301", 700), ("205", 4200), ("20502", 4200), ("2050202", 4200),
        ("", 4900),
    ]  # fmt: skip
    income = st.execution(city, CITY, YEAR, "111", st.INCOME)
    assert income.fen("税收收入", 3) == 6600


def test_what_stands_on_no_classification_code_is_in_the_total_and_named(city: Conn) -> None:
    a_year(city)
    sides = (("收入", st.INCOME, "tax_received", 777), ("支出", st.OUTLAY, "expenditure_paid", 555))
    for name, side, event, fen in sides:
        before = st.execution(city, CITY, YEAR, "111", side)
        assert "没有科目编码" not in {row.name for row in before.rows}
        post(city, [booked(event, fen)])
        after = st.execution(city, CITY, YEAR, "111", side)
        assert after.fen("没有科目编码", 3) == fen
        assert after.fen(f"{name}合计", 3) == before.fen(f"{name}合计", 3) + fen
        assert st.prove(city, after) == []


def test_a_wrong_cell_is_found(city: Conn) -> None:
    a_year(city)
    sheet = st.balance_sheet(city, CITY, YEAR)
    row = sheet.rows[0]
    wrong = st.Row(row.code, row.name, (row.cells[0], st.Cell(row.cells[1].fen + 1, row.cells[1].readings)))
    broken = st.Statement(CITY, YEAR, sheet.title, sheet.columns, (wrong, *sheet.rows[1:]))
    assert len(st.prove(city, broken)) == 1


def test_the_workbook_holds_the_amounts_and_where_they_come_from(city: Conn, tmp_path: Path) -> None:
    a_year(city)
    path = write_statements(tmp_path / "报表.xlsx", _all(city), notice="模拟")
    book = openpyxl.load_workbook(path)
    core, about = book.properties, f"鄂尔多斯市，{YEAR}年，模拟"
    assert (core.title, core.subject) == (f"{YEAR}年鄂尔多斯市财政总会计报表", about)
    assert (core.keywords, core.description) == (about, "模拟")
    page = book["资产负债表"]
    cash = next(row for row in page.iter_rows(min_row=4, values_only=True) if row[0] == "1001")
    assert cash[1:] == ("国库存款", 13, st.balance_sheet(city, CITY, YEAR).rows[0].cells[1].fen / 100)
    origins = list(book["取数来源"].iter_rows(min_row=2, values_only=True))
    assert ("资产负债表", "D4", "总预算会计 1001 国库存款", f"{YEAR}00–{YEAR}13", "借") == origins[1][:5]
    closing.close_year(city, [CITY], YEAR, **seals())
    book = openpyxl.load_workbook(write_statements(path, [st.income_statement(city, CITY, YEAR)]))
    assert all(row[5].startswith("财政区划=") and not re.search("[A-Za-z_]{3}", row[5]) for row in origins)
    left_out = {row[6] for row in book["取数来源"].iter_rows(min_row=2, values_only=True)}
    assert left_out == {None, "年终结账、结转凭证 6 张"}


def test_an_amount_of_more_digits_than_a_sheet_keeps_is_written_as_text() -> None:
    assert number(123456789012345, "元") == 1234567890123.45
    assert (number(1234567890123456, "元"), number(10**15, "万元")) == (
        "12345678901234.56",
        "1000000000.000000",
    )


def test_the_same_ledger_gives_the_same_bytes_whenever_it_is_written(city: Conn, tmp_path: Path) -> None:
    a_year(city)
    path = write_statements(tmp_path / "报表.xlsx", st.year_statements(city, CITY, YEAR))
    with ZipFile(path) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert b"2000-01-01T00:00:00Z</dcterms:modified>" in archive.read("docProps/core.xml")
    again = write_statements(tmp_path / "又.xlsx", st.year_statements(city, CITY, YEAR))
    assert again.read_bytes() == path.read_bytes()
    titles = [s.title for s in st.year_statements(city, CITY, YEAR + 1)]
    assert titles[0] == "资产负债表" and "收入支出表" not in titles


def test_what_first_books_cannot_know_is_empty_and_said(city: Conn) -> None:
    a_year(city, with_opening=False)
    made = {one.title: one for one in closing.statements_of_year(city, CITY, YEAR).statements}
    sheet, income = made["资产负债表"], made["收入支出表"]
    assert {row.cells[0].fen for row in sheet.rows} == {None}
    assert {cell.fen for cell in income.row("年初结转结余").cells} == {None}
    assert sheet.fen("资产合计", 1) and income.fen("收入合计")
    assert all("上年不在本账" in one.notes[0] for one in made.values())
    assert {row.cells[0].fen for row in made["一般公共预算支出执行情况表"].rows} == {None}


def test_last_year_is_told_where_its_books_are_here(city: Conn) -> None:
    a_year(city)
    booked_next = booked("tax_received", 70, year=YEAR + 1, rev_func_code="1010101")
    post(city, [booked_next])
    made = {one.title: one for one in closing.statements_of_year(city, CITY, YEAR + 1).statements}
    execution = made["一般公共预算收入执行情况表"]
    assert (execution.fen("收入合计", 0), execution.fen("收入合计", 3)) == (6600, 70)
    assert {row.cells[1].fen for row in execution.rows} == {None}
    (note,) = execution.notes
    assert "没有登记批准的年初预算" in note
    elements = {"rev_func_code": "1010101", "source_type_code": "1", "source": "own"}
    post(city, [booked("budget_source_approved", 80, year=YEAR + 1, month=0, **elements)])
    made = {one.title: one for one in closing.statements_of_year(city, CITY, YEAR + 1).statements}
    execution = made["一般公共预算收入执行情况表"]
    assert (execution.fen("收入合计", 1), execution.notes) == (80, ())
