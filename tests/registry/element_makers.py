"""Small constructors for tests about elements."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from fisc.registry import elements
from fisc.registry.elements import Agency, Payee, PayeeAccount, Project
from fisc.registry.officers import Officer

CITY, BANNER = "150600000", "150622000"
ON = date(2021, 1, 4)
BY = "R01"
REGISTRAR = Officer(BY, "基础信息维护", "", frozenset({"registry_make"}))
Connection = psycopg.Connection[Any]


def agency(code: str = "101001", *, year: int = 2021, region: str = CITY, **given: Any) -> Agency:
    return Agency(
        year,
        region,
        code,
        **{"name": f"单位{code}", "manage_mof_dep_code": "07", "kind": "administrative"} | given,
    )


def project(code: str = "P1", *, year: int = 2021, region: str = CITY, **given: Any) -> Project:
    return Project(year, region, code, **{"name": f"项目{code}", "agency_code": "101001"} | given)


def payee(
    code: str = "S1", *accounts: str, year: int = 2021, name: str = "", kind: str = "enterprise"
) -> Payee:
    held = tuple(PayeeAccount(number, "102205000017") for number in accounts)
    return Payee(code, name or f"收款人{code}", kind, held, year)


def define(conn: Connection, *items: Agency | Project | Payee) -> list[bool]:
    """Record items of one kind."""
    services: dict[type, Any] = {
        Agency: elements.define_agencies, Project: elements.define_projects, Payee: elements.define_payees,
    }  # fmt: skip
    done: list[bool] = services[type(items[0])](conn, items, by=BY, on=ON)
    return done


def disable(conn: Connection, kind: str, *codes: str, year: int = 2021, region: str = CITY) -> list[bool]:
    where = region if kind in ("agencies", "projects") else ""
    keys = [elements.Key(year, code, where) for code in codes]
    return elements.disable(conn, kind, keys, by=BY, on=ON, reason="机构改革")


def codes(conn: Connection, kind: str, year: int, region: str = "") -> set[str]:
    """The codes of what is enabled."""
    found = elements.find(conn, kind, year, region)
    return {getattr(r.item, "agency_code" if kind == "agencies" else _CODE.get(kind, "code")) for r in found}


_CODE = {"projects": "pro_code", "payees": "payee_code", "payee_accounts": "acct_no"}
