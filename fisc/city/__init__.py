"""What the simulated city is, for the parts that domains play in it.

Geography, calendar, public totals, seeded draws, the hall of officers, and the shapes in which a domain
registers what it has to do with a simulated year: its tables of the plan, what it founds, its days and
stages, what it proves (`Part`). Only `sim` modules import this package; no service does.
"""
