"""What a region settles for itself: two officers, values that are checked, days, and who reads what holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

import fisc.app
from fisc.catalogue import CATALOGUE
from fisc.documents import FourEyes, MissingDuty, Officer, RuleBroken, define_officers
from fisc.kernel import Coding
from fisc.reading.bind import definition_of
from fisc.regional.services import Setting, approve_settings, discard_settings, make_settings
from fisc.regional.standing import settings_in_force
from fisc.registry import own_settings, settings
from fisc.registry.fitting import Known, State, Unit, misfits
from fisc.registry.in_force import REVISION, in_force, is_now
from fisc.registry.told_words import recurrent_words
from fisc.treasury.checks import payments as checks
from tests.use_cases.desk import Desk

CITY, BANNER, OTHER = "150600000", "150602000", "150800000"
DAY = date(2022, 3, 1)
Conn = psycopg.Connection[Any]


@pytest.fixture
def conn(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conn]:
    """A set-up database that is in force, with who makes and who approves settings."""
    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(fisc.app.setup(ready_db), autocommit=True) as connection:
        define_officers(connection, [
            Officer("made", "经办", CITY, frozenset({"registry_make"})),
            Officer("approves", "审核", CITY, frozenset({"registry_review"})),
        ])  # fmt: skip
        yield connection
    in_force("")


def given(number: str, setting: str, value: str = "", *, since: date = DAY, **more: Any) -> Setting:
    told: dict[str, Any] = {"mof_div_code": CITY, "approval_no": "鄂财发〔2022〕1号", **more}
    return Setting(number, setting=setting, value=value, valid_from=since, **told)


def yearly(number: str, setting: str, value: str = "", year: int = 2022, **more: Any) -> Setting:
    return given(number, setting, value, since=date(year, 1, 1), **more)


def settle(conn: Conn, *those: Setting) -> None:
    make_settings(conn, those, by="made", on=DAY)
    approve_settings(conn, [one.setting_no for one in those], by="approves", on=DAY)


OWN_SET = yearly("S1", "livelihood_set", title="本市口径", version="2", exp_func_codes=("205", "20801"))


def held(conn: Conn, setting: str, day: date = DAY, region: str = CITY) -> dict[str, Any]:
    rows = settings_in_force(conn, mof_div_code=region, day=day)
    return next(row for row in rows if row["setting"] == setting)


# ---- what holds, and since when


def test_nothing_holds_before_a_second_officer_has_put_it_in_force(conn: Conn) -> None:
    with pytest.raises(MissingDuty):
        make_settings(conn, [OWN_SET], by="approves", on=DAY)
    assert make_settings(conn, [OWN_SET], by="made", on=DAY) == [True]
    own_settings.KEPT.forget()
    assert held(conn, "livelihood_set")["value"] == "narrow_direct"
    define_officers(conn, [Officer("made", "经办", CITY, frozenset({"registry_review"}))])
    with pytest.raises(FourEyes):
        approve_settings(conn, ["S1"], by="made", on=DAY)
    assert approve_settings(conn, ["S1"], by="approves", on=DAY) == [True]
    found = held(conn, "livelihood_set")
    assert (found["origin"], found["setting_no"], found["valid_from"]) == ("own", "S1", date(2022, 1, 1))
    assert found["approval_no"] == "鄂财发〔2022〕1号" and "本市口径" in found["value_name"]


def test_what_was_given_up_never_holds_and_its_number_is_used_again(conn: Conn) -> None:
    make_settings(conn, [OWN_SET], by="made", on=DAY)
    assert discard_settings(conn, ["S1"], by="made", on=DAY) == [True]
    settle(conn, replace(OWN_SET, title="改过的口径"))
    assert "改过的口径" in held(conn, "livelihood_set")["value_name"]


def test_a_set_of_its_own_is_counted_from_its_year_on_by_banners_too(conn: Conn) -> None:
    settle(conn, OWN_SET, yearly("S2", "livelihood_set", "weihai_2025", 2024))
    codes = {y: settings.livelihood_set(CITY, y) for y in (2021, 2022, 2023, 2024)}
    assert [one.exp_func_codes if one else () for one in codes.values()][1:3] == [("205", "20801")] * 2
    assert (codes[2021] and codes[2021].set_id) == "narrow_direct"
    assert (codes[2024] and codes[2024].set_id) == "weihai_2025"
    assert settings.livelihood_set(BANNER, 2022) == codes[2022]
    assert settings.livelihood_set(OTHER, 2022) is None
    figure = CATALOGUE["expenditure.livelihood"]
    assert "教育支出、人力资源和社会保障管理事务" in definition_of(figure, "150600", 2022)
    assert "威海" in definition_of(figure, "150600", 2024)


def test_a_banner_settles_otherwise_than_its_city(conn: Conn) -> None:
    define_officers(conn, [
        Officer("b1", "旗", BANNER, frozenset({"registry_make"})),
        Officer("b2", "旗", BANNER, frozenset({"registry_review"})),
    ])  # fmt: skip
    settle(conn, OWN_SET)
    make_settings(
        conn, [yearly("B1", "livelihood_set", "baoshan_2025", mof_div_code=BANNER)], by="b1", on=DAY
    )
    approve_settings(conn, ["B1"], by="b2", on=DAY)
    found = {region: settings.livelihood_set(region, 2022) for region in (CITY, BANNER)}
    assert [one.set_id if one else "" for one in found.values()] == ["S1", "baoshan_2025"]


def test_of_two_from_one_day_the_one_put_in_force_later_holds(conn: Conn) -> None:
    those = {"S1": "weihai_2025", "S2": "baoshan_2025"}
    make_settings(conn, [yearly(n, "livelihood_set", v) for n, v in those.items()], by="made", on=DAY)
    for number in ("S2", "S1"):
        approve_settings(conn, [number], by="approves", on=DAY)
    assert held(conn, "livelihood_set")["setting_no"] == "S1"


@pytest.mark.parametrize(("rule", "setting"), [("cash", "treasury_cash_rate_max"), ("debt", "debt_rate_max")])
def test_how_much_a_deposit_brings_and_a_debt_bears_is_settled_in_per_cent(
    conn: Conn, rule: str, setting: str
) -> None:
    later = date(2022, 6, 1)
    settle(conn, given("L1", setting, "2.5", since=later))
    asked = [settings.check_parameter(rule, "rate_max_bp", CITY, day) for day in (DAY, later)]
    assert asked == ["600", "250"]
    kept = "select registry_check_number(%s, 'rate_max_bp', %s, %s, d) from unnest(%s::text[]) d order by d"
    days = [DAY.isoformat(), later.isoformat()]
    assert conn.execute(kept, [rule, setting, CITY, days]).fetchall() == [(600,), (250,)]
    assert held(conn, setting)["value_name"] == "6.00 %"
    assert held(conn, setting, later)["value_name"] == "2.50 %"
    for value in ("0", "-1", "101", "百分之二"):
        with pytest.raises(RuleBroken, match="L2"):
            make_settings(conn, [given("L2", setting, value)], by="made", on=DAY)


def test_within_how_many_days_payments_count_together_is_settled(conn: Conn) -> None:
    later = date(2022, 6, 1)
    settle(conn, given("D1", "split_days", "10", since=later))
    assert [checks.split_days(CITY, day) for day in (DAY, later)] == [7, 10]
    assert held(conn, "split_days")["value_name"] == "7 日"
    assert held(conn, "split_days", later)["value_name"] == "10 日"
    for value in ("-1", "3.5", "400", "一周", ""):
        with pytest.raises(RuleBroken, match="D2"):
            make_settings(conn, [given("D2", "split_days", value)], by="made", on=DAY)


def test_a_threshold_holds_from_its_day_and_what_was_before_stays(conn: Conn) -> None:
    later = date(2022, 6, 1)
    settle(conn, given("T1", "attachment_threshold", "50,000"))
    settle(conn, given("T2", "attachment_threshold", "8000.5", since=later))
    days = (date(2022, 2, 28), DAY, date(2022, 5, 31), later)
    asked = [settings.check_parameter("R13", "threshold_fen", CITY, day) for day in days]
    assert asked == ["100000000", "5000000", "5000000", "800050"]
    assert settings.check_parameter("R13", "threshold_fen", OTHER, later) == "100000000"
    kept = (
        "select array_agg(registry_check_number('R13', 'threshold_fen', 'attachment_threshold', %s, d::text) "
        "order by d) from unnest(%s::date[]) d"
    )
    assert conn.execute(kept, [CITY, list(days)]).fetchone() == ([int(fen) for fen in asked],)
    assert conn.execute(kept, [OTHER, [later]]).fetchone() == ([100_000_000],)
    told = [held(conn, "attachment_threshold", day)["value"] for day in days[:2]]
    assert told == ["1000000.00", "50000.00"]
    facts = checks.Facts("A1", CITY, 5_000_000, "direct", "甲", "62", "工程款", Coding(2022, CITY), on=DAY)
    assert checks.refusing(checks.judge(replace(facts, on=days[0]))) is None
    refused = checks.refusing(checks.judge(facts))
    assert refused is not None and refused.rule_id == "R13"


def test_words_are_added_to_those_that_law_forbids(conn: Conn) -> None:
    settle(conn, given("W1", "forbidden_words", "月饼  粽子"))
    words = settings.check_parameter("R47", "words", CITY, DAY).split()
    assert {"月饼", "粽子", "购物卡"} <= set(words)
    assert "月饼" not in settings.check_parameter("R47", "words", CITY, date(2022, 2, 1)).split()


def test_words_that_debt_may_not_pay_are_added_and_freed(conn: Conn) -> None:
    settle(conn, given("W1", "debt_words", "绿化养护"))
    settle(conn, given("W2", "debt_allowed_words", "水电费计量设备"))
    block = Coding(2022, CITY, "112")
    before = date(2022, 2, 1)
    assert recurrent_words("绿化养护", block, DAY) == ["绿化养护"]
    assert recurrent_words("绿化养护", block, before) == []
    assert recurrent_words("水电费计量设备和水电费", block, DAY) == ["水电费"]
    assert recurrent_words("水电费计量设备", block, DAY) == []
    assert recurrent_words("水电费计量设备", block, before) == ["水电费"]


def test_a_mapping_is_noted_from_the_year_that_is_settled(conn: Conn) -> None:
    settle(conn, yearly("M1", "eco_mapping", "note", 2023))
    for year, noted in ((2022, False), (2023, True)):
        block = Coding(year, CITY, "111", agency_code="1", gov_bgt_eco_code="50201", dep_bgt_eco_code="30101")
        known = Known({(year, CITY, "1"): Unit("administrative", "1")})
        [found] = [one for one in misfits(block, known) if one.rule_id == "fit.eco_mapping"]
        assert found.is_noted is noted


def test_figures_are_told_of_the_area_that_is_settled(conn: Conn) -> None:
    assert settings.figure_area(CITY, "revenue.general.yoy", 2022) == "whole"
    settle(conn, yearly("F1", "figure_area", "own", figure="revenue.general"))
    asked = [settings.figure_area(CITY, f"revenue.{one}", 2022) for one in ("general.yoy", "tax")]
    assert asked == ["own", "whole"]
    assert settings.figure_area(OTHER, "revenue.general", 2022) == "whole"


def test_what_another_process_settled_is_known_with_the_next_request(conn: Conn, ready_db: str) -> None:
    assert held(conn, "eco_mapping")["origin"] == "shipped"
    now = own_settings.KEPT.held
    make_settings(conn, [yearly("M1", "eco_mapping", "note")], by="made", on=DAY)
    approve_settings(conn, ["M1"], by="approves", on=DAY)
    own_settings.KEPT.held = now  # as of a process that did not do it
    revision = conn.execute(f"select {REVISION}".encode()).fetchone()
    is_now(str(revision and revision[0]))
    assert held(conn, "eco_mapping")["value_name"] == "不符的提示"


def test_an_office_that_manages_quotas_is_settled(conn: Conn) -> None:
    """The budget office looks after no unit: it manages quotas where the region says so, from then on."""
    known = Known({}, {}, {(year, CITY): frozenset({"04"}) for year in (2021, 2022)})

    def told(office: str, year: int) -> list[str]:
        block = Coding(year, CITY, "111", bgt_mof_dep_code=office)
        return [one.name for one in misfits(block, known, State.BALANCE)]

    assert told("04", 2022) == [] and told("01", 2022) == ["指标管理处室"]
    settle(conn, yearly("S1", "quota_offices", "01 02"))
    assert told("01", 2022) == told("04", 2022) == []
    assert told("03", 2022) == told("01", 2021) == ["指标管理处室"]


# ---- what is refused


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (yearly("X", "livelihood_set", "erdos"), "没有口径“erdos”"),
        (yearly("X", "livelihood_set", title="甲", version="1"), "没有写所列功能分类"),
        (yearly("X", "livelihood_set", exp_func_codes=("205",)), "名称或版本"),
        (replace(OWN_SET, exp_func_codes=("999",)), "没有支出功能分类 999"),
        (replace(OWN_SET, exp_func_codes=("205", "20502")), "205 已包括 20502"),
        (replace(OWN_SET, exp_func_codes=("205", "205")), "列了两次"),
        (replace(OWN_SET, valid_from=DAY), "1 月 1 日"),
        (yearly("X", "eco_mapping", "perhaps"), "refuse（不符的拒绝）"),
        (yearly("X", "eco_mapping", "note", figure="revenue.general"), "不写指标编号"),
        (yearly("X", "figure_area", "own"), "没有写明是哪些指标"),
        (yearly("X", "figure_area", "own", figure="revenue.gener"), "没有指标 revenue.gener"),
        (given("X", "attachment_threshold", "0"), "大于零"),
        (given("X", "attachment_threshold", "许多"), "不是金额"),
        (given("X", "attachment_threshold", "5", since=date(2022, 2, 28)), "不溯及以往"),
        (given("X", "attachment_threshold", "5", title="甲"), "不写口径"),
        (given("X", "forbidden_words", "  "), "没有写关键字"),
        (given("X", "no_such", "5"), "没有设定事项"),
        (given("X", "attachment_threshold", "5", approval_no=" "), "依据文号"),
        (given("X", "attachment_threshold", "5", mof_div_code="150600998"), "一级政府"),
    ],
)
def test_what_a_setting_does_not_take_is_refused_with_what_it_takes(
    conn: Conn, wrong: Setting, told: str
) -> None:
    with pytest.raises(RuleBroken, match=told) as refused:
        make_settings(conn, [wrong], by="made", on=DAY)
    assert refused.value.rule and "setting_kinds" in refused.value.hint


def test_a_day_that_has_passed_before_it_is_approved_is_refused(conn: Conn) -> None:
    make_settings(conn, [given("T1", "attachment_threshold", "5")], by="made", on=DAY)
    with pytest.raises(RuleBroken, match="不溯及以往"):
        approve_settings(conn, ["T1"], by="approves", on=date(2022, 3, 2))


def test_growth_over_two_sets_has_no_meaning(conn: Conn) -> None:
    from fisc.reading.combine import Outcome, _unlike
    from fisc.reading.service import Ask

    settle(conn, OWN_SET)
    figure = CATALOGUE["expenditure.livelihood"]
    parts = [Outcome(figure, Ask(figure.id, CITY, year), value=1) for year in (2023, 2022, 2021)]
    assert _unlike(parts[:2]) == ""
    assert "口径不同" in _unlike(parts[1:])


# ---- at the desk


def test_a_bureau_sets_and_sees_at_the_desk(
    conn: Conn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(conn, monkeypatch, capsys)
    on = ["--on", "2022-03-01"]
    said = [
        "registry", "make-settings", "--region", "150600", "--setting-no", "鄂设1", "--setting",
        "民生支出口径",
        "--valid-from", "2022-01-01", "--approval-no", "鄂财发〔2022〕1号", "--title", "本市口径",
        "--version", "1", "--exp-func-codes", "205,208", *on,
    ]  # fmt: skip
    assert desk.new("made", *said) == [True]
    assert desk.new("approves", "registry", "approve-settings", "鄂设1", *on) == [True]
    told = desk.shown("", "registry", "settings-in-force", "--region", "150600", "--day", "2022-03-01")
    print(told)
    assert "本市口径" in told and "本库设定" in told and "1000000.00" in told
    [row] = desk.told("", "registry", "list-settings", "--region", "150600", "--year", "2022")
    assert row["setting_no"] == "鄂设1" and list(row["exp_func_codes"]) == ["205", "208"]
