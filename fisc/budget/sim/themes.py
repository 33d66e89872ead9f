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
#: Of what will be paid under a theme in a year, at most this part (per cent) comes over from the year before.
_MOST_CARRIED = 80


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
    of OWN and TRANSFER. Raises ValueError where themes would take more than a region has, and where more came
    over under a theme than its total.
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
            if new <= 0:
                raise ValueError(f"more came over under the theme {name} than its total")
            places = np.unique(region[here])
            shares = np.zeros(len(regions()), np.int64)
            shares[places] = share(new, controls.spending[places] // 10**8)
            found[here] = share_groups(shares, weight[here], region[here])
    _lighten_transfers(frame, found, cells[TRANSFER])
    own = _sums(frame, found, first_of(frame, OWN))
    if np.any(own * 100 > cells[OWN] * _MOST_OF_OWN):
        raise ValueError("themes would take more than a region's own money")
    return found


def bound_left(year: int, frame: pl.DataFrame, left: Ints, is_left: Bools, heirs: Bools) -> None:
    """What `is_left` quotas leave under a theme is brought, in place, within what next year pays under it.

    Money goes from year to year by project and not by theme, so a theme with a small total could be left more
    than that. What is too much goes to the `heirs` of its region that are of no theme with a total: first
    those that have money left anyway. No region's `left` (fen by quota) moves. Raises ValueError where a
    region has no heir.
    """
    theme, region = frame["theme"].to_numpy(), frame["region"].to_numpy()
    totals, excess = theme_totals(year + 1), np.zeros(len(regions()), np.int64)
    for name, total in totals.items():
        rows = np.flatnonzero(is_left & (theme == name))
        most, of = total * _MOST_CARRIED // 100, int(left[rows].sum())
        if of > most:
            kept = left[rows] * (most // 10**6) // (of // 10**6 + 1)
            np.add.at(excess, region[rows], left[rows] - kept)
            left[rows] = kept
    able = heirs & ~np.isin(theme, list(totals))
    has_left = np.bincount(region[able & is_left], minlength=len(excess)) > 0
    able &= is_left | ~has_left[region]
    weight = frame["weight"].to_numpy().astype(np.int64)
    left[able] += share_groups(excess, weight[able], region[able])


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
