"""What a region's payments are taken from, where nobody says otherwise."""

from __future__ import annotations

from typing import Any

import psycopg

from fisc.treasury.services.settings import settings_of


def payment_stage(conn: psycopg.Connection[Any], region: str, year: int) -> str:
    """`planned` where the region keeps plans of use in that year, else `executable`."""
    return "planned" if settings_of(conn, [(region, year)])[region, year].plan_required else "executable"
