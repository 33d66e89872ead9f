"""Document to entries: pure functions, one per event, each citing its rule."""
