"""Snapshots by year: disabling, revising, rolling over; what one year does, no other feels."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.kernel.errors import DuplicateConflict
from fisc.registry import elements
from fisc.registry.errors import BadElement, UnknownElement
from tests.registry.element_makers import (
    BANNER,
    BY,
    CITY,
    ON,
    Connection,
    agency,
    codes,
    define,
    disable,
    payee,
    project,
)


def roll(conn: Connection, region: str = CITY, first: int = 2021, then: int = 2022) -> elements.RollOver:
    return elements.roll_over(conn, region, first, then, by=BY, on=date(2022, 1, 1))


def _events(conn: Connection) -> list[tuple[object, ...]]:
    return conn.execute(
        "select kind, fiscal_year, code, event, acted_by, acted_on, reason, before ->> 'name' "
        "from registry_element_event order by id"
    ).fetchall()


def test_disabling_is_recorded_and_a_repeat_is_no_op(ready_conn: Connection) -> None:
    define(ready_conn, agency(), agency("101002"))
    assert disable(ready_conn, "agencies", "101001", "101002") == [True, True]
    assert disable(ready_conn, "agencies", "101001") == [False]
    (found, _) = elements.find(ready_conn, "agencies", 2021, enabled_only=False)
    assert (found.is_enabled, found.disabled_on, found.disable_reason) == (False, ON, "机构改革")
    assert codes(ready_conn, "agencies", 2021) == set()
    assert [row[2:7] for row in _events(ready_conn)] == [
        (code, "disabled", BY, ON, "机构改革") for code in ("101001", "101002")
    ]


def test_disabling_otherwise_is_a_conflict_and_the_unknown_is_named(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    disable(ready_conn, "agencies", "101001")
    key = elements.Key(2021, "101001", CITY)
    with pytest.raises(DuplicateConflict, match="已于 2021-01-04 停用（机构改革）"):
        elements.disable(ready_conn, "agencies", [key], by=BY, on=ON, reason="别的原因")
    with pytest.raises(UnknownElement, match="109"):
        disable(ready_conn, "agencies", "101001", "109")
    with pytest.raises(BadElement, match="没有写明原因"):
        elements.disable(ready_conn, "agencies", [key], by=BY, on=ON, reason="")
    with pytest.raises(BadElement, match="没有名为 things 的要素"):
        elements.disable(ready_conn, "things", [key], by=BY, on=ON, reason="测试用的理由")


def test_what_is_enabled_again_may_be_used(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    disable(ready_conn, "agencies", "101001")
    key = elements.Key(2021, "101001", CITY)
    assert elements.enable(ready_conn, "agencies", [key], by=BY, on=ON, reason="单位已经恢复") == [True]
    assert elements.enable(ready_conn, "agencies", [key], by=BY, on=ON, reason="单位已经恢复") == [False]
    elements.require_usable(ready_conn, 2021, CITY, agency_codes=["101001"])
    assert [row[3] for row in _events(ready_conn)] == ["disabled", "enabled"]


def test_a_revision_changes_its_year_alone_and_keeps_what_was(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    roll(ready_conn)
    renamed = agency(year=2022, name="新名称")
    arguments = {"by": BY, "on": date(2022, 3, 1), "reason": "单位已经更名"}
    assert elements.revise(ready_conn, "agencies", [renamed], **arguments) == [True]  # type: ignore[arg-type]
    assert elements.revise(ready_conn, "agencies", [renamed], **arguments) == [False]  # type: ignore[arg-type]
    names = [r.item.name for y in (2021, 2022) for r in elements.find(ready_conn, "agencies", y)]  # type: ignore[union-attr]
    assert names == ["单位101001", "新名称"]
    assert _events(ready_conn) == [
        ("agencies", 2022, "101001", "revised", BY, date(2022, 3, 1), "单位已经更名", "单位101001")
    ]


def test_a_revision_is_held_to_the_same_rules(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    define(ready_conn, project())
    for wrong, refusal in (
        (project(name=""), BadElement),
        (project("P2"), UnknownElement),
        (project(theme_codes=("nothing",)), UnknownElement),
    ):
        with pytest.raises(refusal):
            elements.revise(ready_conn, "projects", [wrong], by=BY, on=ON, reason="测试用的理由")
    assert [r.item for r in elements.find(ready_conn, "projects", 2021)] == [project()]


def test_a_new_year_begins_with_what_is_enabled(ready_conn: Connection) -> None:
    define(
        ready_conn, agency("101"), agency("101001", dept_code="101"), agency("101009"), agency(region=BANNER)
    )
    define(ready_conn, project(), project("P2"))
    define(ready_conn, payee("S1", "6222020001", "6222020002"), payee("S2", "6222020003"))
    disable(ready_conn, "agencies", "101009")
    disable(ready_conn, "projects", "P2")
    disable(ready_conn, "payees", "S2")
    disable(ready_conn, "payee_accounts", "6222020002")
    done = roll(ready_conn)
    assert {kind: done.copied[kind] for kind in ("agencies", "projects", "payees", "payee_accounts")} == {
        "agencies": 2, "projects": 1, "payees": 1, "payee_accounts": 1,
    }  # fmt: skip
    assert codes(ready_conn, "agencies", 2022) == {"101", "101001"}
    assert codes(ready_conn, "projects", 2022) == {"P1"}
    assert codes(ready_conn, "payee_accounts", 2022) == {"6222020001"}
    (found,) = elements.find(ready_conn, "projects", 2022)
    assert (found.item, found.rolled_from) == (project(year=2022), 2021)


def test_rolling_over_again_adds_only_what_came_since(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    roll(ready_conn)
    disable(ready_conn, "agencies", "101001", year=2022)
    define(ready_conn, agency("101002"))
    assert roll(ready_conn).copied["agencies"] == 1
    assert sum(roll(ready_conn).copied.values()) == 0
    assert codes(ready_conn, "agencies", 2022) == {"101002"}


def test_what_hangs_on_something_missing_is_left_out_and_named(ready_conn: Connection) -> None:
    define(ready_conn, agency("101"), agency(dept_code="101"))
    define(ready_conn, project(), project("P2", agency_code=""))
    disable(ready_conn, "agencies", "101")
    done = roll(ready_conn)
    assert [(left.kind, left.code, left.name) for left in done.left_out] == [
        ("agencies", "101001", "单位101001"),
        ("projects", "P1", "项目P1"),
    ]
    assert codes(ready_conn, "projects", 2022) == {"P2"}


def test_projects_keep_the_labels_that_the_new_year_has(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    define(ready_conn, project(theme_codes=("pollution", "epidemic"), tags=("livelihood", "003001")))
    for kind, code in (("themes", "epidemic"), ("tags", "003001")):
        disable(ready_conn, kind, code, year=2022)
    roll(ready_conn)
    (found,) = elements.find(ready_conn, "projects", 2022)
    assert found.item == project(year=2022, theme_codes=("pollution",), tags=("livelihood",))


def test_labels_of_our_own_go_along(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    elements.define_themes(ready_conn, [elements.Theme(2021, "snow", "雪灾救助")], by=BY, on=ON)
    assert roll(ready_conn).copied["themes"] == 1
    assert "snow" in codes(ready_conn, "themes", 2022)


def test_a_year_without_agencies_or_backwards_is_refused(ready_conn: Connection) -> None:
    with pytest.raises(UnknownElement, match="2021 年没有登记预算单位"):
        roll(ready_conn)
    with pytest.raises(BadElement, match="不能由 2021 年结转到 2021 年"):
        roll(ready_conn, then=2021)


def test_loading_the_shipped_labels_again_leaves_what_was_disabled(
    ready_db: str, ready_conn: Connection
) -> None:
    from fisc.registry.elements import shipped

    disable(ready_conn, "themes", "epidemic")
    ready_conn.execute("update registry_theme set name = '走样' where code = 'pollution'")
    shipped.load(ready_conn, "themes.csv")
    assert "epidemic" not in codes(ready_conn, "themes", 2021)
    assert "epidemic" in codes(ready_conn, "themes", 2022)
    names = {r.item.name for r in elements.find(ready_conn, "themes", 2021, codes=["pollution"])}  # type: ignore[union-attr]
    assert names == {"节能减排及污染防治"}


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["define", "disable", "enable", "rename", "roll"]),
        st.sampled_from([2021, 2022, 2023]),
        st.sampled_from(["101", "102", "103"]),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(actions=ACTIONS)
def test_years_stand_like_a_dictionary_of_snapshots(
    ready_conn: Connection, actions: list[tuple[str, int, str]]
) -> None:
    """Against a model: {year: {code: (name, is_enabled)}}."""
    model: dict[int, dict[str, tuple[str, bool]]] = {2021: {}, 2022: {}, 2023: {}, 2024: {}}
    with ready_conn.transaction() as whole:
        for number, (what, year, code) in enumerate(actions):
            _act(ready_conn, model, what, year, code, f"名{number}")
        stands = {
            year: {r.item.agency_code: (r.item.name, r.is_enabled)  # type: ignore[union-attr]
                   for r in elements.find(ready_conn, "agencies", year, enabled_only=False)}
            for year in model
        }  # fmt: skip
        assert stands == model
        raise psycopg.Rollback(whole)


def _act(
    conn: Connection,
    model: dict[int, dict[str, tuple[str, bool]]],
    what: str,
    year: int,
    code: str,
    name: str,
) -> None:
    snapshot, key = model[year], [elements.Key(year, code, CITY)]
    note = {"by": BY, "on": ON, "reason": "名称登记有误"}
    if what == "define" and code not in snapshot:
        define(conn, replace(agency(code, year=year), name=name))
        snapshot[code] = (name, True)
    elif what == "roll" and snapshot:
        roll(conn, first=year, then=year + 1)
        kept = {c: row for c, row in snapshot.items() if row[1]}
        model[year + 1] = kept | model[year + 1]
    elif what == "rename" and code in snapshot:
        elements.revise(conn, "agencies", [replace(agency(code, year=year), name=name)], **note)  # type: ignore[arg-type]
        snapshot[code] = (name, snapshot[code][1])
    elif what in ("disable", "enable") and code in snapshot:
        service = elements.disable if what == "disable" else elements.enable
        service(conn, "agencies", key, **note)  # type: ignore[arg-type]
        snapshot[code] = (snapshot[code][0], what == "enable")
