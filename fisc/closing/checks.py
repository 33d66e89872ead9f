"""What a year's end finds unfinished, as findings; kept where the year is being closed."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from fisc.closing.services.affairs import KINDS, open_affairs
from fisc.kernel.findings import Check, Finding, Place


def _of_place(conn: psycopg.Connection[Any], place: Place) -> list[Finding]:
    """From December on: before that most of it is the year's ordinary business."""
    if place.on.year == place.fiscal_year and place.on.month < 12:
        return []
    return open_affairs(conn, [place.mof_div_code], place.fiscal_year)


CHECKS: Final = (Check(KINDS, _of_place),)
