"""The catalogue: every figure by id. Each domain brings its own; ids are unique across all."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from fisc.budget.figures import FIGURES as BUDGET
from fisc.capital.figures import FIGURES as CAPITAL
from fisc.closing.figures import FIGURES as CLOSING
from fisc.disclosure.figures import FIGURES as DISCLOSURE
from fisc.reading.algebra import assemble
from fisc.revenue.figures import FIGURES as REVENUE
from fisc.settings import own_domains
from fisc.transfers.figures import FIGURES as TRANSFERS
from fisc.treasury.figures import FIGURES as TREASURY

#: Figures of the domains that a city has of its own.
_OWN = [
    figure for domain in own_domains() if find_spec(f"{domain}.figures") is not None
    for figure in import_module(f"{domain}.figures").FIGURES
]  # fmt: skip

CATALOGUE = assemble((*REVENUE, *BUDGET, *TRANSFERS, *CLOSING, *DISCLOSURE, *CAPITAL, *TREASURY, *_OWN))
