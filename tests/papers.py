"""Papers for entries that a test posts by hand: every entry names its document."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from fisc.kernel import Coding, Document, available_many, define_regions, record_documents

#: What of a coding block `c` tells parts of an account apart, in SQL, as tests write it.
PART = """concat_ws(':', nullif(c.book_owner_code, ''), nullif(c.equity_part_code, ''),
    nullif(c.enterprise_code, ''), case c.is_last_year when '1' then '上年退款' end,
    case c.is_reclassified when '1' then '改列科目' end, nullif(c.cut_scope_code, ''),
    nullif(c.sector_code, ''), nullif(c.loan_no, ''))"""


def equity_part(coding: Coding) -> str:
    """The part of a stake and its enterprise, as tests write them."""
    return ":".join(text for text in (coding.equity_part_code, coding.enterprise_code) if text)


def available(conn: psycopg.Connection[Any], account: str, coding: Coding) -> int:
    """Fen available on a control account for one coding block."""
    return available_many(conn, account, [coding])[coding]


def a_document(conn: psycopg.Connection[Any], region: str, year: int = 2022, key: str = "paper") -> int:
    """The ledger's id of a paper of a region and year, recorded once."""
    define_regions(conn, [region])
    [found] = record_documents(
        conn, [Document(f"test:{key}:{region}:{year}", "test", region, year, date(year, 1, 1))]
    )
    return found
