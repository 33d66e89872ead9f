"""People read codes with their names, and only what differs; programs read codes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.cli.code_names import with_names
from tests.conftest import _copy_of, _furnished
from tests.treasury import paying
from tests.treasury.paying import CITY, YEAR
from tests.use_cases.desk import Desk

PLACE = {"mof_div_code": CITY, "fiscal_year": YEAR}
LISTING = ["budget", "list-quotas", "--region", CITY[:6], "--year", YEAR]


@pytest.fixture
def desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city that can pay."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_paying", paying.furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, capsys)


def test_a_list_says_names_and_not_what_was_asked(desk: Desk) -> None:
    told = desk.told("", *LISTING)
    shown = desk.shown("", *LISTING)
    assert "财政区划" not in shown and "预算年度" not in shown
    assert {row["mof_div_code"] for row in told} == {CITY}
    projects = ["registry", "list-projects", "--year", YEAR]
    assert {row["agency_code"] for row in desk.told("", *projects)} >= {"101001"}
    name = desk.conn.execute(
        "select name from registry_agency where agency_code = '101001' and fiscal_year = %s "
        "and mof_div_code = %s",
        [YEAR, CITY],
    ).fetchone()
    assert name is not None and f"101001 {name[0]}" in desk.shown("", *projects)


def test_a_code_means_what_it_means_where_it_stands(desk: Desk) -> None:
    rows = [
        {"fund_type_code": "111", "exp_func_code": "2010301", "agency_code": "999999"},
        {"lines": [{"exp_func_code": "2010301", "mof_div_code": CITY}], "many": ["1", "2"]},
        {"exp_func_code": "2010301", "fiscal_year": 1949},
        {"agency_code": "101001", "name": "某单位"},
    ]
    first, second, third, fourth = with_names(desk.conn, rows, PLACE)
    assert first == {"fund_type_code": f"111 {first['fund_type_code'][4:]}",
                     "exp_func_code": "2010301 行政运行", "agency_code": "999999"}  # fmt: skip
    assert len(first["fund_type_code"]) > 4
    assert second["lines"] == [{"exp_func_code": "2010301 行政运行", "mof_div_code": f"{CITY} 鄂尔多斯市"}]
    assert second["many"] == ["1", "2"]
    assert third["exp_func_code"] == "2010301"
    assert fourth == rows[3]
