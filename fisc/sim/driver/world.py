"""The plan in the words of the services: coding blocks, keys and numbers that follow from its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from fisc.kernel import Coding
from fisc.sim.plan import CityPlan
from fisc.sim.plan.tables import read, regions

Row = Mapping[str, Any]

#: 支付方式 of a quota's element block.
_PAY_TYPES = {"direct": "1", "authorised": "2", "payroll": "1"}
_CAPITAL = ("309", "310")
BUDGET_OFFICE = "01"


@dataclass(frozen=True)
class World:
    """A year's plan with what the services ask of it."""

    plan: CityPlan

    @property
    def year(self) -> int:
        """The fiscal year."""
        return self.plan.year

    @property
    def first_year(self) -> int:
        """The year the run begins with."""
        return self.plan.first_year

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions; the city first."""
        return regions()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Short names of the regions."""
        return tuple(row["short_name"] for row in read("regions"))

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Working days of the year."""
        return self.plan.calendar.days

    @cached_property
    def quotas(self) -> list[dict[str, Any]]:
        """Rows of the plan's quotas."""
        return self.plan.quotas.to_dicts()

    def payment(self, row: int) -> Row:
        """A row of the plan's payments."""
        return self.plan.payments.row(row, named=True)

    @cached_property
    def projects(self) -> list[dict[str, Any]]:
        """Rows of the plan's projects."""
        return self.plan.projects.to_dicts()

    @cached_property
    def agencies(self) -> list[dict[str, Any]]:
        """Rows of the plan's agencies."""
        return self.plan.agencies.to_dicts()

    @cached_property
    def payees(self) -> list[dict[str, Any]]:
        """Rows of the plan's payees."""
        return self.plan.payees.to_dicts()

    @cached_property
    def notices(self) -> dict[int, dict[str, Any]]:
        """Documents from above by their row."""
        return {row["doc"]: row for row in self.plan.budget.notices.iter_rows(named=True)}

    def number(self, region: int, series: str, serial: int = 1) -> str:
        """A document number of a region; the character 模 says that it is simulated."""
        return f"{read('regions')[region]['doc_prefix']}{series}模〔{self.year}〕{serial}号"

    def quotas_of(self, mask: pl.Expr) -> Iterator[dict[str, Any]]:
        """Rows of the quotas of a mask, in order."""
        chosen = self.plan.quotas.select(mask).to_series().to_list()
        return (row for row, is_chosen in zip(self.quotas, chosen, strict=True) if is_chosen)

    def elements(self, quota: Row) -> dict[str, str]:
        """Elements that a line of a budget and the quota issued from it share."""
        agency, project = self.agencies[quota["agency"]], self.projects[quota["project"]]
        eco = quota["dep_bgt_eco_code"]
        return {
            "agency_code": agency["agency_code"], "fund_type_code": quota["fund_type_code"],
            "exp_func_code": quota["exp_func_code"], "pro_code": project["pro_code"],
            "gov_bgt_eco_code": quota["gov_bgt_eco_code"], "dep_bgt_eco_code": eco,
            "manage_mof_dep_code": agency["manage_mof_dep_code"], "bgt_mof_dep_code": BUDGET_OFFICE,
            "pay_type_code": _PAY_TYPES[quota["pay_type"]], "theme_code": project["theme"],
            "is_unified_pay": "1" if quota["pay_type"] == "payroll" else "",
            "is_capital": "1" if eco.startswith(_CAPITAL) else "",
        }  # fmt: skip

    def coding(self, quota: Row, cor_bgt_doc_no: str, sup_bgt_doc_no: str = "") -> Coding:
        """The coding block of a quota that is not a line of a department's budget."""
        agency = self.agencies[quota["agency"]]
        notice = self.notices.get(quota["doc"]) if quota["doc"] >= 0 else None
        return Coding(
            self.year, self.regions[quota["region"]], **self.elements(quota), dept_code=agency["dept_code"],
            source_type_code=quota["source_type_code"], cor_bgt_doc_no=cor_bgt_doc_no,
            sup_bgt_doc_no=sup_bgt_doc_no, is_direct_fund=direct(notice) if notice else "",
            is_debt="1" if quota["fund_type_code"] in ("112", "122") else "",
        )  # fmt: skip

    def tags(self, quota: Row) -> tuple[str, ...]:
        """Tags of a quota: those of its project."""
        tag = self.projects[quota["project"]]["tag"]
        return (tag,) if tag else ()


def direct(notice: Row) -> str:
    """直达资金标识 as transfers write it."""
    return "1" if notice["is_direct_fund"] else ""
