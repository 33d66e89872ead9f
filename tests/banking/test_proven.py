"""Which accounts are proven at a day: stated up to it, and reconciled without a difference."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fisc.banking import services as banking
from fisc.banking.proven import unproven, unproven_at_end
from fisc.documents import Officer, RuleBroken, define_officers
from tests.banking.letters import entry, statement
from tests.banking.test_messages import DAY, take
from tests.banking.world import BANK, CITY, ZERO, Conn, open_bank


def test_an_account_is_proven_by_its_statement_and_a_reconciliation_without_a_fault(paying: Conn) -> None:
    assert [str(one) for one in unproven(paying, [CITY], DAY)] == ["没有登记国库账户，库款无从与银行核对"]
    open_bank(paying)
    never = {one.acct_no: one.what for one in unproven(paying, [CITY], DAY)}
    assert set(never.values()) == {"从未收到对账单"}

    def told(day: date = DAY) -> set[str]:
        return {one.what for one in unproven(paying, [CITY], day)} - {"从未收到对账单"}

    take(paying, statement("0.00", "0.00"))
    assert told() == {f"{DAY} 没有对账"}
    assert told(DAY + timedelta(1)) == {f"对账单只到 {DAY}"}
    banking.reconcile(paying, CITY, DAY, by="auditor")
    assert told() == set()
    assert len(unproven(paying, [CITY], DAY)) == len(never) - 1
    take(
        paying,
        statement("0.00", "500.00", entry("500.00", "CRDT"), number="S2", day=DAY + timedelta(1)),
        on=DAY + timedelta(1),
    )
    banking.reconcile(paying, CITY, DAY + timedelta(1), by="auditor")
    (said,) = told(DAY + timedelta(1))
    assert said.startswith(f"{DAY + timedelta(1)} 对账有差错")


def test_a_bank_that_is_proven_at_the_years_end_needs_no_word(paying: Conn) -> None:
    define_officers(paying, [Officer("auditor", "对账", "", frozenset({"reconcile"}))])
    banking.define_accounts(paying, [banking.TreasuryAccount(ZERO, "财政零余额账户", BANK, CITY, "11")])
    last = date(DAY.year, 12, 31)
    said = banking.UnprovenBank("W1", CITY, DAY.year, "银行迁址")
    take(paying, statement("0.00", "0.00", day=last), on=last)
    assert [one.what for one in unproven_at_end(paying, [CITY], DAY.year)] == [f"{last} 没有对账"]
    banking.reconcile(paying, CITY, last, by="auditor")
    assert unproven_at_end(paying, [CITY], DAY.year) == []
    paying.execute("select banking_may_lock(%s, %s)", [CITY, DAY.year])
    with pytest.raises(RuleBroken, match="年末都已对平，不需要说明"):
        banking.make_unproven_notes(paying, [said], by="auditor", on=last + timedelta(20))
