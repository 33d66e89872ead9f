"""The nine checks of revenue quality: what moves too fast, comes from too narrow a base, or lags behind.

The rules are those of `monitoring_rules.csv` (R01–R09); their numbers stand in `revenue_checks.csv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

import psycopg

from fisc.documents import RuleBroken
from fisc.kernel.findings import Check, Finding, Place
from fisc.registry.tables import read_table
from fisc.revenue import ledger
from fisc.revenue.growth import growth
from fisc.revenue.ledger import FUNDS, GENERAL, Cell

_BP = Decimal(10_000)
_TAX, _NONTAX = "101", "103"
_SECTION = 5


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One of 三保 (`name`): budgeted, and paid up to the month, in fen."""

    name: str
    budget_fen: int
    paid_fen: int


#: When each rule alarms, in words: the rule list has formulas. The threshold stands beside it.
_CONDITIONS: Final = {
    "R01": "本月比上月增长超过阈值", "R02": "本月比上年同月增长超过阈值", "R03": "累计比上年同期增长超过阈值",
    "R04": "税收某款累计比上年同期增或减超过阈值", "R05": "非税某款累计比上年同期增长超过阈值",
    "R06": "土地出让收入累计比上年同期增长超过阈值", "R07": "税收占一般公共预算收入之比低于阈值",
    "R08": "土地出让收入与一般公共预算收入之比超过阈值", "R09": "三保支出进度落后时间进度超过阈值",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """What a check says of a code ('' = all): `value` against `limit`, both ratios.

    `is_alarm` is None where the check could not be made; `reason` then says why. `condition` says when it
    alarms, `source` whose rule it is.
    """

    rule_id: str
    name: str
    of: str
    value: Decimal | None
    limit: Decimal
    is_alarm: bool | None
    control: str
    reason: str = ""
    condition: str = ""
    source: str = ""


def revenue_quality(
    conn: psycopg.Connection[Any],
    mof_div_code: str,
    fiscal_year: int,
    month: int,
    guarantees: Sequence[Guarantee] = (),
) -> list[Measured]:
    """The findings of the nine checks for a division and month (1..12), each rule at least once.

    `guarantees` (三保) come from whoever keeps spending. Suffix 998 adds up a city and its banners.
    """
    if not 1 <= month <= 12:
        raise RuleBroken(
            f"月份 {month} 不在 1 到 12 之间", rule="收入质量按月核查", hint="请给出 1 到 12 的月份"
        )
    cells = ledger.receipts(conn, mof_div_code, (fiscal_year - 1, fiscal_year))
    return [*_judge(cells, fiscal_year, month), *_guarantees(guarantees, month)]


def judge(cells: Iterable[Cell], fiscal_year: int, month: int) -> list[Measured]:
    """Checks R01 to R08 over receipts of the year and the year before."""
    return list(_judge(list(cells), fiscal_year, month))


def _judge(cells: Sequence[Cell], year: int, month: int) -> Iterator[Measured]:
    general = ledger.by_month(cells)
    here = year * 100 + month
    before = here - 1 if month > 1 else (year - 1) * 100 + 12
    yield _fast("R01", "", growth(general.get(here, 0), general.get(before, 0)))
    yield _fast("R02", "", growth(general.get(here, 0), general.get(here - 100, 0)))
    yield _fast("R03", "", _to_date(general, year, month))
    yield from _sections("R04", cells, _TAX, year, month)
    yield from _sections("R05", cells, _NONTAX, year, month)
    land = ledger.by_month(cells, FUNDS, _parameter("R06", "codes").split())
    yield _fast("R06", "", _to_date(land, year, month))
    yield from _structure(cells, general, land, year, month)


def _to_date(months: Mapping[int, int], year: int, month: int) -> Decimal | None:
    return growth(_sum(months, year, month), _sum(months, year - 1, month))


def _sum(months: Mapping[int, int], year: int, month: int) -> int:
    return sum(months.get(year * 100 + m, 0) for m in range(1, month + 1))


def _sections(rule_id: str, cells: Sequence[Cell], prefix: str, year: int, month: int) -> Iterator[Measured]:
    """A section alarms in either direction; none to speak of is said too."""
    codes = sorted({
        c.rev_func_code[:_SECTION] for c in cells
        if c.fund_type_code == GENERAL and c.rev_func_code.startswith(prefix) and c.month <= month
    })  # fmt: skip
    if not codes:
        yield _unmade(rule_id, "", "两年都没有这类收入")
    for code in codes:
        ratio = _to_date(ledger.by_month(cells, GENERAL, (code,)), year, month)
        yield _fast(rule_id, code, ratio, either_way=True)


def _structure(
    cells: Sequence[Cell], general: Mapping[int, int], land: Mapping[int, int], year: int, month: int
) -> Iterator[Measured]:
    total = _sum(general, year, month)
    if total <= 0:
        yield from (_unmade(rule, "", "一般公共预算收入为零或负数") for rule in ("R07", "R08"))
        return
    tax = _sum(ledger.by_month(cells, GENERAL, (_TAX,)), year, month)
    share, land_share = Decimal(tax) / total, Decimal(_sum(land, year, month)) / total
    yield _finding("R07", "", share, is_alarm=share < _limit("R07"))
    yield _finding("R08", "", land_share, is_alarm=land_share > _limit("R08"))


def _guarantees(given: Sequence[Guarantee], month: int) -> Iterator[Measured]:
    if not given:
        yield _unmade("R09", "", "没有给出三保预算与支出")
    for one in given:
        if one.budget_fen <= 0:
            yield _unmade("R09", one.name, "没有预算")
            continue
        behind = Decimal(month) / 12 - Decimal(one.paid_fen) / one.budget_fen
        yield _finding("R09", one.name, behind, is_alarm=behind > _limit("R09"))


def _fast(rule_id: str, of: str, ratio: Decimal | None, *, either_way: bool = False) -> Measured:
    if ratio is None:
        return _unmade(rule_id, of, "基数为零或负数，增长率没有意义")
    return _finding(rule_id, of, ratio, is_alarm=(abs(ratio) if either_way else ratio) > _limit(rule_id))


def _unmade(rule_id: str, of: str, reason: str) -> Measured:
    return _finding(rule_id, of, None, is_alarm=None, reason=reason)


def _finding(
    rule_id: str, of: str, value: Decimal | None, *, is_alarm: bool | None, reason: str = ""
) -> Measured:
    rule = _rules()[rule_id]
    return Measured(
        rule_id, rule["name"], of, value, _limit(rule_id), is_alarm, rule["control"], reason,
        _CONDITIONS[rule_id], rule["source"],
    )  # fmt: skip


def _limit(rule_id: str) -> Decimal:
    return Decimal(_parameter(rule_id, "limit")) / _BP


def _parameter(rule_id: str, name: str) -> str:
    return _parameters()[rule_id, name]


def warning_level() -> int:
    """The prediction interval, in per cent, that the early warning reads."""
    return int(_parameter("F01", "level"))


@cache
def _parameters() -> dict[tuple[str, str], str]:
    return {(row["rule_id"], row["parameter"]): row["value"] for row in read_table("revenue_checks.csv")}


@cache
def _rules() -> dict[str, dict[str, str]]:
    return {row["rule_id"]: row for row in read_table("monitoring_rules.csv")}


def _of_place(conn: psycopg.Connection[Any], place: Place) -> list[Finding]:
    """The alarms of the month that a day is in."""
    region, year, on = place
    found = revenue_quality(conn, region, year, on.month)
    return [_alarm(one, place) for one in found if one.is_alarm]


def _alarm(one: Measured, place: Place) -> Finding:
    words = f"{one.name} {one.of}".strip() + f"：{one.value:.2%}，界限 {one.limit:.0%}（{place.on.month} 月）"
    return Finding(
        one.rule_id, one.name, words, one.source, place.mof_div_code, place.fiscal_year,
        about=f"{place.on:%Y-%m} {one.of}".strip(), hint=one.control,
    )  # fmt: skip


CHECKS: Final = (Check({f"R0{n}": f"收入质量 R0{n}" for n in range(1, 9)}, _of_place),)
