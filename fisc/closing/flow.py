"""Documents of a year's end and of opening balances: drawn up by one person, put in force by another."""

from __future__ import annotations

from typing import Final

from fisc.documents import two_steps

YEAR_END_FLOW: Final = two_steps(
    ("drafted", "已编制"),
    ("post", "审核入账"),
    ("posted", "已入账"),
    ("treasury_make", "treasury_sign"),
    is_discarded=True,
)

#: Of who enters opening balances, or their reversal, and of who posts them.
OPENING_DUTIES: Final = ("books_keep", "treasury_sign")
OPENING_FLOW: Final = two_steps(
    ("draft", "草稿"),
    ("post", "审核入账"),
    ("posted", "已入账"),
    OPENING_DUTIES,
    is_discarded=True,
    is_reversed=True,
)
