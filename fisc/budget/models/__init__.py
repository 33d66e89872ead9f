"""The documents of the budget and their lines: schema only, rows are written by the services."""
