"""Books as an accountant opens them: balances of accounts, the ledger of one, a voucher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.documents import NotFound, RuleBroken, select
from fisc.documents.detail import Step, steps_of
from fisc.documents.installation import declared_by
from fisc.documents.limits import BookMonth
from fisc.documents.sight import Owned, Owners
from fisc.kernel import Coding, Entry, Line
from fisc.kernel.entries import OPENING_MONTH, YEAR_END_MONTH
from fisc.reading.entries import Movement, documents_of, entries_of, entry_ids, keys_of, movements
from fisc.reading.ledger import Turnover, turnover, year
from fisc.registry import rules
from fisc.registry.books import accounts_meant, which_of
from fisc.registry.open_books import require_kept

Conn = psycopg.Connection[Any]
_SIDES: Final = {1: "借", -1: "贷"}


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account over months of a year. Balances are above zero on `side`, the account's own (借 or 贷)."""

    account: str
    account_name: str
    side: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of an account, what is left after it on `side`; the first one says what stood before."""

    business_date: date | None
    voucher_no: int | None
    natural_key: str
    summary: str
    document_no: str
    debit_fen: int
    credit_fen: int
    side: str
    balance_fen: int


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """A line of a voucher: account, what it is of (element=code, ...), and its amount on one side."""

    account: str
    account_name: str
    elements: str
    debit_fen: int
    credit_fen: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """An entry of the ledger as a voucher; `source` is where in its document the amount stands.

    `elements` are those that all its lines have; each line says only what it has of its own. `trail` says who
    made its document, reviewed and signed it; a book that was taken in has none. `voucher_no` is the ledger's
    own running number.
    """

    natural_key: str
    voucher_no: int
    mof_div_code: str
    business_date: date
    period: int
    rule_code: str
    summary: str
    document_no: str
    source: str
    elements: str
    lines: tuple[VoucherLine, ...]
    trail: tuple[Step, ...]


def balances(
    conn: Conn,
    region: str,
    fiscal_year: int,
    month: BookMonth,
    *,
    from_month: BookMonth = 1,
    account: str = "",
) -> list[AccountBalance]:
    """What stood on each account before `from_month`, moved until `month` and stands then, by account.

    Months are 0 (the opening) to 13 (the year's end); `account` begins 'book:code', or is words of it.
    The debits of all accounts of a book equal its credits. Raises RuleBroken for months that are
    none, NoBooks.
    """
    require_kept(conn, region, fiscal_year)
    _require_months(from_month, month)
    meant = tuple(accounts_meant(account, fiscal_year))
    asked = Turnover(meant or (account,), (region,), year(fiscal_year, month, from_month))
    before = replace(asked, periods=year(fiscal_year, from_month - 1, OPENING_MONTH))
    opening = turnover(conn, before, "account") if from_month > OPENING_MONTH else {}
    debited = turnover(conn, asked, "account", column="debit")
    credited = turnover(conn, asked, "account", column="credit")
    accounts = sorted({key for (key,) in (*opening, *debited, *credited)})
    found = [
        _balance(key, opening.get((key,), 0), debited.get((key,), 0), credited.get((key,), 0))
        for key in accounts
    ]
    return [one for one in found if one.opening_fen or one.debit_fen or one.credit_fen]


def account_ledger(
    conn: Conn,
    region: str,
    fiscal_year: int,
    account: str,
    *,
    from_month: BookMonth = 1,
    month: BookMonth = YEAR_END_MONTH,
) -> list[LedgerLine]:
    """The lines of an account ('book:code') in the order of their days, after what stood before them.

    `account` is said in full or by its code or name alone, where a year has one such. Raises NotFound for an
    account that there is none of, RuleBroken for one of several and for months that are none, NoBooks.
    """
    require_kept(conn, region, fiscal_year)
    _require_months(from_month, month)
    account = _meant(account, fiscal_year)
    known = rules.account(account)
    side = known.normal_side if known else 1
    before = Turnover((account,), (region,), year(fiscal_year, from_month - 1, OPENING_MONTH), side)
    left = sum(turnover(conn, before).values()) if from_month > OPENING_MONTH else 0
    found = [LedgerLine(None, None, "", "期初余额", "", 0, 0, _SIDES[side], left)]
    for one in movements(conn, region, account, year(fiscal_year, month, from_month)):
        left += side * one.amount_fen
        found.append(_line(one, _SIDES[side], left))
    return found


def vouchers(conn: Conn, numbers: Sequence[str]) -> list[Voucher]:
    """Vouchers by their running numbers or the natural keys of their entries, in order. Raises NotFound."""
    keys = keys_of(conn, numbers)
    found, documents = entries_of(conn, keys.values()), documents_of(conn, keys.values())
    missing = [number for number in numbers if keys.get(number) not in found]
    if missing:
        raise NotFound(
            f"没有凭证 {'、'.join(missing[:5])}",
            rule="凭证以凭证字号为准",
            hint="凭证字号见明细账（fisc books ledger）或单据详情（fisc GROUP show-…）",
            details={"keys": missing[:20]},
        )
    trails = _trails(conn, [document for _, document in documents.values()])
    ids = entry_ids(conn, keys.values())
    return [
        _voucher(ids[key], found[key], *documents[key], trails)
        for key in (keys[number] for number in numbers)
    ]


def _owners(conn: Conn, numbers: Sequence[str], said: Mapping[str, Any]) -> dict[str, list[Owned]]:
    """Whose vouchers are: their region's, and that of each unit on their lines."""
    keys = keys_of(conn, numbers)
    found = entries_of(conn, keys.values())
    return {
        number: [{"mof_div_code": found[key].region, "agency_code": unit, "dept_code": department}
                 for unit, department in _units(found[key])]
        for number, key in keys.items() if key in found
    }  # fmt: skip


def _units(entry: Entry) -> set[tuple[str, str]]:
    """The units and departments that the lines of an entry are of; '' where they are of none."""
    return {(line.coding.agency_code, line.coding.dept_code) for line in entry.lines} or {("", "")}


VOUCHER_OWNERS: Final = Owners("number", _owners)


def _require_months(first: int, last: int) -> None:
    if not OPENING_MONTH <= first <= last <= YEAR_END_MONTH:
        raise RuleBroken(
            f"没有 {first} 月至 {last} 月", rule="期间为年初（0）、1 至 12 月与年终（13）", hint="请核对月份"
        )


def _balance(account: str, opening_fen: int, debit_fen: int, credit_fen: int) -> AccountBalance:
    known = rules.account(account)
    side = known.normal_side if known else 1
    closing = opening_fen + debit_fen - credit_fen
    return AccountBalance(
        account, known.name if known else "", _SIDES[side], side * opening_fen, debit_fen, credit_fen,
        side * closing,
    )  # fmt: skip


def _meant(said: str, fiscal_year: int) -> str:
    """The one account of a year that is meant."""
    found = accounts_meant(said, fiscal_year)
    if not found:
        raise NotFound(
            f"{fiscal_year} 年没有科目 {said}",
            rule="科目先登记后使用",
            hint="代码、名称或“账簿 代码”都可以，如 国库存款；余额表（fisc books balances）列出用过的科目",
        )
    if len(found) > 1:
        raise RuleBroken(
            f"{fiscal_year} 年{which_of(said, found)}",
            rule="一次查一个科目",
            hint="照上面的一种写法填写",
            details={"accounts": found[:20]},
        )
    return found[0]


def _line(one: Movement, side: str, balance_fen: int) -> LedgerLine:
    debit, credit = (one.amount_fen, 0) if one.side > 0 else (0, -one.amount_fen)
    return LedgerLine(
        one.business_date, one.entry_id, one.natural_key, one.summary, one.document_no, debit, credit, side,
        balance_fen,
    )  # fmt: skip


def _trails(conn: Conn, documents: Sequence[str]) -> dict[str, tuple[Step, ...]]:
    """Natural key of a document ('prefix:number') -> the steps it took."""
    from fisc.settings import INSTALLED_APPS

    kinds = {kind.prefix: kind for kind in declared_by(INSTALLED_APPS).kinds}
    found: dict[str, tuple[Step, ...]] = {}
    for key in documents:
        prefix, _, number = key.partition(":")
        if prefix in kinds:
            kind = kinds[prefix]
            for one in select(conn, kind, "where doc_key = %s", [number]):
                found[key] = tuple(steps_of(kind, one.trail))
    return found


def _voucher(
    voucher_no: int, entry: Entry, number: str, document: str, trails: Mapping[str, tuple[Step, ...]]
) -> Voucher:
    period = entry.period if entry.period is not None else 0
    said = [_elements(line.coding) for line in entry.lines]
    shared = {name: code for name, code in said[0].items() if all(one.get(name) == code for one in said)}
    lines = tuple(
        _voucher_line(line, {name: code for name, code in own.items() if name not in shared})
        for line, own in zip(entry.lines, said, strict=True)
    )
    return Voucher(
        entry.natural_key, voucher_no, entry.region, entry.business_date, period, entry.rule_code,
        entry.summary, number, entry.source_ref, _told(shared), lines, trails.get(document, ()),
    )  # fmt: skip


def _voucher_line(line: Line, own: Mapping[str, str]) -> VoucherLine:
    debit, credit = (line.amount_fen, 0) if line.side > 0 else (0, line.amount_fen)
    return VoucherLine(line.account, rules.account_name(line.account), _told(own), debit, credit)


#: What each line of a voucher would say again.
_OF_ALL: Final = frozenset({"fiscal_year", "mof_div_code"})


def _elements(coding: Coding) -> dict[str, str]:
    """The elements that a coding block has, by name."""
    said = {name: getattr(coding, name) for name in Coding.__slots__ if name not in _OF_ALL}
    return {name: code for name, code in said.items() if code}


def _told(elements: Mapping[str, str]) -> str:
    from fisc.documents.words import shown_heading

    return "；".join(f"{shown_heading(name).partition('（')[0]} {code}" for name, code in elements.items())
