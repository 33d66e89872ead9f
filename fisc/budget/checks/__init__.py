"""What must hold over the documents of the budget."""

from fisc.budget.checks import quotas, themes

CHECKS = (*quotas.CHECKS, *themes.CHECKS)
