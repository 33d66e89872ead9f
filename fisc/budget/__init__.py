"""Budget: project library, preparation, approval, issue, quotas and every change to them.

No budget, no spending: projects enter a library with goals, departments prepare within control
totals, the people's congress approves, the approved budget is issued as quotas, and each quota
is a coding block whose balances stand in the ledger. Other domains use `fisc.budget.services`.
"""
