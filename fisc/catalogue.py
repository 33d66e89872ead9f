"""The catalogue: every figure by id. Each domain brings its own; ids are unique across all."""

from __future__ import annotations

from fisc.budget.figures import FIGURES as BUDGET
from fisc.capital.figures import FIGURES as CAPITAL
from fisc.closing.figures import FIGURES as CLOSING
from fisc.debt.figures import FIGURES as DEBT
from fisc.disclosure.figures import FIGURES as DISCLOSURE
from fisc.documents.offers import offered
from fisc.reading.algebra import assemble
from fisc.revenue.figures import FIGURES as REVENUE
from fisc.settings import own_domains
from fisc.transfers.figures import FIGURES as TRANSFERS
from fisc.treasury.figures import FIGURES as TREASURY

#: Figures of the domains that a city has of its own.
_OWN = offered(own_domains(), "figures", "FIGURES")

CATALOGUE = assemble(
    (*REVENUE, *BUDGET, *TRANSFERS, *CLOSING, *DEBT, *DISCLOSURE, *CAPITAL, *TREASURY, *_OWN)
)
