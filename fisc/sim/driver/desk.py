"""Who acts in the simulation: the shared service hall, whose officers act for every region."""

from __future__ import annotations

from datetime import date
from typing import Final, TypedDict

_HALL: Final = "MN"
UNIT_MAKE, UNIT_REVIEW, DEPT_REVIEW, OFFICE_REVIEW = (f"{_HALL}-{c}" for c in ("UM", "UR", "DR", "OR"))
BUDGET_MAKE, BUDGET_REVIEW, BUDGET_APPROVE, CONGRESS = (f"{_HALL}-{c}" for c in ("BM", "BR", "BA", "CR"))
TRANSFER_MAKE, TRANSFER_REVIEW = f"{_HALL}-XM", f"{_HALL}-XR"
TREASURY_MAKE, TREASURY_REVIEW, TREASURY_SIGN = (f"{_HALL}-{c}" for c in ("TM", "TR", "TS"))
BANK, CLEARING_MAKE, CLEARING_REVIEW, RECONCILE = (f"{_HALL}-{c}" for c in ("BO", "CM", "CV", "RC"))
REGISTRY, REGISTRY_REVIEW, REVENUE, SYSTEM = (f"{_HALL}-{c}" for c in ("GM", "GR", "RM", "SY"))
CAPITAL_MAKE, CAPITAL_REVIEW = f"{_HALL}-KM", f"{_HALL}-KR"


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
