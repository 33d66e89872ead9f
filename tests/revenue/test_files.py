"""Statistics and rules of sharing from files: every row or none, each fault at its row, the paper kept."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openpyxl import Workbook

from fisc.documents import FourEyes, Officer, RuleBroken, define_officers
from fisc.kernel import FiscError
from fisc.revenue import services as revenue
from fisc.revenue.services import Source
from fisc.revenue.sharing import rule_for, rules_in_force
from fisc.sheets import FileRefused, RowsRefused
from tests.revenue.conftest import BANNER, CITY

Conn = psycopg.Connection[Any]
DAY = date(2022, 1, 20)
PAPER = Source("自治区财政收支快报", "快报1号")
HEAD = "指标,区划,年度,数值,单位,细目,版次"


def _csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _statistics(conn: Conn, path: Path, source: Source = PAPER) -> revenue.FileTaken:
    taken = revenue.import_statistics(conn, path, source, by="r", on=DAY)
    revenue.confirm_statistics(conn, list(taken.documents), by="t", on=DAY)
    return taken


def _count(conn: Conn, table: str) -> int:
    row = conn.execute(f"select count(*) from {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_a_file_counts_at_once_and_once(books: Conn, tmp_path: Path) -> None:
    path = _csv(
        tmp_path / "a.csv", HEAD, "general_revenue,鄂尔多斯市,2021,552.01,亿元,,",
        "一般公共预算收入,150200,2021,163.2,亿元,,", ",,,,,,",
        "tax_revenue_month,150600998,2020,3,亿元,2020-12,2",
    )  # fmt: skip
    taken = _statistics(books, path)
    assert (taken.rows, list(taken.documents.values())) == (3, [True, True, True])
    found = revenue.published(books, "general_revenue", (2021,))
    assert found[CITY, 2021, ""].value == 552_0100_0000_00
    assert found["150200000", 2021, ""].source_no == "快报1号"
    assert revenue.statistics(books, "tax_revenue_month", (2020,)) == {
        ("150600998", 2020, "2020-12"): Decimal(3 * 10**10)
    }
    assert not any(_statistics(books, path).documents.values())
    assert _count(books, "revenue_statistic") == 3


def test_a_workbook_is_read_as_well(books: Conn, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["指标", "区划", "年度", "数值", "单位"], ["gdp", 150600, 2021, 4715.7, "亿元"]]:
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert list(_statistics(books, tmp_path / "a.xlsx").documents.values()) == [True]
    assert revenue.statistics(books, "gdp", (2021,)) == {(CITY, 2021, ""): Decimal(4715_7000_0000_00)}


def test_the_digest_of_the_paper_is_kept(books: Conn, tmp_path: Path) -> None:
    paper = tmp_path / "快报.pdf"
    paper.write_bytes(b"%PDF-1.4")
    source = revenue.paper_of(" 快报 ", "1号", paper)
    assert source == Source("快报", "1号", hashlib.sha256(b"%PDF-1.4").hexdigest())
    _statistics(books, _csv(tmp_path / "a.csv", HEAD, "gdp,150600,2021,1,亿元,,"), source)
    assert revenue.published(books, "gdp", (2021,))[CITY, 2021, ""].source_sha256 == source.sha256
    row = books.execute("select source_sha256 from ledger.document where kind = 'statistic'").fetchone()
    assert row == (source.sha256,)


def test_every_fault_is_told_at_its_row_and_nothing_is_taken(books: Conn, tmp_path: Path) -> None:
    path = _csv(
        tmp_path / "a.csv", HEAD, "gdp,150600,2021,1,亿元,,", "gdp,火星,2021,1,亿元,,",
        "hats,150600,2021,1,顶,,", "gdp,150600,21,1,亿元,,", "gdp,150600,2022,x,亿元,,",
        "grain,150600,2022,1,吨,,", "gdp,150600,2021,2,亿元,,", "gdp,150600,2022,1,亿元,,0",
        "general_revenue_month,150600,2020,1,亿元,2020-13,", "tax_revenue_month,150600,2020,1,亿元,2019-12,",
        "revenue_target,150600,2022,1,亿元,99,", "nontax_revenue_month,150600,2020,1,亿元,2020-3,",
    )  # fmt: skip
    with pytest.raises(RowsRefused) as refused:
        _statistics(books, path)
    assert [(f.row, f.column) for f in refused.value.faults] == [
        (3, "区划"), (4, "指标"), (5, "年度"), (6, "数值"), (7, "数值"), (8, "数值"), (9, "版次"),
        (10, "细目"), (11, "细目"), (12, "细目"), (13, "细目"),
    ]  # fmt: skip
    assert refused.value.rule and refused.value.hint
    assert _count(books, "revenue_statistic") == 0


def test_another_value_needs_a_higher_revision(books: Conn, tmp_path: Path) -> None:
    _statistics(books, _csv(tmp_path / "a.csv", HEAD, "gdp,150600,2021,1,亿元,,"))
    with pytest.raises(RowsRefused, match="已登记为 1亿元（自治区财政收支快报 快报1号）"):
        _statistics(books, _csv(tmp_path / "b.csv", HEAD, "gdp,150600,2021,2,亿元,,"))
    _statistics(books, _csv(tmp_path / "c.csv", HEAD, "gdp,150600,2021,2,亿元,,2"))
    assert revenue.statistics(books, "gdp", (2021,))[CITY, 2021, ""] == Decimal(2 * 10**10)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["指标,区划,年度,数值", "gdp,150600,2021,1"], "缺少 单位"),
        (["指标,区划,年度,数值,单位,颜色", "gdp,150600,2021,1,亿元,红"], "不认识“颜色”"),
        (["指标,区划,年度,数值,单位,单位", "gdp,150600,2021,1,亿元,亿元"], "重复的列"),
        ([HEAD], "没有数据行"),
    ],
)
def test_a_table_of_another_shape_is_refused(
    books: Conn, tmp_path: Path, lines: list[str], words: str
) -> None:
    with pytest.raises(FileRefused, match=words):
        _statistics(books, _csv(tmp_path / "a.csv", *lines))


def test_statistics_need_two_officers_and_a_paper(books: Conn, tmp_path: Path) -> None:
    define_officers(books, [Officer("s", "统计", "", frozenset({"revenue_make", "registry_review"}))])
    path = _csv(tmp_path / "a.csv", HEAD, "gdp,150600,2021,1,亿元,,")
    with pytest.raises(RuleBroken, match="来源"):
        _statistics(books, path, Source(" "))
    taken = revenue.import_statistics(books, path, PAPER, by="s", on=DAY)
    assert revenue.published(books, "gdp", (2021,)) == {}
    with pytest.raises(FourEyes):
        revenue.confirm_statistics(books, list(taken.documents), by="s", on=DAY)


# ---- rules of sharing

SHARES = "适用区划,收入科目,起始日期,级次,比例"


def _sharing(conn: Conn, path: Path) -> revenue.FileTaken:
    taken = revenue.import_sharing(conn, path, PAPER, region=CITY, by="r", on=DAY)
    revenue.confirm_sharing(conn, list(taken.documents), by="t", on=DAY)
    return taken


def test_rules_of_sharing_come_into_force_from_their_day(books: Conn, tmp_path: Path) -> None:
    path = _csv(
        tmp_path / "a.csv", SHARES, "东胜区,10104,2022-01-01,中央,60%", "东胜区,10104,2022-01-01,自治区,12.5",
        "东胜区,10104,2022-01-01,旗县,27.5", "1506,1010719,2022-01-01,自治区,40",
        "1506,1010719,2022-01-01,征收级,60",
    )  # fmt: skip
    taken = _sharing(books, path)
    assert (taken.rows, list(taken.documents.values())) == (5, [True, True])
    rules = rules_in_force(books)
    ours = rule_for("10104", BANNER, date(2022, 1, 1), rules)
    assert (ours.is_ours, dict(ours.shares)) == (True, {"centre": 6000, "region": 1250, "county": 2750})
    assert not rule_for("10104", BANNER, date(2021, 12, 31), rules).is_ours
    assert not rule_for("10104", CITY, date(2022, 1, 1), rules).is_ours
    assert rule_for("1010719", CITY, date(2022, 6, 1), rules).is_ours
    assert not any(_sharing(books, path).documents.values())


def test_faults_of_sharing_are_told_by_row(books: Conn, tmp_path: Path) -> None:
    path = _csv(
        tmp_path / "a.csv", SHARES, "1506,10104,2022-01-01,中央,60", "1506,10104,2022-01-01,市,30",
        "1506,999,2022-01-01,市,100", "九州,10104,2022-01-01,市,100", "1506,10104,今年,市,100",
        "1506,10104,2023-01-01,乡,100", "1506,10104,2023-01-01,市,-1", "1506,10104,2023-01-01,市,33.333",
    )  # fmt: skip
    with pytest.raises(RowsRefused) as refused:
        _sharing(books, path)
    assert [(f.row, f.column) for f in refused.value.faults] == [
        (2, "比例"), (3, "比例"), (4, "收入科目"), (5, "适用区划"), (6, "起始日期"), (7, "级次"), (8, "比例"),
        (9, "比例"),
    ]  # fmt: skip
    assert _count(books, "revenue_sharing") == 0


def test_a_file_that_is_no_table_is_refused(books: Conn, tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(FiscError):
        _statistics(books, tmp_path / "a.doc")
