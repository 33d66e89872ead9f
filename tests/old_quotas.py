"""Quotas that were issued while their region had missing classes noted; now it has them refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import psycopg
import pytest

from fisc.budget.rules.quota_types import QuotaChange
from fisc.budget.services import operations
from fisc.kernel.coding import codings_of
from fisc.registry import fit_terms
from fisc.treasury.services import drawing

OLD: Final = "OLD"


def noted(monkeypatch: pytest.MonkeyPatch, *, is_noted: bool) -> None:
    """Whether regions have missing economic classes noted, not refused, as the program knows."""
    how = "note" if is_noted else "refuse"
    monkeypatch.setattr(fit_terms, "setting", lambda region, of, on: how)


def old_quota(
    conn: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
    of: str = "Q1",
    officers: Sequence[str] = ("b-maker", "b-office", "b-head"),
    **classes: str,
) -> None:
    """`OLD`, 100 yuan out of a quota, with other classes; they are refused from now on."""
    noted(monkeypatch, is_noted=True)
    coding_id = drawing.of_quotas(conn, [of])[of].coding_id
    block = replace(codings_of(conn, [coding_id])[coding_id], **classes)  # type: ignore[arg-type]  # texts all
    lines = (QuotaChange(of, -10_000), QuotaChange(OLD, 10_000, coding=block))
    on = date(block.fiscal_year, 3, 1)
    paper = operations.QuotaOperation(
        "旧1", block.mof_div_code, block.fiscal_year, on, "调剂", lines, "鄂财〔2022〕1号", "按批准的调剂办理"
    )
    by, reviewed_by, approved_by = officers
    operations.swap(conn, [paper], by=by, reviewed_by=reviewed_by, approved_by=approved_by, on=on)
    noted(monkeypatch, is_noted=False)
