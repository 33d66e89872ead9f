"""Tables of the plan added up."""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.city.draws import Ints
from fisc.city.tables import regions


def by_region(frame: pl.DataFrame) -> Ints:
    """`amount_fen` added up by region, in the order of the regions."""
    sums = np.zeros(len(regions()), np.int64)
    np.add.at(sums, frame["region"].to_numpy(), frame["amount_fen"].to_numpy())
    return sums


def of_regions(frame: pl.DataFrame, column: str) -> Ints:
    """A column of a table with one row a region, as numbers that may be changed."""
    found: Ints = frame[column].to_numpy().astype(np.int64, copy=True)
    return found
