"""Month-end reconciliation: vouchers, the agent bank's statement and the treasury's, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg

from benchmarks.cases import paying
from benchmarks.measure import Measure, seconds, spread, within
from benchmarks.scratch import Bench
from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.city.bank import Transfer
from fisc.sim import bank
from fisc.treasury import services as treasury

QUOTAS = 1_000
SET = 5_000
#: The day on which the bank has what the books began with.
_BEFORE = paying.DAY - timedelta(days=1)
_BANK, _CENTRAL = "102", "011205000000"
_ACCOUNTS = (("15001", "合成零余额账户", _BANK, "11"), ("15021", "合成国库单一账户", _CENTRAL, "21"))


def run(bench: Bench) -> Iterator[Measure]:
    """One month's vouchers, of which one in a thousand came back, matched in one call."""
    vouchers = bench.scale.reconciled
    conn = paying.found(bench, "reconciling", QUOTAS)
    _pay_through_the_bank(conn, vouchers)
    reports = []
    took = seconds(lambda: reports.append(banking.reconcile(conn, paying.REGION, paying.DAY, by="reconcile")))
    proofs = reconciliation_proofs(conn, paying.REGION, paying.DAY)
    assert not reports[0].faults and all(proof.left_fen == proof.right_fen for proof in proofs)
    conn.close()
    bench.drop("reconciling")
    yield Measure(
        "reconciliation.month", f"three-way reconciliation of {vouchers:,} vouchers", "s", spread([took]),
        **within(10, "s"), facts={"vouchers_per_second": vouchers / took},
    )  # fmt: skip


def _pay_through_the_bank(conn: psycopg.Connection, vouchers: int) -> None:
    rows = [(no, name, bank_no, paying.REGION, kind) for no, name, bank_no, kind in _ACCOUNTS]
    banking.define_accounts(conn, [banking.TreasuryAccount(*row) for row in rows])
    bank.open_accounts(conn, [bank.Account(*row) for row in rows])
    bank.transfer(conn, [Transfer(paying.REGION, "opening", paying.cash_fen(QUOTAS))], on=_BEFORE)
    bank.close_day(conn, _BEFORE)
    bank.collect(conn, _BEFORE)  # what the bank told before the books heard of it
    size = min(SET, vouchers)
    for first in range(0, vouchers, size):
        certificates = paying.certify(conn, paying.applications(first, size, QUOTAS))
        order = banking.payment_file(conn, certificates, by="bank_operate", on=paying.DAY)
        fates = dict.fromkeys(certificates[::1000], "returned")
        bank.accept(conn, order.content, on=paying.DAY, temper=bank.Temper(1, fates=fates))
    _fetch(conn, early=True)
    notices = treasury.issue_clearing_notices(
        conn, paying.REGION, paying.DAY, by="clearing_make", on=paying.DAY
    )
    moved = bank.clear(conn, notices, on=paying.DAY, seed=1)
    debits = [
        treasury.TreasuryDebit(m.lqd_cert_no, m.fund_type_code, m.agent_bank_no, m.amount_fen, m.moved_on)
        for m in moved
    ]
    treasury.clear(conn, paying.REGION, paying.DAY, debits, by="clearing_review", on=paying.DAY)
    bank.close_day(conn, paying.DAY)
    _fetch(conn)


def _fetch(conn: psycopg.Connection, *, early: bool = False) -> None:
    for data in bank.collect(conn, paying.DAY, before_statements=early):
        banking.receive(conn, data, by="bank_operate", on=paying.DAY)
