"""The registry's part in the simulated city: agencies, payees and their accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import psycopg

from fisc.city import desk
from fisc.city.draws import Ints, pick, share
from fisc.city.parts import Part, Table
from fisc.city.plan import Plan
from fisc.city.tables import Row, is_in, read, weights
from fisc.city.world import World
from fisc.registry import elements

Conn = psycopg.Connection[Any]

#: The least a region needs to show every kind of department somewhere in the city.
_LEAST_AGENCIES = 8
_AGENCIES = 320
_PAYEES = 20_000


@dataclass(frozen=True, slots=True)
class _Place:
    """A region and its share of agencies."""

    index: int
    row: Row
    agencies: int


def _places(scale: float) -> list[_Place]:
    wanted = np.maximum(share(round(_AGENCIES * scale), weights("counts")), _LEAST_AGENCIES)
    return [_Place(i, row, int(wanted[i])) for i, row in enumerate(read("regions"))]


def agencies(plan: Plan) -> pl.DataFrame:
    """Agencies of each region: departments first, then units below them, each with its bureau office.

    Columns: region (index), mof_div_code, agency_code, name, dept_code, manage_mof_dep_code, kind,
    operating_func, weight, dept (three digits of departments.csv).
    """
    return pl.DataFrame([row for place in _places(plan.scale) for row in _agencies_of(place)])


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


def payees(plan: Plan) -> pl.DataFrame:
    """Payees of each region with one account each; the first of each region is its payroll account.

    The city's state enterprises come last. Columns: region (index), payee_code, name, kind, acct_no,
    bank_no, enterprise_code ('' for others).
    """
    rng = plan.seed.stream("payees")
    counts = np.maximum(share(round(_PAYEES * plan.scale), weights("counts")), 12)
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


# ---- founded before a year


def found(conn: Conn, world: World) -> None:
    """Departments, agencies and payees of a year; what was there the year before is rolled over first."""
    if not world.is_first:
        for region in world.regions:
            elements.roll_over(conn, region, world.year - 1, world.year, by=desk.REGISTRY, on=world.eve)
    given = _departments_of(world) + _units_of(world)
    elements.define_agencies(conn, given, by=desk.REGISTRY, on=world.eve)
    elements.define_payees(conn, _payees_of(world), by=desk.REGISTRY, on=world.eve)


def _departments_of(world: World) -> list[elements.Agency]:
    found: dict[tuple[str, str], elements.Agency] = {}
    for row in world.rows("agencies"):
        region, dept = row["mof_div_code"], row["dept_code"]
        name = row["name"].removesuffix("（模拟）") + "（部门，模拟）"
        found.setdefault(
            (region, dept),
            elements.Agency(
                world.year, region, dept, name, dept, row["manage_mof_dep_code"], kind="department"
            ),
        )
    return list(found.values())


def _units_of(world: World) -> list[elements.Agency]:
    return [
        elements.Agency(world.year, row["mof_div_code"], row["agency_code"], row["name"], row["dept_code"],
                        row["manage_mof_dep_code"], kind=row["kind"])
        for row in world.rows("agencies")
    ]  # fmt: skip


def _payees_of(world: World) -> list[elements.Payee]:
    return [
        elements.Payee(
            row["payee_code"], row["name"], row["kind"],
            (elements.PayeeAccount(row["acct_no"], row["bank_no"], row["name"]),), world.year,
        )
        for row in world.rows("payees")
    ]  # fmt: skip


PART = Part(
    name="registry",
    tables=(Table("agencies", agencies), Table("payees", payees)),
    found=found,
    counts=(
        ("预算单位", "select count(distinct (mof_div_code, agency_code)) from registry_agency "
                     "where kind <> 'department'"),
    ),
)  # fmt: skip
