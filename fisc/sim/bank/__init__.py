"""Simulated counterparts: an agent bank and the central-bank treasury, with books of their own.

`accept` takes an order (pain.001) and executes it once; `close_day` closes the accounts; `collect` gives
what has arrived by a day: answers, notifications, statements, some late, some twice. Everything follows
from the seed and the keys of the payments, so a day that is run again after a crash ends the same.
"""

from fisc.sim.bank.agent import Executed, Temper, accept, accept_all, close_day
from fisc.sim.bank.book import Account, accounts, balance, open_accounts
from fisc.sim.bank.faults import FATES, NO_FAULTS, ORDINARY, FaultProfile
from fisc.sim.bank.post import collect
from fisc.sim.bank.treasury import Moved, clear, collect_revenue, transfer

__all__ = [
    "FATES", "NO_FAULTS", "ORDINARY", "Account", "Executed", "FaultProfile", "Moved", "Temper",
    "accept", "accept_all", "accounts", "balance", "clear", "close_day", "collect", "collect_revenue",
    "open_accounts", "transfer",
]  # fmt: skip
