"""The plan of the simulated city: public totals to the fen, money always there, same seed same plan."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from fisc.budget.sim.themes import theme_totals
from fisc.city.interest import interest_due
from fisc.city.plan import Plan
from fisc.city.tables import CITY, FIRST_YEAR, regions
from fisc.kernel.money import parse_amount
from fisc.registry import classifications
from fisc.revenue.sharing import shipped, split
from fisc.revenue.sim.sharing import orders
from fisc.revenue.sim.statistics import before
from fisc.sim.plan import plan
from fisc.treasury.sim.payments import FATES, OVERSPEND, WITHDRAWN, WRONG_PAYEE

GENERAL = ["111", "112"]
SPENDING = {2021: "729.65", 2022: "993.62"}
REVENUE = {2021: "552.01", 2022: "842.84"}

plans = st.builds(
    plan,
    scale=st.sampled_from([0.003, 0.02, 0.04]),
    seed=st.integers(0, 10**9),
    year=st.sampled_from([2021, 2022]),
)


#: What each year's class of spending came to, and those that a bureau's summary boasts of.
KEY_AREAS = ("205", "208", "210", "212")


def of_classes(made: Plan, *by: str) -> dict[Any, int]:
    quotas = made["quota_shares"].filter(pl.col("fund_type_code").is_in(GENERAL))
    keys = [*by, pl.col("exp_func_code").str.slice(0, 3)]
    sums = quotas.group_by(keys).agg(pl.col("paid_fen").sum())
    return {row[0] if not by else row[:-1]: row[-1] for row in sums.iter_rows()}


@given(st.sampled_from([0.01, 0.02, 0.05]), st.integers(0, 10**9))
@example(0.02, 7)
@settings(max_examples=6)
def test_no_class_is_a_part_of_what_a_government_spends_that_none_would_live(scale: float, seed: int) -> None:
    """Few draws make no city of schools: education is about a fifth of all, and of nobody half."""
    for year in (2021, 2022):
        made = plan(scale, seed, year)
        whole = of_classes(made)
        assert 0.15 < whole["205"] / sum(whole.values()) < 0.25, (scale, seed, year)
        of_each = of_classes(made, "region")
        sums = {place: sum(fen for key, fen in of_each.items() if key[0] == place) for place, _ in of_each}
        parts = {key: fen / sums[key[0]] for key, fen in of_each.items()}
        assert max(parts.values()) < 0.45, (scale, seed, year, parts)


@given(st.sampled_from([0.003, 0.02, 0.04]), st.integers(0, 10**9))
@example(0.02, 7)
@settings(max_examples=6)
def test_each_class_of_spending_grows_as_a_city_lives(scale: float, seed: int) -> None:
    before, now = of_classes(plan(scale, seed, 2021)), of_classes(plan(scale, seed, 2022))
    grown = {code: now.get(code, 0) / amount - 1 for code, amount in before.items() if amount}
    # in the city that is shipped no class nearly doubles; elsewhere themes alone may carry a small one so far
    most = 0.9 if (scale, seed) == (0.02, 7) else 2.0
    assert all(0 < growth < most for growth in grown.values()), grown
    assert all(grown[code] > 0.1 for code in KEY_AREAS), grown


@given(st.sampled_from([0.003, 0.02, 0.04]), st.integers(0, 10**9))
@example(0.02, 7)
@settings(max_examples=4)
def test_no_class_of_a_government_falls_far_from_year_to_year(scale: float, seed: int) -> None:
    before, now = (of_classes(plan(scale, seed, year), "region") for year in (2021, 2022))
    kept = {key: amount for key, amount in before.items() if amount > 10**10}  # from a 亿 up
    # in the city that is shipped none falls; elsewhere themes and few quotas may leave little to move
    least = 100 if (scale, seed) == (0.02, 7) else 60
    assert kept and [(key, fen) for key, fen in kept.items() if now.get(key, 0) * 100 < fen * least] == []


def fen(yi: str) -> int:
    return parse_amount(yi, "亿元")


def paid(p: Plan) -> pl.DataFrame:
    """Payments that succeed in the end, with the fund of their quota."""
    fund = p["quotas"]["fund_type_code"].gather(p["payments"]["quota"])
    return p["payments"].with_columns(fund).filter(~pl.col("fate").is_in([OVERSPEND, WITHDRAWN, WRONG_PAYEE]))


@given(plans)
@settings(max_examples=6)
def test_public_totals_are_met_to_the_fen(p: Plan) -> None:
    general = paid(p).filter(pl.col("fund_type_code").is_in(GENERAL))
    interest = interest_due(p)["111"].sum()
    assert (general["amount_fen"] - general["refund_fen"]).sum() + interest == fen(SPENDING[p.year])
    received = p["receipts"].filter(pl.col("fund_type_code") == "111")["amount_fen"].sum()
    kept, borne = p["shared_parts"]["amount_fen"].sum(), p["tax_refunds"]["amount_fen"].sum()
    assert received + kept - borne == fen(REVENUE[p.year])


@given(plans)
@settings(max_examples=6)
def test_every_payment_finds_its_money_whatever_the_order_within_a_day(p: Plan) -> None:
    """Availability by day: money in first thing, everything that goes out before anything comes back."""
    q, n = p["quotas"], len(p["quotas"])
    available = q["amount_fen"].to_numpy().copy()
    assert (available > 0).all()
    outgoing = p["payments"].filter(~pl.col("fate").is_in([OVERSPEND]))
    moves = [np.zeros(n, np.int64) for _ in p.calendar.days]
    back = [np.zeros(n, np.int64) for _ in p.calendar.days]
    for quota, day, amount in outgoing.select("quota", "day", "amount_fen").iter_rows():
        assert day >= q["day"][quota]
        moves[day][quota] += amount
    for kind, day, quota, other, amount, until in (
        p["operations"].select("kind", "day", "quota", "other", "amount_fen", "until").iter_rows()
    ):
        assert amount > 0 and day >= q["day"][quota]
        moves[day][quota] += amount
        if kind == "swap":
            back[day][other] += amount
        if kind == "freeze":
            back[until][quota] += amount
    for quota, day, amount in (
        p["payments"]
        .filter(pl.col("refund_day") >= 0)
        .select("quota", "refund_day", "refund_fen")
        .iter_rows()
    ):
        back[day][quota] += amount
    for quota, amount in (
        p["payments"]
        .filter(pl.col("fate").is_in([WITHDRAWN, WRONG_PAYEE]))
        .select("quota", "amount_fen")
        .iter_rows()
    ):
        back[p.dates.take_back + 12][quota] += amount
    for day in range(len(p.calendar.days)):
        available -= moves[day]
        assert (available >= 0).all(), day
        available += back[day]
    assert (available == 0).all(), "what is left is taken back or carried over"


@given(plans)
@settings(max_examples=5)
def test_overspends_exceed_whatever_the_quota_ever_had(p: Plan) -> None:
    swaps = p["operations"].filter(pl.col("kind") == "swap").group_by("other").agg(pl.col("amount_fen").sum())
    ever = p["quotas"]["amount_fen"].to_numpy().copy()
    ever[swaps["other"].to_numpy()] += swaps["amount_fen"].to_numpy()
    over = p["payments"].filter(pl.col("fate") == OVERSPEND)
    cut = p["operations"].filter(pl.col("kind") == "cut").group_by("quota").agg(pl.col("amount_fen").sum())
    ever[cut["quota"].to_numpy()] -= cut["amount_fen"].to_numpy()
    assert len(over) >= 4
    outs = p["operations"].filter(pl.col("kind") == "swap").group_by("quota").agg(pl.col("amount_fen").sum())
    ever[outs["quota"].to_numpy()] -= outs["amount_fen"].to_numpy()
    assert (over["amount_fen"].to_numpy() > ever[over["quota"].to_numpy()]).all()


def by_region(frame: pl.DataFrame) -> np.ndarray:
    sums = np.zeros(len(regions()), np.int64)
    np.add.at(sums, frame["region"].to_numpy(), frame["amount_fen"].to_numpy())
    return sums


@given(plans)
@settings(max_examples=6)
def test_each_budget_balances(p: Plan) -> None:
    """First budget and adjustment: revenue, general transfers and subsidies pay for quotas and reserve."""
    b = {name: p["money"][name].to_numpy() for name in p["money"].columns}
    for is_early, route, kind in ((True, ("proposal", "later"), "1"), (False, ("adjusted",), "2")):
        docs = p["documents"].filter((pl.col("kind") == "general") & (pl.col("is_early") == is_early))
        money = by_region(p["issues"].filter(pl.col("doc").is_in(docs["doc"].to_list())))
        money[0] = docs["city_fen"].sum()
        quotas = p["quotas"].filter(pl.col("route").is_in(route) & (pl.col("fund_type_code") == "111"))
        needed = by_region(quotas)
        if is_early:
            needed += b["reserve"]
            needed[0] += b["subsidies"].sum()
            assert (b["revenue_initial"] + money + b["subsidies"] == needed).all()
            money[0] = 0
            money += b["subsidies"]
        else:
            assert (b["revenue_adjusted"] - b["revenue_initial"] + money == needed).all()
            assert (by_region(p["adjusted"]) == b["revenue_adjusted"] - b["revenue_initial"]).all()
        arranged = p["arranged"].filter(pl.col("source_type_code") == kind)
        assert (by_region(arranged) == money).all()
    assert (b["revenue_initial"] > 0).all() and (b["revenue_adjusted"] >= b["revenue_initial"]).all()
    assert (b["revenue_adjusted"] <= p.controls.revenue).all(), "no more is budgeted than comes in"


@given(plans)
@settings(max_examples=5)
def test_classes_hold_exactly_their_quotas(p: Plan) -> None:
    """What is arranged from documents and added of own money is, by class, what quotas take."""
    keys = ["region", "exp_func_code"]
    for route, kind, own in (("later", "1", p["held"]), ("adjusted", "2", p["adjusted"])):
        arranged = p["arranged"].filter(pl.col("source_type_code") == kind).select(*keys, "amount_fen")
        classes = pl.concat([arranged, own]).group_by(keys).agg(pl.col("amount_fen").sum()).sort(keys)
        taken = p["quotas"].filter(pl.col("route") == route).group_by(keys).agg(pl.col("amount_fen").sum())
        assert_frame_equal(classes, taken.sort(keys), check_dtypes=False)


@given(plans)
@settings(max_examples=5)
def test_documents_are_the_sum_of_their_quotas(p: Plan) -> None:
    from_above = p["quotas"].filter((pl.col("doc") >= 0) & (pl.col("ori_bgt_id") == ""))
    sums = from_above.group_by("doc", "region").agg(pl.col("amount_fen").sum()).sort("doc", "region")
    special = p["documents"].filter(pl.col("kind") != "general")
    to_banners = p["issues"].filter(pl.col("doc").is_in(special["doc"].to_list()))
    banners = sums.filter(pl.col("region") > 0)
    sent = to_banners.select("doc", "region", "amount_fen").sort("doc", "region")
    assert_frame_equal(banners, sent, check_dtypes=False)
    assert special["city_fen"].sum() == sums.filter(pl.col("region") == 0)["amount_fen"].sum()
    notices = p["documents"]
    assert notices["amount_fen"].sum() == notices["city_fen"].sum() + p["issues"]["amount_fen"].sum()


@given(plans)
@settings(max_examples=5)
def test_reserve_is_within_the_law(p: Plan) -> None:
    """预算法第四十条: 1 to 3 per cent of the general spending that the congress approves."""
    general = p["quotas"].filter((pl.col("route") == "proposal") & (pl.col("fund_type_code") == "111"))
    share = p["money"]["reserve"].to_numpy() / (by_region(general) + by_region(p["held"]))
    assert (share >= 0.01).all() and (share <= 0.03).all()


@given(plans)
@settings(max_examples=5)
def test_every_kind_of_thing_occurs_at_any_scale(p: Plan) -> None:
    assert set(p["payments"]["fate"].unique()) == set(FATES)
    assert set(p["operations"]["kind"].unique()) == {"swap", "cut", "freeze", "take_back", "carry_over"}
    assert set(p["quotas"]["fund_type_code"].unique()) == {"111", "112", "121", "122"}
    assert {"", "01"} == set(p["documents"]["is_direct_fund"].unique())
    assert p["quotas"]["agency"].n_unique() > 50 and set(p["quotas"]["region"].unique()) == set(
        range(len(regions()))
    )
    assert (p["payments"]["refund_fen"] > 0).sum() >= 4
    assert (p["receipts"]["amount_fen"] > 0).all() and (p["shared_parts"]["amount_fen"] > 0).all()
    assert len(p["gross_receipts"]) == 12 * len(regions()) and len(p["tax_refunds"]) >= 3 * len(regions())
    assert (p["tax_refunds"]["full_fen"] > p["tax_refunds"]["amount_fen"]).all()
    assert (
        len(p["injections"]) >= 6
        and p["injections"]["loan_fen"].sum() > 0 < p["injections"]["project_fen"].sum()
    )
    assert (p["quotas"]["group"] == "carried").any() == (p.year > FIRST_YEAR)
    assert (len(p["late_refunds"]) >= 2) == (p.year > FIRST_YEAR)
    assert len(p["loans"]) >= 1 and (p["loans"]["back"] > p["loans"]["day"]).all()
    assert len(p["plans_of_use"]) > 0


@given(plans)
@settings(max_examples=3)
def test_codes_are_in_force_and_keys_are_unique(p: Plan) -> None:
    for kind, column in (("gov_bgt_eco", "gov_bgt_eco_code"), ("dep_bgt_eco", "dep_bgt_eco_code")):
        for code in p["quotas"][column].unique():
            assert classifications.lookup(kind, code, p.year), code
    for code, fund in p["quotas"].select("exp_func_code", "fund_type_code").unique().iter_rows():
        assert classifications.lookup("exp_func", code, p.year, "121" if fund.startswith("12") else "111"), (
            code
        )
    for code, fund in p["receipts"].select("rev_func_code", "fund_type_code").unique().iter_rows():
        assert classifications.lookup("rev_func", code, p.year, fund), code
    for code in p["documents"]["rev_func_code"]:
        assert classifications.lookup("rev_func", code, p.year), code
    for code in p["documents"]["tp_func_code"]:
        assert classifications.lookup("exp_func", code, p.year), code
    assert p["payments"]["pay_app_no"].n_unique() == len(p["payments"])
    assert p["quotas"]["bgt_id"].n_unique() == len(p["quotas"])
    assert p["projects"]["pro_code"].n_unique() == len(p["projects"])
    assert p["payees"]["acct_no"].n_unique() == len(p["payees"])
    elements = [
        "project",
        "fund_type_code",
        "dep_bgt_eco_code",
        "pay_type",
        "source_type_code",
        "doc",
        "ori_bgt_id",
    ]
    assert p["quotas"].select(elements).n_unique() == len(p["quotas"]), "no two quotas have the same elements"
    proposals = p["quotas"].filter(pl.col("route") == "proposal")["bgt_id"].str.split("-")
    assert (proposals.list.len() == 4).all() and proposals.list.get(3).str.to_integer().min() == 1


def test_scale_shrinks_counts_never_totals() -> None:
    small, large = plan(0.02, 3, 2022), plan(0.2, 3, 2022)
    assert len(large["payments"]) > 9 * len(small["payments"])
    assert 59_000 < len(large["payments"]) < 61_500 and 7_500 < len(large["quotas"]) < 9_500
    assert paid(small)["amount_fen"].sum() - paid(small)["refund_fen"].sum() == (
        paid(large)["amount_fen"].sum() - paid(large)["refund_fen"].sum()
    )


def test_public_figures_of_banners_are_kept() -> None:
    p = plan(0.02, 11, 2022)
    jungar, dalad, uxin = (regions().index(code) for code in ("150622000", "150621000", "150626000"))
    assert p.controls.revenue[jungar] == fen("159.3")
    assert p["money"]["revenue_adjusted"].to_numpy()[dalad] == fen("29")
    assert p["money"]["subsidies"].to_numpy()[dalad] == fen("11")
    assert p.controls.bonds[dalad] == fen("2.4") and p.controls.bonds[uxin] == fen("1.6")
    assert p.controls.special_bonds[uxin] == fen("0.3")
    assert regions()[0] == CITY and p["money"]["subsidies"].to_numpy()[0] == 0


_DIGEST = (
    "import hashlib, sys\nfrom fisc.sim.plan import plan\np = plan(0.02, 5, 2022)\n"
    "h = hashlib.sha256()\n"
    "for name in ('quotas', 'payments', 'operations', 'receipts', 'tax_refunds', 'injections',\n"
    "             'payees', 'projects', 'issues'):\n"
    "    f = p[name]\n"
    "    h.update(f.write_csv().encode())\n"
    "sys.stdout.write(h.hexdigest())"
)


def test_the_same_seed_gives_the_same_plan_in_another_process() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", _DIGEST], capture_output=True, text=True, check=True,
                       env={"PYTHONHASHSEED": salt, "PATH": ""}).stdout
        for salt in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1] and len(runs[0]) == 64
    a, b = plan(0.02, 5, 2022), plan(0.02, 6, 2022)
    assert not a["payments"].equals(b["payments"])


def test_working_days_only_and_payroll_each_month() -> None:
    p = plan(0.02, 1, 2021)
    payroll = p["payments"].filter(pl.col("pay_type") == "payroll")
    months = {p.calendar.days[d].month for d in payroll["day"].unique()}
    assert months == set(range(1, 13))
    assert all(day.year == 2021 for day in p.calendar.days)
    last = p["payments"]["day"].max()
    assert isinstance(last, int) and p.calendar.days[last].isoformat() <= "2021-12-25"


@pytest.mark.parametrize(("scale", "year"), [(0.0, 2021), (2.0, 2021), (0.1, 2020), (0.1, 2030)])
def test_what_cannot_be_planned_is_refused(scale: float, year: int) -> None:
    with pytest.raises(ValueError, match=r"规模|公开总数"):
        plan(scale, 1, year)


@given(plans)
@example(
    plan(scale=0.02, seed=1050717, year=2022)
)  # more of a theme was left in 2021 than 2022 pays under it
@settings(max_examples=6)
def test_what_is_paid_under_each_theme_is_its_total_at_any_scale(p: Plan) -> None:
    """Net of what comes back; only themes that the scale has projects for are paid at all."""
    theme = p["quotas"]["theme"].gather(p["payments"]["quota"])
    net = (
        p["payments"]
        .with_columns(theme)
        .filter(~pl.col("fate").is_in([OVERSPEND, WITHDRAWN, WRONG_PAYEE]) & (pl.col("theme") != ""))
        .group_by("theme")
        .agg((pl.col("amount_fen") - pl.col("refund_fen")).sum())
    )
    totals, paid_under = theme_totals(p.year), dict(net.iter_rows())
    assert paid_under == {name: totals[name] for name in paid_under}
    assert set(totals) - set(paid_under) <= {"consumption_vouchers"}


@given(plans)
@settings(max_examples=4)
def test_injections_are_whole_payments_of_the_city_and_add_up_to_their_uses(p: Plan) -> None:
    paid_for = p["payments"][p["injections"]["payment"].to_list()]
    assert (paid_for["amount_fen"] == p["injections"]["amount_fen"]).all()
    assert set(paid_for["region"]) == {0} and set(paid_for["fate"]) == {"ok"}
    uses = p["injections"]["loan_fen"] + p["injections"]["project_fen"] + p["injections"]["other_fen"]
    assert (uses == p["injections"]["amount_fen"]).all()
    assert p["injections"]["amount_fen"].sum() == theme_totals(p.year)["major_projects"]
    assert (p["injections"]["prepaid_day"] >= p["injections"]["day"]).all()


def test_shares_and_refunds_are_those_that_the_services_will_compute() -> None:
    p = plan(0.02, 7, 2022)
    rules = (*shipped(), *orders())
    parts, before = [], dict.fromkeys(range(len(regions())), 0)
    for region, day, gross in sorted(p["gross_receipts"].iter_rows(), key=lambda row: row[1]):
        place, on = regions()[region], p.calendar.days[day]
        for level in split(gross, "10104", place, on, rules, before_fen=before[region]):
            if level.to_div_code in regions():
                parts.append((regions().index(level.to_div_code), day, level.amount_fen, region))
        before[region] += gross
    assert sorted(parts) == sorted(p["shared_parts"].iter_rows())
    assert {place for place, *_ in parts} == set(range(len(regions())))
    for region, day, full, borne in p["tax_refunds"].iter_rows():
        levels = split(full, "101010136", regions()[region], p.calendar.days[day], rules)
        assert {lv.to_div_code: lv.amount_fen for lv in levels}[regions()[region]] == borne


def test_published_months_add_up_to_their_years() -> None:
    months = [told for told in before(2021) if told.item == "general_revenue_month"]
    assert len(months) == 48
    for year, wanted in ((2018, "433.46"), (2019, "501.02"), (2020, "464.88")):
        assert sum(parse_amount(m.value, m.unit) for m in months if m.fiscal_year == year) == fen(wanted)
    tax = {
        told.of: parse_amount(told.value, told.unit) for told in before(2021) if told.item.startswith("tax_")
    }
    other = {t.of: parse_amount(t.value, t.unit) for t in before(2021) if t.item.startswith("nontax_")}
    assert all(parse_amount(m.value, m.unit) == tax[m.of] + other[m.of] for m in months)


@pytest.mark.parametrize(("scale", "seed"), [(0.03, 18), (0.002, 1), (0.01, 3), (0.02, 7), (0.03, 4)])
def test_no_payment_looks_like_another_twice(scale: float, seed: int) -> None:
    """Payee, amount, quota and day of two payments are never the same: services ask about the second."""
    for year in (2021, 2022):
        keys = plan(scale, seed, year)["payments"].select("quota", "day", "amount_fen", "payee")
        assert not keys.is_duplicated().any()
