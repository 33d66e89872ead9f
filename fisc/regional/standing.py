"""What of a region's settings holds on a day, of its own or as shipped: since when, on what basis."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import psycopg

from fisc.kernel.money import format_fen
from fisc.registry import own_settings, regions
from fisc.registry.own_settings import OwnSetting
from fisc.registry.setting_kinds import SettingKind, setting_kinds
from fisc.registry.settings import Shipped, held, livelihood_sets, set_of, shipped_check, year_end
from fisc.registry.tables import read_table

Told = dict[str, Any]
#: Where a setting that holds comes from.
ORIGINS: Final = {"own": "本库设定", "shipped": "随程序登记", "none": "没有设定"}


def settings_in_force(conn: psycopg.Connection[Any], *, mof_div_code: str, day: date) -> list[Told]:
    """Every setting as it holds for a region on a day (yearly ones for its year): value, origin, basis.

    One that nobody settled says so. Raises UnknownRegion.
    """
    region = regions.own(regions.require(mof_div_code).mof_div_code)
    return [
        _told(region, kind, figure, year_end(day.year) if kind.is_yearly else day)
        for kind in setting_kinds().values()
        for figure in _figures(region, kind)
    ]


def _figures(region: str, kind: SettingKind) -> list[str]:
    """What a setting about figures was settled for, here or as shipped; '' of one that is about none."""
    if kind.setting != "figure_area":
        return [""]
    ours = (row.figure for row in own_settings.every_own(region) if row.setting == kind.setting)
    shipped = (
        row["of"] for row in read_table("region_settings.csv")
        if row["setting"] == kind.setting and row["mof_div_code"] in ("", region)
    )  # fmt: skip
    return sorted({*ours, *shipped})


def _told(region: str, kind: SettingKind, figure: str, on: date) -> Told:
    found = held(region, kind.setting, on, figure)
    if isinstance(found, OwnSetting):
        return _row(kind, _of_own(kind, found), "own")
    row = found.row if isinstance(found, Shipped) else _shipped_check(region, kind, on)
    if row is None:
        return _row(kind, {"figure": figure}, "none")
    return _row(kind, {"figure": figure, **_of_shipped(kind, row)}, "shipped")


def _of_own(kind: SettingKind, found: OwnSetting) -> Told:
    is_set = kind.takes == "livelihood_set"
    return {
        "mof_div_code": found.mof_div_code, "figure": found.figure, "value": found.value,
        "value_name": str(set_of(found)) if is_set else _in_words(kind, found.value),
        "valid_from": found.valid_from, "approval_no": found.approval_no, "setting_no": found.setting_no,
    }  # fmt: skip


def _shipped_check(region: str, kind: SettingKind, on: date) -> Mapping[str, str] | None:
    rule_id, _, name = kind.check.partition(".")
    return shipped_check(rule_id, name, region, on) if kind.check else None


def _of_shipped(kind: SettingKind, row: Mapping[str, str]) -> Told:
    value = row["value"]
    if kind.takes in ("amount", "rate"):
        value = format_fen(int(value)).replace(",", "")
    is_set = kind.takes == "livelihood_set"
    return {
        "mof_div_code": row["mof_div_code"], "source": row["source"], "value": value,
        "value_name": str(livelihood_sets()[value]) if is_set else _in_words(kind, value),
        "valid_from": date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None,
    }  # fmt: skip


def _in_words(kind: SettingKind, value: str) -> str:
    unit = _UNITS.get(kind.takes, "")
    return f"{value} {unit}" if unit and value else kind.choices.get(value, value)


#: What numbers that settings take are counted in.
_UNITS: Final = {"amount": "元", "rate": "%", "days": "日"}


def _row(kind: SettingKind, told: Mapping[str, Any], origin: str) -> Told:
    rest = dict.fromkeys(("figure", "value", "value_name"), "")
    more = {"valid_from": None, "mof_div_code": "", "approval_no": "", "setting_no": "", "source": ""}
    return {"setting": kind.setting, **rest, "origin": origin, **more, **told}
