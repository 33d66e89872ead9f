"""Quotas entered, appended and given to units."""

from __future__ import annotations

import psycopg
import pytest

from fisc.budget.services import quotas
from fisc.documents import NotFound
from fisc.kernel import DuplicateConflict, QuotaShortfall
from tests.budget.quota_world import CITY, SIGNED, class_left, document, entered, left, line


def test_a_quota_comes_out_of_the_approved_budget(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), line("Q2", 200, is_executable=False))
    assert left(city, "Q1") == {"executable": 300}
    assert left(city, "Q2") == {"pending": 200}
    assert class_left(city) == 1_000_000 - 500


def test_the_same_document_again_changes_nothing(city: psycopg.Connection) -> None:
    given = [document("1号", line("Q1", 300))]
    assert quotas.enter(city, given, **SIGNED) == [True]
    assert quotas.enter(city, given, **SIGNED) == [False]
    assert left(city, "Q1") == {"executable": 300}


def test_the_same_number_with_other_lines_is_refused(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), doc_no="1号")
    with pytest.raises(DuplicateConflict, match="1号"):
        entered(city, line("Q1", 301), doc_no="1号")


def test_no_budget_no_quota(city: psycopg.Connection) -> None:
    with pytest.raises(QuotaShortfall, match="2050202") as refused:
        entered(city, line("Q1", 1_000_001))
    assert "先有预算" in refused.value.rule
    assert refused.value.hint
    with pytest.raises(NotFound):
        left(city, "Q1")


def test_the_number_of_the_document_stands_on_its_quotas(city: psycopg.Connection) -> None:
    entered(city, line("Q1", 300), doc_no="鄂财指〔2022〕9号")
    block = quotas.quota_codings(city, ["Q1"])["Q1"]
    assert (block.cor_bgt_doc_no, block.source_type_code) == ("鄂财指〔2022〕9号", "1")
    assert block.pro_code == "Q1"
    assert block.mof_div_code == CITY
