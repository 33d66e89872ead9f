"""Purses of cash that no region may overdraw: which accounts say them, across books and years."""

from __future__ import annotations

from fisc.kernel import Pool
from fisc.registry.tables import read_table


def cash_pools() -> tuple[Pool, ...]:
    """The purses of cash that no region may overdraw, from `cash_floors.csv`: a pool's rows together."""
    pools: dict[str, list[dict[str, str]]] = {}
    for row in read_table("cash_floors.csv"):
        pools.setdefault(row["pool"], []).append(row)
    return tuple(
        Pool(
            code, rows[0]["name"], tuple(f"{row['book']}:{row['code']}" for row in rows), rows[0]["source"],
            all(row["is_verified"] == "yes" for row in rows), tuple(rows[0]["told_by"].split()),
        )
        for code, rows in pools.items()
    )  # fmt: skip
