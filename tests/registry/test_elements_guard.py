"""The database itself refuses what is not in use, whatever code writes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from fisc.kernel.errors import AppendOnly, FiscError, translate
from fisc.registry import elements
from fisc.registry.errors import DisabledElement, UnknownElement
from fisc.registry.officers import define_officers
from tests.registry.element_makers import (
    BANNER,
    BY,
    CITY,
    ON,
    REGISTRAR,
    Connection,
    agency,
    define,
    disable,
    project,
)

_INSERT = (
    "insert into a_document (fiscal_year, mof_div_code, agency_code, pro_code, theme_code) "
    "values (%s, %s, %s, %s, %s)"
)


def _with_guarded_table(conn: Connection) -> Connection:
    """A guarded document table, and one agency and project in use."""
    conn.execute(
        "create table a_document (id bigint generated always as identity, fiscal_year smallint, "
        "mof_div_code varchar(9), agency_code text, pro_code text, theme_code text, state text default '')"
    )
    elements.guard_table(conn, "a_document")
    define_officers(conn, [REGISTRAR])
    define(conn, agency(), agency("101002"))
    define(conn, project())
    return conn


@pytest.fixture
def guarded(ready_conn: Connection) -> Connection:
    return _with_guarded_table(ready_conn)


@contextmanager
def refused(conn: Connection, kind: type[FiscError], what: str) -> Iterator[None]:
    with pytest.raises(psycopg.Error) as error, conn.transaction():
        yield
    said = translate(error.value)
    assert type(said) is kind
    assert what in said.message
    assert said.rule and said.hint


def insert(
    conn: Connection, agency_code: str = "101001", pro_code: str = "P1", theme_code: str = "",
    region: str = CITY, year: int = 2021,
) -> None:  # fmt: skip
    conn.execute(_INSERT, [year, region, agency_code, pro_code, theme_code])


def count(conn: Connection) -> int:
    return conn.execute("select count(*) from a_document").fetchone()[0]  # type: ignore[index,no-any-return]


def test_what_is_in_use_passes(guarded: Connection) -> None:
    insert(guarded, theme_code="epidemic")
    insert(guarded, agency_code="", pro_code="")
    insert(guarded, agency_code="109", pro_code="P9", region="")  # a counterpart outside our regions
    assert count(guarded) == 3


@pytest.mark.parametrize(
    ("row", "kind", "what"),
    [
        ({"agency_code": "109"}, UnknownElement, "预算单位不可用：2021 年 150600000 109未登记"),
        ({"pro_code": "P9"}, UnknownElement, "预算项目不可用：2021 年 150600000 P9未登记"),
        ({"theme_code": "nothing"}, UnknownElement, "专题不可用"),
        ({"region": BANNER}, UnknownElement, "2021 年 150622000 101001未登记"),
        ({"year": 2022}, UnknownElement, "2022 年 150600000 101001未登记"),
    ],
)  # fmt: skip
def test_what_is_not_recorded_there_and_then_is_refused(
    guarded: Connection, row: dict[str, object], kind: type[FiscError], what: str
) -> None:
    with refused(guarded, kind, what):
        insert(guarded, **row)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "code", "what"),
    [
        ("agencies", "101001", "101001单位101001已停用（机构改革）"),
        ("projects", "P1", "P1项目P1已停用"),
        ("themes", "epidemic", "epidemic疫情防控已停用"),
    ],
)  # fmt: skip
def test_what_is_disabled_is_refused_and_enabled_again_passes(
    guarded: Connection, kind: str, code: str, what: str
) -> None:
    disable(guarded, kind, code)
    with refused(guarded, DisabledElement, what):
        insert(guarded, theme_code="epidemic")
    region = CITY if kind != "themes" else ""
    elements.enable(guarded, kind, [elements.Key(2021, code, region)], by=BY, on=ON, reason="单位已经恢复")
    insert(guarded, theme_code="epidemic")


def test_one_bad_row_of_many_refuses_all(guarded: Connection) -> None:
    with refused(guarded, UnknownElement, "109未登记"):
        guarded.execute(
            "insert into a_document (fiscal_year, mof_div_code, agency_code, pro_code, theme_code) "
            "select 2021, '150600000', case when n = 70 then '109' else '101001' end, 'P1', '' "
            "from generate_series(1, 100) n"
        )
    assert count(guarded) == 0


def test_a_row_that_takes_a_disabled_element_is_refused_and_one_that_keeps_it_moves_on(
    guarded: Connection,
) -> None:
    insert(guarded)
    insert(guarded, agency_code="101002", pro_code="")
    disable(guarded, "agencies", "101002")
    guarded.execute("update a_document set state = 'paid', agency_code = agency_code")
    with refused(guarded, DisabledElement, "101002"):
        guarded.execute("update a_document set agency_code = '101002' where agency_code = '101001'")
    with refused(guarded, UnknownElement, "2022 年"):
        guarded.execute("update a_document set fiscal_year = 2022 where agency_code = '101001'")


def test_the_guard_may_be_attached_again_and_as_sql(guarded: Connection) -> None:
    elements.guard_table(guarded, "a_document")
    guarded.execute("create table few (fiscal_year int, mof_div_code text, pro_code text)")
    guarded.execute(elements.guard_sql("few").encode())
    guarded.execute("insert into few values (2021, '150600000', 'P1')")
    with refused(guarded, UnknownElement, "P9"):
        guarded.execute("insert into few values (2021, '150600000', 'P9')")
    with pytest.raises(ValueError, match="not the name of a table"):
        elements.guard_sql("few; drop table few")


@pytest.mark.parametrize(
    "columns", ["mof_div_code text, agency_code text", "fiscal_year int, mof_div_code text"]
)
def test_a_table_without_the_columns_cannot_be_guarded(ready_conn: Connection, columns: str) -> None:
    ready_conn.execute(f"create table bare ({columns})".encode())
    with pytest.raises(psycopg.errors.RaiseException):
        elements.guard_table(ready_conn, "bare")


@pytest.mark.parametrize(
    "statement",
    [
        "delete from registry_agency",
        "truncate registry_project",
        "update registry_agency set agency_code = 'x'",
        "update registry_project set fiscal_year = 2022",
        "delete from registry_element_event",
    ],
)
def test_snapshots_are_kept(guarded: Connection, statement: str) -> None:
    with refused(guarded, AppendOnly, "不能删除"):
        guarded.execute(statement.encode())


def test_disabled_without_a_reason_cannot_be_written(guarded: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), guarded.transaction():
        guarded.execute("update registry_agency set is_enabled = false")


def test_who_disables_waits_for_documents_under_way(ready_db: str) -> None:
    """A document begun before is in; one begun after sees that the agency is disabled."""
    with (
        psycopg.connect(ready_db) as maker,
        psycopg.connect(ready_db) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        _with_guarded_table(maker).commit()
        insert(maker)  # not yet committed
        waiting = pool.submit(disable, other, "agencies", "101001")
        while not maker.execute("select 1 from pg_locks where not granted").fetchone():
            assert not waiting.done()
        maker.commit()
        assert waiting.result() == [True]
        other.commit()
        with refused(maker, DisabledElement, "101001"):
            insert(maker)
        assert count(maker) == 1
