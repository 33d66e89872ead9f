"""Rosters (名册): who gets how much of a payment that goes to many, and what became of each of them.

A treasury pays a batch to the account that distributes it; the bank answers person by person. The lines
are a sub-ledger of the batch's voucher: the database adds them up to it and keeps them as they are. What
happens to a line is a chain of steps, each noted once: sent, paid, returned, repaired and sent again.
A line is in one state at a time, so paid + returned + to be paid is the batch's total by construction.
"""
