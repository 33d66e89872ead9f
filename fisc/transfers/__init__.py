"""Transfers (转移支付): money that one government gives another under a document number (文号).

A *line* is an amount that a giver grants a receiver under a document: from above to the city,
from the city to a banner. It stands in the quota books of both governments (下达 = 接收) and its
cash in both treasuries, posted in one transaction, so what was sent is what was received. The
number of the document from above (上级文号) stays on every later quota and payment: by it money
is followed down to the payee. Other domains use `fisc.transfers.services`.
"""
