"""Documents of transfers to entries: pure functions, one per event, each citing its posting rule."""
