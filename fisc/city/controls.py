"""Control totals: what each region spends, collects and borrows in a year. Public totals are met exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fisc.city.draws import Ints, share
from fisc.city.tables import public, public_total, regions, synthetic_total, weights

#: Thousandths of general spending that stay unspent on quotas at the year's end, and of bond money.
_UNSPENT, _UNSPENT_BOND = 25, 50

#: One part in so many of a year's bonds falls due.
_PRINCIPAL_PART = 200

#: General revenue by code: thousandths. A coal city: resource tax, value added tax, income tax.
GENERAL_CODES = (
    ("1010101", 300), ("10104", 120), ("1010601", 25), ("1010719", 290), ("10109", 40), ("10110", 15),
    ("10111", 14), ("10112", 30), ("10113", 12), ("10114", 6), ("10118", 24), ("10119", 22), ("10121", 8),
    ("1030203", 18), ("1030216", 12), ("10304", 10), ("1030501", 16), ("1030714", 22), ("1030799", 16),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Controls:
    """Amounts in fen by region (in the order of `regions()`)."""

    year: int
    spending: Ints  # general budget: spending of the year, bond money and carried money included
    revenue: Ints  # general budget: net of refunds
    bonds: Ints  # general bonds on-lent to the region
    fund_spending: Ints  # government funds, special bond money included
    special_bonds: Ints
    unspent: Ints  # general budget: left on quotas at the year's end (bond money apart)
    fund_unspent: Ints

    @property
    def bonds_spent(self) -> Ints:
        """Bond money spent within the year."""
        return self.bonds - self.bonds * _UNSPENT_BOND // 1000

    @property
    def principal_due(self) -> Ints:
        """Principal that falls due within the year: a small part of the bonds, of our own making."""
        return self.bonds // _PRINCIPAL_PART

    @property
    def special_bonds_spent(self) -> Ints:
        """Special bond money spent within the year."""
        return self.special_bonds - self.special_bonds * _UNSPENT_BOND // 1000


def controls(year: int) -> Controls:
    """The control totals of a year. Raises KeyError for a year without public totals."""
    spending = share(public_total("general_expenditure", year), weights(f"general_expenditure_{year}"))
    fund = share(synthetic_total("fund_expenditure", year), weights(f"fund_expenditure_{year}"))
    return Controls(
        year=year,
        spending=spending,
        revenue=_anchored("general_revenue", year, public_total("general_revenue", year)),
        bonds=_anchored("bonds_general", year, synthetic_total("bonds_general", year)),
        fund_spending=fund,
        special_bonds=_anchored("bonds_special", year, synthetic_total("bonds_special", year)),
        unspent=spending * _UNSPENT // 1000,
        fund_unspent=fund * _UNSPENT // 1000,
    )


def _anchored(item: str, year: int, total: int) -> Ints:
    """A total by region: regions with a public figure have it, the others share the rest."""
    known = {i: found for i, code in enumerate(regions()) if (found := public(item, year, code)) is not None}
    weight = np.array(weights(f"{item}_{year}"), np.int64)
    weight[list(known)] = 0
    shares = share(total - sum(known.values()), weight)
    shares[list(known)] = list(known.values())
    return shares
