"""Transfers at the desk: money from above, its uses, issues, what is taken back, and cash between levels."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psycopg
import pytest

from fisc.documents.listing import counts
from fisc.kernel import open_year
from fisc.transfers import services as tr
from fisc.transfers.kinds import CASH, RECEIPT
from tests.transfers import world
from tests.transfers.world import BANNER, CITY, DOWN, ED, OTHER, UP, UPPER, YEAR
from tests.use_cases.desk import Desk
from tests.use_cases.papers import as_csv, as_json, as_xlsx

MAKER, REVIEWER, CASHIER, SIGNER = (f"{code}-{CITY}" for code in ("zm", "zr", "gm", "gs"))
ON = ["--on", "2022-03-01"]
PLACE = ["--region", "150600", "--year", "2022"]
FUND = ["--fund-type-code", "111"]


@pytest.fixture
def desk(transfers_desk: Desk) -> Desk:
    return transfers_desk


def key(doc_no: str) -> str:
    return tr.document_key(CITY, YEAR, doc_no)


def receipt(yuan: str, doc_no: str = UP) -> list[str]:
    return [
        "transfers", "make-receipts", *PLACE, *FUND, "--doc-no", doc_no, "--dated-on", "2022-02-20",
        "--title",
        "关于下达补助资金的通知", "--line-no", "1", "--rev-func-code", "1100245", "--amount", yuan, *ON,
    ]  # fmt: skip


def use(number: str, yuan: str, code: str = ED, kind: str = "对下转移支付") -> list[str]:
    return [
        "transfers", "make-arrangements", *PLACE, *FUND, "--arrange-no", number, "--sup-bgt-doc-no", UP,
        "--use",
        kind, "--func-code", code, "--amount", yuan, *ON,
    ]  # fmt: skip


def passed_on(desk: Desk, tmp_path: Path) -> None:
    """1,000 yuan from above, arranged and issued to two banners: 600 and 400."""
    desk.told(MAKER, *receipt("1,000"))
    assert desk.new(REVIEWER, "transfers", "receive", key(UP), *ON) == [True]
    desk.told(MAKER, *use("安-1", "1,000"))
    assert desk.new(REVIEWER, "transfers", "arrange", "安-1", *ON) == [True]
    row: dict[str, object] = {
        "文号": DOWN, "财政区划": "150600", "预算年度": 2022, "资金性质": "111", "成文日期": "2022-03-01",
        "标题": "关于下达旗区补助资金的通知", "上级文号": UP, "转移支付支出功能分类": ED,
    }  # fmt: skip
    rows = [
        {**row, "行号": number, "接收方区划": region[:6], "金额": yuan}
        for number, (region, yuan) in enumerate(((BANNER, 600), (OTHER, 400)), start=1)
    ]
    file = as_xlsx(tmp_path / "issue.xlsx", rows)
    assert desk.told(MAKER, "transfers", "make-issues", "--file", file, *ON) == [
        {"number": key(DOWN), "is_new": True}
    ]
    assert [desk.new(REVIEWER, "transfers", "issue", key(DOWN), *ON) for _ in range(2)] == [[True], [False]]


def test_money_from_above_is_received_by_two(desk: Desk) -> None:
    assert "岗位" in desk.refused(REVIEWER, *receipt("1,000"))
    assert desk.told(MAKER, *receipt("1,000"), "--dry-run") == [{"number": key(UP), "is_new": True}]
    assert counts(desk.conn, RECEIPT) == {}
    assert [desk.new(MAKER, *receipt("1,000")) for _ in range(2)] == [[True], [False]]
    assert "内容不同" in desk.refused(MAKER, *receipt("1,001"))
    before = world.entry_count(desk.conn)
    assert "岗位" in desk.refused(MAKER, "transfers", "receive", key(UP), *ON)
    assert world.entry_count(desk.conn) == before
    receiving = ["transfers", "receive", key(UP), *ON]
    assert [desk.new(REVIEWER, *receiving) for _ in range(2)] == [[True], [False]]
    assert world.pool(desk.conn) == 100_000
    [waiting] = desk.told("", "transfers", "list-waiting", *PLACE)
    assert (waiting["sup_bgt_doc_no"], waiting["amount_fen"]) == (UP, 100_000)
    assert "1,000.00" in desk.shown("", "transfers", "list-received", *PLACE)


def test_receipts_come_by_file_and_a_bad_one_stops_all(desk: Desk, tmp_path: Path) -> None:
    file = as_json(tmp_path / "up.json", [world.source(900 + n, f"内财预〔2022〕{n}号") for n in (1, 2, 3)])
    assert desk.new(MAKER, "transfers", "make-receipts", "--file", file, *ON) == [True] * 3
    debt = as_json(
        tmp_path / "debt.json", [world.source(900, "内财债〔2022〕1号", "110110101"), world.source(1, UP)]
    )
    assert "没有人大批准文号" in desk.refused(MAKER, "transfers", "make-receipts", "--file", debt, *ON)
    assert counts(desk.conn, RECEIPT) == {"draft": 3}
    given_up = ["transfers", "discard-receipts", key("内财预〔2022〕1号"), *ON]
    assert desk.new(MAKER, *given_up) == [True]
    assert "作废" in desk.refused(REVIEWER, "transfers", "receive", key("内财预〔2022〕1号"), *ON)


def test_no_more_is_arranged_than_was_received(desk: Desk) -> None:
    assert "没有收到这些上级文件" in desk.refused(MAKER, *use("安-1", "1"))
    desk.told(MAKER, *receipt("1,000"))
    desk.told(REVIEWER, "transfers", "receive", key(UP), *ON)
    assert "对下转移支付" in desk.refused(MAKER, *use("安-1", "1", kind="别的"))
    for number in ("安-1", "安-2"):  # each alone is covered
        desk.told(MAKER, *use(number, "700"))
    assert desk.new(REVIEWER, "transfers", "arrange", "安-1", *ON) == [True]
    desk.refused(REVIEWER, "transfers", "arrange", "安-2", *ON)
    assert world.pool(desk.conn) == 30_000
    assert desk.new(MAKER, "transfers", "discard-arrangements", "安-2", *ON) == [True]


def test_money_that_was_handed_on_is_arranged_by_the_paper_on_which_it_came_down(
    desk: Desk, tmp_path: Path
) -> None:
    passed_on(desk, tmp_path)
    arranged = use("安-9", "1")
    arranged[arranged.index("150600")] = BANNER[:6]
    said = desk.refused(f"zm-{BANNER}", *arranged)
    assert f"{UP} 的资金由上级以 {DOWN} 转下达，请写 {DOWN}" in said and "list-waiting" in said
    arranged[arranged.index(UP)] = DOWN
    assert desk.new(f"zm-{BANNER}", *arranged) == [True]


def test_a_field_of_a_line_that_there_is_not_is_told_where_it_stands_and_what_is_like_it(
    desk: Desk, tmp_path: Path
) -> None:
    lines = [{"rev_func_kode": "1"}]
    given = {"doc_no": "衢财农1", "mof_div_code": CITY, "fiscal_year": YEAR, "lines": lines}
    file = tmp_path / "a.json"
    file.write_text(json.dumps(given), "utf8")
    said = desk.refused(MAKER, "transfers", "make-receipts", "--file", file, *ON)
    assert "lines 第 1 行 rev_func_kode：没有这一栏；相近的有 rev_func_code（" in said


def test_what_is_issued_is_paid_taken_back_and_recovered(desk: Desk, tmp_path: Path) -> None:
    passed_on(desk, tmp_path)
    first, second = world.line(number=1), world.line(number=2)
    told = desk.told("", "transfers", "list-issued", *PLACE)
    assert [(row["line_key"], row["net_fen"]) for row in told] == [(first, 60_000), (second, 40_000)]
    rows = [
        {"cash_no": f"拨-{n}", "line_key": k, "金额（元）": yuan}
        for n, k, yuan in ((1, first, 500), (2, second, 400))
    ]
    file = as_csv(tmp_path / "pay.csv", rows)
    assert desk.new(CASHIER, "transfers", "make-payments", "--file", file, *ON) == [True, True]
    assert "岗位" in desk.refused(CASHIER, "transfers", "sign-cash", "拨-1", "拨-2", *ON)
    signing = ["transfers", "sign-cash", "拨-1", "拨-2", *ON]
    assert [desk.new(SIGNER, *signing) for _ in range(2)] == [[True, True], [False, False]]
    over = ["transfers", "make-payments", "--cash-no", "拨-3", "--line-key", first, "--amount", "100.01", *ON]
    desk.told(CASHIER, *over)
    assert "超过文件下达的金额" in desk.refused(SIGNER, "transfers", "sign-cash", "拨-3", *ON)
    assert desk.new(CASHIER, "transfers", "discard-cash", "拨-3", *ON) == [True]
    back = ["transfers", "make-take-backs", "--take-back-no", "收-1", "--line-key", first, "--amount"]
    desk.told(MAKER, *back, "100", *ON)
    assert desk.new(REVIEWER, "transfers", "take-back", "收-1", *ON) == [True]
    recovering = [
        "transfers",
        "make-recoveries",
        "--cash-no",
        "缴-1",
        "--line-key",
        second,
        "--amount",
        "150",
        *ON,
    ]
    desk.told(CASHIER, *recovering)
    assert desk.new(SIGNER, "transfers", "sign-cash", "缴-1", *ON) == [True]
    rows_now = [
        (row["net_fen"], row["cash_fen"]) for row in desk.told("", "transfers", "list-issued", *PLACE)
    ]
    assert rows_now == [(g.net_fen, g.cash_fen) for g in tr.issued_by(desk.conn, CITY, YEAR)]
    assert rows_now == [(50_000, 50_000), (40_000, 25_000)]
    assert "已下达未拨付" in desk.shown("", "transfers", "list-between", *PLACE)


def test_who_was_paid_sees_the_cash_and_registers_no_second_arrival_of_it(desk: Desk, tmp_path: Path) -> None:
    passed_on(desk, tmp_path)
    banner = f"{world.CASHIER}-{BANNER}"
    arrival = [
        "transfers",
        "make-arrivals",
        "--cash-no",
        "到-1",
        "--line-key",
        world.line(),
        "--amount",
        "500",
    ]
    assert "须由鄂尔多斯市办理拨付补助单" in desk.refused(banner, *arrival, *ON)
    pay = ["transfers", "make-payments", "--cash-no", "拨-1", "--line-key", world.line(), "--amount", "500"]
    desk.told(CASHIER, *pay, *ON)
    desk.told(SIGNER, "transfers", "sign-cash", "拨-1", *ON)
    for region, seen in ((CITY, ["拨-1"]), (BANNER, ["拨-1"]), (OTHER, [])):
        listed = desk.told("", "transfers", "list-cash", "--region", region, "--year", YEAR)
        assert [one["cash_no"] for one in listed] == seen
    said = desk.refused(banner, *arrival, *ON)
    assert "已由拨付补助单 拨-1 入账" in said and "岗位" not in said
    assert "岗位" in desk.refused(f"{world.SIGNER}-{BANNER}", *arrival, *ON)
    assert counts(desk.conn, CASH) == {"booked": 1}


def test_two_take_backs_are_drafted_and_one_fits(desk: Desk, tmp_path: Path) -> None:
    passed_on(desk, tmp_path)
    for number in ("收-1", "收-2"):
        desk.told(MAKER, "transfers", "make-take-backs", "--take-back-no", number, "--line-key", world.line(),
                  "--amount", "400", *ON)  # fmt: skip
    assert desk.new(REVIEWER, "transfers", "take-back", "收-1", *ON) == [True]
    assert "超过下达额" in desk.refused(REVIEWER, "transfers", "take-back", "收-2", *ON)
    assert desk.new(MAKER, "transfers", "discard-take-backs", "收-2", *ON) == [True]


def test_lent_cash_is_charged_and_given_back(desk: Desk, tmp_path: Path) -> None:
    lent = ["transfers", "make-advances", "--cash-no", "调-1", "--upper-div-code", "150600",
            "--lower-div-code",
            BANNER[:6], "--year", "2022", *FUND, "--amount", "500", *ON]  # fmt: skip
    assert desk.told(CASHIER, *lent) == [{"number": "调-1", "is_new": True}]
    assert desk.new(SIGNER, "transfers", "sign-cash", "调-1", *ON) == [True]
    passed_on(desk, tmp_path)
    charged = ["transfers", "make-charges", "--cash-no", "列-1", "--ref-no", "调-1", "--line-key",
               world.line(),
               "--amount", "300", *ON]  # fmt: skip
    returned = [
        "transfers",
        "make-advance-returns",
        "--cash-no",
        "还-1",
        "--ref-no",
        "调-1",
        "--amount",
        "300",
        *ON,
    ]
    desk.told(CASHIER, *charged)
    desk.told(CASHIER, *returned)
    assert desk.new(SIGNER, "transfers", "sign-cash", "列-1", *ON) == [True]
    assert "尚余 200.00 元" in desk.refused(SIGNER, "transfers", "sign-cash", "还-1", *ON)
    assert counts(desk.conn, CASH) == {"booked": 2, "draft": 1}
    [entry] = desk.told("", "transfers", "show-cash", "列-1")
    assert len(entry["entries"]) == 2  # the city's book and the banner's


def test_cash_signed_in_another_year_is_refused_then_too(desk: Desk, tmp_path: Path) -> None:
    passed_on(desk, tmp_path)
    desk.told(CASHIER, "transfers", "make-payments", "--cash-no", "拨-1", "--line-key", world.line(),
              "--amount",
              "1", *ON)  # fmt: skip
    january = ["--on", "2023-01-09"]
    assert "不能记入上年" in desk.refused(SIGNER, "transfers", "sign-cash", "拨-1", *january)
    desk.told(CASHIER, "transfers", "make-accruals", "--cash-no", "挂-1", "--line-key", world.line(),
              "--amount",
              "600", "--on", "2022-12-31")  # fmt: skip
    assert desk.new(SIGNER, "transfers", "sign-cash", "挂-1", "--on", "2022-12-31") == [True]
    desk.told(CASHIER, "transfers", "make-accrual-payments", "--cash-no", "补-1", "--ref-no", "挂-1",
              "--amount",
              "600", *january)  # fmt: skip
    assert desk.new(SIGNER, "transfers", "sign-cash", "补-1", *january) == [True]


def test_a_banner_uploads_and_the_city_has_it(desk: Desk) -> None:
    cashier, signer = f"gm-{BANNER}", f"gs-{BANNER}"
    up = ["transfers", "make-uploads", "--cash-no", "解-1", "--lower-div-code", BANNER[:6],
          "--upper-div-code",
          "150600", "--year", "2022", *FUND, "--tp-func-code", "2300602", "--amount", "70", *ON]  # fmt: skip
    assert desk.new(cashier, *up) == [True]
    assert desk.new(signer, "transfers", "sign-cash", "解-1", *ON) == [True]
    due = [*up[:1], "make-upload-accruals", *up[2:]]
    due[due.index("解-1")] = "应-1"
    desk.told(cashier, *due)
    desk.told(signer, "transfers", "sign-cash", "应-1", *ON)
    paid = [
        "transfers",
        "make-upload-settlements",
        "--cash-no",
        "缴-1",
        "--ref-no",
        "应-1",
        "--amount",
        "70",
        *ON,
    ]
    desk.told(cashier, *paid)
    assert desk.new(signer, "transfers", "sign-cash", "缴-1", *ON) == [True]
    assert counts(desk.conn, CASH, "kind") == {"upload_accrued": 1, "upload_settled": 1, "uploaded": 1}


def test_a_paper_entered_wrongly_is_entered_again_under_its_own_number(desk: Desk) -> None:
    desk.told(MAKER, *receipt("10,000"))
    assert desk.new(MAKER, "transfers", "discard-receipts", UP, *ON) == [True]
    assert [desk.new(MAKER, *receipt("1,000")) for _ in range(2)] == [[True], [False]]
    assert [desk.new(REVIEWER, "transfers", "receive", UP, *ON) for _ in range(2)] == [[True], [False]]
    assert world.pool(desk.conn) == 100_000
    [line] = desk.told("", "transfers", "list-received", *PLACE)
    assert (line["line_key"], line["cor_bgt_doc_no"], line["net_fen"]) == (f"{key(UP)}#1", UP, 100_000)
    listed = desk.told("", "transfers", "list-receipts", "--region", CITY, "--year", str(YEAR))
    assert [(one["bgt_doc_no"], one["state"]) for one in listed] == [(UP, "discarded"), (UP, "entered")]
    [shown] = desk.told("", "transfers", "show-receipts", UP)
    assert (shown["document"]["bgt_doc_no"], shown["document"]["state"]) == (UP, "entered")
    [first] = desk.told("", "transfers", "show-receipts", f"{key(UP)}~1")
    assert first["document"]["state"] == "discarded"
    # what acts on the line acts on the one in force
    taken = ["transfers", "make-take-backs", "--take-back-no", "收-1", "--line-key", line["line_key"]]
    desk.told(MAKER, *taken, "--amount", "100", *ON)
    assert desk.new(REVIEWER, "transfers", "take-back", "收-1", *ON) == [True]
    [line] = desk.told("", "transfers", "list-received", *PLACE)
    assert (line["taken_back_fen"], world.pool(desk.conn)) == (10_000, 90_000)


def _issue(yuan: str, region: str = BANNER) -> list[str]:
    return [
        "transfers", "make-issues", *PLACE, *FUND, "--doc-no", DOWN, "--dated-on", "2022-03-01", "--title",
        "关于下达旗区补助资金的通知", "--sup-bgt-doc-no", UP, "--line-no", "1", "--rec-div-code", region[:6],
        "--tp-func-code", ED, "--amount", yuan, *ON,
    ]  # fmt: skip


def test_an_issue_and_its_cash_are_entered_again_under_their_own_numbers(desk: Desk) -> None:
    desk.told(MAKER, *receipt("1,000"))
    desk.told(REVIEWER, "transfers", "receive", UP, *ON)
    desk.told(MAKER, *use("安-1", "1,000"))
    desk.told(REVIEWER, "transfers", "arrange", "安-1", *ON)
    desk.told(MAKER, *receipt("5", DOWN))  # taken for a paper from above
    assert "文号已用于上级转移支付文件" in desk.refused(MAKER, *_issue("600"))
    desk.told(MAKER, "transfers", "discard-receipts", DOWN, *ON)
    desk.told(MAKER, *_issue("700", OTHER))
    desk.told(MAKER, "transfers", "discard-issues", DOWN, *ON)
    assert desk.new(MAKER, *_issue("600")) == [True]
    assert desk.new(REVIEWER, "transfers", "issue", DOWN, *ON) == [True]
    [line] = desk.told("", "transfers", "list-issued", *PLACE)
    assert (line["line_key"], line["rec_div_code"], line["net_fen"]) == (world.line(), BANNER, 60_000)
    pay = ["transfers", "make-payments", "--cash-no", "拨-1", "--line-key", world.line(), *ON, "--amount"]
    desk.told(CASHIER, *pay, "60")
    desk.told(CASHIER, "transfers", "discard-cash", "拨-1", *ON)
    assert [desk.new(CASHIER, *pay, "500") for _ in range(2)] == [[True], [False]]
    assert [desk.new(SIGNER, "transfers", "sign-cash", "拨-1", *ON) for _ in range(2)] == [[True], [False]]
    [line] = desk.told("", "transfers", "list-issued", *PLACE)
    assert line["cash_fen"] == 50_000
    [shown] = desk.told("", "transfers", "show-cash", "拨-1")
    assert shown["document"]["amount_fen"] == 50_000


def test_lent_cash_entered_again_is_settled_by_its_own_number(desk: Desk) -> None:
    lent = ["transfers", "make-advances", "--cash-no", "调-1", "--upper-div-code", "150600",
            "--lower-div-code", BANNER[:6], "--year", "2022", *FUND, *ON, "--amount"]  # fmt: skip
    desk.told(CASHIER, *lent, "5")
    desk.told(CASHIER, "transfers", "discard-cash", "调-1", *ON)
    desk.told(CASHIER, *lent, "500")
    desk.told(SIGNER, "transfers", "sign-cash", "调-1", *ON)
    back = ["transfers", "make-advance-returns", "--cash-no", "还-1", "--ref-no", "调-1", "--amount", "500"]
    desk.told(CASHIER, *back, *ON)
    assert desk.new(SIGNER, "transfers", "sign-cash", "还-1", *ON) == [True]
    assert desk.told("", "transfers", "list-between", *PLACE) == []


def _below(doc_no: str = DOWN) -> list[str]:
    """The banner registers a paper of the city's that was issued to it."""
    registered = receipt("600", doc_no)
    registered[registered.index("150600")] = BANNER[:6]
    return registered


def test_what_the_city_issued_is_not_registered_again_below(desk: Desk, tmp_path: Path) -> None:
    passed_on(desk, tmp_path)
    maker = f"zm-{BANNER}"
    for number in (DOWN, DOWN.replace("〔", "[").replace("〕", "]")):
        said = desk.refused(maker, *_below(number))
        assert "已由下达单记入接收方" in said and f"fisc transfers list-received --region {BANNER}" in said
    below = ["--region", BANNER, "--year", YEAR]
    [line] = desk.told("", "transfers", "list-received", *below)
    assert (line["cor_bgt_doc_no"], line["net_fen"]) == (DOWN, 60_000)
    another = (
        "鄂财预〔2022〕8号"  # the city keeps books here: it comes by the city's issue, or not from the city
    )
    said = desk.refused(maker, *_below(another))
    assert f"没有下达这份文件：{another}" in said and "make-issues" in said
    assert desk.new(maker, *_below(another), "--from-div-code", UPPER) == [True]


def test_what_was_drafted_below_before_the_city_issued_it_is_not_received(
    desk_below: Desk, tmp_path: Path
) -> None:
    desk = desk_below
    desk.told(f"zm-{BANNER}", *_below())
    open_year(desk.conn, CITY, YEAR)
    receiving = ["transfers", "receive", DOWN, *ON]
    assert "没有下达这份文件" in desk.refused(f"zr-{BANNER}", *receiving)
    passed_on(desk, tmp_path)
    assert "不能再登记" in desk.refused(f"zr-{BANNER}", *receiving)
    [waiting] = desk.told("", "transfers", "list-waiting", "--region", BANNER, "--year", YEAR)
    assert waiting["amount_fen"] == 60_000


def _registered_below(desk: Desk) -> None:
    """The banner received the city's paper; now the city keeps its books here and may issue."""
    desk.told(f"zm-{BANNER}", *_below())
    assert desk.new(f"zr-{BANNER}", "transfers", "receive", DOWN, *ON) == [True]
    open_year(desk.conn, CITY, YEAR)
    desk.told(MAKER, *receipt("1,000"))
    desk.told(REVIEWER, "transfers", "receive", UP, *ON)
    desk.told(MAKER, *use("安-1", "1,000"))
    desk.told(REVIEWER, "transfers", "arrange", "安-1", *ON)


def test_what_was_registered_below_is_not_issued_until_it_is_taken_back(desk_below: Desk) -> None:
    desk = desk_below
    _registered_below(desk)
    assert "接收方已自行登记" in desk.refused(MAKER, *_issue("600"))
    [line] = desk.told("", "transfers", "list-received", "--region", BANNER, "--year", YEAR)
    taken = ["transfers", "make-take-backs", "--take-back-no", "收-1", "--line-key", line["line_key"]]
    desk.told(f"zm-{BANNER}", *taken, "--amount", "600", *ON)
    assert desk.new(f"zr-{BANNER}", "transfers", "take-back", "收-1", *ON) == [True]
    assert desk.new(MAKER, *_issue("600")) == [True]
    assert desk.new(REVIEWER, "transfers", "issue", DOWN, *ON) == [True]


def test_the_database_holds_that_money_stands_once(desk_below: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_below
    _registered_below(desk)
    grants = sys.modules["fisc.transfers.services.grants"]
    monkeypatch.setattr(grants, "require_once", lambda *given: None)
    desk.told(MAKER, *_issue("600"))
    assert "已经记入接收方" in desk.refused(REVIEWER, "transfers", "issue", DOWN, *ON)


def test_the_database_holds_that_what_the_city_issued_is_received_by_nothing_else(
    desk_below: Desk, tmp_path: Path
) -> None:
    desk = desk_below
    desk.told(f"zm-{BANNER}", *_below())
    open_year(desk.conn, CITY, YEAR)
    passed_on(desk, tmp_path)
    with pytest.raises(psycopg.Error, match="在本系统记账"):
        desk.conn.execute("update transfers_line set effective_on = '2022-03-01' where not is_issue "
                          "and rec_div_code = %s", [BANNER])  # fmt: skip
