"""Names of ledger accounts in plain-text accounting: `Assets:Treasury2015:1001`.

The five roots are what those programs know; book and code follow, so that the way back
is plain. Control accounts of quotas and debt, which are no assets of anybody, are Equity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg

from fisc.kernel.errors import FiscError

_ROOTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "income": "Income",
    "budget_income": "Income",
    "expense": "Expenses",
    "outlay": "Expenses",
    "budget_outlay": "Expenses",
}
_OTHERS = "Equity"


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account of the ledger with its name in the export."""

    id: int
    book: str
    code: str
    title: str
    legal_source: str
    name: str


def export_name(book: str, code: str, class_: str) -> str:
    """The account's name in the export: ASCII, each part beginning with a capital or a digit."""
    words = "".join(word[:1].upper() + word[1:] for word in book.split("_"))
    return f"{_ROOTS.get(class_, _OTHERS)}:{_component(words)}:{_component(code)}"


def _component(text: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]", lambda found: f"-{ord(found[0]):x}-", text)
    return plain if re.match(r"[A-Z0-9]", plain) else f"X{plain}"


def named_accounts(conn: psycopg.Connection) -> dict[int, NamedAccount]:
    """Every account by id, in the order of book and code; raises FiscError where two names meet."""
    rows = conn.execute(
        "select id, book, code, name, legal_source, class from ledger.account order by book, code"
    ).fetchall()
    accounts = {
        id_: NamedAccount(id_, book, code, title, source, export_name(book, code, class_))
        for id_, book, code, title, source, class_ in rows
    }
    _require_distinct(list(accounts.values()))
    return accounts


def _require_distinct(accounts: list[NamedAccount]) -> None:
    seen: dict[str, NamedAccount] = {}
    for account in accounts:
        other = seen.setdefault(account.name, account)
        if other is not account:
            raise FiscError(
                f"{account.book}:{account.code} 与 {other.book}:{other.code} 两科目导出后同名 {account.name}",
                rule="导出的科目须一一对应",
                hint="请为其中之一改用只含字母与数字的科目代码",
            )
