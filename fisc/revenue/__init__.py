"""Revenue (收入): what the treasury received, by its daily report."""
