"""The states of the budget's documents: which moves there are and who may make them."""

from fisc.budget.flow import library, preparation, quotas

FLOWS = (*library.FLOWS, *preparation.FLOWS, *quotas.FLOWS)
