"""Moves are made by one officer and posted by another; what was posted is reversed by a document."""

from __future__ import annotations

from typing import Final

from fisc.documents import two_steps

#: Of who drafts and of who posts.
DUTIES: Final = ("treasury_make", "treasury_review")

MOVE_FLOW: Final = two_steps(
    ("draft", "草稿"), ("post", "审核入账"), ("posted", "已入账"), DUTIES, is_discarded=True, is_reversed=True
)
