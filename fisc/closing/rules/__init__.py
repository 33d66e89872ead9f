"""From balances to entries: pure functions, one per affair of a year's end, each by its rule."""
