"""What of debt falls due in the simulated city, and the quotas that it is paid from.

Every region pays interest of what was on-lent to it, of general and of special bonds; the city and one banner
repay principal, too. How much principal is of our own making.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from fisc.city.interest import interest_due
from fisc.city.plan import Plan
from fisc.city.tables import FUND, GENERAL, regions
from fisc.city.world import World

CITY, BANNER = 0, 1
#: Parts of debt service: principal of general bonds, interest of special and of general ones.
PRINCIPAL, SPECIAL_INTEREST, GENERAL_INTEREST = "本", "专项息", "一般息"
INTEREST: Final = (SPECIAL_INTEREST, GENERAL_INTEREST)


class Use(NamedTuple):
    """Fund, functional, government and department economic class of a part; class and kind of its source."""

    fund: str
    exp_func_code: str
    gov_bgt_eco_code: str
    dep_bgt_eco_code: str
    rev_func_code: str
    source: str
    serial: int


USES: Final = {
    PRINCIPAL: Use(GENERAL, "2310301", "51201", "39999", "11015", "carried", 1),
    SPECIAL_INTEREST: Use(FUND, "2320411", "51101", "30701", "1030148", "own", 2),
    GENERAL_INTEREST: Use(GENERAL, "2320301", "51101", "30701", "1010101", "own", 3),
}


def of_principal(plan: Plan, region: int) -> int:
    """Principal that falls due for a region in a year, in fen."""
    return int(plan.controls.principal_due[region]) if region in (CITY, BANNER) else 0


def of_interest(plan: Plan, part: str) -> dict[int, int]:
    """Interest of a part that regions pay in a year, in fen, where there is any."""
    amounts = plan.once(interest_due)[USES[part].fund].tolist()
    return {region: fen for region, fen in enumerate(amounts) if fen}


def amounts(plan: Plan, region: int) -> dict[str, int]:
    """What a region serves in a year by part, in fen."""
    found = {PRINCIPAL: of_principal(plan, region)}
    found |= {part: of_interest(plan, part).get(region, 0) for part in INTEREST}
    return {part: fen for part, fen in found.items() if fen}


def served(plan: Plan) -> list[int]:
    """Regions that serve debt in a year, the city first."""
    return [region for region in range(len(regions())) if amounts(plan, region)]


def bgt_id(world: World, region: int, part: str, is_carried: bool = False) -> str:
    """The quota that a region serves a part from; principal also from what reduced last year's deficit."""
    serial = USES[part].serial + (9 if is_carried else 0)
    return f"ZW{world.year}{world.regions[region][:6]}{serial:04d}"


def adopted(plan: Plan) -> pl.DataFrame:
    """What first budgets hold for debt service, in fen: a row a region and part."""
    rows = [
        (region, use.fund, use.exp_func_code, use.rev_func_code, use.source, fen)
        for region in served(plan)
        for part, fen in amounts(plan, region).items()
        for use in [USES[part]]
    ]
    columns = ["region", "fund", "exp_func_code", "rev_func_code", "source", "amount_fen"]
    return pl.DataFrame(rows, schema=columns, orient="row")
