"""What is paid under each theme: totals of our own making, met at any scale.

A theme's money is shared among the regions that have projects of it, in proportion to what they spend,
and there among their quotas; what came over from last year counts first. The quotas without a theme get
the rest of their region's money, so that no region's total moves.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.budget.sim.projects import OWN, TRANSFER
from fisc.city.controls import Controls
from fisc.city.draws import Bools, Ints, share, share_groups
from fisc.city.tables import read, regions
from fisc.city.totals import by_region
from fisc.kernel.money import parse_amount

#: Of a region's transfers, and of its own first money, at most this part (per cent) goes under themes.
_MOST_OF_TRANSFERS, _MOST_OF_OWN = 60, 90


def theme_totals(fiscal_year: int) -> dict[str, int]:
    """Theme -> fen of a year."""
    return {
        row["theme"]: parse_amount(row["value"], row["unit"])
        for row in read("theme_totals", "fisc.budget.sim")
        if int(row["fiscal_year"]) == fiscal_year
    }


def first_of(frame: pl.DataFrame, group: str) -> Bools:
    """Quotas of a group in the first budget; of transfers all."""
    is_first = frame["source_type_code"].to_numpy() == "1"
    found: Bools = (frame["group"].to_numpy() == group) & (is_first | (group == TRANSFER))
    return found


def themed(controls: Controls, frame: pl.DataFrame, cells: dict[str, Ints]) -> Ints:
    """What is paid from each quota under a theme that has a total, in fen; -1 for all other quotas.

    `frame` has region, group, source_type_code, theme, weight and spent_fen; `cells` are a region's totals
    of OWN and TRANSFER. Raises ValueError where themes would take more than a region has.
    """
    found = np.full(len(frame), -1, np.int64)
    theme, weight = frame["theme"].to_numpy(), frame["weight"].to_numpy().astype(np.int64)
    spent = frame["spent_fen"].to_numpy()
    able = first_of(frame, OWN) | first_of(frame, TRANSFER)
    region = frame["region"].to_numpy()
    for name, total in theme_totals(controls.year).items():
        here = able & (theme == name)
        if here.any():
            new = total - int(spent[theme == name].sum())
            places = np.unique(region[here])
            shares = np.zeros(len(regions()), np.int64)
            shares[places] = share(new, controls.spending[places] // 10**8)
            found[here] = share_groups(shares, weight[here], region[here])
    _lighten_transfers(frame, found, cells[TRANSFER])
    own = _sums(frame, found, first_of(frame, OWN))
    if np.any(own * 100 > cells[OWN] * _MOST_OF_OWN):
        raise ValueError("themes would take more than a region's own money")
    return found


def _sums(frame: pl.DataFrame, found: Ints, mask: Bools) -> Ints:
    given = frame.select("region", amount_fen=pl.Series(found))
    return by_region(given.filter(pl.Series(mask & (found >= 0))))


def _lighten_transfers(frame: pl.DataFrame, found: Ints, cells: Ints) -> None:
    """Where themes would take too much of a region's transfers, its own money takes over, theme by theme."""
    region, theme = frame["region"].to_numpy(), frame["theme"].to_numpy()
    own, transfer = first_of(frame, OWN), first_of(frame, TRANSFER)
    sums = _sums(frame, found, transfer)
    for r in np.flatnonzero(sums * 100 > cells * _MOST_OF_TRANSFERS).tolist():
        keeps, of = int(cells[r]) * _MOST_OF_TRANSFERS // 100, int(sums[r])
        for name in np.unique(theme[transfer & (region == r) & (found >= 0)]).tolist():
            rows = np.flatnonzero(transfer & (region == r) & (theme == name) & (found >= 0))
            less = found[rows] * (keeps // 10**6) // (of // 10**6)
            heir = np.flatnonzero(own & (region == r) & (theme == name) & (found >= 0))[0]
            found[heir] += int((found[rows] - less).sum())
            found[rows] = less
