"""The domains that take part in the simulated city. A new domain adds its part here, and nowhere else."""

from __future__ import annotations

from typing import Final

from fisc.budget.sim import PART as BUDGET
from fisc.capital.sim import PART as CAPITAL
from fisc.city.parts import Part
from fisc.closing.sim import PART as CLOSING
from fisc.debt.sim import PART as DEBT
from fisc.registry.sim import PART as REGISTRY
from fisc.reserves.sim import PART as RESERVES
from fisc.revenue.sim import PART as REVENUE
from fisc.sim.bank.part import PART as BANK
from fisc.transfers.sim import PART as TRANSFERS
from fisc.treasury.sim import PART as TREASURY

#: In the order in which they found a year and put their work on its days.
PARTS: Final[tuple[Part, ...]] = (
    REGISTRY, BUDGET, REVENUE, TRANSFERS, TREASURY, RESERVES, DEBT, CAPITAL, CLOSING, BANK,
)  # fmt: skip
