"""From the sample city's published book to its report, every number down to its cells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from fisc import app as fisc_app
from fisc.catalogue import CATALOGUE
from fisc.cli.main import run
from fisc.disclosure.imported import list_analyses
from fisc.disclosure.services import import_book
from fisc.reading.engines import LiveEngine
from fisc.reading.service import FigureService
from fisc.report.budget import budget_report
from fisc.report.errors import ReportError
from fisc.report.evidence import collect
from fisc.report.formats import render
from fisc.report.model import Note, Report, Table
from fisc.report.source import LedgerSource, city_scope, document_facts
from fisc.sample import BOOK
from tests.disclosure.sample import imported_sample


@pytest.fixture
def city(server_dsn: str) -> Iterator[psycopg.Connection]:
    with imported_sample(server_dsn) as (conn, _):
        yield conn


def written(conn: psycopg.Connection) -> Report:
    made_on, note = document_facts(LiveEngine(conn), "530700", 2025)
    scope = city_scope("530700", 2025, made_on, source_note=note)
    source = LedgerSource(FigureService(conn, CATALOGUE))
    return budget_report(source, scope, list_analyses(conn, "5307", 2025))


def test_the_sample_citys_report(city: psycopg.Connection) -> None:
    report = written(city)
    text = report.text().replace(" ", "")
    assert report.gaps() == []
    for said in (
        "全市一般公共预算收入56.78亿元，完成年初预算的95.4%，比上年增长0.2%",
        "税收收入28.88亿元，完成年初预算的98.6%，比上年增长15.3%",
        "全市一般公共预算支出176.32亿元，完成年初预算的96.0%，比上年下降2.6%",
        "全市政府债务限额486.66亿元，其中一般债务限额161.58亿元，专项债务限额325.08亿元",
        "债务余额没有超过限额",
        "提前下达2026年税收返还和转移支付61.62亿元",
        "2026年预算列示的年末全市政府债务限额为514.66亿元，比上年末增长5.8%",
        "农林水支出23.93亿元，下降36.6%，主要是林业和草原减少6.52亿元、水利减少3.78亿元",
        "全市由上级转贷的政府债券和外债72.53亿元，其中新增17.33亿元；偿还本金59.54亿元；存量债务调整增加12.06亿元",
        "全市一般公共预算收入总计208.11亿元，支出总计208.11亿元，其中年终结转结余4.58亿元，收支平衡",
        "全年计划由上级转贷58.50亿元，偿还本金47.01亿元，存量债务调整增加13.00亿元，年末债务余额预计为502.57亿元，比上年末增长5.1%",
        "市本级年末政府债务限额136.63亿元，计划转贷15.41亿元，偿还本金16.14亿元，存量债务调整增加3.00亿元，"
        "年末债务余额预计为133.32亿元，比上年末增长1.7%",
    ):
        assert said in text, said
    assert "净结余" not in text  # a published book does not say what of its balance went on
    assert "年初预算安排预备费1.85亿元。" in text and "动用（含" not in text  # nor what became of its reserve
    assert "发行" not in text.replace("债务发行费用", "")  # a city's bonds are on-lent to it
    analyses = {"26", "37", "45", "46"}
    assert set(re.findall("工作表“([^”]*)”）列有[^，]*，只作分析，没有记入总账", text)) == analyses
    assert "return" not in text and "transfer" not in text
    _check_lists(report)
    _check_schemes(report)
    _check_balances(report)
    _check_planned_debt(report)


#: Both totals of each budget as the book prints them: last year, planned, carried out, planned for next year.
PRINTED = {
    "全市一般公共预算": (2_074_117, 2_103_849, 2_081_074, 2_097_731),
    "市本级一般公共预算": (1_738_153, 1_787_605, 1_722_881, 1_764_403),
    "全市政府性基金预算": (686_753, 615_186, 772_096, 675_665),
    "市本级政府性基金预算": (534_336, 388_839, 576_891, 507_972),
    "全市国有资本经营预算": (7_037, 2_108, 3_150, 3_165),
    "市本级国有资本经营预算": (5_047, 2_047, 3_089, 3_105),
}


def _check_balances(report: Report) -> None:
    """Each column of a balance table adds up to its two totals: equal, and as the book prints them."""
    found = {b.caption: b for b in report.blocks() if isinstance(b, Table) and "收支平衡" in b.caption}
    assert len(found) == 16  # four budgets, the whole city and its own level, this year and next
    for words, (before, planned, done, after) in PRINTED.items():
        assert _totals(found[f"2025年{words}收支平衡情况"]) == [before, planned, done]
        assert _totals(found[f"2026年{words}收支平衡安排"]) == [done, after]
    for words, (after, before) in {"全市": (702_888, 7_387), "市本级": (605_283, 8_056)}.items():
        _check_not_made_whole(report, found[f"2026年{words}社会保险基金预算收支平衡安排"], after, before)
    for table in found.values():
        if "社会保险" not in table.caption:
            _totals(table)
    debt = next(b for b in report.blocks() if isinstance(b, Table) and b.caption.startswith("政府债务限额"))
    for column in range(1, 7):
        opening, lent, repaid, other, closing, *_ = (_number(row.cells[column].text) for row in debt.rows)
        assert abs(opening + lent - repaid + other - closing) <= 2  # whole 万元


def _check_not_made_whole(report: Report, table: Table, opening: int, apart: int) -> None:
    """Where the book's own plan does not come out it stands as printed, and the note says by how much."""
    planned = {row.cells[0].text.strip(): _number(row.cells[2].text) for row in table.rows}
    assert planned["上年滚存结余"] == opening
    assert planned["收入总计"] - planned["支出总计"] == apart
    blocks = list(report.blocks())
    note = blocks[blocks.index(table) + 1]
    assert isinstance(note, Note) and f"收入总计比支出总计多{apart:,}万元" in "".join(
        run.text for run in note.runs
    )


def _totals(table: Table) -> list[int]:
    """The totals of a balance table, proven against the rows above them (within rounding to 万元)."""
    totals = []
    for column in range(1, len(table.rows[0].cells)):
        sums, running = [], 0
        for row in table.rows:
            if row.is_total:
                assert abs(_number(row.cells[column].text) - running) <= 5, (table.caption, row)
                sums.append(_number(row.cells[column].text))
                running = 0
            else:
                running += _number(row.cells[column].text)
        assert len(sums) == 2 and sums[0] == sums[1], (table.caption, sums)
        totals.append(sums[0])
    return totals


def _number(text: str) -> int:
    return 0 if text.strip() in ("—", "") else round(float(text.replace(",", "")))


def _check_planned_debt(report: Report) -> None:
    """The table of planned debt says what the cells of 表四十七 say, in whole 万元."""
    table = next(
        b
        for b in report.blocks()
        if isinstance(b, Table) and "偿还和余额安排" in b.caption and "转贷" in b.caption
    )
    assert {
        row.cells[0].text: [cell.text.replace(",", "") for cell in row.cells[1:]] for row in table.rows
    } == {
        "2025年末余额": ["4780774", "1562724", "3218050", "1310553", "648721", "661832"],
        "2026年转贷": ["585000", "215000", "370000", "154066", "89316", "64750"],
        "2026年还本": ["470100", "232500", "237600", "161400", "98750", "62650"],
        "2026年存量调整": ["130000", "40000", "90000", "30000", "—", "30000"],
        "2026年末余额": ["5025674", "1585224", "3440450", "1333219", "639287", "693932"],
        "2026年末限额": ["5146591", "1655791", "3490800", "1366316", "663364", "702952"],
    }


#: Table, rows, total in 万元, its largest row: sheets 05, 24, 32 and 27.
LISTS = (
    ("2025年市本级预备费安排情况", 6, 5_800, ("世界银行云南城建项目还本付息专项资金", 2_087)),
    ("2026年市本级一般公共预算对下转移支付分项目安排", 62, 54_428, ("其他债务还本付息支出", 12_935)),
    ("2026年市本级政府性基金预算对下转移支付分项目安排", 2, 6_238, ("其他支出", 3_238)),
    ("2026年市本级一般公共预算重点项目安排", 19, 102_846, ("玉龙雪山景区保护专项资金", 28_958)),
)


def _check_lists(report: Report) -> None:
    """What the book lists by name stands row by row, the largest first, and comes to its total."""
    tables = {b.caption: b for b in report.blocks() if isinstance(b, Table)}
    for caption, count, total, largest in LISTS:
        *rows, last = [
            (row.cells[0].text.strip(), _number(row.cells[1].text)) for row in tables[caption].rows
        ]
        assert (len(rows), last, rows[0]) == (count, ("合计", total), largest), caption
        assert abs(sum(amount for _, amount in rows) - total) <= count / 2


def _check_schemes(report: Report) -> None:
    """The insurance schemes of the table add up to its total."""
    table = next(b for b in report.blocks() if isinstance(b, Table) and "社会保险基金收支执行" in b.caption)
    income = [int(row.cells[2].text.replace(",", "")) for row in table.rows]
    assert len(income) == 5 and sum(income[:-1]) == income[-1] == 403_606


@pytest.mark.heavy
def test_every_number_opens_to_its_cells_and_the_bytes_stay(
    city: psycopg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = written(city)
    _check_evidence(report)
    _check_same_bytes(city, report)
    _check_command(city, tmp_path, capsys)


def _check_evidence(report: Report) -> None:
    """The vouchers behind each figure add up to it, and each names its source cell."""
    evidence = collect(report)
    leaves = [panel for panel in evidence.panels if not panel.operands and panel.result.value is not None]
    assert len(leaves) > 300
    for panel in leaves:
        assert sum(amount for _, amount in panel.rows) == panel.result.value, panel.result.ask
        assert len(panel.rows) == panel.result.row_count
    assert all("!" in evidence.words[voucher[3]] for voucher in evidence.vouchers)


def _check_same_bytes(conn: psycopg.Connection, report: Report) -> None:
    again = written(conn)
    assert all(render(again, kind) == render(report, kind) for kind in ("docx", "pdf"))


def _check_command(conn: psycopg.Connection, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conn.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", conn.info.dsn)
        capsys.readouterr()
        asked = ["report", "budget", "--region", "530700", "--year", "2025", "--out", str(out)]
        assert run([*asked, "--format", "pdf", "--date", "2026-02-13", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert run([*asked, "--format", "odt"]) == 3
        elsewhere = ["999999" if word == "530700" else word for word in asked]
    assert run(elsewhere) == 3
    assert Path(said["files"][0]["path"]).stat().st_size == said["files"][0]["bytes"]
    assert said["gaps"] == []


def test_a_report_needs_a_ledger_that_knew_something(ready_db: str) -> None:
    fisc_app.setup(ready_db)
    with psycopg.connect(ready_db) as conn:
        with pytest.raises(ReportError, match="先用 fisc import"):
            document_facts(LiveEngine(conn), "530700", 2025)
        import_book(BOOK, conn, prove=False)
        assert document_facts(LiveEngine(conn), "530700", 2025)[1].endswith(BOOK.name)
        with pytest.raises(ReportError):
            document_facts(LiveEngine(conn), "530700", 2025, datetime(2020, 1, 1, tzinfo=UTC))
