"""Recorded figures, and the commands that show, trace, record and verify."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc import app as fisc_app
from fisc.cli import main
from fisc.kernel import open_year, post, reverse
from fisc.reading.names import name_of
from tests.papers import a_document
from tests.reading.city import YEARS, City, entry_of, next_city, post_moves
from tests.reading.test_rules import EAST, OWN, WAN, WEST, WHOLE, revenue

REGION_YEAR = ("--year", "2025")


@pytest.fixture
def conn(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    fisc_app.setup(ready_db)
    with psycopg.connect(ready_db, autocommit=True) as connection:
        yield connection
    from django.db import connections

    connections.close_all()


@pytest.fixture
def city(conn: psycopg.Connection) -> City:
    """A city with its years open; the registry has set up the accounts."""
    city = next_city()
    for region in city.regions:
        for year in YEARS:
            open_year(conn, region, year)
    return replace(city, paper=a_document(conn, city.own, YEARS[0]))


@dataclass(frozen=True)
class Ran:
    exit_code: int
    stdout: str
    stderr: str


def run(*words: str) -> Ran:
    """Run `fisc` in this process, as the console script does."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run(words)
    return Ran(code, out.getvalue(), err.getvalue())


def run_json(*words: str) -> tuple[int, Any]:
    ran = run(*words, "--json")
    return ran.exit_code, json.loads(ran.stdout)


def run_rows(*words: str) -> tuple[int, list[dict[str, Any]]]:
    code, said = run_json(*words)
    return code, said["rows"]


def test_records_hold_after_later_postings_and_corrections(conn, city) -> None:
    ids = post(conn, [entry_of(city, revenue(2025, 5 * WAN), "first")]).entry_ids
    post_moves(conn, city, [revenue(2024, 4 * WAN)])
    code, rows = run_rows(
        "figures", "record", "revenue.general", "revenue.general.yoy", "--region", city.code, *REGION_YEAR
    )
    assert code == 0
    assert [row["value"] for row in rows] == [str(5 * WAN), "0.25"]
    reverse(conn, ids, "/红字")
    post_moves(conn, city, [revenue(2025, 6 * WAN)])
    assert run_json("figures", "verify") == (0, {"checked": 2, "differences": []})
    _, (now,) = run_rows("figures", "value", "revenue.general", "--region", city.code, *REGION_YEAR)
    assert now["value"] == 6 * WAN


def test_a_gap_is_recorded_with_its_reason(conn, city) -> None:
    code, (row,) = run_rows("figures", "record", "revenue.general", "--region", city.code, *REGION_YEAR)
    assert code == 1
    assert row["value"] is None
    assert "2025" in row["reason"]
    assert run_json("figures", "verify")[0] == 0


def record_again(conn: psycopg.Connection, **changed: str) -> None:
    """Add a copy of the records with other contents, as somebody with the database's password could."""
    rows = conn.execute(
        "select column_name from information_schema.columns where table_name = 'figures_recordedfigure' "
        "and column_name <> 'id'"
    ).fetchall()
    names = [name for (name,) in rows]
    values = ", ".join(changed.get(name, name) for name in names)
    conn.execute(
        f"insert into figures_recordedfigure ({', '.join(names)}) select {values} from figures_recordedfigure"
    )


def test_a_record_that_does_not_hold_is_named(conn, city) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN)])
    run("figures", "record", "revenue.general", "--region", city.code, *REGION_YEAR)
    record_again(conn, value="'1'")
    code, report = run_json("figures", "verify")
    (difference,) = report["differences"]
    assert code == 1
    assert (difference["what"], difference["recorded"], difference["recomputed"]) == (
        "数值",
        "1",
        str(5 * WAN),
    )


def test_a_record_of_another_version_is_named(conn, city) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN)])
    run("figures", "record", "revenue.general", "--region", city.code, *REGION_YEAR)
    record_again(conn, figure_version="99")
    assert [d["what"] for d in run_json("figures", "verify")[1]["differences"]] == ["口径版本"]


@pytest.mark.parametrize(
    "change",
    [
        "update figures_recordedfigure set value = '1'",
        "delete from figures_recordedfigure",
        "truncate figures_recordedfigure",
    ],
)
def test_the_database_refuses_to_change_a_record(conn, city, change: str) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN)])
    run("figures", "record", "revenue.general", "--region", city.code, *REGION_YEAR)
    with pytest.raises(psycopg.Error, match="不能修改或删除"):
        conn.execute(change.encode())


def test_trace_prints_definition_breakdown_and_cells(conn, city) -> None:
    post(conn, [entry_of(city, revenue(2025, 5 * WAN), "E7")])
    result = run("trace", "revenue.general", "--region", city.code, *REGION_YEAR)
    assert result.exit_code == 0
    for said in ("一般公共预算收入", "口径", "税收收入", "表!E7", "5 万元"):
        assert said in result.stdout


def test_trace_by_code_as_of_and_scope(conn, city, monkeypatch) -> None:
    post_moves(conn, city, [revenue(2025, n * WAN, region) for n, region in ((1, OWN), (2, EAST), (4, WEST))])
    moment = conn.execute("select clock_timestamp()").fetchone()[0].isoformat()
    post_moves(conn, city, [revenue(2025, 8 * WAN, WHOLE, code=1)])
    words = ("trace", "revenue.general", "--region", city.code, *REGION_YEAR)
    assert run_json(*words)[1]["value"] == 8 * WAN
    assert run_json(*words, "--as-of", moment)[1]["value"] == 7 * WAN
    asked = ("figures", "value", "revenue.general", "--region", city.code, *REGION_YEAR, "--as-of", moment)
    monkeypatch.setenv("COLUMNS", "60")
    told = run(*asked).stdout
    assert "revenue.general" in told and "所知" in told  # neither cut off nor left unsaid
    assert run_json(*words, "--scope", "own")[1]["value"] == 1 * WAN
    by_section = run_json(*words, "--by", "rev_func_code:5")[1]
    assert by_section["breakdown"] == [{"code": "10104", "name": "企业所得税", "value": 8 * WAN}]
    assert run_json(*words, "--code", "103")[0] == 1


def test_snapshot_and_values_from_it(conn, city, tmp_path: Path) -> None:
    post_moves(conn, city, [revenue(2025, 5 * WAN)])
    assert run_json("figures", "snapshot", "--out", str(tmp_path))[0] == 0
    assert run_json("figures", "snapshot", "--out", str(tmp_path), "--check") == (0, {"broken": []})
    words = ("revenue.general", "--region", city.code, *REGION_YEAR)
    live, away = run_json("trace", *words)[1], run_json("trace", *words, "--snapshot", str(tmp_path))[1]
    assert away.pop("engine") != live.pop("engine")
    for opened in (live, away):
        for entry in opened["entries"]:
            entry.pop("posted_at")  # the same moment in another time zone
    assert away == live


def test_the_catalogue_can_be_listed_and_shown() -> None:
    code, found = run_rows("figures", "list", "revenue.general")
    assert code == 0
    assert {"revenue.general", "revenue.general.yoy"} <= {f["id"] for f in found}
    shown = run("figures", "show", "revenue.general")
    assert "财库〔2022〕41号" in shown.stdout
    assert run("figures", "income.like.it").exit_code == 2
    nothing = run("figures", "list", "nothing.like.it")
    assert (nothing.exit_code, nothing.stdout[:2]) == (0, "没有")


def test_the_catalogue_is_short_and_searched_by_name_or_id() -> None:
    whole = run_rows("figures")[1]
    assert len(run("figures").stdout.splitlines()) < len({f["id"].split(".")[0] for f in whole}) + 10
    assert len(run("figures", "--all").stdout.splitlines()) >= len(whole)
    for word, field in (("民生", "name"), ("revenue.tax", "id")):
        found = run_rows("figures", word)[1]
        assert found == run_rows("figures", "list", word)[1] == [f for f in whole if word in f[field]]
        assert all(f["id"] in run("figures", word).stdout for f in found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("figures", "show", "revenue.nothing"), "没有指标"),
        (("trace", "revenue.general", "--region", "53x", "--year", "2025"), "没有区划"),
        (("trace", "revenue.general", "--region", "530700", "--year", "2025", "--as-of", "soon"), "不是时刻"),
        (
            (
                "figures",
                "value",
                "revenue.general",
                "--region",
                "530700",
                "--year",
                "2025",
                "--as-of",
                "2999-01-01",
            ),
            "还没有到",
        ),
        (("report", "budget", "--region", "530700", "--year", "2025", "--as-of", "2999-01-01"), "还没有到"),
        (("report", "annual", "--region", "530700", "--year", "2025", "--as-of", "soon"), "不是时刻"),
        (("trace", "revenue.general", "--region", "530700", "--year", "2025", "--by", "colour"), "分项"),
    ],
)
def test_refusals_are_said_in_words(conn, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 3
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("element", "code", "name"),
    [
        ("rev_func_code", "10104", "企业所得税"),
        ("scheme_code", "10210", "城乡居民基本养老保险基金"),
        ("debt_type_code", "一般", "一般债务"),
        ("debt_move_code", "issued_new", "新增债券"),
        ("mof_div_code", "530702000", "古城区"),
        ("source_type_code", "2", "调整"),
        ("pro_code", "X1", "X1"),
        ("pro_code", "", "（未注明）"),
    ],
)
def test_codes_are_shown_by_name(element: str, code: str, name: str) -> None:
    assert name_of(element, code, 2025).startswith(name)


_READ = """
import sys
from fisc.cli import main
code = main.run(["figures", "value", "revenue.general", "--region", "530700", "--year", "2025", "--json"])
print(code, [name for name in ("django.db.models", "duckdb") if name in sys.modules], file=sys.stderr)
"""


def test_a_fresh_database_is_set_up_and_one_that_is_set_up_is_read_without_models(
    ledger_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", ledger_db)
    fresh, ready = (
        subprocess.run([sys.executable, "-c", _READ], capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert fresh.stdout == ready.stdout
    assert fresh.stderr.endswith("3 ['django.db.models']\n")
    assert ready.stderr.endswith("3 []\n")
