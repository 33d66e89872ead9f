"""A year-end document is drawn up by one person and put in force, and posted, by another."""

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
