"""Plain-text accounting on the same journal: balances by account, beside beancount and hledger."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import psycopg

from benchmarks.cases import city
from benchmarks.measure import Measure, in_turns, seconds, spread
from benchmarks.scratch import Bench
from fisc.kernel import post
from fisc.kernel.export import Format, export
from fisc.kernel.export.names import named_accounts

Balances = dict[str, Decimal]

_FROM_BALANCES = "select account_id, sum(debit_fen - credit_fen) from ledger.balance_month group by 1"
_FROM_POSTINGS = "select account_id, sum(amount_fen) from ledger.posting group by 1"
_CHUNK = 20_000


def run(bench: Bench) -> Iterator[Measure]:
    """A trial balance of the same journal from each; all must agree to the fen."""
    with bench.ledger("journal") as conn:
        _fill(conn, bench.scale.journal_entries, bench.scale.quotas)
        files = bench.folder("journal")
        for wanted in (Format.BEANCOUNT, Format.HLEDGER):
            export(conn, wanted, files / f"journal.{wanted}")
        names = {account_id: account.name for account_id, account in named_accounts(conn).items()}
        entries = bench.scale.journal_entries
        for key, words, query in (
            ("balances", "balances", _FROM_BALANCES), ("postings", "postings", _FROM_POSTINGS),
        ):  # fmt: skip
            wanted_balances = _fisc(conn, query, names)
            for peer, balances in _peers(files).items():
                assert balances() == wanted_balances, peer
                ours, theirs = in_turns(
                    bench.scale.rounds, lambda q=query: seconds(lambda: _fisc(conn, q, names)),  # type: ignore[misc]
                    lambda b=balances: seconds(b),  # type: ignore[misc]
                )  # fmt: skip
                yield Measure(
                    f"journal.{key}.{peer}", f"trial balance of {entries:,} entries, from {words}", "ms",
                    spread([1000 * value for value in ours]), f"{peer}, from its file",
                    spread([1000 * value for value in theirs]),
                )  # fmt: skip
    bench.drop("journal")


def _fill(conn: psycopg.Connection, entries: int, quotas: int) -> None:
    codings = city.found(conn, quotas)
    for first in range(0, entries, _CHUNK):
        numbers = range(first, min(first + _CHUNK, entries))
        post(conn, [city.payment(f"p{n}", codings[n % len(codings)], lean=True, fen=n + 1) for n in numbers])


def _peers(files: Path) -> dict[str, Callable[[], Balances]]:
    found: dict[str, Callable[[], Balances]] = {"beancount": lambda: _beancount(files / "journal.beancount")}
    if shutil.which("hledger"):
        found["hledger"] = lambda: _hledger(files / "journal.hledger")
    return found


def _fisc(conn: psycopg.Connection, query: str, names: dict[int, str]) -> Balances:
    rows = conn.execute(query.encode()).fetchall()
    return {names[account_id]: Decimal(int(fen)).scaleb(-2) for account_id, fen in rows if fen}


def _beancount(path: Path) -> Balances:
    from beancount import loader
    from beancount.core import data, realization

    _forget_beancount_cache(path)
    entries, errors, _ = loader.load_file(str(path))
    assert not errors, errors[:3]
    tree = realization.realize(data.filter_txns(entries))
    found: Balances = {}
    for account in realization.iter_children(tree):
        amount = account.balance.get_currency_units("CNY").number
        if amount:
            found[account.account] = amount
    return found


def _forget_beancount_cache(path: Path) -> None:
    """It keeps a pickle beside the file; each load is to be a first one."""
    for kept in path.parent.glob(".*.picklecache"):
        kept.unlink()


def _hledger(path: Path) -> Balances:
    command = ["hledger", "-f", str(path), "balance", "--flat", "--no-total", "-O", "csv"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.strip('"').split('","') for line in said.splitlines()[1:]]
    return {name: Decimal(amount.split()[0].replace(",", "")) for name, amount in rows}
