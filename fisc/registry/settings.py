"""What a region has settled for itself: the area its figures are told of, its livelihood set, its thresholds.

The database's own documents go first (`own_settings`), then rows of `region_settings.csv`; a row without a
region holds where a region has none of its own. What holds is asked of a day: a yearly setting of the last of
its year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, date
from functools import cache
from typing import Final, NamedTuple, cast

from fisc.kernel.money import parse_amount
from fisc.registry import classifications
from fisc.registry.areas import Kind
from fisc.registry.own_settings import OwnSetting, own_setting
from fisc.registry.regions import above, own
from fisc.registry.setting_kinds import of_checks
from fisc.registry.tables import read_table

_LIVELIHOOD: Final = "livelihood_set"
#: The year of what holds last, whatever has held before.
LAST: Final = MAXYEAR


@dataclass(frozen=True, slots=True)
class LivelihoodSet:
    """A named, versioned set of expenditure classes that count as livelihood spending (民生支出)."""

    set_id: str
    title: str
    version: str
    name: str
    exp_func_codes: tuple[str, ...]

    def __str__(self) -> str:
        """The set as figures say it: “title”（第…版）所列各类之和：its classes in words."""
        return f"“{self.title}”（第{self.version}版）所列各类之和：{self.name}"


@cache
def _settings() -> Mapping[tuple[str, str, str], str]:
    rows = read_table("region_settings.csv")
    return {(row["mof_div_code"], row["setting"], row["of"]): row["value"] for row in rows}


def year_end(fiscal_year: int) -> date:
    """The day of which a yearly setting is asked."""
    return date(fiscal_year, 12, 31)


class Shipped(NamedTuple):
    """A row of `region_settings.csv` that holds, by its key."""

    mof_div_code: str
    setting: str
    of: str

    @property
    def row(self) -> Mapping[str, str]:
        """The row itself."""
        rows = read_table("region_settings.csv")
        return next(row for row in rows if (row["mof_div_code"], row["setting"], row["of"]) == self)


def held(region: str, setting: str, on: date, of: str = "") -> OwnSetting | Shipped | None:
    """What holds for a region on a day: its own document, its shipped row, that of all; None where none does.

    `of` may be a beginning, the longest counts. A livelihood set is also that of the government above.
    """
    place = own(region) if region else ""
    over = [one.mof_div_code for one in above(place)] if place and setting == _LIVELIHOOD else []
    for where in dict.fromkeys((place, *over, "")):
        for beginning in _beginnings(of):
            if where and (found := own_setting(where, setting, beginning, on)):
                return found
            if (where, setting, beginning) in _settings():
                return Shipped(where, setting, beginning)
    return None


def setting(region: str, setting: str, on: date, of: str = "") -> str | None:
    """The value that holds for a region on a day; None where none does."""
    found = held(region, setting, on, of)
    return _settings()[found] if isinstance(found, Shipped) else found.value if found else None


def _beginnings(of: str) -> Iterator[str]:
    """What is asked about, then its beginnings: a.b.c, a.b, a."""
    parts = of.split(".")
    return (".".join(parts[:length]) for length in range(len(parts), 0, -1))


def figure_area(region: str, figure_id: str, fiscal_year: int = LAST) -> Kind:
    """The kind of area a figure is told of where six digits name a city: its whole area unless settled."""
    return cast(Kind, setting(region, "figure_area", year_end(fiscal_year), figure_id) or "whole")


def cash_basis(region: str, fiscal_year: int) -> str:
    """On which day a payment leaves 国库存款 unless its treasury says otherwise: payment or clearing."""
    return setting(region, "cash_basis", year_end(fiscal_year)) or "payment"


# ---- payment checks


@cache
def shipped_check(rule_id: str, name: str, place: str, on: date) -> Mapping[str, str] | None:
    """The row of `payment_checks.csv` for a parameter on a day, for a region or for every region."""
    day = on.isoformat()
    found = {
        row["mof_div_code"]: row for row in read_table("payment_checks.csv")
        if (row["rule_id"], row["parameter"]) == (rule_id, name)
        and row["valid_from"] <= day <= (row["valid_to"] or day)
    }  # fmt: skip
    return found.get(place) or found.get("")


def check_parameter(rule_id: str, name: str, mof_div_code: str, on: date) -> str:
    """A parameter of a payment check on a day for a region, or for every region; '' where there is none.

    Amounts are fen, rates basis points. Words that a region settles come beside the shipped ones, a number
    takes their place.
    """
    row = shipped_check(rule_id, name, mof_div_code, on)
    shipped = row["value"] if row else ""
    kind = of_checks().get(f"{rule_id}.{name}")
    found = own_setting(mof_div_code, kind.setting, "", on) if kind else None
    if kind is None or found is None:
        return shipped
    if kind.takes == "days":
        return found.value
    return f"{shipped} {found.value}" if kind.takes == "words" else str(parse_amount(found.value))


@cache
def check_parameters(rule_id: str) -> tuple[str, ...]:
    """What `check_parameter` may be asked of a rule: what is shipped, and what a region may settle."""
    shipped = [row["parameter"] for row in read_table("payment_checks.csv") if row["rule_id"] == rule_id]
    own = [check.partition(".")[2] for check in of_checks() if check.partition(".")[0] == rule_id]
    return tuple(dict.fromkeys((*shipped, *own)))


# ---- livelihood spending


@cache
def livelihood_sets() -> Mapping[str, LivelihoodSet]:
    """Every set that is known, by id."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in read_table("livelihood_sets.csv"):
        found.setdefault(row["set_id"], []).append(dict(row))
    return {
        set_id: LivelihoodSet(
            set_id, rows[0]["title"], rows[0]["version"], rows[0]["name"],
            tuple(row["exp_func_code"] for row in rows),
        )
        for set_id, rows in found.items()
    }  # fmt: skip


def livelihood_set(region: str, fiscal_year: int = LAST) -> LivelihoodSet | None:
    """The set that a region counts a year by, its own or that of its city; None where neither settled one.

    What another city counts is not used: the number means nothing without its set.
    """
    found = held(region, _LIVELIHOOD, year_end(fiscal_year))
    if isinstance(found, Shipped):
        return livelihood_sets()[_settings()[found]]
    return set_of(found) if found else None


def set_of(settled: OwnSetting) -> LivelihoodSet:
    """The livelihood set that a document settles: a known one, or one of its own under its number."""
    if not settled.exp_func_codes:
        return livelihood_sets()[settled.value]
    year = settled.valid_from.year
    rows = [classifications.lookup("exp_func", code, year) for code in settled.exp_func_codes]
    names = "、".join(row.name for row in rows if row)
    return LivelihoodSet(
        settled.setting_no, settled.title, settled.version, names, tuple(settled.exp_func_codes)
    )
