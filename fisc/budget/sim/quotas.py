"""Quotas of a year with all their elements, what is spent on each and what is left.

Amounts go from the top down: region -> group -> quota, each shared exactly; documents of transfers
and the budget are then sums of their quotas, so nothing has to be forced to agree.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from fisc.budget.sim.projects import BOND, FUND, OPERATING, OWN, PERSONNEL, RESERVE, SPECIAL_BOND, TRANSFER
from fisc.budget.sim.steadiness import steadied
from fisc.budget.sim.themes import bound_left, themed
from fisc.city.draws import Bools, Ints, counts_at_least, rank_in_group, share, share_groups, some, tail
from fisc.city.interest import interest_due
from fisc.city.plan import Plan
from fisc.city.tables import FUND as GOVERNMENT_FUND
from fisc.city.tables import GENERAL, regions, weights
from fisc.registry.tables import is_in_force, read_table

_QUOTAS = 40_000
CARRIED = "carried"
#: Groups of general money within a region, in thousandths of what is neither bonds nor carried over;
#: transfers have a share of their own in each region, and the region's own projects the rest.
_GROUPS = ((PERSONNEL, 210), (OPERATING, 50), (RESERVE, 3))
#: Of a region's own projects, what the mid-year adjustment adds, where it adds anything.
_ADJUSTED, _ADJUSTED_SHARE = "adjusted", 60
_PERSONNEL = (("30101", 40), ("30108", 12), ("30102", 24), ("30103", 10), ("30113", 8), ("30110", 5),
              ("30109", 4), ("30112", 2))  # fmt: skip
_OPERATING = (("30201", 20), ("30239", 12), ("30205", 4), ("30206", 8), ("30207", 5), ("30211", 8),
              ("30213", 9),
              ("30216", 4), ("30228", 6), ("30229", 5), ("30231", 4), ("30299", 6))  # fmt: skip
_CAPITAL = ("31005", "31006", "31001", "31003", "31010")
_FUND_FUNCS = {"212": "2120803", "220": "2120801"}
_FUND_FUNC, _SPECIAL_BOND_FUNC = "2120804", "2290402"
_FUND_TYPES = {BOND: "112", FUND: "121", SPECIAL_BOND: "122"}
DIRECT, AUTHORISED, PAYROLL = "direct", "authorised", "payroll"
#: How the quotas of a project differ once its economic classes are used up. Own money: is it of the
#: mid-year adjustment (transfers: of the second document); and who pays, the treasury or the unit.
_VARIANTS = ((False, DIRECT), (True, DIRECT), (False, AUTHORISED), (True, AUTHORISED))
_PLAIN_VARIANTS = ((False, DIRECT), (False, AUTHORISED))
_ONE_VARIANT = ((False, DIRECT),)
#: The theme under which capital is put into state enterprises: two economic classes, paid by the treasury.
INJECTED = "major_projects"
_LEFT_PER_REGION, _LEFT_SHARE = 4, 12


def shares(plan: Plan) -> pl.DataFrame:
    """What each quota of the year is to pay and to have left, before operations on it are known.

    Columns: region, agency, project, group, fund_type_code, exp_func_code, dep_bgt_eco_code,
    gov_bgt_eco_code, pay_type, source_type_code, doc (row of notices, -1 none), weight, day (usable
    from), theme, paid_fen, left_fen, ori_bgt_id (carried ones), carried_fen.
    """
    frame = pl.concat([_basic(plan), _special(plan)], how="vertical")
    carried = _carried(plan)
    if len(carried):
        frame = pl.concat([frame, carried.select(frame.columns)], how="vertical")
    return _amounts(plan, frame)


def _per_agency(plan: Plan, share_of_all: float, most: int, least: int) -> int:
    return min(most, max(least, round(_QUOTAS * plan.scale * share_of_all / len(plan["agencies"]))))


def _basic(plan: Plan) -> pl.DataFrame:
    """People and running costs: a quota per economic class, as many classes as the scale has room for."""
    chosen = {
        PERSONNEL: _PERSONNEL[: _per_agency(plan, 0.064, len(_PERSONNEL), 2)],
        OPERATING: _OPERATING[: _per_agency(plan, 0.096, len(_OPERATING), 1)],
    }
    kinds, day = plan["agencies"]["kind"].to_list(), plan.dates.to_units
    rows = []
    basic = plan["projects"].with_row_index("project").filter(pl.col("group").is_in(list(chosen)))
    for row in basic.iter_rows(named=True):
        for eco, weight in chosen[row["group"]]:
            is_people = row["group"] == PERSONNEL
            rows.append({
                "region": row["region"], "agency": row["agency"], "project": row["project"],
                "group": row["group"], "fund_type_code": "111", "exp_func_code": row["exp_func_code"],
                "dep_bgt_eco_code": eco,
                "gov_bgt_eco_code": _gov_eco(eco, kinds[row["agency"]], plan.year),
                "pay_type": PAYROLL if is_people else AUTHORISED, "source_type_code": "1", "doc": -1,
                "weight": row["weight"] * weight, "day": day, "ori_bgt_id": "", "carried_fen": 0,
                "spent_fen": 0, "theme": "",
            })  # fmt: skip
    return pl.DataFrame(rows)


def _special(plan: Plan) -> pl.DataFrame:
    """Quotas of special projects: economic classes times variants, counts drawn per project."""
    projects = plan["projects"].with_row_index("project").filter(pl.col("group") == "special")
    rng = plan.seed.stream("special quotas")  # of no year: what a project is worth stays from year to year
    basic = len(_basic(plan))
    wanted = max(round(_QUOTAS * plan.scale) - basic, 0)
    is_wide = projects["source"].is_in([OWN, TRANSFER]).to_numpy()
    weight = np.where(is_wide, rng.integers(6, 15, len(projects)), 1)
    counts = counts_at_least(wanted, weight, 3)
    forms = [_forms(*given) for given in projects.select("source", "theme", "ecos").iter_rows()]
    counts = np.minimum(counts, [len(classes) * len(variants) for classes, variants in forms])
    row = np.repeat(np.arange(len(projects)), counts)
    slot = rank_in_group(row)
    frame = projects[row].select(
        "region", "agency", pl.col("project").cast(pl.Int64), pl.col("source").alias("group"),
        "exp_func_code", "theme", "weight",
    )  # fmt: skip
    chosen = [_form(forms[r], s) for r, s in zip(row.tolist(), slot.tolist(), strict=True)]
    return _special_columns(plan, frame, chosen, tail(rng, len(row)), row)


_Form = tuple[str, bool, str]


def _forms(group: str, theme: str, ecos: str) -> tuple[tuple[str, ...], tuple[tuple[bool, str], ...]]:
    """The economic classes of a project's quotas, and how they differ once those are used up.

    Own money under a theme is all of the first budget, so that a theme's total can be met.
    """
    if group in (BOND, SPECIAL_BOND):
        return _CAPITAL, _PLAIN_VARIANTS
    if theme == INJECTED:
        return tuple(ecos.split("|")), _ONE_VARIANT
    is_wide = group == TRANSFER or (group == OWN and not theme)
    return tuple(ecos.split("|")), _VARIANTS if is_wide else _PLAIN_VARIANTS


def _form(forms: tuple[tuple[str, ...], tuple[tuple[bool, str], ...]], slot: int) -> _Form:
    """Class, whether of the second document or the adjustment, and who pays, of a project's nth quota."""
    classes, variants = forms
    return classes[slot % len(classes)], *variants[slot // len(classes)]


def _special_columns(
    plan: Plan, frame: pl.DataFrame, forms: list[_Form], size: Ints, row: Ints
) -> pl.DataFrame:
    kinds, group = plan["agencies"]["kind"].to_list(), frame["group"].to_list()
    second = [is_second for _, is_second, _ in forms]
    doc = _documents(plan, frame, second, row)
    gov = [
        _gov_eco(eco, kinds[agency], plan.year)
        for agency, (eco, _, _) in zip(frame["agency"].to_list(), forms, strict=True)
    ]
    func = [_function(g, code) for g, code in zip(group, frame["exp_func_code"].to_list(), strict=True)]
    is_first = [
        g in (FUND, RESERVE) or (g == OWN and not late) for g, late in zip(group, second, strict=True)
    ]
    return frame.select("region", "agency", "project", "group").with_columns(
        pl.Series("fund_type_code", [_FUND_TYPES.get(g, "111") for g in group]),
        pl.Series("exp_func_code", func), pl.Series("dep_bgt_eco_code", [eco for eco, _, _ in forms]),
        pl.Series("gov_bgt_eco_code", gov), pl.Series("pay_type", [by for _, _, by in forms]),
        pl.Series("source_type_code", ["1" if first else "2" for first in is_first]),
        pl.Series("doc", doc), pl.Series("weight", frame["weight"].to_numpy() * size // 20 + 1),
        pl.Series("day", _days(plan, frame, np.array(second), doc)), pl.lit("").alias("ori_bgt_id"),
        pl.lit(0, pl.Int64).alias("carried_fen"), pl.lit(0, pl.Int64).alias("spent_fen"), frame["theme"],
    )  # fmt: skip


def _function(group: str, code: str) -> str:
    if group == FUND:
        return _FUND_FUNCS.get(code[:3], _FUND_FUNC)
    return _SPECIAL_BOND_FUNC if group == SPECIAL_BOND else code


def _documents(plan: Plan, frame: pl.DataFrame, second: list[bool], row: Ints) -> Ints:
    """For quotas of transfers, their document: one of two of the project's functional class."""
    of_class: dict[str, list[int]] = {}
    for doc, func_class in plan["notices"].select("doc", "func_class").iter_rows():
        if func_class:  # general money is of no class
            of_class.setdefault(func_class, []).append(doc)
    rows = zip(frame["group"].to_list(), frame["exp_func_code"].to_list(), second, row.tolist(), strict=True)
    return np.array(
        [
            of_class[code[:3]][(r + is_second) % len(of_class[code[:3]])] if group == TRANSFER else -1
            for group, code, is_second, r in rows
        ],
        np.int64,
    )


def _days(plan: Plan, frame: pl.DataFrame, second: Bools, doc: Ints) -> Ints:
    """The first working day on which each quota may be used."""
    dates = plan.dates
    own_day = np.append(plan["notices"]["own_day"].to_numpy(), 0)
    issue_day = np.append(plan["notices"]["issue_day"].to_numpy(), 0)
    group = frame["group"].to_numpy()
    days = np.full(len(frame), dates.to_units, np.int64)
    days[(group == OWN) & second] = dates.adjusted_quotas
    days[np.isin(group, (BOND, SPECIAL_BOND))] = dates.adjusted_quotas
    days[group == RESERVE] = dates.reserve_used
    from_above = np.where(frame["region"].to_numpy() == 0, own_day[doc] + 1, issue_day[doc] + 1)
    return np.where(group == TRANSFER, from_above, days).astype(np.int64)


def _amounts(plan: Plan, frame: pl.DataFrame) -> pl.DataFrame:
    """What is paid from each quota and what is left on it at the year's end."""
    region, group = frame["region"].to_numpy(), frame["group"].to_numpy()
    weight, fund = frame["weight"].to_numpy().astype(np.int64), frame["fund_type_code"].to_numpy()
    paid = frame["spent_fen"].to_numpy().astype(np.int64).copy()
    left = frame["carried_fen"].to_numpy() - paid
    is_carried = group == CARRIED
    n, c = len(regions()), plan.controls

    def fill(target: Ints, totals: Ints, mask: Bools) -> None:
        target[mask] = share_groups(totals, weight[mask], region[mask])

    def carried(funds: tuple[str, ...]) -> Ints:
        found = np.zeros(n, np.int64)
        mask = is_carried & np.isin(fund, funds)
        np.add.at(found, region[mask], paid[mask])
        return found

    fill(paid, c.bonds_spent, group == BOND)
    fill(left, c.bonds - c.bonds_spent, group == BOND)
    fill(paid, c.special_bonds_spent, group == SPECIAL_BOND)
    fill(left, c.special_bonds - c.special_bonds_spent, group == SPECIAL_BOND)
    interest = plan.once(interest_due)
    of_fund = c.fund_spending - c.special_bonds_spent - carried(("121", "122")) - interest[GOVERNMENT_FUND]
    fill(paid, of_fund, group == FUND)
    fill(left, c.fund_unspent, group == FUND)
    rest = c.spending - c.bonds_spent - carried(("111", "112")) - interest[GENERAL]
    names = np.where((group == OWN) & (frame["source_type_code"].to_numpy() == "2"), _ADJUSTED, group)
    adjusted = np.bincount(region[names == _ADJUSTED], minlength=n) > 0
    groups = [_of_groups(w, bool(a)) for w, a in zip(weights("transfer_share"), adjusted, strict=True)]
    of_groups = np.stack([share(int(t), list(g.values())) for t, g in zip(rest, groups, strict=True)])
    cells = {name: of_groups[:, number].copy() for number, name in enumerate(groups[0])}
    under_theme = themed(c, frame, cells)
    paid[under_theme >= 0] = under_theme[under_theme >= 0]
    for name, totals in cells.items():
        taken = (names == name) & (under_theme >= 0)
        np.subtract.at(totals, region[taken], under_theme[taken])
    is_free = np.isin(names, list(cells)) & (under_theme < 0)

    def shared(given: Ints) -> Ints:
        for name, totals in cells.items():
            mask = is_free & (names == name)
            paid[mask] = share_groups(totals, given[mask], region[mask])
        return paid

    paid = steadied(plan, frame, weight, is_free, shared)
    able = _may_leave(plan, frame)
    has_left = _slack(plan, frame, able)
    fill(left, c.unspent, has_left)
    bound_left(plan.year, frame, left, has_left, able)
    return frame.with_columns(pl.Series("paid_fen", paid), pl.Series("left_fen", left))


def _of_groups(from_above: int, is_adjusted: bool) -> dict[str, int]:
    fixed = dict(_GROUPS) | {TRANSFER: from_above, _ADJUSTED: _ADJUSTED_SHARE * is_adjusted}
    return fixed | {OWN: 1000 - sum(fixed.values())}


def _may_leave(plan: Plan, frame: pl.DataFrame) -> Bools:
    """The general quotas for special purposes that may have money left: those of projects that go on."""
    goes_on = plan["projects"]["goes_on"].to_numpy()[frame["project"].to_numpy()]
    is_special = frame["group"].is_in([OWN, TRANSFER]).to_numpy()
    found: Bools = goes_on & is_special & (frame["theme"].to_numpy() != INJECTED)
    return found


def _slack(plan: Plan, frame: pl.DataFrame, able: Bools) -> Bools:
    """Which general quotas have money left at the end: some of those that may."""
    rng = plan.stream("slack")
    group, region = frame["group"].to_numpy(), frame["region"].to_numpy()
    chosen = np.zeros(len(frame), bool)
    for r in range(len(regions())):
        for name in (OWN, TRANSFER):
            mask = able & (group == name) & (region == r)
            chosen[some(rng, mask, max(_LEFT_PER_REGION, int(mask.sum()) * _LEFT_SHARE // 100))] = True
    return chosen


def _carried(plan: Plan) -> pl.DataFrame:
    """Quotas carried into a year: what the year before left, of projects that go on.

    Most of the money is spent this year; a part stays for a second year (the two-year rule).
    """
    if plan.before is None:
        return pl.DataFrame()
    rows = {code: row for row, code in enumerate(plan["projects"]["pro_code"].to_list())}
    codes = plan.before["projects"]["pro_code"].to_list()
    left = plan.before["quotas"].filter(pl.col("carry_fen") > 0)
    stays = plan.stream("stays unspent").integers(0, 100, len(left)) < 12
    amount = left["carry_fen"].to_numpy()
    spent = np.where(stays, amount * 6 // 10, amount)
    return left.with_columns(
        pl.Series("project", [rows[codes[p]] for p in left["project"].to_list()], dtype=pl.Int64),
        pl.lit(CARRIED).alias("group"),
        pl.lit(plan.dates.carried_in + 1, pl.Int64).alias("day"),
        pl.col("bgt_id").alias("ori_bgt_id"),
        pl.col("carry_fen").alias("carried_fen"),
        pl.Series("spent_fen", spent),
    )


#: Operations on quotas that move their amounts, by the kinds of the plan's `operations`.
SWAP, CUT, FREEZE, TAKE_BACK, CARRY = "swap", "cut", "freeze", "take_back", "carry_over"


def issued(plan: Plan) -> pl.DataFrame:
    """Quotas with `amount_fen` (as issued: what is paid and left, less swaps in, plus swaps out and cuts)
    and `carry_fen` (carried into the next year)."""
    bare, done = plan["quota_shares"], plan["operations"]
    amount = (bare["paid_fen"] + bare["left_fen"]).to_numpy().copy()
    carry = np.zeros(len(bare), np.int64)
    for kind, quota, other, fen in done.select("kind", "quota", "other", "amount_fen").iter_rows():
        if kind in (SWAP, CUT):
            amount[quota] += fen
        if kind == SWAP:
            amount[other] -= fen
        if kind == CARRY:
            carry[quota] += fen
    return bare.with_columns(pl.Series("amount_fen", amount), pl.Series("carry_fen", carry))


@cache
def _gov_eco(dep_eco: str, unit_kind: str, fiscal_year: int) -> str:
    """The government economic class of a department economic class, by kind of unit and year."""
    for row in read_table("eco_mapping.csv"):
        is_asked = (row["dep_bgt_eco_code"], row["unit_kind"]) == (dep_eco, unit_kind)
        if is_asked and is_in_force(row, fiscal_year):
            return row["gov_bgt_eco_code"]
    raise KeyError(f"{dep_eco} {unit_kind} {fiscal_year}")
