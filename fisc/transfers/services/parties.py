"""Between which governments documents pass money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

_PARTIES = """
select doc_key, giver_div_code, rec_div_code from transfers_cash where doc_key = any(%(numbers)s)
union all
select bgt_doc_no, from_div_code, mof_div_code from transfers_receipt
where bgt_doc_no = any(%(numbers)s) and from_div_code <> ''
union all
select bgt_doc_no, mof_div_code, '' from transfers_issue where bgt_doc_no = any(%(numbers)s)
order by 1, 2, 3"""


def parties(conn: psycopg.Connection[Any], numbers: Sequence[str]) -> list[tuple[str, str, str]]:
    """Number, giver and receiver of cash and of documents from above by those numbers.

    The receiver of a document that is issued to many governments is ''.
    """
    return conn.execute(_PARTIES, {"numbers": list(numbers)}).fetchall()
