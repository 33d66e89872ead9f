"""Who acts and who is paid: officers, agencies, payees and their accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fisc.sim.plan.draws import Ints, Seed, pick, share
from fisc.sim.plan.tables import Row, is_in, read, weights

#: The least a region needs to show every kind of department somewhere in the city.
_LEAST_AGENCIES = 8
_AGENCIES = 320
_PAYEES = 20_000

_OFFICERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("UM", "单位经办", ("unit_make",)),
    ("UR", "单位审核", ("unit_review",)),
    ("DR", "主管部门审核", ("dept_review",)),
    ("OR", "业务处审核", ("office_review",)),
    ("BM", "预算经办", ("budget_make",)),
    ("BR", "预算审核", ("budget_review",)),
    ("BA", "预算复核", ("budget_approve",)),
    ("CR", "人大决议登记", ("congress_record",)),
    ("XM", "转移支付经办", ("transfer_make",)),
    ("XR", "转移支付审核", ("transfer_review",)),
    ("TM", "国库经办", ("treasury_make",)),
    ("TR", "国库审核", ("treasury_review",)),
    ("TS", "国库签章", ("treasury_sign",)),
    ("BO", "银行往来", ("bank_operate",)),
    ("CM", "清算经办", ("clearing_make",)),
    ("CV", "清算审核", ("clearing_review",)),
    ("RC", "对账", ("reconcile",)),
    ("GM", "基础信息维护", ("registry_make",)),
    ("GR", "基础信息审核", ("registry_review",)),
    ("RM", "收入登记", ("revenue_make",)),
    ("KM", "国有资本经办", ("capital_make",)),
    ("KR", "国有资本审核", ("capital_review",)),
    ("SY", "系统", ("system",)),
)  # fmt: skip


def officers() -> pl.DataFrame:
    """Officers of the shared service hall (all regions) and of each region: code, name, region, duties."""
    places = [("", "全市业务大厅", "MN"), *((r["mof_div_code"], r["short_name"], r["mof_div_code"][:6])
                                     for r in read("regions"))]  # fmt: skip
    rows = [
        {"code": f"{prefix}-{code}", "name": f"{place}{name}（模拟）", "mof_div_code": region,
         "duties": list(duties)}
        for region, place, prefix in places
        for code, name, duties in _OFFICERS
    ]  # fmt: skip
    return pl.DataFrame(rows)


@dataclass(frozen=True, slots=True)
class _Place:
    """A region and its share of agencies."""

    index: int
    row: Row
    agencies: int


def _places(scale: float) -> list[_Place]:
    wanted = np.maximum(share(round(_AGENCIES * scale), weights("counts")), _LEAST_AGENCIES)
    return [_Place(i, row, int(wanted[i])) for i, row in enumerate(read("regions"))]


def agencies(scale: float) -> pl.DataFrame:
    """Agencies of each region: departments first, then units below them, each with its bureau office.

    Columns: region (index), mof_div_code, agency_code, name, dept_code, manage_mof_dep_code, kind,
    operating_func, weight, dept (three digits of departments.csv).
    """
    return pl.DataFrame([row for place in _places(scale) for row in _agencies_of(place)])


def _agencies_of(place: _Place) -> list[dict[str, object]]:
    chosen = _departments(place)
    found = [_agency(place, dept, "001", f"{dept['name']}", "administrative") for dept in chosen]
    for number, (dept, name) in enumerate(_units(chosen)):
        if len(found) >= place.agencies:
            break
        found.append(_agency(place, dept, f"{number + 101:03d}", name, "institution"))
    return found


def _departments(place: _Place) -> list[Row]:
    """The core departments and those that lines ask for here, then others, in each region from another on."""
    core = [row for row in read("departments") if row["is_core"] == "yes"]
    others = [row for row in read("departments") if row["is_core"] != "yes"]
    turned = others[2 * place.index :] + others[: 2 * place.index]
    here = place.row["mof_div_code"]
    asked = {line["dept_code"] for line in read("lines") if is_in(line["always_in"], here)}
    needed = [row for row in others if row["dept_code"] in asked]
    rest = [row for row in turned if row not in needed]
    return [*core, *needed, *rest[: max(place.agencies - len(core) - len(needed), 0)]]


def _units(departments: list[Row]) -> list[tuple[Row, str]]:
    """Units below the departments, one of each department in turn; as many rounds as may be asked for."""
    rounds = []
    for number in range(40):
        for dept in departments:
            names = dept["units"].split("|")
            again = number // len(names)
            suffix = f"（{again + 1}）" if again else ""
            rounds.append((dept, names[number % len(names)] + suffix))
    return rounds


def _agency(place: _Place, dept: Row, serial: str, name: str, kind: str) -> dict[str, object]:
    is_unit = kind == "institution"
    return {
        "region": place.index,
        "mof_div_code": place.row["mof_div_code"],
        "agency_code": dept["dept_code"] + serial,
        "name": f"{place.row['short_name']}{name}（模拟）",
        "dept_code": dept["dept_code"],
        "manage_mof_dep_code": dept["office"],
        "kind": kind,
        "operating_func": dept["unit_func"] if is_unit else dept["operating_func"],
        "weight": max(int(dept["weight"]) // (2 if is_unit else 1), 5),
    }


_FIRST = "恒|瑞|鼎|金|宏|盛|蒙|草原|天骄|博|远|泰|安|华|众|同|和|北|东|康|晟|源|信|正"
_SECOND = "泽|达|源|通|业|建|丰|诚|兴|辉|润|力|成|裕|合|美|宇|创|利|洋|航|景|茂|航"
_TRADES = (
    ("建设工程有限公司", 30), ("商贸有限公司", 25), ("信息技术有限公司", 14), ("生态科技有限公司", 12),
    ("物业服务有限公司", 12), ("农牧业专业合作社", 16), ("咨询有限公司", 10), ("运输有限公司", 10),
    ("医疗器械有限公司", 8), ("印务有限公司", 6),
)  # fmt: skip
_BANKS = ("102205", "103205", "104205", "105205", "308205", "313205", "402205", "403205")


def payees(seed: Seed, scale: float) -> pl.DataFrame:
    """Payees of each region with one account each; the first of each region is its payroll account.

    The city's state enterprises come last. Columns: region (index), payee_code, name, kind, acct_no,
    bank_no, enterprise_code ('' for others).
    """
    rng = seed.stream("payees")
    counts = np.maximum(share(round(_PAYEES * scale), weights("counts")), 12)
    region = np.repeat(np.arange(len(counts)), counts)
    names, kinds = _payee_names(rng, region)
    serial = np.arange(len(region))
    banks = rng.integers(0, len(_BANKS), len(region))
    tails = rng.integers(0, 10**9, len(region))
    frame = pl.DataFrame({
        "region": region, "payee_code": [f"SK{n:06d}" for n in serial.tolist()], "name": names, "kind": kinds,
        "acct_no": [f"6222{n:06d}{t:09d}" for n, t in zip(serial.tolist(), tails.tolist(), strict=True)],
        "bank_no": [f"{_BANKS[b]}{100000 + b * 37 + r:06d}" for b, r in
                    zip(banks.tolist(), region.tolist(), strict=True)],
        "enterprise_code": [""] * len(region),
    })  # fmt: skip
    return pl.concat([frame, _state_enterprises()])


def _state_enterprises() -> pl.DataFrame:
    """The city's state-owned enterprises, each with its account at a bank of the city."""
    rows = [
        {"region": 0, "payee_code": f"SK{row['enterprise_code']}", "name": row["name"], "kind": "enterprise",
         "acct_no": f"1506{n:05d}0000{n * 7 + 11:06d}", "bank_no": f"{_BANKS[n % len(_BANKS)]}{100600:06d}",
         "enterprise_code": row["enterprise_code"]}
        for n, row in enumerate(read("enterprises"), start=1)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"region": pl.Int64})


def _payee_names(rng: np.random.Generator, region: Ints) -> tuple[list[str], list[str]]:
    first, second = _FIRST.split("|"), _SECOND.split("|")
    trade_weights = np.array([w for _, w in _TRADES], np.int64)
    a, b = rng.integers(0, len(first), len(region)), rng.integers(0, len(second), len(region))
    trade = pick(rng, trade_weights, len(region))
    short = [row["short_name"] for row in read("regions")]
    names, kinds, seen = [], [], set[int]()
    for i, r in enumerate(region.tolist()):
        if r not in seen:
            seen.add(r)
            names.append(f"{short[r]}工资代发专户（模拟）")
            kinds.append("bank")
            continue
        names.append(f"{short[r]}{first[a[i]]}{second[b[i]]}{_TRADES[trade[i]][0]}（模拟{i:05d}）")
        kinds.append("enterprise")
    return names, kinds
