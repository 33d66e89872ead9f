"""What business a booking is: by the code of the bank, else by a reference that is one of our numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg

from fisc.banking.iso20022 import BankEntry, MessageRefused, Statement
from fisc.banking.services.register import SINGLE, TreasuryAccount
from fisc.documents.refusals import listed
from fisc.documents.store import select
from fisc.kernel.money import format_fen
from fisc.sheets.shipped import read_shipped
from fisc.treasury.kinds import DEBIT
from fisc.treasury.services.certificates import of_certificates

Conn = psycopg.Connection[Any]


@cache
def roles() -> Mapping[str, str]:
    """What a bank's code of business means here: pay, clear or other."""
    return {row["code"]: row["role"] for row in read_shipped("fisc.banking", "bank_codes.csv")}


@cache
def businesses() -> Mapping[str, str]:
    """A bank's code of business -> its name."""
    return {row["code"]: row["name"] for row in read_shipped("fisc.banking", "bank_codes.csv")}


@cache
def reported_by_day() -> Mapping[str, frozenset[str]]:
    """A bank's code of business that is reported day by day -> the kinds of documents that report it."""
    rows = read_shipped("fisc.banking", "bank_codes.csv")
    return {row["code"]: frozenset(row["reported_by"].split()) for row in rows if row["reported_by"]}


@cache
def papers_carried() -> Mapping[str, frozenset[str]]:
    """A bank's code of business -> the kinds of documents whose money it may be without their number."""
    rows = read_shipped("fisc.banking", "bank_codes.csv")
    return {row["code"]: frozenset(row["carries"].split()) for row in rows}


def uncoded(entries: Iterable[BankEntry]) -> list[BankEntry]:
    """The bookings that have no code of business, or one that nobody knows."""
    return [entry for entry in entries if entry.code not in roles()]


def debits_among(conn: Conn, references: Sequence[str]) -> set[str]:
    """The references that are numbers of the treasury's debits (划款凭证号)."""
    wanted = sorted({one for one in references if one})
    found = select(conn, DEBIT, "where t.doc_key = any(%s)", [wanted]) if wanted else []
    return {str(debit.doc_key) for debit in found}


def require_understood(conn: Conn, statements: Sequence[tuple[TreasuryAccount, Statement]]) -> None:
    """Raise MessageRefused for bookings of the single account without a known code and without our number.

    There money moves for several reasons: taken for a payment, a clearing would be missed for ever.
    """
    asked = [e for of, told in statements if of.kind == SINGLE for e in uncoded(told.entries)
             if e.amount_fen]  # fmt: skip
    if not asked:
        return
    references = [e.end_to_end_id for e in asked]
    known = of_certificates(conn, [one for one in references if one], is_locked=False)
    ours = {*debits_among(conn, references), *known.payments, *known.returns}
    if unknown := [e for e in asked if e.end_to_end_id not in ours]:
        raise _not_understood(unknown)


def _not_understood(entries: Sequence[BankEntry]) -> MessageRefused:
    said = [
        f"{e.bank_ref}（{format_fen(e.amount_fen)} 元，业务种类“{e.code}”，EndToEndId“{e.end_to_end_id}”）"
        for e in entries
    ]
    return MessageRefused(
        f"国库单一账户对账单的入账明细看不出是什么业务：{listed(said, most=5, mark='；', unit='笔')}",
        rule="入账明细写明业务种类（BkTxCd/Prtry/Cd），或以划款凭证号、支付凭证号为 EndToEndId；"
        f"业务种类：{codes_told()}",
        hint="是清算划款的，请先登记（fisc treasury clear）再收；其他的请银行补写业务种类后重发，"
        "这份对账单没有收下",
        details={"refused": len(entries), "keys": [e.bank_ref for e in entries[:20]]},
    )  # fmt: skip


def codes_told() -> str:
    """The codes of business that are known, each with its name."""
    return "、".join(f"{code} {name}" for code, name in businesses().items())
