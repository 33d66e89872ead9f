"""Numbers that law sets: shares, days, years. Each is a dated row that names its article.

`limit("reserve_share_min_bp", 2022)` is 100, that is 1 % of spending. A row that was not read
in the law itself says so (`is_verified`). To follow a change of law, add a row with its years.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from fisc.registry.errors import RegistryError
from fisc.registry.tables import in_years, read_table

__all__ = ["Limit", "UnknownLimit", "limit", "limits", "lookup"]

FILE = "legal_limits.csv"


class UnknownLimit(RegistryError):
    """No such number, or the law had none in that year."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of law for the years in which it is in force.

    `unit`: bp (1/10000), day, year, point, month_day (1130 = 30 November).
    """

    code: str
    name: str
    value: int
    unit: str
    rule: str
    source: str
    is_verified: bool
    valid_from_year: int
    valid_to_year: int | None


@cache
def limits() -> tuple[Limit, ...]:
    """All rows, in the order of the table."""
    return tuple(
        Limit(
            row["code"], row["name"], int(row["value"]), row["unit"], row["rule"], row["source"],
            row["is_verified"] == "yes", int(row["valid_from_year"]),
            int(row["valid_to_year"]) if row["valid_to_year"] else None,
        )
        for row in read_table(FILE)
    )  # fmt: skip


@cache
def _by_code() -> dict[str, list[Limit]]:
    index: dict[str, list[Limit]] = defaultdict(list)
    for row in limits():
        index[row.code].append(row)
    return dict(index)


@cache
def lookup(code: str, year: int) -> Limit:
    """The number with its name, unit and article, in force in a fiscal year; UnknownLimit if there is none.

    Where rows overlap, the one that began last is meant.
    """
    fitting = [
        row for row in _by_code().get(code, ()) if in_years(year, row.valid_from_year, row.valid_to_year)
    ]
    if not fitting:
        raise UnknownLimit(
            f"{year} 年没有名为 {code} 的法定限额",
            rule="法定限额按年度登记",
            hint=f"请在 {FILE} 中补登，或检查年度",
            details={"code": code, "year": year},
        )
    return max(fitting, key=lambda row: row.valid_from_year)


def limit(code: str, year: int) -> int:
    """The number alone, in the unit its name ends with (…_bp 1/10000, …_days). Raises UnknownLimit."""
    return lookup(code, year).value
