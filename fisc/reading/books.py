"""The accounts of the books by rule set, and the selections that figures of every domain start from.

The treasury book follows 财库〔2015〕192号 up to 2022 and 财库〔2022〕41号 from 2023; a
selection names the accounts of both. The quota book holds the budget. What a quota account
passes on to the next (待分, 可执行, 已申请, 已支付) stays in the sum of all of them, so the
spending budget is that sum whatever stage it has reached.

A budget year begins on the first of January, whenever the congress meets: the budget as first
approved is entered in month 1, and every change of it later. A cut takes the quota back from
the coding block that holds it, so the month, not the source, tells the first budget.
"""

from __future__ import annotations

from typing import Final

from fisc.kernel import Coding
from fisc.reading.algebra import CREDIT, DEBIT, Accounts, By, Selection
from fisc.reading.ledger import Among
from fisc.registry.rules import execution_accounts

LAST_YEAR_OF_192 = 2022
BUDGET_LAW = "《中华人民共和国预算法》（2018 年修正）"
BOOKS_LAW = "财库〔2015〕192号（2022 年及以前）、财库〔2022〕41号（2023 年起）"
QUOTA_LAW = "财办〔2022〕36号"

GENERAL, FUND, STATE_CAPITAL, INSURANCE = "111", "121", "13", "14"
#: General bonds belong to the general budget, special bonds to the funds'.
GENERAL_FUNDS = ("111", "112", "113", "114")
FUND_FUNDS = ("121", "122")


#: Own income and own outlay by budget (general, funds, state capital), up to 2022 and since.
def _own(book: str, side: str) -> tuple[str, ...]:
    return tuple(
        a.code for a in execution_accounts() if (a.book, a.side) == (book, side) and a.fund_type_code
    )


OWN_INCOME_2015, OWN_OUTLAY_2015 = _own("treasury_2015", "income"), _own("treasury_2015", "outlay")
OWN_INCOME_2022 = _own("treasury_2022_budget", "income")
OWN_OUTLAY_2022 = _own("treasury_2022_budget", "outlay")
#: Repayment of principal (还本支出).
PRINCIPAL_2015, PRINCIPAL_2022 = "5041", "7041"
#: What stands on accounts of spending and is not a year's own: an agency's book beside the treasury's, what
#: came back of last year, what an old class gave up.
_APART: Final = ("book_owner_code", "is_last_year", "is_reclassified")
OWN_SPENDING: Final = tuple(Among(element, ("",)) for element in _APART)
#: The budgeted source that own income comes from.
OWN_SOURCES = "9101"

#: Repayment of the principal of debt (债务还本支出, 类).
PRINCIPAL = "231"
_PAID_QUOTAS = ("9501", "9502")
_ISSUED_QUOTAS = ("9301", "9302", "9303", "9304", "9401", "9402", *_PAID_QUOTAS)
_SPENDING_QUOTAS = ("9201", *_ISSUED_QUOTAS)


def is_own_spending(coding: Coding) -> bool:
    """Whether a block on an account of spending is the treasury's own of its year."""
    return not any(getattr(coding, element) for element in _APART)


def treasury(until_2022: tuple[str, ...], since_2023: tuple[str, ...], side: int, by: By) -> Selection:
    """Treasury postings: account codes of both rule sets."""
    old = Accounts("treasury_2015", until_2022, last_year=LAST_YEAR_OF_192)
    new = Accounts("treasury_2022_budget", since_2023, first_year=LAST_YEAR_OF_192 + 1)
    return Selection((old, new), side, (), by)


def quota_sources(by: By, *codes: str) -> Selection:
    """Budgeted sources: 9101 own revenue, 9102 transfers, 9103 debt, 9104 carried over."""
    return Selection((Accounts("quota", codes),), DEBIT, (), by)


def quota_spending(by: By) -> Selection:
    """Budgeted spending of the government's own level, at whatever stage its quota is.

    Repayment of principal is no spending (5041, 7041), though units hold quotas for it.
    """
    found = Selection((Accounts("quota", _SPENDING_QUOTAS),), CREDIT, (), by)
    return found.without("exp_func_code", PRINCIPAL)


def quota_issued(by: By) -> Selection:
    """Quotas in departments' and units' hands, at whatever stage."""
    return Selection((Accounts("quota", _ISSUED_QUOTAS),), CREDIT, (), by)


def quota_paid(by: By) -> Selection:
    """What was paid of quotas, less what came back."""
    return Selection((Accounts("quota", _PAID_QUOTAS),), CREDIT, (), by)


def quota_transfers(by: By) -> Selection:
    """Budgeted transfers, uploads, on-lending and repayment."""
    return Selection((Accounts("quota", ("9202", "9305")),), CREDIT, (), by)
