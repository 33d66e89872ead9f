"""Budgets made public: by the government and by each department (预算法第十四条)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.budget.kinds import PUBLICATION
from fisc.budget.services.lines import row_of
from fisc.documents import make
from fisc.documents.store import By


@dataclass(frozen=True, slots=True)
class Published:
    """A budget made public on a day: the government's (dept_code '') or a department's."""

    mof_div_code: str
    fiscal_year: int
    published_on: date
    place: str
    dept_code: str = ""

    @property
    def doc_key(self) -> str:
        """Natural key: region, year, whose budget."""
        return f"{self.mof_div_code}-{self.fiscal_year}-{self.dept_code or 'government'}-publication"


def record_publications(
    conn: psycopg.Connection[Any], published: Sequence[Published], *, by: By, on: date
) -> list[bool]:
    """登记公开 (duty budget_make); True for each that is new."""
    rows = [row_of(p) | {"published_on": p.published_on.isoformat()} for p in published]
    return make(conn, PUBLICATION, rows, by=by, on=on)
