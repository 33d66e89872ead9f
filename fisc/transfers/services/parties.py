"""Between which governments documents pass money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

_PARTIES = """
select doc_key, giver_div_code, rec_div_code from transfers_cash where doc_key = any(%(numbers)s)
union all
select doc_key, from_div_code, mof_div_code from transfers_receipt
where doc_key = any(%(numbers)s) and from_div_code <> ''"""


def parties(conn: psycopg.Connection[Any], numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Number -> giver and receiver, of those of the numbers that are cash or a document from above."""
    found = conn.execute(_PARTIES, {"numbers": list(numbers)}).fetchall()
    return {number: (giver, receiver) for number, giver, receiver in found}
