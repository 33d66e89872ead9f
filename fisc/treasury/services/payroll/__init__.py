"""Payroll: pay lines matched to personnel quotas by rule, what is left explained line by line.

A proposal applies for nothing. When the officer accepts it, one payment application is made for
each quota, and the lines of its people become a sub-ledger that the database adds up.
"""

from fisc.treasury.services.payroll.enrolling import Roster, enroll
from fisc.treasury.services.payroll.matching import Matching, PayItem, PersonnelQuota, Share, match
from fisc.treasury.services.payroll.proposals import Accepted, Payee, Proposal, accept, payee_of, propose

__all__ = [
    "Accepted", "Matching", "PayItem", "Payee", "PersonnelQuota", "Proposal", "Roster", "Share", "accept",
    "enroll", "match", "payee_of", "propose",
]  # fmt: skip
