"""结清旧账、记入新账 (财库〔2015〕192号年终结账): balances leave the old year and enter the new one.

The old year's period 13 and the new year's period 0 hold one entry each, both of the first of January:
a year's own periods, and all periods together, then say the same of every account.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from fisc.closing.balances import Balance
from fisc.closing.kinds import YEAR_END
from fisc.closing.tables import CONVERSION_YEAR, Conversion, conversions, kept_elements
from fisc.documents import RuleBroken
from fisc.kernel import Coding, Entry, Line
from fisc.kernel.entries import CREDIT, DEBIT, YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.registry import rules
from fisc.registry.books import book_title

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

OLD_BOOK: Final = "treasury_2015"
_CARRY_RULE: Final = "192-结转下年"
_CONVERSION_RULE: Final = "41-衔接"
#: Keys and sides of one entry; a larger set of balances is several.
_MOST_LINES: Final = 30_000


def opening_balances(balances: Sequence[Balance]) -> list[Balance]:
    """What stands on the first of January: the same accounts, or what they become in the new books.

    Raises RuleBroken for an account that must have no balance, or has no row in the conversion.
    """
    year = balances[0].coding.fiscal_year + 1 if balances else 0
    if year != CONVERSION_YEAR:
        return [_next_year(b) for b in balances]
    return [
        *(_next_year(b) for b in balances if b.book != OLD_BOOK),
        *converted([b for b in balances if b.book == OLD_BOOK]),
    ]


def _next_year(balance: Balance) -> Balance:
    return balance._replace(coding=replace(balance.coding, fiscal_year=balance.coding.fiscal_year + 1))


def by_old_code() -> Mapping[str, list[Conversion]]:
    """Old account -> what it becomes, book by book."""
    found: dict[str, list[Conversion]] = defaultdict(list)
    for row in conversions():
        found[row.old_code].append(row)
    return found


def converted(balances: Sequence[Balance]) -> list[Balance]:
    """Balances of the 2015 rule set as they stand in the two books of the 2022 one, zeros left out.

    Raises RuleBroken where an account must have no balance, and where the budgetary book would not
    balance: then assets or debts do not agree with 3081 资产基金 and 3082 待偿债净资产.
    """
    table = by_old_code()
    _refuse_unconverted([b for b in balances if not any(row.new_book for row in table.get(b.code, ()))])
    totals: Counter[tuple[str, str, Coding]] = Counter()
    for balance in balances:
        for row in table[balance.code]:
            totals[row.new_book, row.new_code, _new_coding(balance, row)] += balance.fen
    found = [Balance(*key, fen) for key, fen in totals.items() if fen]
    _refuse_unpaired(balances, found)
    return sorted(found, key=lambda b: (b.book, b.code, str(b.coding)))


def _new_coding(balance: Balance, row: Conversion) -> Coding:
    kept = kept_elements(row.new_book, row.new_code)
    elements = {name: getattr(balance.coding, name) for name in kept}
    return Coding(balance.coding.fiscal_year + 1, balance.coding.mof_div_code, **elements)


def _refuse_unconverted(balances: Sequence[Balance]) -> None:
    if balances:
        named = [f"{b.code}{_name(b)} {format_fen(b.fen)} 元" for b in balances]
        raise RuleBroken(
            f"{len(named)} 个科目年末应无余额：{'、'.join(named[:20])}",
            rule="新旧制度衔接（财库〔2022〕41号）：清理后再转换",
            hint="请先清算零余额账户、结转已结报支出",
            details={"keys": [b.code for b in balances][:20], "refused": len(named)},
        )


def _name(balance: Balance) -> str:
    found = rules.account(balance.account)
    return found.name if found else ""


def _refuse_unpaired(old: Sequence[Balance], new: Sequence[Balance]) -> None:
    gap = sum(b.fen for b in new if b.book.endswith("_budget"))
    if gap:
        region = old[0].coding.mof_div_code
        raise RuleBroken(
            f"{region} 的资产基金、待偿债净资产与所对应的资产、负债相差 {format_fen(gap)} 元，预算会计不平",
            rule="财库〔2015〕192号双分录：1022、1041、1045、1071 对 3081，债务对 3082",
            hint="请核对股权、转贷款和债务的双分录，补记后再转换",
            details={"gap_fen": gap},
        )


def carry_entries(given: YearEnd, balances: Sequence[Balance]) -> list[Entry]:
    """The entries by which a document takes `balances` out of its year's period 13 and puts them into the
    next year's period 0.

    Raises RuleBroken where accounts of income or outlay are not closed, as `opening_balances`, and
    where the balances of a book do not add up to zero.
    """
    _refuse_open([b for b in balances if b.is_nominal])
    year = given.fiscal_year
    opened = opening_balances(balances)
    rule = _CONVERSION_RULE if year + 1 == CONVERSION_YEAR else _CARRY_RULE
    ending = _Side("carried_out", year * 100 + YEAR_END_MONTH, f"{year} 年结转下年", _CARRY_RULE)
    begun = _Side("opening", (year + 1) * 100, f"{year + 1} 年上年结转", rule)
    return [
        *_entries(given, ending, [b._replace(fen=-b.fen) for b in balances]),
        *_entries(given, begun, opened),
    ]


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of carrying over: what happens, in which period, by which rule."""

    event: str
    period: int
    summary: str
    rule_code: str


def _refuse_open(balances: Sequence[Balance]) -> None:
    if balances:
        named = sorted({b.account for b in balances})
        raise RuleBroken(
            f"收支科目还没有结平：{'、'.join(named[:20])}",
            rule="先年终转账，后结转下年（财库〔2015〕192号）",
            hint="请先办理年终结账",
            details={"keys": named[:20], "refused": len(named)},
        )


def _entries(given: YearEnd, side: _Side, balances: Sequence[Balance]) -> Iterable[Entry]:
    """One entry for each book, so that each balances by itself."""
    region, on = given.mof_div_code, date(given.fiscal_year + 1, 1, 1)
    for book in sorted({b.book for b in balances}):
        lines = [_line(b) for b in balances if b.book == book]
        if len(lines) > _MOST_LINES:
            raise RuleBroken(
                f"{region} 的{book_title(book)}有 {len(lines)} 项余额，一张凭证放不下",
                rule="一张凭证最多 30,000 行", hint="请减少 kept_elements.csv 中保留的要素",
            )  # fmt: skip
        yield Entry(
            YEAR_END.event(given.doc_key, side.event, book), region, on, tuple(lines),
            document_id=given.id, period=side.period, rule_code=side.rule_code, summary=side.summary,
        )  # fmt: skip


def _line(balance: Balance) -> Line:
    """A balance as a line in its own column: debit where it is one, else credit."""
    side = DEBIT if balance.fen > 0 else CREDIT
    return Line(balance.account, balance.coding, side, abs(balance.fen))
