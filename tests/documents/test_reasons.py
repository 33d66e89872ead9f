"""A reason says something: at every use case, in every table that keeps one, beside steps that say why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from fisc.documents import Officer, RuleBroken, define_officers, findings
from fisc.documents.findings import FINDING
from fisc.documents.inputs import Field, Shape
from fisc.documents.installation import declared_by
from fisc.documents.limits import says_why
from fisc.documents.reasons import require_reasons
from fisc.documents.use_case import UseCase
from fisc.kernel.findings import Finding
from fisc.registry import elements
from fisc.settings import INSTALLED_APPS
from fisc.use_cases import use_cases
from tests.registry.element_makers import REGISTRAR

Conn = psycopg.Connection[Any]
CASES = [case for case in use_cases().values() if not case.is_reading]
DAY = date(2022, 3, 1)
#: Remarks beside steps that go on: 同意 is enough; and what a bank says.
REMARKS = {
    "budget.audit-projects", "budget.review-proposals", "budget.accept-proposals", "treasury.review",
    "treasury.approve", "treasury.record-returns",
}  # fmt: skip


@pytest.fixture
def ready_conn(ready_db: str) -> Iterator[Conn]:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        yield conn


def _of_lines(shape: Shape | None) -> Iterator[Field]:
    if shape is not None:
        yield from shape.fields
        for part in shape.parts:
            yield from _of_lines(part.shape)


def _texts(case: UseCase) -> Iterator[Field]:
    """The texts of a use case that look like reasons, by name or heading."""
    for field in (*case.options, *_of_lines(case.shape)):
        looks = re.search("reason|why|note$", field.name) or re.search("原因|理由|事由|说明$", field.heading)
        if looks and field.form == "text" and not field.choices:
            yield field


def test_whatever_looks_like_a_reason_is_one() -> None:
    assert {case.code for case in CASES if not all(f.is_reason for f in _texts(case))} == REMARKS


@pytest.mark.parametrize(
    "case", [c for c in CASES if any(f.is_reason for f in c.options)], ids=lambda c: c.code
)
@pytest.mark.parametrize("text", ["。", "11", "同意", "是是是是"])
def test_no_use_case_takes_a_reason_that_is_none(case: UseCase, text: str) -> None:
    for field in case.options:
        if field.is_reason:
            with pytest.raises(RuleBroken, match=f"{field.heading}“{text}”说明不了理由"):
                require_reasons(case, [], {field.path[0]: text})
            require_reasons(case, [], {field.path[0]: "金额填错一位，退回重编"})


def test_a_reason_of_an_item_names_the_item() -> None:
    case = use_cases()["revenue.make-reversals"]
    given = [SimpleNamespace(reversal_no=n, of_kind="", of_no="", reason=said)
             for n, said in (("C1", "同一张日报表录了两遍"), ("C2", "。"))]  # fmt: skip
    with pytest.raises(RuleBroken, match=r"冲销原因“。”说明不了理由：C2"):
        require_reasons(case, given, {})


def test_every_table_that_keeps_reasons_asks_for_them(ready_conn: Conn) -> None:
    declared = declared_by(INSTALLED_APPS)
    meant = {
        (table.table, column)
        for table in (*declared.kinds, *declared.registers)
        for column in table.all_columns
        if says_why(column) and column not in table.no_reasons
    }
    rows = ready_conn.execute(
        "select c.relname, substring(t.tgname from 6) from pg_trigger t join pg_class c on c.oid = t.tgrelid "
        "where t.tgname like 'says\\_%'"
    ).fetchall()
    assert set(rows) == meant | {("registry_element_event", "reason")}
    assert ("banking_unproven_note", "reason") in meant and ("disclosure_import", "restore_reason") in meant


def test_the_database_takes_no_step_back_without_a_reason(ready_conn: Conn) -> None:
    found = Finding("R1", "疑点", "说明", "规则", "150600000", 2022)
    define_officers(ready_conn, [Officer("h", "经办", "150600000", frozenset({"finding_handle"}))])
    findings.record(ready_conn, [found], on=DAY)
    keys = [one.key for one in findings.recorded(ready_conn, regions=["150600000"], year=2022)]
    with pytest.raises(psycopg.Error, match="说明“了结”说明不了理由"):
        ready_conn.execute(
            "update documents_finding set state = 'explained', known_at = known_at || now(), "
            "trail = trail || jsonb_build_array(%s::jsonb) where doc_key = any(%s)",
            ['["explain", 1, "h", "2022-03-01", "了结"]', keys],
        )
    assert "explain" in FINDING.flow.why_moves


def test_an_element_is_not_put_out_of_use_without_a_reason(ready_conn: Conn) -> None:
    key = elements.Key(2022, "NOBODY", "150600000")
    with pytest.raises(psycopg.Error, match="原因“x”说明不了理由"):
        ready_conn.execute(
            "insert into registry_element_event (kind, fiscal_year, mof_div_code, code, event, acted_by, "
            "acted_on, reason) values ('agencies', 2022, %s, %s, 'disabled', %s, %s, 'x')",
            [key.mof_div_code, key.code, REGISTRAR.code, DAY],
        )
