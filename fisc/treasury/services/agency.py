"""The books of a payment agency (支付执行机构) at year end: what was reported is set against the spending."""

from __future__ import annotations

from typing import Any

import psycopg

from fisc.documents import RuleBroken, year_end
from fisc.documents.book_keeping import DUTY
from fisc.kernel import Document, codings_of, post, record_documents
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry.officers import require_duty
from fisc.registry.open_books import require_kept
from fisc.treasury.rules import clearing as rules
from fisc.treasury.rules.payments import AGENCY_BOOKS

Conn = psycopg.Connection[Any]

#: Coding blocks in one voucher, well below the lines that a voucher may have.
_BLOCKS = 5_000

#: 财政零余额账户存款, 已结报支出.
_EVEN, _REPORTED = "treasury_2015:1005", "treasury_2015:2091"


def close_agency_books(conn: Conn, region: str, fiscal_year: int, *, by: str) -> dict[str, bool]:
    """Close a payment agency's books of a year in its December (192-T13: 借2091 贷5001).

    Region -> whether anything was closed now. Raises RuleBroken where 1005 is not even: what the agency paid
    must have been cleared; MissingDuty, NoBooks.
    """

    def work() -> dict[str, bool]:
        require_kept(conn, region, fiscal_year)
        require_duty(conn, by, DUTY, region)
        return {region: _close(conn, region, fiscal_year) != 0}

    return in_transaction(conn, work)


def _close(conn: Conn, region: str, year: int) -> int:
    own = Among("book_owner_code", (AGENCY_BOOKS,))
    asked = Turnover((_EVEN, _REPORTED), (region,), where=(own,), coding_year=year)
    rows = [(*key, fen) for key, fen in turnover(conn, asked, "account", "coding_id").items() if fen]
    open_fen = -sum(fen for account, _, fen in rows if account == _EVEN)
    if open_fen:
        raise RuleBroken(
            f"{region} {year} 年财政零余额账户存款（1005）还有 {format_fen(open_fen)} 元没有清算",
            rule="1005 日终无余额（财库〔2015〕192号）",
            hint="请先与国库、代理银行完成清算",
        )
    blocks = codings_of(conn, (coding_id for _, coding_id, _ in rows))
    totals = [(blocks[coding_id], -fen) for account, coding_id, fen in rows if account == _REPORTED]
    parts = [totals[i : i + _BLOCKS] for i in range(0, len(totals), _BLOCKS)]
    if parts:
        paper = _paper(region, year)
        (document_id,) = record_documents(conn, [paper])
        post(conn, [
            rules.agency_closed(f"{paper.natural_key}:{n}", document_id, (region, year), part)
            for n, part in enumerate(parts, start=1)
        ])  # fmt: skip
    return sum(fen for _, fen in totals)


def _paper(region: str, year: int) -> Document:
    """What the entries of the closing are posted from: no one's document, a fact of the year's end."""
    day, _ = year_end(year)
    return Document(
        f"agency_books:{region}:{year}", "agency_books", region, year, day,
        title=f"{year} 年支付执行机构已结报支出年终冲转",
    )  # fmt: skip
