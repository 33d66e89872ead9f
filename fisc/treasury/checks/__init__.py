"""Monitoring rules and invariants over the treasury."""
