"""Following money: from a document from above down to the payees, and from a payment back up.

Downwards, a tree whose amounts add up at every level; what has not moved on is a branch of its own
(未下达, 未支付). Upwards, a chain of documents with the ledger's entries of each. Both read through the
services of transfers, budget and treasury.
"""

from fisc.follow.down import follow_source
from fisc.follow.tree import Node
from fisc.follow.up import Step, follow_payment

__all__ = ["Node", "Step", "follow_payment", "follow_source"]
