"""The plan of a simulated year: pure, seeded, exact in the totals that are public."""

from fisc.sim.plan.city import CityPlan, plan

__all__ = ["CityPlan", "plan"]
