"""The project library of a year: people, running costs and special purposes of each agency."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from fisc.city.draws import Bools, Ints, Seed, pick, rank_in_group, share, tail
from fisc.city.plan import Plan
from fisc.city.tables import FIRST_YEAR, is_in, read, regions, weights
from fisc.registry.tables import is_in_force, read_table

PERSONNEL, OPERATING, SPECIAL = "personnel", "operating", "special"
#: Where a special project's money comes from.
OWN, TRANSFER, RESERVE, BOND, FUND, SPECIAL_BOND = (
    "own",
    "transfer",
    "reserve",
    "bond",
    "fund",
    "special_bond",
)
#: Every region has one project of each kind, in this order; after that, in these proportions.
#: Many are its own: what a government spends falls to many classes, at any scale.
_FIRST_SOURCES = (
    OWN, TRANSFER, FUND, BOND, OWN, SPECIAL_BOND, RESERVE, TRANSFER, OWN, OWN, OWN, OWN, OWN, OWN,
)  # fmt: skip
_SOURCES = ((OWN, 66), (TRANSFER, 25), (FUND, 5), (BOND, 3), (SPECIAL_BOND, 1))
_PROJECTS = 4000
#: Of the special projects: on-going and staged ones go on, one-off ones end with the year.
_KINDS = (("002", 40), ("003", 30), ("001", 30))
_TAGS = {PERSONNEL: "003001", OPERATING: "003002"}


def projects(plan: Plan) -> pl.DataFrame:
    """Projects in force in a year.

    Columns: region, agency (row of `agencies`), pro_code, name, group, source, pro_kind_code,
    exp_func_code, theme, tag, is_livelihood, ecos, weight, goes_on (may carry money into the next year).
    """
    agencies = plan["agencies"]
    basic = _basic(agencies)
    special = _special(plan, agencies, len(basic))
    return pl.concat([basic, special.select(basic.columns)]).with_columns(
        pl.Series("pro_code", _codes(pl.concat([basic, special.select(basic.columns)]), agencies))
    )


def _basic(agencies: pl.DataFrame) -> pl.DataFrame:
    """Two projects of every agency that never end: people (人员类) and running costs (运转类)."""
    rows = []
    for number, agency in enumerate(agencies.iter_rows(named=True)):
        for group, title in ((PERSONNEL, "人员经费"), (OPERATING, "公用经费")):
            rows.append(_row(number, agency, group, title))
    return pl.DataFrame(rows)


def _row(number: int, agency: dict[str, object], group: str, title: str) -> dict[str, object]:
    return {
        "region": agency["region"], "agency": number, "group": group, "source": OWN,
        "serial": 1 if group == PERSONNEL else 2,
        "start": FIRST_YEAR, "name": f"{agency['name']}{title}", "pro_kind_code": "002",
        "exp_func_code": agency["operating_func"], "theme": "", "tag": _TAGS[group], "is_livelihood": False,
        "ecos": "", "weight": agency["weight"], "goes_on": True,
    }  # fmt: skip


def _special(plan: Plan, agencies: pl.DataFrame, basic: int) -> pl.DataFrame:
    """Special-purpose projects (特定目标类) over the lines of lines.csv that an agency may take."""
    hosts, owners = _hosts(agencies)
    wanted = np.maximum(
        share(max(round(_PROJECTS * plan.scale) - basic, 0), weights("counts")), len(_FIRST_SOURCES)
    )
    parts = [_draw_hosts(plan.seed, region, int(n), hosts) for region, n in enumerate(wanted)]
    host = np.concatenate([rows for rows, _ in parts])
    is_fixed = np.concatenate([fixed for _, fixed in parts])
    chosen = hosts[host].with_columns(pl.Series("is_fixed", is_fixed))
    return _special_rows(plan.seed, plan.year, chosen, owners, agencies)


def _hosts(agencies: pl.DataFrame) -> tuple[pl.DataFrame, dict[tuple[int, str], list[int]]]:
    """Every (region, line) whose department is there, and the agencies of each (region, department)."""
    owners: dict[tuple[int, str], list[int]] = {}
    for number, (region, dept) in enumerate(agencies.select("region", "dept_code").iter_rows()):
        owners.setdefault((region, dept), []).append(number)
    rows = [
        {"region": region, "line": n, "weight": int(line["weight"]), "theme": line["theme"],
         "is_fixed": is_in(line["always_in"], code)}
        for region, code in enumerate(regions())
        for n, line in enumerate(read("lines"))
        if (region, line["dept_code"]) in owners and is_in(line["only_in"] or code[:6], code)
    ]  # fmt: skip
    return pl.DataFrame(rows), owners


def _draw_hosts(seed: Seed, region: int, n: int, hosts: pl.DataFrame) -> tuple[Ints, Bools]:
    """Lines of a region's projects, and which of them stand there at any scale.

    Every line once as far as they go, the rest in proportion; where there are fewer projects than lines,
    those fixed here come on top.
    """
    rows = np.flatnonzero(hosts["region"].to_numpy() == region).astype(np.int64)
    is_fixed = hosts["is_fixed"].to_numpy()[rows]
    if n <= int((~is_fixed).sum()):
        free, fixed = rows[~is_fixed], rows[is_fixed]
        chosen = free[_best_first(free, hosts)[:n]]
        return np.concatenate([chosen, fixed]), np.arange(n + len(fixed)) >= n
    weight = hosts["weight"].to_numpy()[rows].astype(np.int64)
    more = pick(seed.stream(f"projects of {region}"), weight, max(n - len(rows), 0))
    found = np.concatenate([rows, rows[np.sort(more)]])
    return found, np.concatenate([is_fixed, np.zeros(len(more), bool)])


def _best_first(rows: Ints, hosts: pl.DataFrame) -> Ints:
    """Lines without a theme before others; of core and of other departments in turn, the weightier first."""
    core = {row["dept_code"] for row in read("departments") if row["is_core"] == "yes"}
    lines, weight = hosts["line"].to_numpy()[rows], hosts["weight"].to_numpy()[rows].astype(np.int64)
    is_core = np.array([read("lines")[n]["dept_code"] in core for n in lines.tolist()], np.int64)
    has_theme = (hosts["theme"].to_numpy()[rows] != "").astype(np.int64)
    order = np.lexsort((-weight, has_theme))
    rank = np.empty(len(rows), np.int64)
    rank[order] = rank_in_group(2 * has_theme[order] + is_core[order])
    return np.lexsort((is_core, rank, has_theme)).astype(np.int64)


def _sources(seed: Seed, region: Ints, is_fixed: Bools) -> list[str]:
    """The source of each special project: the first of a region one of each kind, the rest drawn.

    Those that stand there at any scale are paid from the region's own money.
    """
    drawn = pick(seed.stream("project sources"), np.array([w for _, w in _SOURCES], np.int64), len(region))
    rank = rank_in_group(np.where(is_fixed, -1 - region, region))
    return [
        OWN if fixed else _FIRST_SOURCES[r] if r < len(_FIRST_SOURCES) else _SOURCES[d][0]
        for fixed, r, d in zip(is_fixed.tolist(), rank.tolist(), drawn.tolist(), strict=True)
    ]


def _is_built(line: dict[str, str]) -> bool:
    """Whether a line is a work, or what is bought to stay (资本性支出 310): what bonds are for."""
    return line["ecos"].startswith("310")


def _bonds_to_works(sources: list[str], region: Ints, is_built: Bools) -> list[str]:
    """The sources, where a bond that drew anything else changes places with the first work of its region."""
    found = list(sources)
    for i in np.flatnonzero(np.isin(found, (BOND, SPECIAL_BOND)) & ~is_built).tolist():
        able = (j for j in np.flatnonzero((region == region[i]) & is_built).tolist()
                if found[j] in (OWN, TRANSFER))  # fmt: skip
        if (j := next(able, None)) is not None:
            found[i], found[j] = found[j], found[i]
    return found


def _special_rows(
    seed: Seed,
    year: int,
    hosts: pl.DataFrame,
    owners: dict[tuple[int, str], list[int]],
    agencies: pl.DataFrame,
) -> pl.DataFrame:
    rng = seed.stream("special projects")
    kind = pick(rng, np.array([w for _, w in _KINDS], np.int64), len(hosts))
    size, owner_draw = tail(rng, len(hosts)), rng.integers(0, 1 << 30, len(hosts))
    lines, names = read("lines"), agencies["name"].to_list()
    region_of = hosts["region"].to_numpy()
    is_fixed = hosts["is_fixed"].to_numpy()
    is_built = np.array([_is_built(row) for row in lines])[hosts["line"].to_numpy()]
    sources = _bonds_to_works(_sources(seed, region_of, is_fixed), region_of, is_built & ~is_fixed)
    themes = _themes(hosts, sources)
    rank = rank_in_group(region_of)
    rows = []
    for i, (region, number) in enumerate(hosts.select("region", "line").iter_rows()):
        line = lines[number]
        able = owners[region, line["dept_code"]]
        agency = able[int(owner_draw[i]) % len(able)]
        ends = _KINDS[kind[i]][0] == "001" or (themes[i] != "" and themes[i] not in _themes_of(FIRST_YEAR))
        is_one_off = ends and rank[i] >= 2 and sources[i] in (OWN, TRANSFER)
        start = year if is_one_off else FIRST_YEAR
        rows.append({
            "region": region, "agency": agency, "group": SPECIAL, "serial": i + 10, "start": start,
            "source": sources[i],
            "name": f"{names[agency].removesuffix('（模拟）')}{line['title']}（模拟{start}-{i + 1:04d}）",
            "pro_kind_code": "001" if is_one_off else _KINDS[kind[i] % 2][0],
            "exp_func_code": line["exp_func_code"],
            "theme": themes[i] if themes[i] in _themes_of(start) else "", "tag": line["tag"],
            "is_livelihood": line["is_livelihood"] == "yes", "ecos": line["ecos"],
            "weight": int(line["weight"]) * int(size[i]) // 20 + 1, "goes_on": not is_one_off,
        })  # fmt: skip
    return pl.DataFrame(rows)


@cache
def _themes_of(fiscal_year: int) -> frozenset[str]:
    """The themes that a year knows."""
    return frozenset(
        row["code"] for row in read_table("themes.csv") if is_in_force(row, fiscal_year)
    )  # fmt: skip


def _themes(hosts: pl.DataFrame, sources: list[str]) -> list[str]:
    """The theme of each project: of own money and transfers only, and where own money is among it."""
    places = list(zip(hosts["region"].to_list(), hosts["theme"].to_list(), strict=True))
    own = {place for place, source in zip(places, sources, strict=True) if source == OWN}
    return [
        place[1] if source in (OWN, TRANSFER) and place in own else ""
        for place, source in zip(places, sources, strict=True)
    ]


def _codes(frame: pl.DataFrame, agencies: pl.DataFrame) -> list[str]:
    """21 characters: region (6), first year (4), agency (6), serial (5)."""
    code, div = agencies["agency_code"].to_list(), agencies["mof_div_code"].to_list()
    return [
        f"{div[agency][:6]}{start}{code[agency]}{serial:05d}"
        for agency, start, serial in frame.select("agency", "start", "serial").iter_rows()
    ]
