"""Fund types (资金性质), from memory."""

from __future__ import annotations

from fisc.registry.tables import Fund, fund_rows

__all__ = [
    "BUDGETS",
    "GENERAL",
    "GOVERNMENT_FUNDS",
    "SOCIAL_INSURANCE",
    "STATE_CAPITAL",
    "Fund",
    "finer",
    "funds",
    "lookup",
    "words",
]

GENERAL = "111"
"""一般公共预算资金."""
GOVERNMENT_FUNDS = "121"
"""政府性基金预算资金."""
STATE_CAPITAL = "13"
"""国有资本经营预算资金."""
SOCIAL_INSURANCE = "14"
"""社会保险基金预算资金."""

BUDGETS = (GENERAL, GOVERNMENT_FUNDS, STATE_CAPITAL, SOCIAL_INSURANCE)
"""The four budgets (预算法 art. 5)."""


def funds() -> tuple[Fund, ...]:
    """All fund types."""
    return fund_rows()


def lookup(code: str) -> Fund | None:
    """The fund type of a code, or None."""
    return next((fund for fund in fund_rows() if fund.code == code), None)


def finer(code: str) -> tuple[Fund, ...]:
    """The fund types directly below one: where there are any it only sums them up."""
    return tuple(fund for fund in fund_rows() if fund.parent == code)


def words(code: str) -> str:
    """A fund type as people read it: its code and its name, the code alone where there is none."""
    found = lookup(code)
    return f"{code} {found.name}" if found is not None else code
