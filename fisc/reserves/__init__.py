"""Money between budgets, and what is kept back (预算间调拨与储备资金): stabilisation and working funds."""
