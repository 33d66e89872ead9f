"""Transfers as people look at them: line by line, and what of the money from above waits to be arranged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.documents.accounts import SOURCE_PENDING
from fisc.transfers.services.read import Granted, granted, issued_by, received_by, stages
from fisc.transfers.services.timing import late_issues

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A line in force, in fen: what was granted, taken back, left of it, and paid in cash."""

    line_key: str
    cor_bgt_doc_no: str
    sup_bgt_doc_no: str
    title: str
    effective_on: date
    giver_div_code: str
    rec_div_code: str
    fund_type_code: str
    tp_func_code: str
    amount_fen: int
    taken_back_fen: int
    net_fen: int
    cash_fen: int


@dataclass(frozen=True, slots=True)
class WaitingSource:
    """What of a document from above is not arranged yet, in fen."""

    sup_bgt_doc_no: str
    title: str
    amount_fen: int


def list_received(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[TransferRow]:
    """The lines in force that a region received in a year."""
    return _rows(received_by(conn, mof_div_code, fiscal_year))


def list_issued(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[TransferRow]:
    """The lines in force that a region issued of a year."""
    return _rows(issued_by(conn, mof_div_code, fiscal_year))


def list_late_issues(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[TransferRow]:
    """What a region issued after the year's cut-off (财库〔2015〕192号第四十四条)."""
    return _rows(late_issues(conn, mof_div_code, fiscal_year))


def show_sources(conn: Conn, sup_bgt_doc_nos: Sequence[str]) -> list[TransferRow]:
    """The lines in force that pass on money of documents from above: received first, then issues by day."""
    return _rows(granted(conn, sup_bgt_doc_nos))


def list_waiting(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[WaitingSource]:
    """The documents from above whose money waits in a region's pool (9200), by number."""
    titles = {one.line.sup_bgt_doc_no: one.title for one in received_by(conn, mof_div_code, fiscal_year)}
    waiting = {
        one.sup_bgt_doc_no: one.fen
        for one in stages(conn, list(titles), [SOURCE_PENDING])
        if one.mof_div_code == mof_div_code and one.fen
    }
    return [WaitingSource(number, titles[number], fen) for number, fen in sorted(waiting.items())]


def _rows(found: Iterable[Granted]) -> list[TransferRow]:
    return [_row(one) for one in found]


def _row(one: Granted) -> TransferRow:
    line = one.line
    return TransferRow(
        line.line_key, line.cor_bgt_doc_no, line.sup_bgt_doc_no, one.title, one.effective_on,
        line.giver_div_code, line.rec_div_code, line.fund_type_code, line.tp_func_code,
        line.amount_fen, line.taken_back_fen, one.net_fen, one.cash_fen,
    )  # fmt: skip
