"""A year-end document is drawn up by one person and put in force, and posted, by another."""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move

YEAR_END_FLOW: Final = Flow(
    states={"drafted": "已编制", "posted": "已入账"},
    initial="drafted",
    make_duty="treasury_make",
    moves=(Move("post", "审核入账", ("drafted",), "posted", "treasury_sign", not_by=("make",)),),
)
