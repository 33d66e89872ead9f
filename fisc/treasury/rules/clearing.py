"""Entries of clearing: only a region with a payment agency of its own has any (192-T13 清算, with T12).

Elsewhere the treasury's money was spent when the bank's receipt came; clearing moves it between the
central-bank treasury and the agent bank, and the ledger has nothing to add.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fisc.kernel import Entry
from fisc.treasury.rules.payments import Held, cleared


def of_payments(payments: Iterable[Held], on: date) -> list[Entry]:
    """The entries of cleared payments in a region with a payment agency."""
    return [entry for payment in payments if (entry := cleared(payment, on))]
