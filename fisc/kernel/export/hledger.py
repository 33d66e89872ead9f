"""The journal as an hledger file: one transaction per entry, the rest as tags in comments."""

from __future__ import annotations

import re
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


def _head(accounts: Accounts, _day: date) -> Iterator[str]:
    yield "; fisc"
    yield "decimal-mark ."
    yield "commodity 1000.00 CNY"
    for account in accounts.values():
        yield f"account {account.name}  ; {_comment(account.title)} {account.book} {account.code}"


def _transaction(entry: JournalEntry, accounts: Accounts) -> Iterator[str]:
    yield f"{entry.business_date} * ({entry.id}) {one_line(entry.summary).replace(';', '；')}".rstrip()
    yield from (f"    ; {name}: {_comment(value)}" for name, value in facts(entry).items())
    for line in entry.lines:
        red = " red:" if line.is_red else ""
        name = accounts[line.account_id].name
        yield f"    {name}  {yuan(line.amount_fen)} CNY  ; coding: {_comment(line.coding)}{red}"


def _comment(text: str) -> str:
    """Text in a comment: hledger reads `date:` and bracketed dates there as dates, so those are widened."""
    plain = one_line(text).replace("[", "［").replace("]", "］")
    return re.sub(r"(date2?):", r"\1：", plain)
