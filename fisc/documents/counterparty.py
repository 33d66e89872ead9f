"""Who is on the other side of the money of documents: declared by their kinds."""

from __future__ import annotations

from typing import NamedTuple


class Counterparty(NamedTuple):
    """Who is on the other side of a document's money, and its sort of business: SQL over its row `t`."""

    name: str
    acct_no: str = "''"
    business: str = "''"
