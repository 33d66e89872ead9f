"""The tables shipped with the simulated city and with its parts, read once. Amounts become fen."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from fisc.kernel.money import parse_amount
from fisc.sheets.shipped import read_shipped

CITY = "150600000"
UPPER = "150000000"
WHOLE_CITY = "150600998"
FIRST_YEAR = 2021
YEARS = (2021, 2022)
GENERAL, GENERAL_BOND, FUND, SPECIAL_BOND = "111", "112", "121", "122"

Row = dict[str, str]


@cache
def read(name: str, package: str = "fisc.city") -> tuple[Row, ...]:
    """The rows of a table in the folder `data` of a package."""
    return tuple(read_shipped(package, f"{name}.csv"))


@cache
def regions() -> tuple[str, ...]:
    """The city itself and its nine banners and districts."""
    return tuple(row["mof_div_code"] for row in read("regions"))


def is_in(places: str, mof_div_code: str) -> bool:
    """Whether a region is among six-digit codes with blanks between them."""
    return mof_div_code[:6] in places.split()


def weights(column: str) -> list[int]:
    """A column of weights of the regions, in their order."""
    return [int(row[column]) for row in read("regions")]


@cache
def public(item: str, year: int, region: str = WHOLE_CITY) -> int | None:
    """A public figure in fen, or None where there is none at hand."""
    for row in read("public_totals"):
        if (row["item"], int(row["fiscal_year"]), row["mof_div_code"]) == (item, year, region):
            return parse_amount(row["value"], row["unit"])
    return None


def public_total(item: str, year: int) -> int:
    """A public figure of the whole city that the plan must meet. Raises KeyError where there is none."""
    found = public(item, year)
    if found is None:
        raise KeyError(f"{item} {year}")
    return found


@cache
def synthetic_total(item: str, year: int) -> int:
    """A total of our own making, in fen. Raises KeyError where there is none."""
    for row in read("synthetic_totals"):
        if (row["item"], int(row["fiscal_year"])) == (item, year):
            return parse_amount(str(Decimal(row["value"])), row["unit"])
    raise KeyError(f"{item} {year}")
