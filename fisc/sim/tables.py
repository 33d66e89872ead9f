"""The simulation's own tables: what simulated banks keep, and what a run notes of itself."""

from __future__ import annotations

from typing import Final

from fisc.registry.rows import Table

ACCOUNT: Final = Table("sim.SimAccount")
ORDER: Final = Table("sim.SimOrder")
BOOKING: Final = Table("sim.SimBooking")
ANSWER: Final = Table("sim.SimAnswer")
POST: Final = Table("sim.SimPost")
BALANCE: Final = Table("sim.SimBalance")
RUN: Final = Table("sim.SimRun")
REFUSAL: Final = Table("sim.SimRefusal")
PROOF: Final = Table("sim.SimProof")
