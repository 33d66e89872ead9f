"""Quotas of the plan in the words of the services: elements, coding blocks, tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from fisc.city.plan import Plan
from fisc.city.world import Row, World
from fisc.kernel import Coding

#: 支付方式 of a quota's element block.
#: 支付方式 of a quota; one that is paid directly may be paid as an allocation too, and says none.
_PAY_TYPES = {"direct": "", "authorised": "2", "payroll": "1"}
_CAPITAL = ("309", "310")


def quotas_of(world: World, mask: pl.Expr) -> Iterator[dict[str, Any]]:
    """Rows of the quotas of a mask, in order."""
    chosen = world.plan["quotas"].select(mask).to_series().to_list()
    return (row for row, is_chosen in zip(world.rows("quotas"), chosen, strict=True) if is_chosen)


def documents(world: World) -> dict[int, dict[str, Any]]:
    """Documents from above by their number in the plan."""
    return world.plan.once(_documents)


def _documents(plan: Plan) -> dict[int, dict[str, Any]]:
    return {row["doc"]: row for row in plan.rows("documents")}


def early_documents(world: World) -> list[dict[str, Any]]:
    """General transfers that are told early and stand in the city's first budget."""
    return [row for row in documents(world).values() if row["is_early"]]


def agency_of(world: World, quota: Row) -> Row:
    """The agency whose quota it is."""
    return world.rows("agencies")[quota["agency"]]


def elements(world: World, quota: Row) -> dict[str, str]:
    """Elements that a line of a budget and the quota issued from it share."""
    agency, project = agency_of(world, quota), world.rows("projects")[quota["project"]]
    eco = quota["dep_bgt_eco_code"]
    return {
        "agency_code": agency["agency_code"], "fund_type_code": quota["fund_type_code"],
        "exp_func_code": quota["exp_func_code"], "pro_code": project["pro_code"],
        "gov_bgt_eco_code": quota["gov_bgt_eco_code"], "dep_bgt_eco_code": eco,
        "manage_mof_dep_code": agency["manage_mof_dep_code"],
        "bgt_mof_dep_code": agency["manage_mof_dep_code"],
        "pay_type_code": _PAY_TYPES[quota["pay_type"]], "theme_code": project["theme"],
        "is_unified_pay": "1" if quota["pay_type"] == "payroll" else "",
        "is_capital": "1" if eco.startswith(_CAPITAL) else "",
    }  # fmt: skip


def issue_number(world: World, doc: int) -> str:
    """The city's number under which it issues a document from above, or its own subsidy (-1)."""
    return world.number(0, "预补") if doc < 0 else world.number(0, "预转", doc + 1)


def from_above(world: World, region: int, doc: int) -> str:
    """A region's number from above of a document's money: the city's own at a banner; '' without document."""
    if doc < 0:
        return ""
    return issue_number(world, doc) if region else str(documents(world)[doc]["doc_no"])


def coding(world: World, quota: Row, cor_bgt_doc_no: str, sup_bgt_doc_no: str = "") -> Coding:
    """The coding block of a quota that is not a line of a department's budget."""
    document = documents(world).get(quota["doc"]) if quota["doc"] >= 0 else None
    return Coding(
        world.year, world.regions[quota["region"]], **elements(world, quota),
        dept_code=agency_of(world, quota)["dept_code"], source_type_code=quota["source_type_code"],
        cor_bgt_doc_no=cor_bgt_doc_no, sup_bgt_doc_no=sup_bgt_doc_no,
        is_direct_fund=direct(document) if document else "",
        is_debt="1" if quota["fund_type_code"] in ("112", "122") else "",
    )  # fmt: skip


def tags(world: World, quota: Row) -> tuple[str, ...]:
    """Tags of a quota: those of its project."""
    tag = world.rows("projects")[quota["project"]]["tag"]
    return (tag,) if tag else ()


def direct(document: Row) -> str:
    """直达资金标识 as transfers write it."""
    return "1" if document["is_direct_fund"] else ""
