"""What keeps a bank and the books apart at a year's end, by the last reconciliation of the year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.banking.services.reconciliation import report
from fisc.banking.services.reconciliation.model import CLASSES, ReconciliationReport
from fisc.kernel.money import format_fen

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Apart:
    """Why bank and books differ, and by how many fen: above zero the bank paid more. `acct_no` '' for an
    account that no line of the bank tells."""

    acct_no: str
    words: str
    fen: int

    def __str__(self) -> str:
        return f"{self.words} {format_fen(self.fen)} 元"


@dataclass(frozen=True, slots=True)
class YearEndProof:
    """The last reconciliation of a region's year: its day, and all that keeps bank and books apart."""

    day: date
    apart: tuple[Apart, ...]

    def of(self, acct_no: str) -> tuple[Apart, ...]:
        """What is apart on an account."""
        return tuple(one for one in self.apart if one.acct_no == acct_no)


def year_end_proof(conn: Conn, region: str, fiscal_year: int) -> YearEndProof | None:
    """The last reconciliation of a region's year, or None where no day of it was reconciled."""
    row = conn.execute(
        "select max(day) from banking_reconciliation where mof_div_code = %s and day between %s and %s",
        [region, date(fiscal_year, 1, 1), date(fiscal_year, 12, 31)],
    ).fetchone()
    day = row[0] if row else None
    made = report(conn, region, day) if day else None
    return YearEndProof(made.day, _apart(conn, made)) if made else None


def _apart(conn: Conn, made: ReconciliationReport) -> tuple[Apart, ...]:
    accounts = _accounts(conn, made)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for item in made.items:
        of = next((accounts[ref] for ref in item.theirs.split() if ref in accounts), "")
        sums[of, CLASSES[item.kind].name] += item.theirs_fen - item.ours_fen
    uncleared = sum(
        fen for one in made.identities if one.name.startswith("已支付未清算 =") for _, fen in one.left
    )
    sums["", "已支付未清算"] += uncleared
    return tuple(Apart(account, words, fen) for (account, words), fen in sorted(sums.items()) if fen)


def _accounts(conn: Conn, made: ReconciliationReport) -> dict[str, str]:
    """The bank's reference -> the account that it booked on."""
    refs = sorted({ref for item in made.items for ref in item.theirs.split()})
    rows = conn.execute(
        "select bank_ref, min(acct_no) from banking_line where mof_div_code = %s and bank_ref = any(%s) "
        "group by 1",
        [made.region, refs],
    )
    return dict(rows.fetchall())
