"""The database itself takes no quota whose elements do not fit, whatever code writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import psycopg
import pytest
from psycopg import sql

#: A quota of a bond for a school building, split from nothing: what the columns hold beside.
CAPITAL: Final = {
    "fiscal_year": 2022, "mof_div_code": "150600000", "fund_type_code": "112", "exp_func_code": "2050202",
    "gov_bgt_eco_code": "50302", "dep_bgt_eco_code": "31005", "bgt_exe_flag": "1", "bgt_id": "Q",
    "coding_id": 1, "first_year": 2022, "issued_on": "2022-01-02", "tags": [],
}  # fmt: skip


@pytest.fixture
def ready(ready_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ready_db) as conn:
        yield conn
        conn.rollback()


def _insert(conn: psycopg.Connection, given: dict[str, str]) -> None:
    row = {**CAPITAL, **given}
    columns = conn.execute(
        "select attname from pg_attribute where attrelid = 'budget_quota'::regclass and attnum > 0 "
        "and not attisdropped and attidentity = ''"
    ).fetchall()
    names = [name for (name,) in columns]
    statement = sql.SQL("insert into budget_quota ({}) values ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(sql.Placeholder() * len(names))
    )
    conn.execute(statement, [row.get(name, "") for name in names])


def test_a_quota_of_a_bond_for_a_building_is_taken(ready: psycopg.Connection) -> None:
    _insert(ready, {})
    _insert(ready, {"bgt_id": "P", "coding_id": 2, "bgt_exe_flag": "2", "gov_bgt_eco_code": "",
                    "dep_bgt_eco_code": ""})  # fmt: skip
    _insert(ready, {"bgt_id": "W", "coding_id": 3, "fund_type_code": "111", "gov_bgt_eco_code": "50101",
                    "dep_bgt_eco_code": "30101", "is_unified_pay": "1"})  # fmt: skip


MISFITS: Final[dict[str, tuple[dict[str, str], str]]] = {
    "bonds for salaries": ({"gov_bgt_eco_code": "50101", "dep_bgt_eco_code": "30101"}, "不得安排经常性支出"),
    "bonds for administration": ({"exp_func_code": "2010301"}, "不得安排经常性支出：行政运行"),
    "bonds for no class": ({"gov_bgt_eco_code": "", "dep_bgt_eco_code": ""}, "没有写明"),
    "bonds for half a class": ({"dep_bgt_eco_code": ""}, "没有写明"),
    "bonds for subsidies": ({"gov_bgt_eco_code": "50701", "dep_bgt_eco_code": "31204"}, "只能列资本性支出"),
    "marked as debt": ({"fund_type_code": "111", "is_debt": "1", "gov_bgt_eco_code": "501"}, "债务资金"),
    "a class where an item is due": ({"exp_func_code": "205"}, "205 没有列到最细一级"),
    "a section of another budget": (
        {"fund_type_code": "122", "exp_func_code": "21208"}, "21208 没有列到最细一级",
    ),
    "a transfer": ({"fund_type_code": "111", "exp_func_code": "2300245"}, "不是本级支出"),
    "interest in education": (
        {"fund_type_code": "111", "gov_bgt_eco_code": "51101", "dep_bgt_eco_code": "30701"}, "付息",
    ),
    "goods among wages": (
        {"fund_type_code": "111", "is_unified_pay": "1"}, "工资统发只用于工资福利",
    ),
    "wages' way by the unit itself": (
        {"fund_type_code": "111", "gov_bgt_eco_code": "50101", "dep_bgt_eco_code": "30101",
         "is_unified_pay": "1", "pay_type_code": "2"}, "工资统发由财政直接支付",
    ),
    "building with goods": (
        {"fund_type_code": "111", "gov_bgt_eco_code": "50201", "dep_bgt_eco_code": "30201",
         "is_capital": "1"},
        "基建只用于资本性支出",
    ),
    "wages by purchase": (
        {"fund_type_code": "111", "gov_bgt_eco_code": "50101", "dep_bgt_eco_code": "30101",
         "is_gov_purchase": "1"}, "政府采购只用于货物",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "what"), MISFITS.values(), ids=MISFITS)
def test_the_database_refuses_what_does_not_fit(
    ready: psycopg.Connection, given: dict[str, str], what: str
) -> None:
    with pytest.raises(psycopg.Error, match=what):
        _insert(ready, given)
