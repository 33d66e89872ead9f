"""Revenue at the desk: every document recorded by one officer, confirmed by another, and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from openpyxl import Workbook

from fisc.documents import Officer, define_officers
from fisc.documents.listing import counts
from fisc.kernel import close_periods, open_year
from fisc.revenue import services as revenue
from fisc.revenue.kinds import DAILY_REPORT, REFUND
from tests.conftest import _copy_of, _ready
from tests.papers import with_cash
from tests.use_cases.desk import Desk

CITY, BANNER = "150600000", "150602000"
ON = ["--on", "2022-07-02"]
PAPER = ["--source-name", "体制文件", "--source-number", "财预〔2022〕1号"]


@pytest.fixture
def desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    with _copy_of(server_dsn, _ready(server_dsn)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            for region in (CITY, BANNER):
                open_year(conn, region, 2022)
                with_cash(conn, region)
            define_officers(conn, [
                Officer("r", "收入", CITY, frozenset({"revenue_make"})),
                Officer("r2", "旗收入", BANNER, frozenset({"revenue_make"})),
                Officer("t", "国库", "", frozenset({"treasury_review", "registry_review"})),
            ])  # fmt: skip
            yield Desk(conn, monkeypatch, capsys)


def test_a_daily_report_comes_from_a_workbook_and_counts_once_confirmed(desk: Desk, tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["财政区划", "入库日期", "收入科目", "资金性质", "金额"])
    for code, yuan in (("1010433", 1200.5), ("1011001", 300)):
        book.active.append(["150600", date(2022, 7, 1), code, "111", yuan])
    book.save(file := tmp_path / "day.xlsx")
    made = ["revenue", "make-daily-reports", "--file", file, *ON]
    key = f"{CITY}-20220701"
    assert desk.told("r", *made, "--dry-run") == [{"number": key, "is_new": True}]
    assert counts(desk.conn, DAILY_REPORT) == {}
    assert [desk.told("r", *made) for _ in range(2)] == [
        [{"number": key, "is_new": True}], [{"number": key, "is_new": False}],
    ]  # fmt: skip
    desk.refused("r", "revenue", "confirm-daily-reports", key, *ON)
    assert [desk.new("t", "revenue", "confirm-daily-reports", key, *ON) for _ in range(2)] == [
        [True],
        [False],
    ]
    assert revenue.progress(desk.conn, CITY, 2022, 7).total.actual_fen == 150050
    said = desk.shown("", "revenue", "daily", "--region", "150600000", "--on", "2022-07-01", "--unit", "元")
    assert "1,200.50" in said
    [listed] = desk.told("", "revenue", "list-daily-reports", "--region", CITY, "--year", "2022")
    assert (listed["state"], listed["total_fen"]) == ("posted", 150050)
    [whole] = desk.told("", "revenue", "show-daily-reports", key)
    assert [step["officer"] for step in whole["trail"]] == ["r", "t"]


def test_a_division_that_there_is_not_is_a_fault_of_its_cell(desk: Desk, tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.title = "日报"
    book.active.append(["财政区划", "入库日期", "收入科目", "资金性质", "金额"])
    for place in ("150600", "159999", "鄂尔多斯市", "鄂尔多市"):
        book.active.append([place, date(2022, 7, 1), "1010433", "111", 1])
    book.save(file := tmp_path / "day.xlsx")
    said = desk.refused("r", "revenue", "make-daily-reports", "--file", file, *ON)
    assert "有 2 行不能导入" in said
    assert "没有区划 159999" in said and "日报!A3" in said
    assert "相近的有 150600 鄂尔多斯市" in said and "日报!A5" in said
    assert counts(desk.conn, DAILY_REPORT) == {}


def test_one_of_two_sheets_is_named(desk: Desk, tmp_path: Path) -> None:
    book = Workbook()
    for name, yuan in (("一", 1), ("二", 2)):
        sheet = book.create_sheet(name)
        sheet.append(["财政区划", "入库日期", "收入科目", "资金性质", "金额"])
        sheet.append(["150600", date(2022, 7, 1), "1010433", "111", yuan])
    book.save(file := tmp_path / "day.xlsx")
    made = ["revenue", "make-daily-reports", *ON]
    assert "--sheet" in desk.refused("r", *made, "--file", file)
    assert "--file" in desk.misused("r", *made, "--sheet", "二")
    assert desk.new("r", *made, "--file", file, "--sheet", "二") == [True]
    [listed] = desk.told("", "revenue", "list-daily-reports", "--region", CITY, "--year", "2022")
    assert listed["total_fen"] == 200


def test_an_officer_records_for_their_own_region(desk: Desk) -> None:
    line = ["revenue", "make-daily-reports", "--received-on", "2022-07-01", "--rev-func-code", "1010433",
            "--fund-type-code", "111", "--amount", "10", *ON]  # fmt: skip
    assert "岗位" in desk.refused("r2", *line, "--region", CITY)
    assert desk.new("r2", *line) == [True]
    assert counts(desk.conn, DAILY_REPORT, "mof_div_code") == {BANNER: 1}


def report(fen_yuan: str) -> list[str]:
    return ["revenue", "make-daily-reports", "--received-on", "2022-07-01", "--rev-func-code", "1010433",
            "--fund-type-code", "111", "--amount", fen_yuan, *ON]  # fmt: skip


DAY_KEY = f"{CITY}-20220701"


def test_what_was_recorded_wrongly_is_given_up_and_its_number_entered_anew(desk: Desk) -> None:
    assert desk.new("r", *report("10")) == [True]
    assert "已经编制" in desk.refused("r", *report("12"))
    assert "岗位" in desk.refused("t", "revenue", "discard-daily-reports", DAY_KEY, *ON)
    assert desk.new("r", "revenue", "discard-daily-reports", DAY_KEY, *ON) == [True]
    for is_new in (True, False):
        assert desk.new("r", *report("12")) == [is_new]
    assert desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *ON) == [True]
    assert revenue.progress(desk.conn, CITY, 2022, 7).total.actual_fen == 1200
    assert "作废" in desk.refused("r", "revenue", "discard-daily-reports", DAY_KEY, *ON)
    listed = desk.told("", "revenue", "list-daily-reports", "--region", CITY, "--year", "2022")
    assert [(one["doc_key"], one["total_fen"], one["state"]) for one in listed] == [
        (DAY_KEY, 1000, "discarded"), (f"{DAY_KEY}~2", 1200, "posted"),
    ]  # fmt: skip


def reversal(number: str = "冲1", reason: str = "金额登错", on: str = "2022-08-02") -> list[str]:
    of = ["--of-kind", "国库收入日报", "--of-no", DAY_KEY]
    return ["revenue", "make-reversals", "--reversal-no", number, *of, "--reason", reason, "--on", on]


def test_what_was_posted_after_its_year_is_reversed_in_it_until_december_is_closed(desk: Desk) -> None:
    desk.new("r", *report("10"))
    late = ["--on", "2023-01-09"]
    desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *late)
    assert desk.new("r", *reversal(on="2023-01-09")) == [True]
    assert desk.new("t", "revenue", "confirm-reversals", "冲1", *late) == [True]
    assert [revenue.progress(desk.conn, CITY, 2022, month).total.actual_fen for month in (7, 12)] == [1000, 0]
    assert "早于原单据冲销的日期" in desk.refused("r", *report("12"))
    assert desk.new("r", *report("12")[:-2], *late) == [True]
    desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *late)
    close_periods(desk.conn, [CITY], [202212])
    assert "2022 年度" in desk.refused("r", *reversal("冲2", on="2023-01-09"))


def test_what_was_posted_is_reversed_by_two_officers_and_entered_anew(desk: Desk) -> None:
    desk.new("r", *report("10"))
    assert "不用冲销" in desk.refused("r", *reversal())
    desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *ON)
    assert "岗位" in desk.refused("t", *reversal())
    assert "2022 年度" in desk.refused("r", *reversal(on="2024-01-05"))
    assert desk.new("r", *reversal()) == [True]
    assert "已有收入冲销单 冲1" in desk.refused("r", *reversal("冲2"))
    confirm = ["revenue", "confirm-reversals", "冲1", "--on", "2022-08-02"]
    assert "岗位" in desk.refused("r", *confirm)
    assert [desk.new("t", *confirm) for _ in range(2)] == [[True], [False]]
    assert revenue.progress(desk.conn, CITY, 2022, 8).total.actual_fen == 0
    [paper] = desk.told("", "revenue", "show-reversals", "冲1")
    assert [step["officer"] for step in paper["trail"]] == ["r", "t"]
    assert len(paper["entries"]) == 1
    [whole] = desk.told("", "revenue", "show-daily-reports", DAY_KEY)
    assert (whole["document"]["state"], whole["trail"][-1]["note"]) == ("reversed", "冲1 金额登错")
    august = ["--on", "2022-08-02"]
    assert desk.new("r", *report("12")[:-2], *august) == [True]
    assert desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *august) == [True]
    assert revenue.progress(desk.conn, CITY, 2022, 8).total.actual_fen == 1200
    assert desk.new("r", *reversal("冲2")) == [True]  # of what stands now


def test_two_reversals_of_one_paper_in_one_set_are_refused_by_both(desk: Desk, tmp_path: Path) -> None:
    desk.new("r", *report("10"))
    desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *ON)
    items = [{"reversal_no": number, "of_kind": "daily_report", "of_no": DAY_KEY, "reason": "同一张重复登记"}
             for number in ("冲1", "冲2")]  # fmt: skip
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"items": items}), "utf8")
    said = desk.refused("r", "revenue", "make-reversals", "--file", file, *ON)
    assert f"国库收入日报 {DAY_KEY} 已有收入冲销单 冲1" in said and "同一事项" not in said


def test_what_is_reversed_after_its_month_was_closed_is_entered_anew_in_the_open_month(desk: Desk) -> None:
    august = ["--on", "2022-08-02"]
    desk.new("r", *report("10"))
    desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *ON)
    close_periods(desk.conn, [CITY], range(202201, 202208))
    desk.new("r", *reversal())
    desk.new("t", "revenue", "confirm-reversals", "冲1", *august)
    refused = desk.refused("r", *report("9"))  # entered, as said, on a day of the closed month
    assert f"早于原单据冲销的日期：{DAY_KEY}" in refused and "~" not in refused
    anew = [*report("9")[:-2], *august]
    assert [desk.new("r", *anew) for _ in range(2)] == [[True], [False]]
    assert "岗位" in desk.refused("r", "revenue", "confirm-daily-reports", DAY_KEY, *august)
    assert desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *august) == [True]
    assert [revenue.progress(desk.conn, CITY, 2022, month).total.actual_fen for month in (7, 8)] == [
        1000,
        900,
    ]
    [whole] = desk.told("", "revenue", "show-daily-reports", DAY_KEY)
    assert (whole["document"]["received_on"], whole["document"]["state"]) == ("2022-07-01", "posted")


@pytest.mark.parametrize(
    ("noun", "of_kind", "made"),
    [
        ("receipts", "receipt", ["--receipt-no", "F1", "--received-on", "2022-07-01", "--rev-func-code",
                                 "101010103", "--fund-type-code", "111", "--gross", "1000"]),
        ("refunds", "tax_refund", ["--refund-no", "F1", "--refunded-on", "2022-07-01", "--full", "60",
                                   "--rev-func-code", "101010136", "--kind", "credit", *PAPER]),
        ("relief", "relief", ["--relief-no", "F1", "--reported-on", "2022-07-01", "--amount", "90",
                              "--kind", "减免税", *PAPER]),
    ],
)  # fmt: skip
def test_what_is_entered_anew_is_posted_on_the_day_of_that(
    desk: Desk, noun: str, of_kind: str, made: list[str]
) -> None:
    august = ["--on", "2022-08-02"]
    make, confirm = ["revenue", f"make-{noun}", *made], ["revenue", f"confirm-{noun}", "F1"]
    assert (desk.new("r", *make, *ON), desk.new("t", *confirm, *ON)) == ([True], [True])
    close_periods(desk.conn, [CITY], range(202201, 202208))
    reverse = ["revenue", "make-reversals", "--reversal-no", "冲1", "--of-kind", of_kind, "--of-no", "F1"]
    desk.new("r", *reverse, "--reason", "票号登错", *august)
    desk.new("t", "revenue", "confirm-reversals", "冲1", *august)
    assert (desk.new("r", *make, *august), desk.new("t", *confirm, *august)) == ([True], [True])
    days = desk.conn.execute(
        "select business_date, period from ledger.entry where rule_code <> 'cash' order by id"
    ).fetchall()
    july, anew = [(date(2022, 7, 1), 202207)], [(date(2022, 8, 2), 202208)]
    assert days == july * (len(days) // 3) + anew * (len(days) // 3 * 2) and days


def test_a_month_is_not_closed_over_a_drafted_reversal(desk: Desk) -> None:
    desk.new("r", *report("10"))
    desk.new("t", "revenue", "confirm-daily-reports", DAY_KEY, *ON)
    desk.new("r", *reversal())
    define_officers(desk.conn, [Officer("k", "账簿", CITY, frozenset({"books_keep"}))])
    close_periods(desk.conn, [CITY], range(202201, 202208))
    close = ["books", "close-month", "--region", CITY, "--year", "2022", "--month", "8"]
    assert "收入冲销单 冲1" in desk.refused("k", *close)
    desk.new("t", "revenue", "confirm-reversals", "冲1", "--on", "2022-08-02")
    assert desk.told("k", *close)
    assert "已经关账" in desk.refused("r", *report("9")[:-2], "--on", "2022-08-03")


def test_shares_of_a_reversed_receipt_are_told_no_more(desk: Desk) -> None:
    made = ["revenue", "make-receipts", "--receipt-no", "F1", "--received-on", "2022-07-01",
            "--rev-func-code", "101010103", "--fund-type-code", "111", "--gross"]  # fmt: skip
    assert desk.new("r", *made, "1000", *ON) == [True]
    assert desk.new("t", "revenue", "confirm-receipts", "F1", *ON) == [True]
    reverse = ["revenue", "make-reversals", "--reversal-no", "冲1", "--of-kind", "receipt", "--of-no", "F1"]
    assert desk.new("r", *reverse, "--reason", "票号登错", *ON) == [True]
    assert desk.new("t", "revenue", "confirm-reversals", "冲1", *ON) == [True]
    assert revenue.divided(desk.conn, CITY, 2022, 7) == []
    assert desk.new("r", *made, "900", *ON) == [True]
    assert desk.new("t", "revenue", "confirm-receipts", "F1", *ON) == [True]
    assert sum(share.received_fen for share in revenue.divided(desk.conn, CITY, 2022, 7)) == 90_000


def test_receipts_and_refunds_are_divided_by_the_rule_that_two_officers_brought_in(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "sharing.csv"
    file.write_text(
        "适用区划,收入科目,起始日期,来源文件,文号,级次,占比（%）\n"
        "1506,1010433,2022-01-01,体制文件,1号,中央,60\n"
        "1506,1010433,2022-01-01,体制文件,1号,市级,10%\n"
        "1506,1010433,2022-01-01,体制文件,1号,county,30.00\n",
        "utf8",
    )
    rule = "1506-1010433-20220101"
    assert desk.told("r", "revenue", "make-sharing", "--file", file, *ON) == [
        {"number": rule, "is_new": True}
    ]
    receipt = ["revenue", "make-receipts", "--receipt-no", "F1", "--region", BANNER,
               "--received-on", "2022-07-01", "--rev-func-code", "1010433", "--fund-type-code", "111",
               "--gross", "1000", *ON]  # fmt: skip
    assert desk.new("r2", *receipt) == [True]
    assert desk.new("t", "revenue", "confirm-sharing", rule, *ON) == [True]
    assert desk.new("t", "revenue", "confirm-receipts", "F1", *ON) == [True]
    shares = revenue.level_shares(desk.conn, "receipt", ["F1"])["F1"]
    assert [(s.level, s.amount_fen) for s in shares] == [
        ("centre", 60_000), ("city", 10_000), ("county", 30_000),
    ]  # fmt: skip
    [whole] = desk.told("", "revenue", "show-receipts", "F1")
    assert [line["amount_fen"] for line in whole["lines"]] == [60_000, 10_000, 30_000]


def test_refunds_and_relief_need_a_paper(desk: Desk, tmp_path: Path) -> None:
    refund = {"refund_no": "T1", "mof_div_code": BANNER, "refunded_on": "2022-07-01", "full_fen": 6000,
              "rev_func_code": "101010136", "source_name": "收入退还书", "kind": "credit"}  # fmt: skip
    file = tmp_path / "refunds.json"
    file.write_text(json.dumps({"items": [refund, {**refund, "refund_no": "T2", "source_name": ""}]}), "utf8")
    assert "第 2 项" in desk.refused("r2", "revenue", "make-refunds", "--file", file, *ON)
    assert counts(desk.conn, REFUND) == {}
    making = ["revenue", "make-refunds", "--file", file, *ON]
    file.write_text(json.dumps({**refund, "rev_func_code": "101010103"}), "utf8")
    assert "种类应为“其他退库”（kind 写 other）" in desk.refused("r2", *making)
    file.write_text(json.dumps(refund), "utf8")
    assert desk.new("r2", "revenue", "make-refunds", "--file", file, *ON) == [True]
    assert desk.new("t", "revenue", "confirm-refunds", "T1", *ON) == [True]
    relief = ["revenue", "make-relief", "--relief-no", "J1", "--region", BANNER,
              "--reported-on", "2022-07-01", "--amount", "90", "--kind", "减免税", *PAPER, *ON]  # fmt: skip
    assert desk.new("r2", *relief) == [True]
    assert desk.new("t", "revenue", "confirm-relief", "J1", *ON) == [True]
    side = revenue.tax_side(desk.conn, BANNER, 2022, 7)
    assert (side.refunds, side.relief) == ({"credit": 6000}, {"tax": 9000})
    assert desk.told("", "revenue", "tax-side", "--region", BANNER, "--year", "2022", "--month", "7") == [
        {"what": "退税（全额）", "kind": "增值税留抵退税", "amount_fen": 6000},
        {"what": "减免税费", "kind": "减免税", "amount_fen": 9000},
    ]


def test_a_statistic_counts_when_it_is_confirmed(desk: Desk) -> None:
    made = ["revenue", "make-statistics", "--item", "gdp", "--region", CITY, "--year", "2021",
            "--value", "4715.7", "--unit", "亿元", "--published-on", "2022-01-20", *PAPER, *ON]  # fmt: skip
    [told] = desk.told("r", *made)
    assert revenue.statistics(desk.conn, "gdp", (2021,)) == {}
    assert desk.new("t", "revenue", "confirm-statistics", told["number"], *ON) == [True]
    assert [int(value) for value in revenue.statistics(desk.conn, "gdp", (2021,)).values()] == [47157 * 10**9]
    assert "moon" in desk.refused("r", *["moon" if word == "gdp" else word for word in made])


def test_a_bad_row_names_its_cell(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(
        "财政区划,入库日期,收入科目,资金性质,金额\n150600,2022-07-01,1010433,111,12\n150600,七月,1010433,111,x\n",
        "utf8",
    )
    said = desk.refused("r", "revenue", "make-daily-reports", "--file", file, *ON)
    assert "B3" in said and "E3" in said
    assert counts(desk.conn, DAILY_REPORT) == {}
