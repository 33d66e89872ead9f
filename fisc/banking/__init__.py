"""Banks: orders out, answers and statements in, and reconciliation of vouchers with what banks booked.

A message acts once and only where it agrees with our payments in every point; all else is noted.
Payments themselves are the treasury's: this domain calls `fisc.treasury.services`.
"""
