"""Tables of the plan added up."""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.sim.plan.draws import Ints
from fisc.sim.plan.tables import regions


def by_region(frame: pl.DataFrame) -> Ints:
    """`amount_fen` added up by region, in the order of the regions."""
    sums = np.zeros(len(regions()), np.int64)
    np.add.at(sums, frame["region"].to_numpy(), frame["amount_fen"].to_numpy())
    return sums
