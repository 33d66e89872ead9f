"""What must hold at every month's end, read from the books alone: each proof says both sides.

The books of the ledger, the banks' own books, and the reports of reconciliation are three parties
that do not read each other; here and in the parts they are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.city.parts import Part, Proof, Refusal
from fisc.kernel.quotas import below_floor
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.books import book_title
from fisc.registry.rows import insert_rows
from fisc.sim.tables import PROOF, REFUSAL

Conn = psycopg.Connection[Any]


def prove(conn: Conn, parts: Sequence[Part], on: date) -> list[Proof]:
    """Every invariant as of a day, the ledger's own and the parts'; the day's business is done."""
    looks = (_books, *(look for part in parts for look in part.proofs), _nothing_negative)
    return [proof for look in looks for proof in look(conn, on)]


def keep(conn: Conn, on: date, told: Iterable[Proof | Refusal]) -> None:
    """Keep what was proven and what was refused, so that a summary can say so."""
    given = list(told)
    _record(conn, on, [one for one in given if isinstance(one, Proof)])
    _note(conn, [one for one in given if isinstance(one, Refusal)])


def _note(conn: Conn, refusals: Sequence[Refusal]) -> None:
    insert_rows(conn, REFUSAL, [REFUSAL.row(refusal) for refusal in refusals], known_by=("pay_app_no",))


def _record(conn: Conn, on: date, proofs: Sequence[Proof]) -> None:
    key = ("day", "name")
    renewed = tuple(name for name in Proof._fields if name not in key)
    insert_rows(conn, PROOF, [PROOF.row(proof, day=on) for proof in proofs], known_by=key, renews=renewed)


def _books(conn: Conn, on: date) -> Iterator[Proof]:
    """Every book balances: debits are credits, to the fen."""
    everything = Turnover(("",), None)
    debits = turnover(conn, everything, "book", column="debit")
    credited = turnover(conn, everything, "book", column="credit")
    for (book,), debit in debits.items():
        credit = credited[(book,)]
        yield Proof(f"借贷平衡 {book_title(book)}", debit == credit, debit, credit)


def _nothing_negative(conn: Conn, on: date) -> Iterator[Proof]:
    """No control balance is below its floor: approved budgets, quotas, plans, applications."""
    count, lowest = below_floor(conn)
    yield Proof("控制余额不为负", not count, lowest, 0, f"{count} 个" if count else "")
