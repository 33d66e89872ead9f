"""Quotas entered, appended and given to units."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from fisc.budget.services import quotas
from fisc.documents import NotFound, RuleBroken, WrongState
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


def test_a_document_that_was_sent_back_keeps_its_number_and_says_other_lines(
    city: psycopg.Connection,
) -> None:
    by, on = SIGNED["by"], SIGNED["on"]
    first, second = (
        document("1号", *lines) for lines in ([line("Q1", 300), line("Q2", 1)], [line("Q1", 200)])
    )
    quotas.make_quota_documents(city, [first], by=by, on=on)
    key = first.doc_key
    quotas.review_quota_documents(city, [key], by=SIGNED["reviewed_by"], on=on)
    with pytest.raises(WrongState, match="不能修改"):
        quotas.make_quota_documents(city, [second], by=by, on=on, step="revise")
    quotas.send_back_quota_documents(city, [key], by=SIGNED["approved_by"], on=on, note="追加的数多了一倍")
    with pytest.raises(RuleBroken, match="标题"):
        renamed = replace(second, title="另一件事")
        quotas.make_quota_documents(city, [renamed], by=by, on=on, step="revise")
    assert quotas.make_quota_documents(city, [second], by=by, on=on, step="revise") == [True]
    assert quotas.make_quota_documents(city, [second], by=by, on=on, step="revise") == [False]
    quotas.review_quota_documents(city, [key], by=SIGNED["reviewed_by"], on=on)
    quotas.approve_quota_documents(city, [key], by=SIGNED["approved_by"], on=on)
    assert left(city, "Q1") == {"executable": 200}
    with pytest.raises(NotFound):
        left(city, "Q2")
