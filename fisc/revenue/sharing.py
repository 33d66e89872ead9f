"""Sharing of revenue between centre, region, city and banner: dated parameters, exact to the fen.

The shipped rows (`revenue_sharing.csv`) hold what is public: the centre's share. How a region, its
cities and banners divide the rest is set by their own documents; a confirmed one outranks them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import psycopg

from fisc.documents import RuleBroken, select
from fisc.registry.areas import is_city
from fisc.registry.regions import above, own, require
from fisc.registry.tables import read_table
from fisc.revenue.kinds import SHARING

WHOLE_BP = 10_000
#: From the top down; `own` is whichever level collects.
LEVELS = ("centre", "region", "city", "county")
OWN = "own"
LEVEL_NAMES = {"centre": "中央", "region": "省级", "city": "市级", "county": "县级", OWN: "征收级"}

_RULE = "国务院关于实行分税制财政管理体制的决定（国发〔1993〕85号）；地方各级分享由上级财政体制文件规定"


@dataclass(frozen=True, slots=True)
class SharingRule:
    """How a code is shared, from `valid_from` to `valid_to` (included): `shares` are (level, share_bp).

    `jurisdiction` and `rev_func_code` are prefixes: '' the whole country, 1506 a city and its banners,
    150600 the city's own level.
    """

    jurisdiction: str
    rev_func_code: str
    shares: tuple[tuple[str, int], ...]
    valid_from: date
    valid_to: date | None = None
    source: str = ""
    is_verified: bool = False
    is_ours: bool = False

    def fits(self, rev_func_code: str, mof_div_code: str, day: date) -> bool:
        """Whether the rule speaks of a code collected in a division on a day."""
        in_force = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        named = rev_func_code.startswith(self.rev_func_code) and mof_div_code.startswith(self.jurisdiction)
        return in_force and named

    def rank(self) -> tuple[int, int, bool, date]:
        """What outranks what: the longer code, the smaller jurisdiction, our own document, the later day."""
        return (len(self.rev_func_code), len(self.jurisdiction), self.is_ours, self.valid_from)


@dataclass(frozen=True, slots=True)
class LevelAmount:
    """One level's part; `to_div_code` is '' for the centre."""

    level: str
    to_div_code: str
    amount_fen: int


def split(
    amount_fen: int,
    rev_func_code: str,
    mof_div_code: str,
    day: date,
    rules: Sequence[SharingRule] | None = None,
) -> tuple[LevelAmount, ...]:
    """The parts of an amount collected in a division, by level from the top; they sum to it exactly.

    Each part is within one fen of its exact share; odd fen go to the largest remainders, higher level
    first. `rules` are the shipped ones unless given. Raises RuleBroken where no rule fits.
    """
    rule = rule_for(rev_func_code, mof_div_code, day, rules)
    levels = _levels_of(mof_div_code)
    parts = _exact(abs(amount_fen), [bp for _, bp in rule.shares])
    sign = -1 if amount_fen < 0 else 1
    found: dict[str, int] = defaultdict(int)
    for (level, _), part in zip(rule.shares, parts, strict=True):
        found[_level(level, rule, levels)] += sign * part
    return tuple(LevelAmount(lv, levels[lv], found[lv]) for lv in LEVELS if found.get(lv))


def rule_for(
    rev_func_code: str, mof_div_code: str, day: date, rules: Sequence[SharingRule] | None = None
) -> SharingRule:
    """The rule by which a code collected in a division on a day is shared. Raises RuleBroken if none fits."""
    given = shipped() if rules is None else rules
    fitting = [r for r in given if r.fits(rev_func_code, mof_div_code, day)]
    if not fitting:
        raise RuleBroken(
            f"收入分类 {rev_func_code} 在 {mof_div_code} {day} 没有分成办法，不能分成",
            rule=_RULE,
            hint="请先登记财政体制文件规定的各级比例",
            details={"rev_func_code": rev_func_code, "mof_div_code": mof_div_code},
        )
    return max(fitting, key=SharingRule.rank)


def _levels_of(mof_div_code: str) -> dict[str, str]:
    """The levels above and at a division, with their codes.

    A municipality (直辖市) shares as a city without a province above it, a county directly below a province
    as one without a city. Raises UnknownRegion.
    """
    place = require(own(mof_div_code))
    found = {"centre": ""}
    for row in (place, *above(place.mof_div_code)):
        is_province = row.level == "province" and not is_city(row.mof_div_code)
        level = "region" if is_province else "city" if is_city(row.mof_div_code) else "county"
        found.setdefault(level, row.mof_div_code)
    return found


def _level(level: str, rule: SharingRule, levels: dict[str, str]) -> str:
    if level == OWN:
        return next(name for name in reversed(LEVELS) if name in levels)
    if level not in levels:
        raise RuleBroken(
            f"分成办法（{rule.source}）给了{LEVEL_NAMES[level]}一份，但征收地没有这一级",
            rule=_RULE,
            hint="请为征收地另登记一份分成办法",
            details={"rev_func_code": rule.rev_func_code, "jurisdiction": rule.jurisdiction},
        )
    return level


def _exact(amount_fen: int, weights: Sequence[int]) -> list[int]:
    parts = [amount_fen * weight // WHOLE_BP for weight in weights]
    remainders = [amount_fen * weight % WHOLE_BP for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in order[: amount_fen - sum(parts)]:
        parts[i] += 1
    return parts


def require_whole(shares: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The shares, from the top down; raises RuleBroken unless they name each level once and sum to one."""
    given = list(shares)
    names = [level for level, _ in given]
    is_sound = (
        sum(bp for _, bp in given) == WHOLE_BP
        and all(bp > 0 for _, bp in given)
        and len(set(names)) == len(names)
        and set(names) <= {*LEVELS, OWN}
        and not (OWN in names and {"city", "county"} & set(names))
    )
    if not is_sound:
        told = "、".join(f"{level} {bp / 100:g}%" for level, bp in given)
        raise RuleBroken(
            f"各级比例（{told}）不是一套完整的分成办法",
            rule="各级比例合计为 100%，一级一份",
            hint="级次：centre、region、city、county，或 own（征收所在级）",
        )
    order = {level: i for i, level in enumerate((*LEVELS, OWN))}
    return tuple(sorted(given, key=lambda share: order[share[0]]))


@cache
def shipped() -> tuple[SharingRule, ...]:
    """The rules that come with fisc; `is_verified` only where every share of the rule is."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in read_table("revenue_sharing.csv"):
        key = (row["mof_div_code"], row["rev_func_code"], row["valid_from"], row["valid_to"])
        groups[key].append(row)
    return tuple(_shipped_rule(key, rows) for key, rows in groups.items())


def _shipped_rule(key: tuple[str, ...], rows: Sequence[dict[str, str]]) -> SharingRule:
    jurisdiction, code, first, last = key
    return SharingRule(
        jurisdiction, code, require_whole((row["level"], int(row["share_bp"])) for row in rows),
        date.fromisoformat(first), date.fromisoformat(last) if last else None,
        "；".join(dict.fromkeys(row["source"] for row in rows)),
        all(row["is_verified"] == "yes" for row in rows),
    )  # fmt: skip


def rules_in_force(conn: psycopg.Connection[Any]) -> tuple[SharingRule, ...]:
    """The shipped rules and those of confirmed documents."""
    ours = (
        SharingRule(
            s.jurisdiction, s.rev_func_code, tuple((lv, bp) for lv, bp in s.shares), s.valid_from, None,
            s.source_name, True, True,
        )
        for s in select(conn, SHARING, "where state = 'confirmed' order by doc_key")
    )  # fmt: skip
    return (*shipped(), *ours)
