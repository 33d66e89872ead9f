"""Who speaks for an account, and from which account a voucher is paid: nothing else agrees with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from tests.banking.letters import entry, notification, statement, tx
from tests.banking.world import CENTRAL, SINGLE, Conn, open_bank, signed
from tests.treasury.paying import CITY, DAY, state

NEXT = DAY + timedelta(days=1)
THIRD = DAY + timedelta(days=2)


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)


def take(conn: Conn, *data: bytes) -> banking.MessageResult:
    return [banking.receive(conn, one, by="teller", on=THIRD) for one in data][-1]


def faults(conn: Conn, region: str = CITY) -> list[tuple[str, str, int]]:
    """What somebody must act on: kind, ours, the bank's fen; and every proof holds."""
    report = banking.reconcile(conn, region, THIRD, by="auditor")
    assert report.is_proven, report.identities
    assert all(proof.holds for proof in reconciliation_proofs(conn, region, THIRD))
    return sorted((item.kind, item.ours, item.theirs_fen) for item in report.faults)


def sent(conn: Conn, *yuan: int) -> list[str]:
    certs = signed(conn, *yuan)
    banking.payment_file(conn, certs, by="teller", on=DAY)
    return certs


def on_single(opening: str, closing: str, *entries: str, **of: Any) -> bytes:
    return statement(opening, closing, *entries, acct=SINGLE, bank=CENTRAL, **of)


def test_only_the_bank_that_keeps_an_account_states_it(paying: Conn) -> None:
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT", ref="ROGUE")))
    clean = statement("10.00", "10.00", number="S9", bank="EVIL", created=f"{DAY}T20:00:00+08:00")
    with pytest.raises(iso.MessageRefused, match="开户行是 ICBC"):
        take(paying, clean)
    assert faults(paying) == [("no_voucher", "", 1_000)]


@pytest.mark.parametrize("kind", ["camt.054.001.08", "camt.052.001.08"])
def test_only_the_bank_that_keeps_an_account_tells_of_it(paying: Conn, kind: str) -> None:
    (cert,) = sent(paying, 10)
    back = entry("10.00", "CRDT", tx(cert), back=True)
    with pytest.raises(iso.MessageRefused):
        take(paying, notification(back, bank="EVIL", kind=kind))
    assert state(paying, "A1") == "sent"
    take(paying, notification(back, kind=kind))
    assert state(paying, "A1") == "returned"


def test_who_names_no_bank_speaks_as_the_one_that_keeps_the_account(paying: Conn) -> None:
    told = statement("10.00", "10.00")
    nameless = told[: told.index(b"<Svcr>")] + told[told.index(b"</Svcr>") + len(b"</Svcr>") :]
    take(paying, nameless)
    assert [m.bank_no for m in banking.list_messages(paying, CITY, DAY, THIRD)] == ["ICBC"]


def test_the_database_hears_no_other_bank(paying: Conn) -> None:
    take(paying, statement("10.00", "10.00"))
    columns = [row[0] for row in paying.execute(
        "select attname from pg_attribute where attrelid = 'banking_message'::regclass and attnum > 0 "
        "and not attisdropped and attname not in ('id', 'bank_no')"
    )]  # fmt: skip
    listed = ", ".join(columns)
    again = f"insert into banking_message (bank_no, {listed}) select 'EVIL', {listed} from banking_message"
    with pytest.raises(psycopg.Error, match="开户行"):
        paying.execute(again.encode())


@pytest.mark.parametrize("family", ["statement", "notice"])
def test_an_account_in_another_currency_is_refused(paying: Conn, family: str) -> None:
    one = entry("10.00", "DBIT")
    told = statement("10.00", "0.00", one) if family == "statement" else notification(one)
    with pytest.raises(iso.MessageRefused, match="USD"):
        take(paying, told.replace(b"<Ccy>CNY</Ccy>", b"<Ccy>USD</Ccy>"))
