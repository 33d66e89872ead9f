"""Documents of the budget to entries of the quota book: pure functions, one per event."""
