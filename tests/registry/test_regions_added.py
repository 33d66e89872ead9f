"""Divisions that a database records itself: told with the shipped ones, by commands and by areas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

import fisc.app
from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.documents import Officer, define_officers
from fisc.documents.region_cases import Division, define_regions
from fisc.kernel import FiscError, open_year
from fisc.registry import areas, elements, regions
from fisc.registry.added_regions import define_region, recorded, remove_region
from fisc.registry.errors import BadRegion, UnknownRegion
from tests.use_cases.desk import under_way

CITY, ZONE = "150600000", "150671000"
Conn = psycopg.Connection[Any]


@pytest.fixture
def conn(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conn]:
    """A set-up database that is in force."""
    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(fisc.app.setup(ready_db), autocommit=True) as connection:
        yield connection
    regions.KEPT.in_force("")


def test_a_zone_is_part_of_its_city_and_keeps_books(conn: Conn) -> None:
    before = areas.members(CITY)
    row = define_region(conn, "150671", "高新技术产业开发区", level="zone")
    assert row == regions.lookup("150671") == regions.by_name("高新技术产业开发区")
    assert (row.mof_div_code, row.parent, row.is_verified) == (ZONE, CITY, False)
    assert areas.members(CITY) == tuple(sorted([*before, ZONE]))
    assert areas.city_of(ZONE) == CITY and areas.Area("receiver", ZONE).keeper == CITY
    assert areas.is_kept(ZONE) and areas.area_of("150671", "whole") == areas.Area("own", ZONE)
    open_year(conn, ZONE, 2026)
    assert recorded() == {ZONE}


def test_a_zone_of_a_county_lies_in_county_and_city(conn: Conn) -> None:
    define_region(conn, "150672", "工业园区", level="zone", parent="150622")
    assert [row.name for row in regions.children("150622")] == ["工业园区"]
    assert "150672000" in areas.members(CITY)
    assert areas.Area("receiver", "150672000").keeper == "150622000"


def test_recording_again_changes_nothing_and_another_name_renames(conn: Conn) -> None:
    first = define_region(conn, ZONE, "高新区", level="zone")
    assert define_region(conn, ZONE, "高新区") == first
    define_region(conn, "150602", "东胜新区")
    assert regions.require("150602000").name == "东胜新区"
    assert regions.by_name("东胜区") is None
    assert recorded() == {ZONE, "150602000"}


def test_a_division_newer_than_the_list_has_its_whole_area(conn: Conn) -> None:
    define_region(conn, "152300", "新设盟", level="city", parent="150000")
    assert areas.is_city("152300") and regions.require("152300998").name == "新设盟（全盟）"
    assert "152300000" in areas.peers(CITY)
    open_year(conn, "152300998", 2026)


@pytest.mark.parametrize(
    ("code", "given", "told"),
    [
        ("15067", {"level": "zone"}, "6 位或 9 位"),
        ("150671998", {"level": "zone"}, "本级代码"),
        ("150671", {}, "级次"),
        ("150671", {"level": "league"}, "级次"),
        ("150671", {"level": "zone", "parent": "530700"}, "不同头"),
        ("150671", {"level": "city"}, "不能在"),
        ("150602", {"level": "zone"}, "只改名称"),
        ("150602", {"parent": "150100"}, "只改名称"),
        ("150671", {"level": "zone", "name": " "}, "名称"),
        *(
            ("150671", {"level": "zone", "name": name}, "不能作")
            for name in ("换\n行", "区\u202e", "区😀", "150600", "全市", "市本级", "区" * 61)
        ),
        ("150671", {"level": "zone", "name": "东胜区"}, "已有东胜区（150602000）"),
        ("150602", {"name": "康巴什区"}, "已有康巴什区"),
    ],
)
def test_what_is_no_division_is_refused(conn: Conn, code: str, given: dict[str, str], told: str) -> None:
    with pytest.raises(BadRegion) as refused:
        define_region(conn, code, **{"name": "某区"} | given)
    assert told in str(refused.value)
    assert recorded() == frozenset()


def test_of_two_of_one_name_at_once_one_stands(conn: Conn, ready_db: str) -> None:
    def other(first: Conn) -> None:
        define_region(first, ZONE, "同名新区", level="zone")

    with under_way(ready_db, other), pytest.raises(BadRegion, match="已有同名新区"):
        define_region(conn, "150672", "同名新区", level="zone")
    assert recorded() == {ZONE}


def test_of_one_code_recorded_at_once_one_is_new(conn: Conn, ready_db: str) -> None:
    given = [Division(ZONE, "甲新区", "文件", "zone")]
    define_officers(conn, [Officer("r", "区划", "", frozenset({"registry_make"}))])
    with under_way(ready_db, lambda first: define_region(first, ZONE, "甲新区", level="zone")):
        assert define_regions(conn, given, by="r") == [False]
    twice = [Division("150672", "乙新区", "文件", "zone"), Division("150673", "乙新区", "文件", "zone")]
    with pytest.raises(BadRegion, match="已有乙新区"):
        define_regions(conn, twice, by="r")
    regions.KEPT.forget()
    assert recorded() == {ZONE}


def test_signs_that_nobody_sees_are_written_out_in_refusals(conn: Conn) -> None:
    define_officers(conn, [Officer("r", "区划", "", frozenset({"registry_make"}))])
    payee = elements.Payee("P\n1", "名\n\u202e", "enterprise", (elements.PayeeAccount("6200001"),))
    with pytest.raises(FiscError) as refused:
        elements.define_payees(conn, [replace(payee, fiscal_year=2022)], by="r", on=date(2022, 1, 1))
    assert str(refused.value).isprintable() and "\\n" in refused.value.message


def test_a_division_that_a_register_names_stays(conn: Conn) -> None:
    define_region(conn, ZONE, "高新区", level="zone")
    conn.execute(
        "insert into treasury_setting "
        "(mof_div_code, fiscal_year, plan_required, has_payment_agency, set_by, set_on) "
        "values (%s, 2022, false, false, 'x', '2022-01-01')", [ZONE],
    )  # fmt: skip
    with pytest.raises(BadRegion, match="已有单据或登记事项"):
        remove_region(conn, ZONE)


def test_a_parent_that_is_not_known_is_refused(conn: Conn) -> None:
    with pytest.raises(UnknownRegion, match="150699"):
        define_region(conn, "150671", "某区", level="zone", parent="150699")


def test_what_another_program_records_is_known_when_it_is_asked_for(
    conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "_READ_AGAIN_SECONDS", 0)
    assert regions.lookup(ZONE) is None
    conn.execute(
        "insert into registry_region (mof_div_code, name, level, parent, source, is_verified) "
        "values (%s, '高新区', 'zone', %s, 'x', false)",
        [ZONE, CITY],
    )
    assert regions.require(ZONE).name == "高新区"


def test_another_database_in_force_has_its_own(conn: Conn) -> None:
    define_region(conn, ZONE, "高新区", level="zone")
    regions.KEPT.in_force("")
    assert regions.lookup(ZONE) is None and ZONE not in areas.members(CITY)


def test_commands(conn: Conn, capsys: pytest.CaptureFixture[str]) -> None:
    define_region(conn, "150671", "高新区", level="zone", source="内政发〔2020〕1号")
    assert run(["registry", "regions", "--under", "150600", "--json"]) == 0
    told = {row["mof_div_code"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert set(told) == {CITY, *areas.members(CITY)}
    assert told[ZONE]["is_own"] and told[ZONE]["source"] == "内政发〔2020〕1号" and not told[CITY]["is_own"]
    assert run(["registry", "regions", "--name", "东胜"]) == 0 and "150602000" in capsys.readouterr().out
    assert run(["registry", "regions"]) == 0
    shown = capsys.readouterr().out
    assert "530000000" in shown and ZONE in shown and "150602000" not in shown
    assert run(["registry", "regions", "--name", "无此地"]) == 0 and "没有名称含" in capsys.readouterr().out
    assert run(["registry", "regions", "--under", "150699"]) == ExitCode.REFUSED
    assert "150671 高新区" in capsys.readouterr().err
