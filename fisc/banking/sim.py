"""What banking's tables add to the banks' part of the simulated city."""

from __future__ import annotations

from typing import Final

#: Tables that grow with every day.
GROWING: Final = ("banking_line", "banking_message", "banking_voucher_match")
#: What a summary counts: its name, and the question.
COUNTS: Final = (
    ("银行报文（发出）", "select count(*) from banking_message where direction = 'out'"),
    ("银行报文（收到）", "select count(*) from banking_message where direction = 'in'"),
    ("对账报告", "select count(*) from banking_reconciliation"),
)
