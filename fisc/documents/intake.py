"""Faults of files that were taken in are findings, kept until the file is in order.

A file is known by its name within a region's year. Taken in again, what is no longer wrong lapses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import psycopg

from fisc.documents.findings import lapse, record, recorded
from fisc.kernel.findings import Finding, Place
from fisc.kernel.posting import in_transaction
from fisc.sheets import Fault
from fisc.sheets.faults import RULE_ROWS

#: How results in files say what is to be done about a row.
_REMEDY: Final = re.compile(r"。怎么办：([^；]*)")
RULE: Final = "file.rows"
_NAME: Final = "导入文件逐行无误"
#: Faults of one file that are kept one by one; a further finding says how many more there are.
MOST: Final = 1_000


def keep_faults(conn: psycopg.Connection[Any], file: str, faults: Sequence[Fault], place: Place) -> list[str]:
    """Keep what is wrong in a file (nothing: it is in order); the keys of what was not kept before."""
    return keep_found(conn, file, list(_findings(faults)), place)


def keep_found(conn: psycopg.Connection[Any], file: str, found: Sequence[Finding], place: Place) -> list[str]:
    """As `keep_faults`, for what was found in a file by rules of its own."""
    said = [
        replace(one, mof_div_code=place.mof_div_code, fiscal_year=place.fiscal_year, document=file)
        for one in found
    ]
    keys = {finding.key for finding in said}

    def work() -> list[str]:
        new = record(conn, said, on=place.on)
        standing = recorded(conn, regions=[place.mof_div_code], year=place.fiscal_year, documents=[file])
        gone = [one.key for one in standing if one.key not in keys]
        lapse(conn, gone, on=place.on, note="文件已更正")
        return new

    return in_transaction(conn, work)


def _findings(faults: Sequence[Fault]) -> Iterator[Finding]:
    for fault in faults[:MOST]:
        where = fault.cell or f"第 {fault.row} 行 {fault.column}".strip()
        about = "!".join(part for part in (fault.sheet, where) if part)
        what, remedy = _apart(str(replace(fault, remedy="")))
        yield _finding(f"{about} {fault.code}".strip(), what, fault.remedy or remedy)
    if len(faults) > MOST:
        yield _finding("另有", f"另有 {len(faults) - MOST:,} 处")


def _apart(said: str) -> tuple[str, str]:
    """What is wrong, and what to do about it, of a text that says both: a row's result is one cell."""
    return _REMEDY.sub("", said), "；".join(dict.fromkeys(_REMEDY.findall(said)))


def _finding(about: str, what: str, hint: str = "") -> Finding:
    return Finding(RULE, _NAME, what, RULE_ROWS, about=about, hint=hint, refuses=True)
