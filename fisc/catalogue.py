"""The catalogue: every figure by id. Each domain brings its own; ids are unique across all."""

from __future__ import annotations

from fisc.budget.figures import FIGURES as BUDGET
from fisc.capital.figures import FIGURES as CAPITAL
from fisc.closing.figures import FIGURES as CLOSING
from fisc.disclosure.figures import FIGURES as DISCLOSURE
from fisc.reading.algebra import assemble
from fisc.revenue.figures import FIGURES as REVENUE
from fisc.transfers.figures import FIGURES as TRANSFERS
from fisc.treasury.figures import FIGURES as TREASURY

CATALOGUE = assemble((*REVENUE, *BUDGET, *TRANSFERS, *CLOSING, *DISCLOSURE, *CAPITAL, *TREASURY))
