"""What a region may settle for itself, and what values each setting takes: rows of `setting_kinds.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from fisc.registry.tables import read_table


class SettingKind(NamedTuple):
    """A setting: its name, and what it takes.

    That is a `choice`, an `amount`, `words`, a `rate` in %, `days` or a `livelihood_set`.

    `choices` are code -> name. `is_yearly`: it holds for whole years, else from a day on. `check` is the rule
    and parameter of `payment_checks.csv` that it stands for.
    """

    setting: str
    name: str
    takes: str
    choices: Mapping[str, str]
    is_yearly: bool
    check: str
    note: str


@cache
def setting_kinds() -> Mapping[str, SettingKind]:
    """Every setting, by its code."""
    return {
        row["setting"]: SettingKind(
            row["setting"], row["name"], row["takes"], _choices(row["choices"]),
            row["holds_from"] == "year", row["check"], row["note"],
        )
        for row in read_table("setting_kinds.csv")
    }  # fmt: skip


def _choices(told: str) -> Mapping[str, str]:
    return {code: name for code, _, name in (one.partition("=") for one in told.split("|") if one)}


@cache
def of_checks() -> Mapping[str, SettingKind]:
    """`rule_id.parameter` of a payment check -> the setting by which a region settles it."""
    return {kind.check: kind for kind in setting_kinds().values() if kind.check}
