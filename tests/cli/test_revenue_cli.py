"""`fisc revenue`: what people read, what programs read, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.cli.output import to_json
from fisc.documents import Officer, define_officers
from fisc.documents.told import told
from fisc.kernel import Coding, Entry, close_periods, credit, debit, open_year, post
from fisc.registry.areas import area_of, governments
from fisc.revenue import services as revenue
from fisc.revenue.services import DailyReceipt, GrossReceipt, TaxRefund
from fisc.revenue.services.statistics import ranked_with
from fisc.use_cases import use_case
from tests.conftest import _copy_of, _furnished
from tests.papers import a_document
from tests.revenue.conftest import BANNER, CITY, WHOLE, others_keep_books
from tests.signing import sign_in

Conn = psycopg.Connection[Any]
Said = pytest.CaptureFixture[str]
WAN = 10**6
WHERE = ["--region", "150600998", "--year", "2022"]
DAY = ["--on", "2022-07-01"]


@pytest.fixture
def conn(server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conn]:
    """A city whose tax grows by a tenth and whose land more than doubles; a banner that shares, refunds."""
    monkeypatch.setenv("COLUMNS", "220")
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_revenue_cli", _furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as connection:
            sign_in(connection, monkeypatch, "r")
            yield connection


def _furnish(conn: Conn) -> None:
    for region in (CITY, BANNER):
        for year in (2021, 2022):
            open_year(conn, region, year)
    others_keep_books(conn, 2021, 2022, but=(CITY,))
    define_officers(conn, [
        Officer("r", "收入", "", frozenset({"revenue_make"})),
        Officer("t", "国库", "", frozenset({"treasury_review", "registry_review"})),
    ])  # fmt: skip
    for month in range(1, 13):
        _receive(
            conn,
            date(2021, month, 9),
            ("1011001", "111", 100),
            ("103040109", "111", 20),
            ("103014801", "121", 10),
        )
    for month in range(1, 7):
        _receive(
            conn,
            date(2022, month, 9),
            ("1011001", "111", 110),
            ("103040109", "111", 20),
            ("103014801", "121", 25),
        )
    on = date(2022, 6, 15)
    revenue.record_receipts(
        conn, [GrossReceipt("F1", BANNER, on, "1010433", "111", 100 * WAN)], by="r", on=on
    )
    revenue.confirm_receipts(conn, ["F1"], by="t", on=on)
    paper = revenue.Source("收入退还书")
    revenue.record_refunds(conn, [TaxRefund("T1", BANNER, on, "101010136", 60 * WAN, paper)], by="r", on=on)
    revenue.confirm_refunds(conn, ["T1"], by="t", on=on)
    _budget(conn, "10110", 1_300)
    _budget(conn, "10304", 300)


def _receive(conn: Conn, day: date, *lines: tuple[str, str, int]) -> None:
    given = [DailyReceipt(CITY, day, code, fund, wan * WAN) for code, fund, wan in lines]
    keys = list(revenue.record_daily_reports(conn, given, by="r", on=day))
    revenue.confirm_daily_reports(conn, keys, by="t", on=day)


def _take_back(conn: Conn, month: int) -> None:
    """What the report of a month's ninth day said too much of land."""
    day = date(2022, month, 20)
    red = DailyReceipt(CITY, day, "103014801", "121", -15 * WAN, f"{CITY}-2022{month:02d}09")
    keys = list(revenue.record_daily_reports(conn, [red], by="r", on=day))
    revenue.confirm_daily_reports(conn, keys, by="t", on=day)


def _budget(conn: Conn, code: str, wan: int) -> None:
    coding = Coding(2022, CITY, fund_type_code="111", rev_func_code=code, source_type_code="1")
    pool = Coding(2022, CITY, fund_type_code="111")
    lines = (debit("quota:9101", coding, wan * WAN), credit("quota:9200", pool, wan * WAN))
    post(conn, [Entry(f"b{code}", CITY, date(2022, 1, 5), lines, document_id=a_document(conn, CITY))])


def _read(said: Said) -> str:
    """What was printed, without the blanks of its tables."""
    return " ".join(said.readouterr().out.split())


def _json(said: Said, *arguments: str) -> Any:
    run(["revenue", *arguments, "--json"])
    return json.loads(said.readouterr().out)


# ---- progress


def test_progress_is_told_by_code_and_region(conn: Conn, capsys: Said) -> None:
    assert run(["revenue", "progress", *WHERE, "--unit", "万元"]) == ExitCode.OK
    said = _read(capsys)
    assert "1—6 月一般公共预算收入（万元），序时进度 50.0%" in said
    assert (
        "│ 一般公共预算收入 │ 790.00 │ 1,600.00 │ 49.4% │ -0.6 点 │ 720.00 │ 9.7% │ 30.00 │ 13.9% │" in said
    )
    assert "│ 东胜区 │ 10.00 │" in said and "│ 鄂尔多斯市 │ 780.00 │" in said
    assert "增值税留抵退税 60.00" in said and "减免税费（统计，不是支出） 没有登记" in said


def test_the_ministry_s_pair_is_told_with_its_rounding(conn: Conn, capsys: Said) -> None:
    run(["revenue", "progress", *WHERE])
    said = _read(capsys)
    assert "公布增长 0.6%、可比 9.1%" in said and "按公布总额算得 0.6%" in said
    assert "照此算可比 9.2%，取整之内为 9.11% 至 9.21%，公布数按一位小数在此区间" in said
    checked = _json(capsys, "progress", *WHERE)["comparable_checked"]
    assert len(checked) == 3 and all(p["is_reproduced"] for p in checked)


def test_progress_for_programs_is_exact(conn: Conn, capsys: Said) -> None:
    [found] = _json(capsys, "progress", *WHERE, "--month", "3")["rows"]
    assert (found["month"], found["total"]["actual_fen"]) == (3, 390 * WAN)
    assert Decimal(found["total"]["growth"]) == Decimal(30) / 360
    assert [x["rev_func_code"] for x in found["sections"]] == ["10110", "10304"]


def _month(said: str) -> int:
    return int(json.loads(said)["rows"][0]["month"])


def test_the_last_closed_month_is_meant_unless_another_is_asked_for(conn: Conn, capsys: Said) -> None:
    run(["revenue", "progress", *WHERE, "--json"])
    first = capsys.readouterr()
    assert _month(first.out) == 6 and "6 月尚未关账，当月数可能不全" in first.err
    for region in governments(area_of(WHOLE)):
        for month in range(1, 5 if region == CITY else 4):
            close_periods(conn, [region], [202200 + month])
    run(["revenue", "progress", *WHERE, "--json"])
    closed = capsys.readouterr()
    assert (_month(closed.out), closed.err) == (3, "")
    run(["revenue", "progress", "--region", CITY, "--year", "2022", "--json"])
    assert _month(capsys.readouterr().out) == 4
    run(["revenue", "progress", *WHERE, "--month", "5", "--json"])
    assert _month(capsys.readouterr().out) == 5


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (["progress", *WHERE, "--month", "3"], "revenue.progress", {"region": WHOLE, "month": 3}),
        (["levels", *WHERE, "--month", "6"], "revenue.levels", {"region": WHOLE, "month": 6}),
        (["daily", "--region", "150602", "--on", "2022-06-15"], "revenue.daily", {"region": "150602000"}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_programs_are_told_the_rows_of_the_use_case(
    asked: list[str], code: str, said: dict[str, Any], conn: Conn, capsys: Said
) -> None:
    case = use_case(code)
    given = {"mof_div_code": said["region"], "fiscal_year": 2022, "month": said.get("month")}
    taken = {f.path[0]: given.get(f.name) or f.default for f in case.options}
    rows = told(case.run(conn, [], taken, by="", on=date(2022, 6, 15)), ())
    found = _json(capsys, *asked)
    assert (found["use_case"], found["rows"]) == (code, json.loads(to_json(rows)))
    assert rows


# ---- levels and a day


def test_levels_tell_who_got_what_and_what_the_books_hold(conn: Conn, capsys: Said) -> None:
    assert run(["revenue", "levels", *WHERE, "--unit", "万元", "--by-code"]) == ExitCode.OK
    said = _read(capsys)
    assert "│ 全部 │ 中央 │ — │ 60.00 │ 30.00 │ 30.00 │ 60.0% │" in said
    assert "│ 全部 │ 县级 │ 东胜区 │ 40.00 │ 30.00 │ 10.00 │ 40.0% │" in said
    assert "│ 10101 增值税 │ 县级 │ 东胜区 │ 0.00 │ 30.00 │ -30.00 │" in said
    assert "中央 60%、征收级 40%" in said and "（未核）" in said
    assert "│ 东胜区 │ 0.00 │ 40.00 │ -30.00 │ 0.00 │ 10.00 │" in said
    banner = _json(capsys, "levels", "--region", "150602", "--year", "2022")
    assert [x["net_fen"] for x in banner["levels"]] == [30 * WAN, 10 * WAN]


def test_without_shared_receipts_levels_say_so(conn: Conn, capsys: Said) -> None:
    run(["revenue", "levels", "--region", "150600", "--year", "2021"])
    assert "收入日报只列本级所得" in _read(capsys)


def test_a_day_is_told_with_its_documents(conn: Conn, capsys: Said) -> None:
    assert run(["revenue", "daily", "--region", "150602", "--on", "2022-06-15"]) == ExitCode.OK
    said = _read(capsys)
    assert "│ 1010433 股份制企业所得税 │ 111 │ 中央 │ — │ 60.00 │ 分成收入 F1 │" in said
    assert "本地区所得 10.00，上划中央和省级 30.00（万元）" in said
    run(["revenue", "daily", "--region", "150602", "--on", "2022-06-16"])
    assert "当日没有入账的收入和退库" in _read(capsys)


# ---- checks


def test_checks_end_in_1_when_one_fires(conn: Conn, capsys: Said) -> None:
    assert run(["revenue", "checks", *WHERE, "--month", "5"]) == ExitCode.FAULTS
    said = _read(capsys)
    fired = "│ R06 │ 土地出让收入累计同比异常 │ │ 150.0% │ 100.0% │ 预警黄 │"
    assert f"{fired} 土地出让收入累计比上年同期增长超过阈值 │" in said
    assert "│ R02 │ 当月收入同比异常 │ │ 8.3% │ 50.0% │ 正常 │" in said
    assert "无法核查：没有给出三保预算与支出" in said and "1 项报警，1 项无法核查。" in said
    found = _json(capsys, "checks", *WHERE, "--month", "5")["findings"]
    assert {f["rule_id"] for f in found} == {f"R0{i}" for i in range(1, 10)}
    assert all(f["condition"] and f["source"] for f in found)


def test_checks_end_in_0_when_none_fires(conn: Conn, capsys: Said) -> None:
    for month in range(1, 13):  # a calm year before
        _take_back(conn, month) if month < 6 else None
    assert run(["revenue", "checks", *WHERE, "--month", "5"]) == ExitCode.OK
    assert "没有报警" in _read(capsys)


# ---- forecast


def test_a_forecast_without_history_says_what_it_lacks(conn: Conn, capsys: Said) -> None:
    assert run(["revenue", "forecast", *WHERE, "--unit", "万元"]) == ExitCode.FAULTS
    said = _read(capsys)
    assert "没有 ETS：只有连续 18 个月" in said and "没有回测；预测未经检验" in said
    assert "│ 2022-07 │ 预测 │ — │ — │ — │ 120.00 │" in said and "2023 年" in said
    assert "103 非税收入：" in said and "预计差 0.01 亿元（20.0%）" in said
    assert "│ 103 非税收入 │ 300.00 │ 240.00 │" in said


def _history(path: Path, first: int, last: int) -> Path:
    """Months that grow by a tenth a year, with a season."""
    rows = ["指标,区划,年度,细目,数值,单位"]
    for year in range(first, last + 1):
        for month in range(1, 13):
            value = round(120 * 1.1 ** (year - 2021) * (1 + (month % 3 - 1) / 20), 4)
            rows.append(f"general_revenue_month,150600998,{year},{year}-{month:02d},{value},万元")
    path.write_text("\n".join(rows), "utf-8")
    return path


def test_a_forecast_with_history_is_back_tested_beside_its_baseline(
    conn: Conn, tmp_path: Path, capsys: Said
) -> None:
    path = _history(tmp_path / "h.csv", 2018, 2020)
    _count(conn, capsys, path, "--source", "财政月报")
    run(["revenue", "forecast", *WHERE, "--unit", "万元", "--month", "5"])
    said = _read(capsys)
    assert "回测：以往各年 5 月末预测当年" in said and "2020、2021 年两法都可回测" in said
    assert ("以 ETS 为准" in said) or ("以季节朴素为准" in said)
    found = _json(capsys, "forecast", *WHERE, "--month", "5", "--level", "95")
    this_year, next_year = found["forecasts"]
    assert [f["fiscal_year"] for f in (this_year, next_year)] == [2022, 2023]
    assert sum(m["fen"] for m in this_year["model"]["months"]) == this_year["model"]["year_fen"]
    assert this_year["model"]["level"] == 95 and len(next_year["model"]["months"]) == 12
    errors = {name: Decimal(this_year["back_test"][name]["error"]) for name in ("model", "baseline")}
    best = "指数平滑（ETS）" if errors["model"] <= errors["baseline"] else "季节朴素（与上年同月相同）"
    assert this_year["best"] == best
    assert [w["rev_func_code"] for w in found["warnings"]] == ["", "101", "103"]


def test_a_forecast_from_too_few_months_is_refused(conn: Conn, capsys: Said) -> None:
    assert run(["revenue", "forecast", "--region", "150600", "--year", "2021", "--month", "6"]) == 3
    assert "12 个月" in capsys.readouterr().err


# ---- rank and files


def _count(conn: Conn, capsys: Said, path: Path, *told: str) -> None:
    """Import statistics and let another officer confirm them."""
    capsys.readouterr()
    taken = _json(capsys, "import-statistics", str(path), *told, *DAY)
    revenue.confirm_statistics(conn, list(taken["documents"]), by="t", on=date(2022, 7, 1))


def _panel(path: Path, leave_out: str = "") -> Path:
    rows = ["指标,区划,年度,数值,单位"]
    for place, code in enumerate(ranked_with(CITY)):
        for year, value in ((2021, 100 + place), (2022, 110 + 3 * place)):
            if code != leave_out:
                rows.append(f"一般公共预算收入,{code},{year},{value},亿元")
    path.write_text("\n".join(rows), "utf-8")
    return path


def test_rank_tells_every_peer_with_its_paper(conn: Conn, tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "p.pdf").write_bytes(b"%PDF")
    told = ["--source", "快报", "--source-no", "1号", "--file", str(tmp_path / "p.pdf")]
    panel = _panel(tmp_path / "a.csv")
    assert run(["revenue", "import-statistics", str(panel), *told, *DAY]) == ExitCode.OK
    assert "24 行，统计数据 24 项，本次登记 24 项" in _read(capsys)
    assert run(["revenue", "rank", "--region", "150600", "--year", "2022"]) == ExitCode.REFUSED
    assert "没有登记并核对过的统计指标" in capsys.readouterr().err
    _count(conn, capsys, panel, *told)
    assert run(["revenue", "rank", "--region", "150600", "--year", "2022"]) == ExitCode.OK
    said = _read(capsys)
    assert "│ 阿拉善盟 │ 143.00 │ 1 │ 32.00 │ 1 │ 28.8% │ 1 │ 快报 1号 │" in said
    assert "总量：第 7 位" in said and "增速：第 7 位" in said
    found = _json(capsys, "rank", "--region", "150600", "--year", "2022")
    assert len(found["peers"]) == 12 and all(p["paper"]["source_sha256"] for p in found["peers"])


def test_without_a_peer_there_is_no_place(conn: Conn, tmp_path: Path, capsys: Said) -> None:
    path = _panel(tmp_path / "a.csv", "150200000")
    _count(conn, capsys, path, "--source", "快报")
    assert run(["revenue", "rank", "--region", "150600", "--year", "2022"]) == ExitCode.FAULTS
    assert "总量：不排位，缺 包头市 的数" in _read(capsys)


def test_a_faulty_file_is_told_row_by_row(conn: Conn, tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "a.csv"
    path.write_text("指标,区划,年度,数值,单位\ngdp,火星,2021,1,亿元\ngdp,150600,2021,1,斤\n", "utf-8")
    told = ["revenue", "import-statistics", str(path), "--source", "公报", *DAY]
    assert run(told) == ExitCode.REFUSED
    said = " ".join(capsys.readouterr().err.split())
    assert "2 行不能导入，全部未登记" in said and "│ 2 │ 区划 │ “火星”" in said and "怎么办" in said
    assert run([*told, "--json"]) == ExitCode.REFUSED
    found = json.loads(capsys.readouterr().out)
    assert [f["row"] for f in found["faults"]] == [2, 3] and found["error"]["exit_code"] == 3


def test_sharing_comes_from_a_file(conn: Conn, tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / "s.csv"
    rows = [
        "适用区划,收入科目,起始日期,级次,比例",
        "150602,10110,2022-07-01,市,30",
        "150602,10110,2022-07-01,旗县,70",
    ]
    path.write_text("\n".join(rows), "utf-8")
    told = ["revenue", "import-sharing", str(path), "--region", "150600", "--source", "体制文件", *DAY]
    assert run(told) == ExitCode.OK
    assert "分成办法 1 项，本次登记 1 项" in _read(capsys)
    assert run(told) == ExitCode.OK and "本次登记 0 项" in _read(capsys)
    path.write_text("\n".join([rows[0], rows[1]]), "utf-8")
    assert run(told) == ExitCode.REFUSED


def test_a_region_that_is_not_is_refused(conn: Conn, capsys: Said) -> None:
    for region in ("150699", "abc"):
        assert run(["revenue", "progress", "--region", region, "--year", "2022"]) == ExitCode.REFUSED
    assert run(["revenue", "progress", "--region", WHOLE, "--year", "2019"]) == ExitCode.REFUSED
    assert "没有 2019 年度的账" in capsys.readouterr().err
