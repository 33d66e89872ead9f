"""指标账年终结账 (财办〔2022〕36号, 36-19): every account of the quota book comes to zero.

Sources, spending budgets that lapse, what was issued below and what was paid meet on 9601, which ends at zero
because the book balances; the register of cuts beside the book is closed against its own counter-account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from fisc.closing.kinds import YEAR_END
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry, Line
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.registry.tables import rule_rows

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

EVENT: Final = "quota_book_closed"
#: Carry-over, through which everything passes, and the counter-account of the register of cuts.
_THROUGH: Final = "9601"
_COUNTER: Final = "9699"
#: Legs of one voucher at most.
_MOST_LEGS: Final = 8_000


class QuotaBalance(NamedTuple):
    """What stands on an account of the quota book for a coding block, in the account's normal side."""

    code: str
    coding: Coding
    fen: int


def closable() -> frozenset[str]:
    """The accounts that the rules close, by code; what stands on others is carried over or taken back."""
    return frozenset(dict(row.selector)["account"][0] for row in rule_rows() if row.event == EVENT)


def quota_entries(given: YearEnd, balances: Sequence[QuotaBalance]) -> list[Entry]:
    """The entries by which a document brings its year's quota book to zero, in the year-end period."""
    legs = [_leg(given, one) for one in balances if one.code in closable() and one.fen]
    return [
        _entry(given, number, legs[start : start + _MOST_LEGS])
        for number, start in enumerate(range(0, len(legs), _MOST_LEGS), 1)
    ]


def _leg(given: YearEnd, one: QuotaBalance) -> Leg:
    """The account on its block, 9601 on the region's year; which of them is debited the rule says."""
    through = Coding(given.fiscal_year, given.mof_div_code)
    row = next(
        row for row in rule_rows() if row.event == EVENT and dict(row.selector)["account"] == (one.code,)
    )
    sides = {one.code: one.coding, _COUNTER: one.coding, _THROUGH: through}
    return Leg(EVENT, one.fen, sides[row.debit], sides[row.credit], choices={"account": one.code})


def _entry(given: YearEnd, number: int, legs: Sequence[Leg]) -> Entry:
    year = given.fiscal_year
    entry = voucher(
        YEAR_END.event(given.doc_key, EVENT, str(number)), given.mof_div_code, date(year, 12, 31), legs,
        document_id=given.id, period=year * 100 + YEAR_END_MONTH, summary=f"{year} 年指标账年终结账",
    )  # fmt: skip
    return replace(entry, lines=_added_up(entry.lines))


def _added_up(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines of the same account, block, side and colour as one."""
    sums: Counter[tuple[str, Coding, int, bool]] = Counter()
    for line in lines:
        sums[line.account, line.coding, line.side, line.amount_fen < 0] += line.amount_fen
    return tuple(Line(account, coding, side, fen) for (account, coding, side, _), fen in sums.items())
