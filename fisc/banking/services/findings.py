"""Findings about messages: recorded once, resolved once, with a word about how."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.banking.services.judge import Finding


def record(
    conn: psycopg.Connection[Any], findings: Sequence[tuple[str, Finding]], message_id: str, on: date
) -> None:
    """Note findings (with their regions) of a message; one that is noted already stays as it is."""
    if not findings:
        return
    rows = [
        (_key(message_id, n, f), region, f.kind, message_id, f.pay_cert_no, f.bank_ref, f.ours_fen,
         f.theirs_fen, f.words, on)
        for n, (region, f) in enumerate(findings)
    ]  # fmt: skip
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into treasury_message_finding (finding_key, mof_div_code, kind, message_id, pay_cert_no, "
            "bank_ref, ours_fen, theirs_fen, words, found_on, resolution) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '') on conflict (finding_key) do nothing",
            rows,
        )


def _key(message_id: str, place: int, finding: Finding) -> str:
    said = f"{message_id}\n{place}\n{finding!r}"
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def resolve_findings(
    conn: psycopg.Connection[Any], finding_keys: Sequence[str], resolution: str, *, by: str, on: date
) -> int:
    """Close findings with a word about what was done; how many were still open. Repeating changes nothing."""
    done = conn.execute(
        "update treasury_message_finding set resolved_on = %s, resolution = %s "
        "where finding_key = any(%s) and resolved_on is null",
        [on, f"{resolution}（{by}）", list(finding_keys)],
    )
    return done.rowcount
