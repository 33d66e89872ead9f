"""Balances with which first books begin (年初余额): what a line may say, what books must agree, the entries.

What an account of the financial book has in the budgetary one says the table of the conversion to
财库〔2022〕41号: accounts that one old account became in both books hold the same money.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final

from fisc.closing.balances import NOMINAL, books_of
from fisc.closing.kinds import OPENING
from fisc.closing.rules.carry import by_old_code
from fisc.closing.tables import kept_elements
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import lines_at
from fisc.documents.words import shown_heading
from fisc.kernel import Coding, Entry, Line
from fisc.kernel.entries import CREDIT, DEBIT, OPENING_MONTH
from fisc.kernel.money import format_fen
from fisc.registry import rules
from fisc.registry.books import BOOKS, account_words, accounts_meant, book_title, which_of
from fisc.registry.fund_kinds import FUND, is_kind
from fisc.registry.tables import AccountRow, in_years, rule_rows

if TYPE_CHECKING:
    from fisc.closing.models import Opening

SIDES: Final[Mapping[str, str]] = {"debit": "借", "credit": "贷"}
#: Without these a balance of an asset does not say whose or what it is, where its account keeps them.
_NAMING: Final = frozenset({"enterprise_code", "equity_part_code", "rec_div_code", "scheme_code"})
_FINANCIAL, _BUDGET = "treasury_2022_financial", "treasury_2022_budget"


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """A balance: `account` as screens write it (财务会计 1001) or 'book:code', `side` debit or credit;
    elements that its account does not keep are left out.
    """

    account: str
    side: Annotated[str, OneOf(SIDES)]
    amount_fen: int
    fund_type_code: str
    rec_div_code: str = ""
    enterprise_code: str = ""
    equity_part_code: str = ""
    agency_code: str = ""
    dept_code: str = ""
    pro_code: str = ""
    exp_func_code: str = ""
    gov_bgt_eco_code: str = ""
    dep_bgt_eco_code: str = ""
    scheme_code: str = ""
    is_debt: str = ""
    is_last_year: str = ""
    rev_func_code: str = ""

    @property
    def book(self) -> str:
        """The book of its account."""
        return self.account.partition(":")[0]

    @property
    def code(self) -> str:
        """The code of its account."""
        return self.account.partition(":")[2]

    @property
    def fen(self) -> int:
        """The amount, debit positive."""
        return self.amount_fen if self.side == "debit" else -self.amount_fen

    def coding(self, mof_div_code: str, fiscal_year: int) -> Coding:
        """Its coding block in a region's year."""
        return Coding(fiscal_year, mof_div_code, **{name: getattr(self, name) for name in ELEMENTS})


#: The elements that a line may say.
ELEMENTS: Final = tuple(f.name for f in fields(OpeningLine))[3:]


def as_meant(line: OpeningLine, fiscal_year: int) -> OpeningLine:
    """A line with the account that it means as 'book:code'; as it is where none or several are meant."""
    meant = accounts_meant(line.account, fiscal_year, books_of(fiscal_year))
    return replace(line, account=meant[0]) if len(meant) == 1 else line


def faults(lines: Sequence[OpeningLine], fiscal_year: int) -> Iterator[str]:
    """What is wrong with lines, in words, each fault once with its rows; then what does not add up."""
    books = books_of(fiscal_year)
    rows: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for n, line in enumerate(lines, 1):
        if word := _fault(line, books, fiscal_year):
            rows[word].append((n, account_words(line.account, with_name=False)))
    found = [_with_rows(places, word) for word, places in rows.items()]
    yield from (
        ["没有明细"] if not lines else found or [*_twice(lines), *_unbalanced(lines), *_unpaired(lines)]
    )


def _with_rows(places: Sequence[tuple[int, str]], word: str) -> str:
    said = dict.fromkeys(account for _, account in places)
    return f"{lines_at(*(n for n, _ in places))} {'、'.join(said)}：{word}"


def _fault(line: OpeningLine, books: Sequence[str], fiscal_year: int) -> str:
    known = rules.account(line.account)
    if known is None and (meant := accounts_meant(line.account, fiscal_year, books)):
        return which_of(line.account, meant)
    if known is None or line.book not in books or not _is_valid(known, fiscal_year):
        shown = "、".join(BOOKS[book].short for book in books)
        written = f"{BOOKS[books[0]].short} 1001"
        return f"{fiscal_year} 年没有这个科目（写作“账簿 代码”，如 {written}；账簿可用 {shown}）"
    if known.account_class in NOMINAL:
        return "收支科目没有年初余额"
    if line.amount_fen <= 0:
        return "余额须大于零；在另一方的写另一方向"
    if not line.fund_type_code:
        return "没有写明资金性质"
    return _element_fault(line, known.account_class)


def _is_valid(account: AccountRow, fiscal_year: int) -> bool:
    return in_years(fiscal_year, account.valid_from_year, account.valid_to_year)


def _element_fault(line: OpeningLine, account_class: str) -> str:
    kept = kept_elements(line.book, line.code)
    strange = [name for name in ELEMENTS if getattr(line, name) and name not in kept]
    if strange:
        return f"余额不分 {_headings(strange)}，只分 {_headings(kept)}"
    if line.fund_type_code == FUND and "rev_func_code" in kept and not is_kind(line.rev_func_code):
        return "没有写明基金种类：政府性基金结转结余按种类登记，收入分类写 10301 开头的七位"
    missing = [name for name in kept if name in _NAMING and not getattr(line, name)]
    return f"没有写明 {_headings(missing)}" if missing and account_class == "asset" else ""


def _headings(names: Sequence[str]) -> str:
    """Elements by their headings, with the names that files may bear."""
    return "、".join(f"{shown_heading(name)}（{name}）" for name in names)


def _twice(lines: Sequence[OpeningLine]) -> Iterator[str]:
    places = Counter((line.account, line.coding("", 0)) for line in lines)
    yield from (f"{account} 的同一要素写了 {n} 行" for (account, _), n in places.items() if n > 1)


def _unbalanced(lines: Sequence[OpeningLine]) -> Iterator[str]:
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.book] += line.fen
    for book, fen in sums.items():
        if fen:
            yield f"{book_title(book)}借贷不平，差 {format_fen(fen)} 元"


@cache
def _pairs() -> Mapping[str, str]:
    """Account of the financial book -> that of the budgetary book which holds the same money."""
    found = {}
    for rows in by_old_code().values():
        codes = {row.new_book: row.new_code for row in rows}
        if _BUDGET in codes and codes[_FINANCIAL] != _SURPLUS:
            found[codes[_FINANCIAL]] = codes[_BUDGET]
    return found


#: What old funds' balances became in the financial book; in the budgetary one each kept its account.
_SURPLUS: Final = "3001"


def _unpaired(lines: Sequence[OpeningLine]) -> Iterator[str]:
    """Where the two books of 财库〔2022〕41号 do not hold the same money of a fund."""
    pairs = _pairs()
    financial: dict[tuple[str, str], int] = defaultdict(int)
    budget: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        if line.book == _FINANCIAL and line.code in pairs:
            financial[pairs[line.code], line.fund_type_code] += line.fen
        elif line.book == _BUDGET and line.code in pairs.values():
            budget[line.code, line.fund_type_code] += line.fen
    for code, fund in sorted(financial.keys() | budget.keys()):
        theirs, ours = financial[code, fund], budget[code, fund]
        if theirs != ours:
            of = "、".join(sorted(one for one, other in pairs.items() if other == code))
            yield (
                f"资金 {fund}：预算会计 {code} 为 {format_fen(ours)} 元，"
                f"财务会计与它对应的 {of} 合计 {format_fen(theirs)} 元"
            )


def opening_entries(given: Opening, lines: Sequence[OpeningLine]) -> list[Entry]:
    """The entries that bring balances into the opening period, one for each book."""
    region, year = given.mof_div_code, given.fiscal_year
    return [
        Entry(
            OPENING.event(given.doc_key, book), region, date(year, 1, 1),
            tuple(_line(one, one.coding(region, year)) for one in lines if one.book == book),
            document_id=given.id, period=year * 100 + OPENING_MONTH, rule_code=_rule_code(book, year),
            summary=f"{year} 年年初余额（{given.basis}）",
        )
        for book in sorted({line.book for line in lines})
    ]  # fmt: skip


def _line(one: OpeningLine, coding: Coding) -> Line:
    return Line(one.account, coding, DEBIT if one.side == "debit" else CREDIT, one.amount_fen)


def _rule_code(book: str, fiscal_year: int) -> str:
    return next(
        row.rule_code for row in rule_rows()
        if row.event == "opening_balance" and row.book == book
        and in_years(fiscal_year, row.valid_from_year, row.valid_to_year)
    )  # fmt: skip
