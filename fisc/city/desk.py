"""Who acts in the simulation: the shared service hall, whose officers act for every region.

Each region has officers of the same seats, too. A part brings seats of its own (`Part.seats`).
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple, TypedDict

_HALL: Final = "MN"
UNIT_MAKE, UNIT_REVIEW, DEPT_REVIEW, OFFICE_REVIEW = (f"{_HALL}-{c}" for c in ("UM", "UR", "DR", "OR"))
BUDGET_MAKE, BUDGET_REVIEW, BUDGET_APPROVE, CONGRESS = (f"{_HALL}-{c}" for c in ("BM", "BR", "BA", "CR"))
TRANSFER_MAKE, TRANSFER_REVIEW = f"{_HALL}-XM", f"{_HALL}-XR"
TREASURY_MAKE, TREASURY_REVIEW, TREASURY_SIGN = (f"{_HALL}-{c}" for c in ("TM", "TR", "TS"))
BANK, CLEARING_MAKE, CLEARING_REVIEW, RECONCILE = (f"{_HALL}-{c}" for c in ("BO", "CM", "CV", "RC"))
REGISTRY, REGISTRY_REVIEW, SYSTEM = (f"{_HALL}-{c}" for c in ("GM", "GR", "SY"))
FINDING_HANDLE, FINDING_REVIEW = (f"{_HALL}-{c}" for c in ("FH", "FR"))


class Seat(NamedTuple):
    """A seat of the hall and of each region's bureau: code, what it is called, its duties."""

    code: str
    name: str
    duties: tuple[str, ...]

    @property
    def officer(self) -> str:
        """The officer of the hall who has it."""
        return f"{_HALL}-{self.code}"


SEATS: Final = (
    Seat("UM", "单位经办", ("unit_make",)), Seat("UR", "单位审核", ("unit_review",)),
    Seat("DR", "主管部门审核", ("dept_review",)), Seat("OR", "业务处审核", ("office_review",)),
    Seat("BM", "预算经办", ("budget_make",)), Seat("BR", "预算审核", ("budget_review",)),
    Seat("BA", "预算复核", ("budget_approve",)), Seat("CR", "人大决议登记", ("congress_record",)),
    Seat("XM", "转移支付经办", ("transfer_make",)), Seat("XR", "转移支付审核", ("transfer_review",)),
    Seat("TM", "国库经办", ("treasury_make",)), Seat("TR", "国库审核", ("treasury_review",)),
    Seat("TS", "国库签章", ("treasury_sign",)), Seat("BO", "银行往来", ("bank_operate",)),
    Seat("CM", "清算经办", ("clearing_make",)), Seat("CV", "清算审核", ("clearing_review",)),
    Seat("RC", "对账", ("reconcile",)), Seat("GM", "基础信息维护", ("registry_make",)),
    Seat("GR", "基础信息审核", ("registry_review",)), Seat("SY", "系统", ("system",)),
    Seat("FH", "疑点整改", ("finding_handle",)), Seat("FR", "疑点审核", ("finding_review",)),
)  # fmt: skip


class Signed(TypedDict):
    """Three people of the budget office, and the day."""

    by: str
    reviewed_by: str
    approved_by: str
    on: date


class TwoSigned(TypedDict):
    """Two people of the transfers office, and the day."""

    by: str
    reviewed_by: str
    on: date


class Cash(TypedDict):
    """Two people of the treasury, and the day."""

    by: str
    signed_by: str
    on: date


def budget(on: date) -> Signed:
    """A quota document's three officers."""
    return Signed(by=BUDGET_MAKE, reviewed_by=OFFICE_REVIEW, approved_by=BUDGET_APPROVE, on=on)


def transfers(on: date) -> TwoSigned:
    """A transfer document's two officers."""
    return TwoSigned(by=TRANSFER_MAKE, reviewed_by=TRANSFER_REVIEW, on=on)


def cash(on: date) -> Cash:
    """A cash document's two officers."""
    return Cash(by=TREASURY_MAKE, signed_by=TREASURY_SIGN, on=on)
