"""What must hold of a year that was closed and carried on, read from the books and the documents.

Statements, claims between governments and the conversion's reconciliation are made by other code than
the entries they are compared with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import psycopg

from fisc.city.parts import Proof
from fisc.city.tables import CITY, regions
from fisc.closing import services as closing
from fisc.closing.balances import NOMINAL, balances_of, books_of
from fisc.closing.quota_balances import quota_keepers
from fisc.closing.rules.carry import OLD_BOOK
from fisc.closing.statements import Statement, balance_sheets, income_statements, tie_outs
from fisc.closing.tables import CONVERSION_YEAR
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry.quota_rules import CARRIED
from fisc.transfers.checks import ACCOUNT, sent_and_received

Conn = psycopg.Connection[Any]
_Sheets = Mapping[str, Statement]


def prove_year_end(conn: Conn, fiscal_year: int) -> list[Proof]:
    """Every proof of a year's end, up to 2022; the next year is open."""
    sheets = balance_sheets(conn, regions(), fiscal_year)
    return [
        _nothing_nominal_is_left(conn, fiscal_year),
        _quota_book_is_zero(conn, fiscal_year),
        _left_over_is_carried(conn, fiscal_year),
        _sheets_balance(conn, sheets, fiscal_year),
        _converted(conn) if fiscal_year + 1 == CONVERSION_YEAR else _carried(conn, sheets, fiscal_year),
        _settled(conn, fiscal_year),
    ]


def _proof(name: str, left_fen: int, right_fen: int, wrong: list[str]) -> Proof:
    return Proof(name, not wrong and left_fen == right_fen, left_fen, right_fen, "、".join(wrong[:5]))


def _nothing_nominal_is_left(conn: Conn, fiscal_year: int) -> Proof:
    """Every account of income and outlay is zero over the year, its closing included."""
    books = tuple(f"{book}:" for book in books_of(fiscal_year))
    asked = Turnover(books, tuple(regions()), year(fiscal_year, YEAR_END_MONTH, 0))
    rows = turnover(conn, asked, "mof_div_code", "account", "class")
    left = [
        (f"{region} {account}", fen) for (region, account, of), fen in rows.items() if fen and of in NOMINAL
    ]
    return _proof("年终转账后收支科目无余额", sum(abs(fen) for _, fen in left), 0, [name for name, _ in left])


def _quota_book_is_zero(conn: Conn, fiscal_year: int) -> Proof:
    """Every account of the quota book and the register of sources is zero in the year, block by block."""
    books = ("quota:", "source_register:")
    asked = Turnover(books, tuple(regions()), year(fiscal_year, YEAR_END_MONTH, 0))
    rows = turnover(conn, asked, "mof_div_code", "account", "coding_id")
    left = [(f"{region} {account}", fen) for (region, account, _), fen in rows.items() if fen]
    return _proof("指标账各类除结转外为零", sum(abs(fen) for _, fen in left), 0, [name for name, _ in left])


def _left_over_is_carried(conn: Conn, fiscal_year: int) -> Proof:
    """The general budget goes into the next year with what quotas were carried over for, to the fen.

    What it begins with is read from the next year's opening, what quotas took there from their new sources.
    """
    start = (fiscal_year + 1) * 100
    of_general = Among("fund_type_code", ("111",))
    balance = ("treasury_2015:3001", "treasury_2022_budget:8001")
    begun = Turnover(balance, tuple(regions()), (start, start), CREDIT, (of_general,))
    marked = (of_general, Among("bgt_type_code", (CARRIED,)))
    carried = Turnover(("quota:9104",), tuple(regions()), (start, start + 1), where=marked)
    has = {region: fen for (region,), fen in turnover(conn, begun, "mof_div_code").items()}
    due = {region: fen for (region,), fen in turnover(conn, carried, "mof_div_code").items()}
    keepers = sorted(quota_keepers(conn, regions(), fiscal_year))  # what others carry over no quota tells
    wrong = [region for region in keepers if has.get(region, 0) != due.get(region, 0)]
    begun_fen, due_fen = (sum(found.get(region, 0) for region in keepers) for found in (has, due))
    return _proof("一般公共预算结转结余＝结转的指标", begun_fen, due_fen, wrong)


def _sheets_balance(conn: Conn, sheets: _Sheets, fiscal_year: int) -> Proof:
    """Assets are liabilities and net assets, and tie out with income and outlay, in every region."""
    incomes = income_statements(conn, regions(), fiscal_year)
    wrong = [
        f"{region} {words}" for region, sheet in sheets.items() for words in tie_outs(sheet, incomes[region])
    ]
    assets, claims = (
        sum(s.fen(name, 1) for s in sheets.values()) for name in ("资产合计", "负债和净资产总计")
    )
    return _proof("资产＝负债＋净资产，与收支表衔接", assets, claims, wrong)


def _carried(conn: Conn, sheets: _Sheets, fiscal_year: int) -> Proof:
    """The next year begins, account by account, with what this year's sheet ends with."""
    start = (fiscal_year + 1) * 100
    found = balances_of(conn, list(sheets), fiscal_year + 1, books=[OLD_BOOK], periods=(start, start))
    wrong, ended, begun = [], 0, 0
    for region, sheet in sheets.items():
        old = Counter({row.code: row.cells[1].fen for row in sheet.rows if row.code})
        new: Counter[str] = Counter()
        for balance in found[region]:
            new[balance.code] += balance.fen if balance.code.startswith("1") else -balance.fen
        wrong += [f"{region} {code}" for code in sorted({*old, *new}) if old[code] != new[code]]
        ended += sheet.fen("资产合计", 1)
        begun += sum(fen for code, fen in new.items() if code.startswith("1"))
    return _proof("年初数＝上年年末数", ended, begun, wrong)


def _converted(conn: Conn) -> Proof:
    """Every opening balance of the new books is explained by an old one (财库〔2022〕41号 衔接)."""
    made = closing.reconciliations(conn, regions()).values()
    wrong = [f"{one.mof_div_code} {words}" for one in made for words in one.differences]
    due, has = (sum(abs(pair[i]) for one in made for pair in one.posted.values()) for i in (0, 1))
    return _proof("新旧衔接：年初数逐户说明", due, has, wrong)


def _settled(conn: Conn, fiscal_year: int) -> Proof:
    """City and banners agree document by document, and what documents say is owed is in the accounts.

    What the city owes and banners owe it, claim by claim, is 1031 of the city and 2012 of the banners,
    as long as nothing was paid since.
    """
    wrong = [f"{d.side} {d.doc_no} {d.mof_div_code}" for d in closing.compare(conn, CITY, fiscal_year)]
    settlement = closing.owed(conn, CITY, fiscal_year)
    net = {region: settlement.net(region) for region in regions()[1:]}
    accounts = {
        pair.mof_div_code: (-pair.city_fen, -pair.banner_fen)
        for pair in sent_and_received(conn, CITY, fiscal_year * 100 + 12)
        if pair.side == ACCOUNT
    }
    wrong += [
        f"{region} 往来 {'、'.join(map(format_fen, accounts.get(region, ())))} 结算 {format_fen(fen)}"
        for region, fen in net.items()
        if accounts.get(region, (0, 0)) != (fen, fen)
    ]
    return _proof(
        "上下级年终结算：单据＝市账＝旗区账", sum(net.values()), sum(a for a, _ in accounts.values()), wrong
    )
