"""Quotas entered, appended and given to units."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.budget.services import quotas
from fisc.documents import NotFound
from fisc.kernel import DuplicateConflict, QuotaShortfall
from tests.budget.quota_world import CITY, SIGNED, class_left, document, entered, furnish, left, line


@pytest.fixture
def conn(ready_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ready_db, autocommit=True) as connection:
        furnish(connection)
        yield connection


def test_a_quota_comes_out_of_the_approved_budget(conn: psycopg.Connection) -> None:
    entered(conn, line("Q1", 300), line("Q2", 200, is_executable=False))
    assert left(conn, "Q1") == {"executable": 300}
    assert left(conn, "Q2") == {"pending": 200}
    assert class_left(conn) == 1_000_000 - 500


def test_the_same_document_again_changes_nothing(conn: psycopg.Connection) -> None:
    given = [document("1号", line("Q1", 300))]
    assert quotas.enter(conn, given, **SIGNED) == [True]
    assert quotas.enter(conn, given, **SIGNED) == [False]
    assert left(conn, "Q1") == {"executable": 300}


def test_the_same_number_with_other_lines_is_refused(conn: psycopg.Connection) -> None:
    entered(conn, line("Q1", 300), doc_no="1号")
    with pytest.raises(DuplicateConflict, match="1号"):
        entered(conn, line("Q1", 301), doc_no="1号")


def test_no_budget_no_quota(conn: psycopg.Connection) -> None:
    with pytest.raises(QuotaShortfall, match="2050202") as refused:
        entered(conn, line("Q1", 1_000_001))
    assert "先有预算" in refused.value.rule
    assert refused.value.hint
    with pytest.raises(NotFound):
        left(conn, "Q1")


def test_the_number_of_the_document_stands_on_its_quotas(conn: psycopg.Connection) -> None:
    entered(conn, line("Q1", 300), doc_no="鄂财指〔2022〕9号")
    block = quotas.quota_codings(conn, ["Q1"])["Q1"]
    assert (block.cor_bgt_doc_no, block.source_type_code) == ("鄂财指〔2022〕9号", "1")
    assert block.pro_code == "Q1"
    assert block.mof_div_code == CITY
