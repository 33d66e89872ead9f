"""A year whose bank is not proven at its end, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.banking import services as banking
from fisc.banking.proven import Unproven, unproven_at_end
from fisc.documents.listing import Standing
from fisc.kernel.knowledge import moment_of
from fisc.kernel.money import format_fen

#: Statements and reconciliations keep no history, and what is not known is not left out.
_UNTOLD: Final = "对账不留历史，看不到当时是否对平"


def bank_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of regions' accounts is not proven at the end of a year, and nobody said why; without a sum."""
    if moment_of(conn) is not None:
        return [Standing(region, 1, None, (_UNTOLD,)) for region in regions]
    found = unproven_at_end(conn, regions, fiscal_year)
    return _named(conn, [one for one in found if not one.note_no], fiscal_year)


def bank_explained(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What is not proven and two officers said why of: an item an account, without a sum."""
    if moment_of(conn) is not None:
        return []  # told by `bank_open`
    found = unproven_at_end(conn, regions, fiscal_year)
    return _named(conn, [one for one in found if one.note_no], fiscal_year)


def against_bank(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> str:
    """By what a region's bank and books differ at a year's end, and why, as its last reconciliation says."""
    if moment_of(conn) is not None:
        return _UNTOLD
    proof = banking.year_end_proof(conn, region, fiscal_year)
    if proof is None:
        return f"{fiscal_year} 年没有与银行对账，账面与银行的差额不知道"
    if not proof.apart:
        return f"{proof.day} 对账，账面与银行没有差额"
    total = sum(one.fen for one in proof.apart)
    way = "多付" if total > 0 else "少付"
    parts = "、".join(map(str, proof.apart))
    return f"{proof.day} 对账，银行比账面净{way} {format_fen(abs(total))} 元：{parts}"


def _named(conn: psycopg.Connection[Any], found: Sequence[Unproven], fiscal_year: int) -> list[Standing]:
    """An item an account, with the amounts that keep it and the bank apart."""
    proofs = {
        region: banking.year_end_proof(conn, region, fiscal_year)
        for region in {one.mof_div_code for one in found}
    }
    stands = []
    for one in found:
        proof = proofs[one.mof_div_code]
        apart = proof.of(one.acct_no) if proof else ()
        words = f"{one}：差额 {'、'.join(map(str, apart))}" if apart else str(one)
        noted = f"（说明 {one.note_no}）" if one.note_no else ""
        stands.append(Standing(one.mof_div_code, 1, None, (f"{words}{noted}",)))
    return stands
