"""What is posted: entries (凭证) of lines (分录).

A line sits in the debit (借) or the credit (贷) column of an account. Its amount is a
positive number of fen, or a negative one when it is red (红字). Every entry sums to
zero in each book it touches; the database checks that, not this module.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import date

from fisc.kernel.coding import Coding

DEBIT = 1
CREDIT = -1
OPENING_MONTH = 0
DECEMBER = 12
YEAR_END_MONTH = 13


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `account` is 'book:code', `side` +1 debit or -1 credit, negative fen are red."""

    account: str
    coding: Coding
    side: int
    amount_fen: int


def debit(account: str, coding: Coding, amount_fen: int) -> Line:
    """A line in the debit column (借方)."""
    return Line(account, coding, DEBIT, amount_fen)


def credit(account: str, coding: Coding, amount_fen: int) -> Line:
    """A line in the credit column (贷方)."""
    return Line(account, coding, CREDIT, amount_fen)


@dataclass(frozen=True, slots=True)
class Entry:
    """One voucher. `natural_key` names the business event: posting it again changes nothing.

    `document_id` is the ledger's id of the document that it was posted from.
    `region` is a nine-digit division code; `period` (fiscal year * 100 + month, 0 opening,
    13 year end) follows the business date unless it is given; `source_ref` says where in the
    document the amount stands (for a workbook, `sheet!cell`); `rule_code` cites the posting rule.
    """

    natural_key: str
    region: str
    business_date: date
    lines: tuple[Line, ...]
    _: KW_ONLY
    document_id: int
    period: int | None = None
    source_ref: str = ""
    rule_code: str = ""
    summary: str = ""
    reverses_id: int | None = None


@dataclass(frozen=True, slots=True)
class PostResult:
    """For each entry given, in order: its id, and whether this call posted it."""

    entry_ids: list[int]
    is_new: list[bool]

    @property
    def posted_count(self) -> int:
        """How many entries this call added."""
        return sum(self.is_new)


def period_of(day: date) -> int:
    """The accounting period of a calendar day."""
    return day.year * 100 + day.month
