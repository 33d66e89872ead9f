"""Banks that are not proven at the end of a year: two officers say why, and the year may be locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking.kinds import UNPROVEN_NOTE
from fisc.banking.proven import unproven_at_end
from fisc.documents import RuleBroken, create, move, taken
from fisc.documents.days import require_over
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction

Conn = psycopg.Connection[Any]
_RULE: Final = "年终与国库、银行核对库款；未对平的说明原因，由两名人员办理，才能封账"


@dataclass(frozen=True, slots=True)
class UnprovenBank:
    """Why a region's accounts are not proven at the end of a year: all that are not, by one document."""

    note_no: str
    mof_div_code: str
    fiscal_year: int
    reason: str
    basis_doc_no: str = ""


def make_unproven_notes(conn: Conn, notes: Sequence[UnprovenBank], *, by: By, on: date) -> list[bool]:
    """Say why banks are not proven (编制), all or none: True where new. What stands is written into each.

    Raises RuleBroken for a year that is not over, without a reason, or where all is proven or explained.
    """

    def work() -> list[bool]:
        made = create(conn, UNPROVEN_NOTE, [_row(conn, one, on) for one in notes], by=by, on=on)
        return taken([one.note_no for one in notes], made)

    return in_transaction(conn, work)


def approve_unproven_notes(conn: Conn, note_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Approve (审核), by another officer: True for each that this call did.

    The database refuses one that does not say what stands now.
    """
    return move(conn, UNPROVEN_NOTE, note_nos, "approve", by=by, on=on)


def discard_unproven_notes(
    conn: Conn, note_nos: Sequence[str], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Give documents up before they are approved (作废)."""
    return move(conn, UNPROVEN_NOTE, note_nos, "discard", by=by, on=on, note=note)


def _row(conn: Conn, one: UnprovenBank, on: date) -> dict[str, object]:
    require_over(one.fiscal_year, None, on, "说明年末对账")
    if not one.reason.strip():
        raise RuleBroken("没有写明银行存款为什么没有对平", rule=_RULE, hint="请填写原因")
    standing = unproven_at_end(conn, [one.mof_div_code], one.fiscal_year)
    return UNPROVEN_NOTE.row(one, doc_key=one.note_no, unproven=[str(each) for each in standing])
