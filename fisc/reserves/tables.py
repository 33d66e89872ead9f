"""The ways that money may take between budgets, each with its classes and rule; none without a row."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from fisc.sheets.shipped import read_shipped


class Route(NamedTuple):
    """From a budget to another: the class of outlay there, of income here, and the rule that allows it."""

    from_fund: str
    to_fund: str
    exp_func_code: str
    rev_func_code: str
    rule: str
    source: str
    is_verified: bool


@cache
def routes() -> tuple[Route, ...]:
    """All ways, as the table has them."""
    return tuple(
        Route(**{**row, "is_verified": row["is_verified"] == "yes"})  # type: ignore[arg-type]
        for row in read_shipped("fisc.reserves", "routes.csv")
    )


def route(from_fund: str, to_fund: str) -> Route | None:
    """The way from one fund to another; None where the rules allow none.

    A way is of the fund itself: the bonds that a budget holds too (112, 122) have none.
    """
    return next((r for r in routes() if (r.from_fund, r.to_fund) == (from_fund, to_fund)), None)
