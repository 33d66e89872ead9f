"""The journal as a beancount file: one transaction per entry, Chinese names as metadata."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg

from fisc.kernel.export import plaintext
from fisc.kernel.export.journal import Count, JournalEntry, Progress
from fisc.kernel.export.plaintext import Accounts, facts, one_line, yuan


def write(conn: psycopg.Connection, path: Path, progress: Progress) -> Count:
    """Write the journal to `path`; needs a snapshot transaction around it."""
    return plaintext.write(conn, path, progress, _head, _transaction)


def _head(accounts: Accounts, day: date) -> Iterator[str]:
    yield 'option "title" "fisc"'
    yield 'option "operating_currency" "CNY"'
    yield f"{day} commodity CNY"
    for account in accounts.values():
        yield f"{day} open {account.name} CNY"
        yield f"  name: {_quoted(account.title)}"
        yield f"  account: {_quoted(f'{account.book}:{account.code}')}"
        yield f"  legal_source: {_quoted(account.legal_source)}"


def _transaction(entry: JournalEntry, accounts: Accounts) -> Iterator[str]:
    yield f"{entry.business_date} * {_quoted(entry.summary)}"
    yield from (f"  {name}: {_quoted(value)}" for name, value in facts(entry).items())
    for line in entry.lines:
        yield f"  {accounts[line.account_id].name}  {yuan(line.amount_fen)} CNY"
        yield f"    coding: {_quoted(line.coding)}"
        if line.is_red:
            yield "    red: TRUE"


def _quoted(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
