"""What the plain-text formats have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import psycopg

from fisc.kernel.export import journal
from fisc.kernel.export.journal import Count, JournalEntry, Progress
from fisc.kernel.export.names import NamedAccount, named_accounts
from fisc.kernel.simulation import notice_of

Accounts = Mapping[int, NamedAccount]


def write(
    conn: psycopg.Connection,
    path: Path,
    progress: Progress,
    head: Callable[[Accounts, date], Iterable[str]],
    transaction: Callable[[JournalEntry, Accounts], Iterable[str]],
) -> Count:
    """Write `head` and every `transaction`, as lines, to `path`; needs a snapshot around it."""
    accounts = named_accounts(conn)
    total, entries, postings = journal.entry_count(conn), 0, 0
    with path.open("w", encoding="utf8", newline="\n") as file:
        if notice := notice_of(conn):
            file.write(f"; {notice}\n")
        file.write("\n".join(head(accounts, journal.first_date(conn))) + "\n\n")
        for entry in journal.read(conn):
            file.write("\n".join(transaction(entry, accounts)) + "\n\n")
            entries += 1
            postings += len(entry.lines)
            progress(entries, total)
    return Count(entries, postings)


def facts(entry: JournalEntry) -> dict[str, str]:
    """What an entry says beside its date, summary and lines; what is empty is left out."""
    all_facts = {
        "natural_key": entry.natural_key,
        "region": entry.region,
        "period": str(entry.period),
        "document": entry.document,
        "source_ref": entry.source_ref,
        "rule": entry.rule_code,
        "reverses": entry.reverses,
    }
    return {name: value for name, value in all_facts.items() if value}


def yuan(amount_fen: int) -> str:
    """Fen as 元 with two decimals, exactly: -5 is '-0.05'."""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{whole}.{fen:02d}"


def one_line(text: str) -> str:
    """Text without line breaks and other control characters."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text)
