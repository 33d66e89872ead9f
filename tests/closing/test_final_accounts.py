"""Final accounts written as published books are, and read back by the importer, cell by cell."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.closing import final_accounts as final
from fisc.closing import services as closing
from fisc.closing import year_balance
from fisc.closing.statements import read
from fisc.closing.statements.model import Cell
from fisc.disclosure.model import ADJUSTED, BUDGET, FINAL
from fisc.disclosure.read_back import differences
from fisc.disclosure.services import check_only
from fisc.disclosure.titles import tight
from fisc.documents import RuleBroken
from fisc.registry.names import normal_name
from fisc.transfers import services as tr
from tests.closing.world import BANNER, CITY, OTHER, YEAR, Conn, a_year, booked, post, seals, tills
from tests.transfers.world import line, passed_on

STAGES = {"预算数": BUDGET, "调整预算数": ADJUSTED, "决算数": FINAL}


def _a_full_year(city: Conn) -> None:
    """Two years of the city, with budgets, transfers from above and to banners, last year closed."""
    a_year(city, year=YEAR - 1)
    closing.close_year(city, [CITY], YEAR - 1, **seals())
    closing.open_next_year(city, [CITY], YEAR - 1, **seals())
    a_year(city, with_opening=False)
    passed_on(city, [(BANNER, 900), (OTHER, 250)])
    row = city.execute("select line_key from transfers_line where not is_issue").fetchone()
    assert row is not None
    on = date(YEAR, 6, 1)
    tr.receive_cash(city, [tr.LineCash("收1", row[0], 1150)], **tills(), on=on)
    tr.pay_out(
        city, [tr.LineCash("拨1", line(), 900), tr.LineCash("拨2", line(number=2), 250)], **tills(), on=on
    )
    sources = [Source("111", "1010101", 9_000), Source("121", "1030148", 1_000), Source("13", "1030601", 150)]
    spending = [
        Spending("111", 6_000, exp_func_code="2050202"), Spending("111", 3_000, exp_func_code="2010301"),
        Spending("121", 1_000, exp_func_code="2120801"), Spending("13", 150, exp_func_code="2230102"),
    ]  # fmt: skip
    budget = approval_entry(
        "budget", (YEAR, CITY), sources, spending, on=date(YEAR, 1, 20), summary="预算批复", document_id=0
    )
    post(city, [budget])


def _printed(found: list[final.Table]) -> dict[tuple[str, str, str], int | None]:
    """(sheet, name, column) -> fen of every amount that is printed."""
    return {
        (table.sheet, normal_name(row.name), tight(name)): row.cells[what].fen
        for table in found for row in table.rows for name, what in table.columns
        if isinstance(what, int) and row.cells[what].fen is not None
    }  # fmt: skip


def test_the_written_workbook_is_read_back_without_a_difference(city: Conn, tmp_path: Path) -> None:
    _a_full_year(city)
    found = final.tables(city, [CITY], YEAR)
    result = check_only(final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True))
    assert [f.what for f in result.failed] == []
    assert len(result.identities) > 20
    assert [f for f in result.book.findings if f.rule_id not in ("odd_name", "adjusted_without_budget")] == []
    columns = {(t.sheet, c.index): c.header for t in result.book.tables for c in t.columns}
    read_back = {(ln.sheet, ln.name, columns[ln.sheet, ln.column]): ln.amount_fen for ln in result.book.lines}
    assert read_back == _printed(found)
    for ln in result.book.lines:
        header = columns[ln.sheet, ln.column]
        assert ln.stage == STAGES.get(header, FINAL)
        assert ln.fiscal_year == YEAR
        assert ln.region == (
            CITY if ln.table != "general.transfer_matrix" or "合计" in ln.name else ln.region
        )
    by_place = {(t.sheet, row.code): row for t in found for row in t.rows if row.code}
    for ln in result.book.lines:
        if ln.code:
            assert (ln.sheet, ln.code) in by_place


def test_the_two_sides_of_a_funds_own_money_need_not_be_equal(city: Conn, tmp_path: Path) -> None:
    a_year(city)
    big = 12_345_678_901_234  # far above what rounding forgives
    post(city, [booked("nontax_received", big, CITY, "121", rev_func_code="1030148")])
    found = final.tables(city, [CITY], YEAR)
    path = final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True)
    assert differences(path, found, is_exact=True) == []
    assert {table.title for table in found if table.sheet == "表七"} == {
        f"{YEAR}年鄂尔多斯市本级政府性基金收入决算表"
    }


def test_a_cell_that_is_read_back_otherwise_is_named(city: Conn, tmp_path: Path) -> None:
    _a_full_year(city)
    found = final.tables(city, [CITY], YEAR)
    path = final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True)
    assert differences(path, found, is_exact=True) == []
    book = load_workbook(path)
    row = next(r for r in book["表一"].iter_rows(min_row=4) if r[0].value == "10104")
    row[4].value = 7
    book.save(path)
    wrong = differences(path, found, is_exact=True)
    assert wrong and any("表一" in words for words in wrong)
    sum_row = [table for table in found if table.sheet != "表七"]
    assert [
        w
        for w in differences(final.write_final_accounts(path, sum_row, is_exact=True), found, is_exact=True)
        if "表七" in w
    ]


def test_every_table_that_the_books_can_fill_is_there(city: Conn) -> None:
    _a_full_year(city)
    found = {table.sheet: table for table in final.tables(city, [CITY], YEAR)}
    assert list(found) == [
        "表一", "表二", "表三收入", "表三支出", "表六", "表七", "表八", "表十收入", "表十支出", "表十一",
        "表十二", "表十四收入", "表十四支出",
    ]  # fmt: skip
    income = {row.name.strip("　"): row.cells[2].fen for row in found["表三收入"].rows}
    outlay = {row.name.strip("　"): row.cells[2].fen for row in found["表三支出"].rows}
    assert (income["上年结余收入"], income["债务转贷收入"], income["本年收入合计"]) == (3300, 600, 6600)
    assert outlay["一般性转移支付"] == 1150
    assert outlay["年终结余"] == 3300 + 6600 + 600 + 1150 - 4900 - 1150
    assert income["收入总计"] == outlay["支出总计"]
    matrix = {row.name: [cell.fen for cell in row.cells] for row in found["表六"].rows}
    assert matrix == {
        "达拉特旗": [900, 0, 900, 900, 0], "准格尔旗": [250, 0, 250, 250, 0],
        "地区合计": [1150, 0, 1150, 1150, 0],
    }  # fmt: skip
    spending = {row.code: [cell.fen for cell in row.cells] for row in found["表二"].rows}
    assert spending["2050202"] == [4200, 6000, 6000, 4200]


def test_every_cell_opens_to_the_ledger_and_closing_changes_none(city: Conn) -> None:
    _a_full_year(city)
    before = final.tables(city, [CITY], YEAR)
    for table in before:
        for row in table.rows:
            for cell in row.cells:
                assert cell.fen == sum(read(city, reading) for reading in cell.readings), (
                    table.sheet,
                    row.name,
                )
    closing.close_year(city, [CITY], YEAR, **seals())
    closing.open_next_year(city, [CITY], YEAR, **seals())
    assert _printed(final.tables(city, [CITY], YEAR)) == _printed(before)


def test_money_without_a_code_stops_the_table(city: Conn) -> None:
    a_year(city)
    post(city, [booked("tax_received", 77)])
    with pytest.raises(RuleBroken) as refused:
        final.tables(city, [CITY], YEAR)
    assert "0.77 元没有科目编码" in refused.value.message


@pytest.mark.parametrize(
    ("regions", "place"), [((BANNER,), BANNER), ((CITY, BANNER, OTHER), "150600998")], ids=["banner", "area"]
)
def test_a_banner_and_a_whole_area_are_read_back_as_what_they_are(
    city: Conn, tmp_path: Path, regions: tuple[str, ...], place: str
) -> None:
    _a_full_year(city)
    if len(regions) == 1:  # its on-lent bonds have no giver among these books
        a_year(city, BANNER)
    found = final.tables(city, regions, YEAR)
    result = check_only(final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True))
    assert [f.what for f in result.failed] == []
    of_own = ("表四", "表九", "表十三", "表十五", "表十六", "表十七")
    own = [ln for ln in result.book.lines if ln.sheet.startswith(of_own)]
    plain = [ln for ln in result.book.lines if ln.table != "general.transfer_matrix" and ln not in own]
    assert {ln.region for ln in plain} == {place}
    assert {ln.region for ln in own} == ({CITY} if len(regions) > 1 else set())
    columns = {(t.sheet, c.index): c.header for t in result.book.tables for c in t.columns}
    read_back = {(ln.sheet, ln.name, columns[ln.sheet, ln.column]): ln.amount_fen for ln in result.book.lines}
    assert read_back == _printed(found)


def test_transfers_inside_an_area_cancel_out_and_must_agree(city: Conn) -> None:
    _a_full_year(city)
    found = {table.sheet: table for table in final.tables(city, [CITY, BANNER, OTHER], YEAR)}
    income = {row.name.strip("　"): row.cells[2].fen for row in found["表三收入"].rows}
    outlay = {row.code: row.cells[2].fen for row in found["表三支出"].rows}
    assert income["一般性转移支付收入"] == 1150  # from above; what banners received is the city's own
    assert "230" in outlay
    assert {row.cells[0].fen for row in found["表一"].rows} == {None}  # 2021 was kept elsewhere
    assert "上年不在本账" in found["表一"].notes[0]
    assert not [code for code in outlay if code.startswith("23002")]
    for table in found.values():
        for row in table.rows:
            for cell in row.cells:
                assert cell.fen is None or cell.fen == sum(read(city, one) for one in cell.readings)
    post(city, [booked("transfer_in_received", 4, BANNER, rev_func_code="1100202")])
    with pytest.raises(RuleBroken, match="不能抵销"):
        final.tables(city, [CITY, BANNER, OTHER], YEAR)


@pytest.mark.parametrize(("is_exact", "told"), [
    (False, "年终结余 0 万元，其中结转下年支出 0 万元，净结余 0 万元。"),
    (True, "年终结余 56.00 元，其中结转下年支出 30.00 元，净结余 26.00 元。"),
])  # fmt: skip
def test_what_is_left_is_told_in_the_units_of_the_table(
    city: Conn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_exact: bool, told: str
) -> None:
    _a_full_year(city)
    monkeypatch.setattr(year_balance, "carried_cells", lambda *_: [Cell(3000)] * 3)
    found = [table for table in final.tables(city, [CITY], YEAR) if table.sheet == "表三支出"]
    page = load_workbook(final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=is_exact)).active
    said = [str(cell.value) for row in page.iter_rows() for cell in row if "年终结余 " in str(cell.value)]
    assert said == [told]


@pytest.mark.parametrize(("carried", "told"), [
    (1_600_000, "结转下年支出 2 万元，净结余 2 万元（因四舍五入，分项之和与合计可能略有差异）。"),
    (1_100_000, "结转下年支出 1 万元，净结余 2 万元。"),
])  # fmt: skip
def test_the_parts_of_what_is_left_are_the_numbers_that_stand_elsewhere(
    city: Conn, monkeypatch: pytest.MonkeyPatch, carried: int, told: str
) -> None:
    monkeypatch.setattr(year_balance, "carried_cells", lambda *_: [Cell(carried)] * 3)
    (said,) = year_balance.left_in_words(city, "111", [CITY], YEAR, Cell(3_200_000))
    assert said == f"年终结余 3 万元，其中{told}"


def test_the_balance_table_has_the_budgets_too(city: Conn) -> None:
    """What the budget has not given to spending is what it plans to be left: both sides are equal."""
    _a_full_year(city)
    tables = [table for table in final.tables(city, [CITY], YEAR) if table.number == "表三"]
    for table in tables:
        assert [name for name, _ in table.columns] == ["预算数", "调整预算数", "决算数"]
    income, outlay = ({row.name.strip("　"): row for row in table.rows} for table in tables)
    budgets = [[cell.fen for cell in one.cells] for one in (income["收入总计"], outlay["支出总计"])]
    assert budgets[0] == budgets[1] and budgets[0][0] == 9_000
    assert [cell.fen for cell in outlay["教育支出"].cells] == [6_000, 6_000, 4_200]


def test_a_budget_that_was_not_approved_is_not_nothing(city: Conn) -> None:
    a_year(city)
    income, outlay = (table for table in final.tables(city, [CITY], YEAR) if table.number == "表三")
    assert {row.cells[0].fen for row in (*income.rows, *outlay.rows)} == {None}
    assert all("没有登记批准的年初预算" in table.notes[0] for table in (income, outlay))


def test_every_table_of_classes_has_the_budget_the_adjusted_budget_and_the_final(city: Conn) -> None:
    _a_full_year(city)
    found = final.tables(city, [CITY, BANNER, OTHER], YEAR)
    plain = [
        table
        for table in found
        if table.has_codes and "收支决算总表" not in table.title and table.number != "表六"
    ]
    assert len(plain) == 9
    for table in plain:
        assert [name for name, _ in table.columns][:3] == ["预算数", "调整预算数", "决算数"], table.number
    (own,) = [table for table in plain if table.number == "表四"]
    spending = {row.code: [row.cells[what].fen for _, what in own.columns] for row in own.rows}
    assert spending["2050202"] == [6000, 6000, 4200]


def test_transfers_by_county_tell_general_and_special_apart(city: Conn, tmp_path: Path) -> None:
    _a_full_year(city)
    for fen, code in ((30, "2300313"), (20, "2300104")):
        post(city, [booked("transfer_out_paid", fen, tp_func_code=code, rec_div_code=BANNER)])
    found = final.tables(city, [CITY], YEAR)
    (matrix,) = [table for table in found if table.number == "表六"]
    assert [name for name, _ in matrix.columns] == [
        "合计", "税收返还", "一般性转移支付", "其中：共同财政事权转移支付", "专项转移支付",
    ]  # fmt: skip
    rows = {row.name: [cell.fen for cell in row.cells] for row in matrix.rows}
    assert rows["达拉特旗"] == [950, 20, 900, 900, 30]
    path = final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True)
    assert [words for words in differences(path, found, is_exact=True) if "表六" in words] == []


def _reasons(city: Conn, regions: list[str], found: list[final.Table]) -> dict[str, str]:
    return {one.title: one.reason for one in final.not_written(city, regions, YEAR, found)}


def test_special_transfers_stand_by_item_and_county_with_the_sums_of_both(city: Conn, tmp_path: Path) -> None:
    _a_full_year(city)
    for fen, code, to in ((30, "2300313", BANNER), (8, "2300313", OTHER), (5, "2300320", OTHER)):
        post(city, [booked("transfer_out_paid", fen, tp_func_code=code, rec_div_code=to)])
    found = final.tables(city, [CITY], YEAR)
    (table,) = [one for one in found if one.number == "表十八"]
    assert [name for name, _ in table.columns] == ["合计", "达拉特旗", "准格尔旗"]
    assert [(row.code, [cell.fen for cell in row.cells]) for row in table.rows] == [
        ("2300313", [38, 30, 8]), ("2300320", [5, 0, 5]), ("", [43, 30, 13]),
    ]  # fmt: skip
    (matrix,) = [one for one in found if one.number == "表六"]
    assert matrix.rows[-1].cells[4].fen == table.rows[-1].cells[0].fen
    assert "专项转移支付分地区分项目表" not in _reasons(city, [CITY], found)
    book = load_workbook(final.write_final_accounts(tmp_path / "决算.xlsx", found, notice="模拟"))
    core, about = book.properties, f"鄂尔多斯市本级，{YEAR}年，模拟"
    assert (core.title, core.subject) == (f"{YEAR}年鄂尔多斯市本级政府决算", about)
    assert (core.keywords, core.description) == (about, "模拟")
    assert book["表十八"]["A1"].value == f"{YEAR}年鄂尔多斯市本级专项转移支付分地区分项目决算表"


def test_what_the_book_lacks_is_named_with_its_reason(city: Conn, tmp_path: Path) -> None:
    _a_full_year(city)
    found = final.tables(city, [CITY], YEAR)
    missing = _reasons(city, [CITY], found)
    assert "（没有项目）没有登记类别" in missing["一般公共预算本级基本支出决算表"]
    assert "一般公共预算收入决算表" not in missing
    path = final.write_final_accounts(
        tmp_path / "决算.xlsx", found, final.not_written(city, [CITY], YEAR, found)
    )
    page = load_workbook(path)["未编各表"]
    assert {(row[0].value, row[1].value) for row in page.iter_rows(min_row=2)} == set(missing.items())


def test_the_reason_is_the_one_that_is_true_of_the_governments_and_the_year(city: Conn) -> None:
    """Of own outlay: one government's book says where it stands, a whole area's that there was none."""
    _a_full_year(city)
    own, area = (_reasons(city, of, final.tables(city, of, YEAR)) for of in ([CITY], [CITY, BANNER, OTHER]))
    banner = _reasons(city, [BANNER], final.tables(city, [BANNER], YEAR))
    title = "一般公共预算本级支出决算表"
    assert own[title] == "本书是鄂尔多斯市本级一级政府的决算，本级支出就是表二" and title not in area
    assert banner[title] == "达拉特旗本级2022年的预算和账上都没有一般公共预算支出"
    by_county = "一般公共预算税收返还和转移支付决算表（分项目/分地区）"
    assert by_county not in own and banner[by_county] == "达拉特旗本级2022年没有一般公共预算对下转移支付"
    assert banner["一般公共预算本级基本支出决算表"] == "2022年没有一般公共预算支出"
    assert banner["国有资本经营转移性收支决算表"] == "达拉特旗本级2022年没有国有资本经营预算的收支"
    assert own["国有资本经营转移性收支决算表"].startswith("转移性收支列在表十四")
    assert own["专项转移支付分地区分项目表"] == "鄂尔多斯市本级2022年没有专项转移支付"
    bonds = "新增债券使用情况表"
    assert "有债务收入" in own[bonds] and banner[bonds] == "达拉特旗本级2022年没有债务收入"
    assert own["社会保险基金收入决算表"].endswith("没有在这里记账，由经办机构编列")


@pytest.mark.parametrize(("fund", "code", "title", "where"), [
    ("121", "2300402", "政府性基金转移支付决算表", "表十"),
    ("13", "2300502", "国有资本经营转移支付决算表", "表十四"),
])  # fmt: skip
def test_what_was_given_of_other_budgets_is_said_to_stand_in_their_balance(
    city: Conn, fund: str, code: str, title: str, where: str
) -> None:
    _a_full_year(city)
    before = _reasons(city, [CITY], final.tables(city, [CITY], YEAR))[title]
    post(city, [booked("transfer_out_paid", 5, fund=fund, tp_func_code=code, rec_div_code=BANNER)])
    after = _reasons(city, [CITY], final.tables(city, [CITY], YEAR))[title]
    assert "没有" in before and after.startswith(f"对下转移支付合计列在{where}的支出；")


def _a_year_of_projects(city: Conn, *more: str) -> None:
    """People (1), offices (21) and a road (3), spent on as `more` projects besides."""
    kinds = {"1506人员": "1", "1506公用": "21", "1506道路": "3"}
    city.execute(
        "insert into registry_project (fiscal_year, mof_div_code, pro_code, name, agency_code, pro_kind_code,"
        " is_enabled, recorded_by, recorded_on, theme_codes, tags, disable_reason)"
        " select %s, %s, code, code, '', kind, true, 'registrar', '2022-01-01', '{}', '{}', ''"
        " from unnest(%s::text[], %s::text[]) as p (code, kind)",
        [YEAR, CITY, list(kinds), list(kinds.values())],
    )
    spent = {"1506人员": ("50101", 70), "1506公用": ("50201", 20), "1506道路": ("50302", 500)}
    post(city, [
        booked("expenditure_paid", fen, exp_func_code="2010301", pro_code=code, gov_bgt_eco_code=eco)
        for code, (eco, fen) in {**spent, **dict.fromkeys(more, ("50201", 5))}.items()
    ])  # fmt: skip


def test_basic_outlay_stands_by_economic_class(city: Conn, tmp_path: Path) -> None:
    _a_year_of_projects(city)
    found = final.tables(city, [CITY], YEAR)
    (basic,) = [table for table in found if table.number == "表五"]
    assert {row.name.strip("　"): row.cells[2].fen for row in basic.rows} == {
        "机关工资福利支出": 70, "工资奖金津补贴": 70, "机关商品和服务支出": 20, "办公经费": 20,
        "支出合计": 90,
    }  # fmt: skip
    for row in basic.rows:
        assert row.cells[2].fen == sum(read(city, reading) for reading in row.cells[2].readings)
    path = final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True)
    assert differences(path, found, is_exact=True) == []


def test_basic_outlay_is_not_told_where_a_project_has_no_class(city: Conn) -> None:
    _a_year_of_projects(city, "1506不明")
    found = final.tables(city, [CITY], YEAR)
    assert "表五" not in {table.number for table in found}
    reason = _reasons(city, [CITY], found)["一般公共预算本级基本支出决算表"]
    assert reason.startswith("有支出的项目 1506不明没有登记类别")


def test_pages_print_on_one_width_with_their_heads_and_room_for_every_label(
    city: Conn, tmp_path: Path
) -> None:
    _a_full_year(city)
    found = final.tables(city, [CITY], YEAR)
    missing = final.not_written(city, [CITY], YEAR, found)
    book = load_workbook(final.write_final_accounts(tmp_path / "决算.xlsx", found, missing))
    for page in book.worksheets:
        assert page.page_setup.orientation == "landscape" and page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (1, 0)
        assert page.print_title_rows == ("$1:$1" if page.title == "未编各表" else "$1:$3")
        for row in page.iter_rows(min_row=1 if page.title == "未编各表" else 3, max_col=2):
            for cell in row:
                room = page.column_dimensions[cell.column_letter].width
                is_label = isinstance(cell.value, str) and not cell.value.startswith(("注：", "年终结余"))
                wide = sum(1 if sign.isascii() else 2 for sign in str(cell.value))
                assert not is_label or cell.alignment.wrap_text or wide <= room
