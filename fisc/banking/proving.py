"""What banks said, held against what is kept of it: messages and digests, reconciliations and reports.

The report of a reconciliation is in the ledger's directory, which is sealed: whether it was proven, how many
faults it had and on which statements it rests follow from there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Final

import psycopg

from fisc.banking.services.reconciliation.model import report_of
from fisc.banking.services.register import digest_of
from fisc.kernel.verify import Check, Progress

Conn = psycopg.Connection[Any]

MESSAGES: Final = "银行报文与原文"
REPORTS: Final = "对账与对账报告"


def prove(conn: Conn, tell: Progress) -> Iterator[Check]:
    """Prove messages and reconciliations in the transaction as it is, naming the first that differs."""
    for name, proof in ((MESSAGES, _messages), (REPORTS, _reports)):
        rows, difference = proof(conn)
        tell(name, rows, rows)
        yield Check(name, rows, difference)


def _messages(conn: Conn) -> tuple[int, str]:
    count, first = 0, ""
    with conn.transaction(), conn.cursor("messages") as cursor:
        cursor.execute("select message_id, digest, body from banking_message order by id")
        for message_id, digest, body in cursor:
            count += 1
            if not first and not _is_as_said(bytes(body), digest):
                first = f"报文 {message_id} 的原文与收发时的摘要不符"
    return count, first


def _is_as_said(body: bytes, digest: str) -> bool:
    try:
        return digest_of(zlib.decompress(body)) == digest
    except zlib.error:
        return False


def _reports(conn: Conn) -> tuple[int, str]:
    count, first = 0, ""
    rows = conn.execute(
        "select r.mof_div_code, r.day, r.edition, r.document_id, r.fault_count, r.is_proven, r.basis, "
        "d.natural_key, d.payload "
        "from ledger.kept_of('reconciliation') d "
        "full join banking_reconciliation r on r.document_id = d.id order by d.id nulls first"
    )
    for region, day, edition, number, faults, is_proven, basis, key, payload in rows:
        count += 1
        if first:
            continue
        if region is None:
            first = f"对账报告 {key} 有登记，对账记录已不在"
        elif payload is None:
            first = f"{region} {day} 的对账没有报告"
        else:
            said = report_of(region, day, (number, edition), payload)
            # older versions called more a fault: at least today's, at most all items
            is_counted = len(said.faults) <= faults <= len(said.items)
            if not is_counted or (said.is_proven, said.basis) != (is_proven, basis):
                first = f"{region} {day} 的对账与对账报告不符"
    return count, first
