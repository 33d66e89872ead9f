"""Sharing of revenue between centre, region, city and banner: dated parameters, exact to the fen.

The shipped rows (`revenue_sharing.csv`) hold what is public: the centre's share. How a region, its
cities and banners divide the rest is set by their documents: a confirmed one outranks what nobody verified.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from math import gcd, lcm
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

    def rank(self) -> tuple[int, int, date]:
        """What outranks what among the shipped: the longer code, the smaller jurisdiction, the later day."""
        return (len(self.rev_func_code), len(self.jurisdiction), self.valid_from)

    def own_rank(self) -> tuple[int, date, int]:
        """What outranks what among our own: the smaller jurisdiction, the later day, the longer code."""
        return (len(self.jurisdiction), self.valid_from, len(self.rev_func_code))


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
    *,
    before_fen: int = 0,
) -> tuple[LevelAmount, ...]:
    """The parts of an amount collected in a division, by level from the top; they sum to it exactly.

    `before_fen` is what the period shared of the code before: the parts of all of it together stay within
    one fen of their exact shares, however small the receipts were, and no part has another sign than its
    amount. `rules` are the shipped ones unless given. Raises RuleBroken where no rule fits.
    """
    rule = rule_for(rev_func_code, mof_div_code, day, rules)
    levels = _levels_of(mof_div_code)
    weights = tuple(bp for _, bp in rule.shares)
    stood, stands = _parted(before_fen, weights), _parted(before_fen + amount_fen, weights)
    found: dict[str, int] = defaultdict(int)
    for (level, _), then, now in zip(rule.shares, stood, stands, strict=True):
        found[_level(level, rule, levels)] += now - then
    return tuple(LevelAmount(lv, levels[lv], found[lv]) for lv in LEVELS if found.get(lv))


def rule_for(
    rev_func_code: str, mof_div_code: str, day: date, rules: Sequence[SharingRule] | None = None
) -> SharingRule:
    """The rule by which a code collected in a division on a day is shared. Raises RuleBroken if none fits.

    What our own documents say of a class or section holds for every code under it; of the shipped rules only
    one that is verified and speaks of a finer code stands above them.
    """
    given = shipped() if rules is None else rules
    fitting = [r for r in given if r.fits(rev_func_code, mof_div_code, day)]
    if not fitting:
        raise RuleBroken(
            f"收入分类 {rev_func_code} 在 {mof_div_code} {day} 没有分成办法，不能分成",
            rule=_RULE,
            hint="请先登记财政体制文件规定的各级比例",
            details={"rev_func_code": rev_func_code, "mof_div_code": mof_div_code},
        )
    shipped_ones = [r for r in fitting if not r.is_ours]
    if not (ours := [r for r in fitting if r.is_ours]):
        return max(shipped_ones, key=SharingRule.rank)
    own_one = max(ours, key=SharingRule.own_rank)
    finer = [r for r in shipped_ones if r.is_verified and len(r.rev_func_code) > len(own_one.rev_func_code)]
    return max(finer, key=SharingRule.rank, default=own_one)


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


def _parted(total_fen: int, weights: tuple[int, ...]) -> list[int]:
    """What each of these shares (basis points, one whole) has of a total, within one fen of its exact part.

    A larger total gives nobody less; the parts of a negative one are those of the positive one in red.
    """
    turns, size = _turns(weights), sum(weights) // gcd(*weights)
    rounds, rest = divmod(abs(total_fen), size)
    sign = -1 if total_fen < 0 else 1
    return [
        sign * (rounds * (weight * size // WHOLE_BP) + turns[rest][i]) for i, weight in enumerate(weights)
    ]


@lru_cache(maxsize=256)
def _turns(weights: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """How many of the first n fen each share has got, for n up to where all come out exactly.

    Each fen goes, among those that are owed enough of one, to whom it is due soonest (the chairman
    assignment of Tijdeman): so at no n anyone is a fen or more off.
    """
    whole, slack = sum(weights), max(2 * len(weights) - 2, 1)
    common = lcm(*weights)
    got = [0] * len(weights)
    found = [tuple(got)]
    for n in range(1, whole // gcd(*weights)):
        owed = [weight * n - whole * had for weight, had in zip(weights, got, strict=True)]
        due = [
            (((slack - 1) * whole - slack * fen) * (common // weight), i)
            for i, (fen, weight) in enumerate(zip(owed, weights, strict=True)) if slack * fen >= whole
        ]  # fmt: skip
        got[min(due)[1]] += 1
        found.append(tuple(got))
    return tuple(found)


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
