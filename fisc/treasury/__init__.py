"""The treasury: plans of use, payments from application to clearing, refunds, the other treasury events.

A payment is a document with states; its money is a balance in the ledger from the first
minute: applying holds the quota (9302 -> 9402), the bank's receipt posts the quota book and
the treasury's book in one entry. Other domains use `fisc.treasury.services` alone.
"""
