"""Closing's part in the simulated city: the turn of a year."""

from __future__ import annotations

from fisc.city.parts import Hour, Part, Stage
from fisc.closing.sim import ending

PART = Part(
    name="closing",
    schedule=ending.schedule,
    stages=(
        Stage("accrued", Hour.OPENING, ending.pay_accrued),
        Stage("settle_year", Hour.CLOSING, ending.settle_year),
        Stage("close_year", Hour.CLOSING, ending.close_year),
    ),
    end=ending.end,
)
