"""`fisc report annual`, `slots` and `diff` over a small ledger, and over one that holds nothing."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from zipfile import ZipFile

import psycopg
import pytest

from fisc.cli import main, report, report_annual
from fisc.kernel import Coding, Document, Entry, credit, debit, open_year, post, record_documents, reverse
from fisc.kernel.periods import close_periods
from fisc.treasury import services
from tests.papers import a_document

CITY, BANNER, YI = "150600000", "150602000", 10_000_000_000
PLACE = ("--region", "150600", "--year", "2022")


@pytest.fixture
def conn(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A whole area published as one: the city's consolidation, two years open."""
    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as connection:
        for year in (2021, 2022):
            open_year(connection, "150600998", year)
            open_year(connection, CITY, year)
        yield connection
    from django.conf import settings
    from django.db import connections

    if settings.configured:  # commands that only read figures do without Django
        connections.close_all()


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run(words)
    return code, out.getvalue(), err.getvalue()


def run_json(*words: str) -> Any:
    code, out, err = run(*words, "--json")
    assert code == 0, err
    return json.loads(out)


def slots(*words: str) -> dict[str, dict[str, Any]]:
    return {slot["n"]: slot for slot in run_json("report", "slots", *PLACE, *words)["rows"]}


def receipt(
    conn: psycopg.Connection, key: str, year: int, month: int, amount_fen: int, region: str = "150600998"
) -> Entry:
    coding = Coding(year, region, fund_type_code="111", rev_func_code="101010101")
    lines = (
        debit("treasury_2015:1001", coding, amount_fen),
        credit("treasury_2015:4001", coding, amount_fen),
    )
    return Entry(
        key,
        region,
        date(year, month, 20),
        lines,
        document_id=a_document(conn, region),
        source_ref="表!B2",
        summary=f"收入{key}",
    )


def a_year(conn: psycopg.Connection, entries: list[Entry]) -> None:
    """The books of 2022, with these entries, and closed."""
    post(conn, entries)
    close_periods(conn, {entry.region for entry in entries}, range(202201, 202213))


def moment(conn: psycopg.Connection) -> str:
    row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    now: datetime = row[0]
    return now.isoformat()


def test_slots_are_filled_from_vouchers_up_to_the_cut_off(conn) -> None:
    a_year(
        conn,
        [
            receipt(conn, "a", 2021, 3, 5 * YI),
            receipt(conn, "b", 2022, 3, 6 * YI),
            receipt(conn, "c", 2022, 12, YI),
        ],
    )
    whole, cut = slots("--rows", "5"), slots("--month", "11")
    assert (whole["2"]["value"], whole["2"]["rows"], whole["2"]["exact"]) == ("7", 2, str(7 * YI))
    assert [row["source_ref"] for row in whole["2"]["vouchers"]] == ["表!B2", "表!B2"]
    assert (whole["3"]["shown"], cut["3"]["shown"]) == ("40.0%", "20.0%")
    assert (cut["1"]["value"], cut["2"]["value"], cut["2"]["vouchers"]) == ("11", "6", [])
    assert cut["9"]["state"] == "gap" and cut["9"]["reason"]


def test_a_statistic_names_its_paper(conn, tmp_path: Path) -> None:
    payload = {"item": "grain", "value": 4_400_000_000, "of": "2022"}
    paper = Document(
        "statistic:grain", "statistic", CITY, 2022, date(2023, 3, 1), title="统计公报", payload=payload
    )
    record_documents(conn, [paper])
    a_year(conn, [receipt(conn, "a", 2022, 3, YI)])
    grain = slots()["35"]
    assert (grain["value"], grain["shown"], grain["sources"]) == ("44", "44亿斤", ["统计公报"])
    made = run_json("report", "annual", *PLACE, "--format", "html", "--out", str(tmp_path))
    assert "<b>44亿斤</b>" in Path(made["files"][0]["path"]).read_text(encoding="utf-8")


def test_a_reason_is_that_of_what_is_missing(conn) -> None:
    a_year(conn, [receipt(conn, "b", 2022, 3, 6 * YI)])
    found = slots()
    assert found["3"]["reason"] == "没有上年同期数可比" and "2021" in found["3"]["detail"]
    assert found["4"]["reason"] == found["5"]["reason"] == "账上没有发生额"
    assert found["41"]["reason"] == "没有登记这项统计"
    assert found["5a"]["reason"] == "“一般公共预算收入总量在全省（区）的位次”没有数：没有登记这项统计"


def test_a_rank_shows_what_is_ranked_in_its_own_unit(conn, tmp_path: Path) -> None:
    codes = [f"15{number:02d}00000" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 22, 25, 29)]
    papers = [
        Document(
            f"statistic:revenue:{code}:{year}", "statistic", code, year, date(year + 1, 3, 1), title="公报",
            payload={"item": "general_revenue", "value": (99 if code == CITY else at) * year * YI},
        )
        for at, code in enumerate(codes) for year in (2021, 2022)
    ]  # fmt: skip
    for code in codes:
        open_year(conn, code, 2022)
    record_documents(conn, papers)
    a_year(conn, [receipt(conn, "a", 2022, 3, YI)])
    made = run_json("report", "annual", *PLACE, "--format", "html", "--out", str(tmp_path))
    page = Path(made["files"][0]["path"]).read_text(encoding="utf-8")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    ranks = [
        panel["parts"] for panel in data["panels"] if any("呼和浩特市" in part for part in panel["parts"])
    ]
    assert ranks and all(part[2].endswith(("元", "%")) for parts in ranks for part in parts)
    assert ">呼和浩特市（全市）　2022年" in page and "<b>1</b>" in page


@pytest.mark.parametrize("kind", ["annual", "slots", "budget"])
def test_a_year_without_a_whole_month_is_refused(conn, tmp_path: Path, kind: str) -> None:
    out = () if kind == "slots" else ("--out", str(tmp_path / "out"))
    code, _, err = run("report", kind, *PLACE, *out)
    assert code == 3 and "还没有一个月是记齐的" in err and "怎么办" in err
    post(conn, [receipt(conn, "a", 2022, 1, YI)])  # on the twentieth
    code, _, err = run("report", kind, *PLACE, *out)
    assert code == 3 and "还没有一个月是记齐的" in err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(("month", "last"), [(None, 2), (1, 1), (3, 0)])
def test_a_summary_is_cut_off_at_the_last_whole_month(
    conn, tmp_path: Path, month: int | None, last: int
) -> None:
    """January and February are left behind by an entry of March, which is not told to its end."""
    amounts = {(2021, 1): 10, (2021, 2): 20, (2021, 3): 900, (2022, 1): 11, (2022, 2): 22, (2022, 3): 5}
    post(conn, [receipt(conn, f"{at}", *at, amount * YI) for at, amount in amounts.items()])
    cut = ("--month", str(month)) if month else ()
    asked = ("report", "annual", *PLACE, *cut, "--out", str(tmp_path))
    if not last:
        code, _, err = run(*asked)
        assert code == 3 and "只记齐到 2 月，3 月还没有过完" in err and "--month 2" in err
        return
    made = run_json(*asked, "--as-of", moment(conn))
    assert (made["fiscal_year"], made["through_month"]) == (2022, last)
    assert f"_{last:02d}_" in made["files"][0]["path"]
    said = f"收支数截至2022年{last}月底，按截至 {made['as_of']} 所知编制"
    text = ZipFile(next(tmp_path.glob("*.docx"))).read("word/document.xml").decode()
    page = next(tmp_path.glob("*.html")).read_text(encoding="utf-8")
    assert said in text and said in page and made["as_of"]
    found = run_json("report", "slots", *PLACE, *cut)
    assert found["through_month"] == last
    assert next(one for one in found["rows"] if one["n"] == "3")["shown"] == "10.0%"


def test_a_budget_report_is_of_a_year_that_is_over(conn, tmp_path: Path) -> None:
    post(conn, [receipt(conn, "a", 2022, 1, YI), receipt(conn, "b", 2022, 10, YI)])
    asked = ("report", "budget", *PLACE, "--out", str(tmp_path), "--format", "html")
    code, _, err = run(*asked)
    assert code == 3 and "只记齐到 9 月，不能编制预算执行情况报告" in err and "report annual --month 9" in err
    a_year(conn, [receipt(conn, "c", 2022, 12, YI)])
    assert run_json(*asked)["through_month"] == 12


def test_what_the_budget_report_leaves_out_stands_in_its_annex(conn, tmp_path: Path) -> None:
    """Of a city that keeps books while its counties do not, so that no number of the whole can be formed."""
    a_year(conn, [receipt(conn, "own", 2022, 1, YI, CITY)])
    made = run_json("report", "budget", *PLACE, "--out", str(tmp_path), "--format", "docx")
    text = ZipFile(next(tmp_path.glob("*.docx"))).read("word/document.xml").decode()
    assert made["gaps"] == [] and "〔缺" not in text
    left_out = {one["part"]: one["reason"] for one in made["left_out"]}
    assert all(f">{part}<" in text and left_out[part] for part in left_out)
    assert any("所属区划没有都记账" in reason for reason in left_out.values())


def test_screen_and_paper_give_the_same_reasons_for_what_is_missing(conn, tmp_path: Path) -> None:
    """Of a city that keeps books while its counties do not, so that no number of the whole can be formed."""
    a_year(conn, [receipt(conn, "own", 2022, 1, YI, CITY)])
    asked = ("report", "annual", *PLACE, "--out", str(tmp_path), "--format", "html,docx")
    code, out, err = run(*asked)
    assert code == 0, err
    on_screen = dict(re.findall(r"^  (.+)：\S.* (\d+) 项$", out, re.MULTILINE))
    page = next(tmp_path.glob("*.html")).read_text(encoding="utf-8")
    assert dict(re.findall(r"<li>(.+?)（(\d+) 项）：", page)) == on_screen
    text = ZipFile(next(tmp_path.glob("*.docx"))).read("word/document.xml").decode()
    lettered = re.findall("〔缺[A-Z]+：(.+?)〕", text)
    assert lettered and len(set(lettered)) == len(lettered) and set(lettered) <= set(on_screen)
    assert any("所属区划没有都记账" in reason for reason in lettered)
    gaps = run_json(*asked)["gaps"]
    assert {gap["reason"] for gap in gaps} == set(on_screen) and all(gap["detail"] for gap in gaps)
    said = {f"{gap['reason']}（{gap['detail']}）" for gap in gaps if gap["detail"] != gap["reason"]}
    assert said and said <= set(re.findall(r'<p class="reason">(.+?)</p>', page))


def test_the_page_carries_trend_and_vouchers_and_is_the_same_twice(conn, tmp_path: Path) -> None:
    a_year(conn, [receipt(conn, "a", 2021, 3, 5 * YI), receipt(conn, "b", 2022, 3, 6 * YI)])
    command = ("report", "annual", *PLACE, "--format", "html,docx")
    first, second = (run_json(*command, "--out", str(tmp_path / name)) for name in "ab")
    assert [f["sha256"] for f in first["files"]] == [f["sha256"] for f in second["files"]]
    page = Path(first["files"][0]["path"]).read_text(encoding="utf-8")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    panel = data["panels"][0]
    assert panel["trend"] == [[2021, "500,000,000.00 元", 83], [2022, "600,000,000.00 元", 100]]
    assert panel["parts"] == [["101", "税收收入", "600,000,000.00 元", "100.0%", 6 * YI, 1]]
    assert panel["total"] == len(panel["rows"]) == 1 and panel["rest"] is None


@pytest.mark.parametrize(("kind", "module"), [("annual", report_annual), ("budget", report)])
def test_lines_that_a_page_leaves_out_are_told_with_their_sum(
    conn, tmp_path: Path, monkeypatch, kind: str, module: Any
) -> None:
    monkeypatch.setattr(module, "ROWS_SHOWN", 3)
    monkeypatch.setattr(services, "payee_names", lambda _, numbers: dict.fromkeys(numbers, "某收款人"))
    a_year(conn, [receipt(conn, str(day), 2022, 3, day * YI) for day in range(1, 6)])
    made = run_json("report", kind, *PLACE, "--format", "html", "--out", str(tmp_path))
    page = Path(made["files"][0]["path"]).read_text(encoding="utf-8")
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    panel = data["panels"][0]
    assert "某收款人" in data["words"]
    assert (len(panel["rows"]), panel["total"]) == (3, 5)
    assert panel["rest"] + sum(amount for _, amount in panel["rows"]) == 15 * YI


def test_slots_fit_a_terminal_and_can_be_narrowed(conn, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    a_year(conn, [receipt(conn, "a", 2021, 3, 5 * YI), receipt(conn, "b", 2022, 3, 6 * YI)])
    code, out, _ = run("report", "slots", *PLACE)
    assert code == 0 and "revenue.general.yoy" in out and "缺18项：项目绩效产出尚无报送（16、17" in out
    listed = out.split("全部 90 项")[0].splitlines()
    assert max(sum(2 if east_asian_width(char) in "WF" else 1 for char in line) for line in listed) <= 80
    gaps, filled = (run_json("report", "slots", *PLACE, word)["rows"] for word in ("--gaps", "--filled"))
    assert {slot["state"] for slot in gaps} == {"gap"} and {slot["state"] for slot in filled} == {"filled"}
    assert len(gaps) + len(filled) == 90 and "3" in {slot["n"] for slot in filled}
    grain = next(slot for slot in gaps if slot["n"] == "35")
    assert grain["reason"] == "没有登记这项统计" and grain["remedy"] and "grain" in grain["detail"]
    code, _, err = run("report", "slots", *PLACE, "--gaps", "--filled")
    assert code == 2 and "只能用一个" in err


def test_diff_names_the_vouchers_that_moved_a_figure(conn) -> None:
    ids = post(conn, [receipt(conn, "a", 2021, 3, 5 * YI), receipt(conn, "b", 2022, 3, 6 * YI)]).entry_ids
    before = moment(conn)
    reverse(conn, ids[1:], "/红字")
    post(conn, [receipt(conn, "c", 2022, 4, 7 * YI)])
    after = moment(conn)
    post(conn, [receipt(conn, "d", 2022, 5, 9 * YI)])
    asked = ("report", "diff", *PLACE, "--from", before, "--to", after, "--figure")
    moved = run_json(*asked, "revenue.general")
    assert (moved["before"]["value"], moved["after"]["value"], moved["change"]) == (6 * YI, 7 * YI, YI)
    assert sorted(entry["amount_fen"] for entry in moved["entries"]) == [-6 * YI, 7 * YI]
    assert moved["moved_fen"] == moved["change"]
    growth = run_json(*asked, "revenue.general.yoy")
    assert (growth["before"]["value"], growth["after"]["value"], growth["change"]) == ("0.2", "0.4", "0.2")
    assert [len(operand["entries"]) for operand in growth["operands"]] == [2, 0]
    code, out, _ = run(*asked, "revenue.general")
    assert code == 0 and "70,000.00" in out and "收入c" in out and "增加 100,000,000.00 元" in out
    assert "共 2 张凭证，合计 10,000.00 万元" in out
    _, out, _ = run(*asked, "revenue.general", "--limit", "1")
    assert "收入c" in out and "其余 1 张 -60,000.00 万元" in out
    _, out, _ = run(*asked, "transfers.received")
    assert "没有数，没有变化，两者之间没有影响它的凭证" in out
    code, _, err = run(
        "report", "diff", *PLACE, "--figure", "revenue.general", "--from", "上周", "--to", after
    )
    assert code == 3 and "“上周”不是时刻" in err


@pytest.mark.parametrize("kind", ["annual", "budget"])
@pytest.mark.parametrize("region", ["150600", "150600000", "150602", "150602000"])
def test_a_city_s_own_level_and_a_county_have_reports_as_a_whole_area_has(
    conn, tmp_path: Path, kind: str, region: str
) -> None:
    open_year(conn, BANNER, 2022)
    a_year(conn, [receipt(conn, f"R{code}", 2022, 1, YI, code) for code in ("150600998", CITY, BANNER)])
    asked = ("report", kind, "--region", region, "--year", "2022", "--out", str(tmp_path), "--format", "html")
    code, _, err = run(*asked)
    assert code == 0, err
    (page,) = tmp_path.glob("*.html")
    assert ("〔缺A" if kind == "annual" else "没有写入的部分") in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("region", "said"),
    [("150000", "registry regions --under 150000"), ("999900", "没有区划"), ("x", "没有区划")],
)
def test_a_summary_is_of_a_known_city(ready_db, monkeypatch, region: str, said: str) -> None:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    code, _, err = run("report", "slots", "--region", region, "--year", "2022")
    assert code == 3 and said in err


def test_diff_between_two_cut_offs_names_the_vouchers_of_the_months_between(conn) -> None:
    entries = [
        receipt(conn, "a", 2021, 3, 5 * YI),
        receipt(conn, "b", 2022, 3, 6 * YI),
        receipt(conn, "c", 2022, 7, YI),
    ]
    post(conn, [*entries, receipt(conn, "d", 2022, 12, 2 * YI), receipt(conn, "e", 2021, 8, 5 * YI)])
    asked = ("report", "diff", *PLACE, "--figure")
    moved = run_json(*asked, "revenue.general", "--from-month", "6", "--to-month", "11")
    assert (moved["before"]["value"], moved["after"]["value"]) == (6 * YI, 7 * YI)
    assert [entry["amount_fen"] for entry in moved["entries"]] == [YI] and moved["moved_fen"] == YI
    growth = run_json(*asked, "revenue.general.yoy", "--from-month", "6", "--to-month", "12")
    assert [operand["moved_fen"] for operand in growth["operands"]] == [3 * YI, 5 * YI]
    _, out, _ = run(*asked, "revenue.general", "--from-month", "6", "--to-month", "11")
    assert "截至 6 月到截至 11 月" in out and "共 1 张凭证" in out
    code, _, err = run(*asked, "revenue.general", "--from-month", "6", "--to-month", "6")
    assert code == 3 and "--to-month 要晚于" in err
    for words in ((), ("--from", "2022-01-01"), ("--from", "2022-01-01", "--to-month", "3")):
        code, _, err = run(*asked, "revenue.general", *words)
        assert code == 2 and "两个截止月" in err


@pytest.fixture
def new_york() -> Iterator[None]:
    """A machine whose clock is set to another part of the world."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_a_moment_without_an_offset_is_beijing_time(conn, new_york: None) -> None:
    post(conn, [receipt(conn, "a", 2022, 3, 5 * YI)])
    posted = conn.execute("select posted_at at time zone 'Asia/Shanghai' from ledger.entry").fetchone()[0]
    asked = ("report", "diff", *PLACE, "--figure", "revenue.general", "--from")
    before, after = str(posted - timedelta(seconds=2)), str(posted + timedelta(seconds=2))
    assert len(run_json(*asked, before, "--to", after)["entries"]) == 1
    _, out, _ = run(*asked, before, "--to", after)
    assert posted.strftime("%Y-%m-%d %H:%M:%S") in out


def test_diff_refuses_moments_in_the_wrong_order(conn) -> None:
    code, _, said = run(
        "report", "diff", *PLACE, "--figure", "revenue.general", "--from", "2022-02-01", "--to", "2022-01-01"
    )
    assert code == 3 and "--to 要晚于 --from" in said
