"""Findings of a year that nobody has closed: who ends the year is told of them, and where they are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from fisc.documents import findings


@dataclass(frozen=True, slots=True)
class OpenFindings:
    """How many findings of a region's year are open; `command` lists them."""

    mof_div_code: str
    fiscal_year: int
    open_count: int
    command: str

    def __str__(self) -> str:
        return f"{self.open_count} 项疑点未销号，见 {self.command}"


def open_findings(
    conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int
) -> list[OpenFindings]:
    """Of each of these regions whose year has open findings how many, in their order."""
    found = Counter(
        one.finding.mof_div_code for one in findings.recorded(conn, regions=regions, year=fiscal_year)
    )
    return [
        OpenFindings(
            region, fiscal_year, found[region], f"fisc findings list --region {region} --year {fiscal_year}"
        )
        for region in regions
        if found[region]
    ]
