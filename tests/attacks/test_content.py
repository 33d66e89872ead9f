"""What raw SQL past the guards does to documents and to what banks said, and what verify shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fisc.banking import proving as banking_proofs
from fisc.banking import services as banking
from fisc.documents import proving
from fisc.treasury.kinds import AFFAIR, PAYMENT, PLAN, REFUND
from tests.attacks import Who, attack
from tests.banking.world import evening, open_bank, order, signed
from tests.treasury.conftest import _shared_db, paying, paying_db, paying_template
from tests.treasury.paying import CITY, DAY

__all__ = ["_shared_db", "paying", "paying_db", "paying_template"]
Conn = psycopg.Connection[Any]

DIRECTORY = "the directory's digest, which is sealed"
FLOW = "the flow: a state is what its steps lead to"
ENTRIES = "the entries that its steps post"


@pytest.fixture
def paid(paying: Conn) -> Iterator[Conn]:
    """A city that paid three payments through the bank and reconciled the day; guards are off from here."""
    open_bank(paying)
    order(paying, signed(paying, 100, 250, 50))
    evening(paying)
    banking.reconcile(paying, CITY, DAY, by="auditor")
    assert not faults(paying)
    paying.execute("set local session_replication_role = replica")
    yield paying


def faults(conn: Conn) -> dict[str, str]:
    """Name of the check -> how the first row differs, of all that do not hold."""

    def tell(_step: str, _done: int, _total: int) -> None:
        pass

    checks = [*proving.prove(conn, (PAYMENT, PLAN, REFUND, AFFAIR), tell), *banking_proofs.prove(conn, tell)]
    assert sum(check.rows for check in checks) > 3
    return {check.name: check.difference for check in checks if not check.ok}


def shown(conn: Conn, check: str, words: str, *statements: str) -> None:
    """The statements change something, and then this check says so in these words, and no other does."""
    for statement in statements:
        assert conn.execute(statement.encode()).rowcount > 0, statement
    found = faults(conn)
    assert words in found.get(check, ""), found


@attack("payees of paid payments are rewritten", who=Who.SUPERUSER, shown_by=DIRECTORY)
@pytest.mark.parametrize("change", [
    "payee_name = '他人'", "payee_acct_no = '6222'", "amount_fen = amount_fen + 1", "purpose = ''",
])  # fmt: skip
def test_what_a_payment_says_is_rewritten(paid: Conn, change: str) -> None:
    shown(paid, proving.RECORDED, "内容与登记时不符", f"update treasury_payment set {change}")


@attack("a payment is moved to another region or year", who=Who.SUPERUSER, shown_by=DIRECTORY)
@pytest.mark.parametrize("change", ["mof_div_code = '150602000'", "fiscal_year = 2021"])
def test_a_payment_is_moved(paid: Conn, change: str) -> None:
    shown(paid, proving.RECORDED, "区划或年度", f"update treasury_payment set {change}")


@attack("a document is deleted under its entries", who=Who.SUPERUSER, shown_by=DIRECTORY)
def test_a_document_is_deleted(paid: Conn) -> None:
    shown(paid, proving.RECORDED, "单据已不在", "delete from treasury_payment where doc_key = 'A1'")


@attack("a document takes another's place by its number", who=Who.SUPERUSER, shown_by=DIRECTORY)
def test_a_document_that_was_never_recorded(paid: Conn) -> None:
    renamed = "update treasury_payment set doc_key = 'A0' where doc_key = 'A1'"
    shown(paid, proving.RECORDED, "目录中没有登记", renamed)


@attack("a document is set to another state without a step", who=Who.SUPERUSER, shown_by=FLOW)
@pytest.mark.parametrize("state", ["sent", "withdrawn", "draft"])
def test_a_state_without_its_step(paid: Conn, state: str) -> None:
    shown(paid, proving.STEPS, "状态不是最后一步的结果", f"update treasury_payment set state = '{state}'")


@attack("a step is left out of a trail, or slipped in", who=Who.SUPERUSER, shown_by=FLOW)
@pytest.mark.parametrize("change,words", [
    ("trail = trail - 1, known_at = known_at[1:1] || known_at[3:]", "不合流程"),
    ("trail = trail - 1", "登记时刻不符"),
    ("trail = jsonb_insert(trail, '{1}', trail -> 1), known_at = known_at[1] || known_at", "不合流程"),
    ("trail = jsonb_set(trail, '{1,3}', '\"1999-01-01\"')", "早于上一步"),
    ("trail = jsonb_set(trail, '{1,1}', '2')", "轮次不符"),
])  # fmt: skip
def test_a_trail_is_rewritten(paid: Conn, change: str, words: str) -> None:
    shown(paid, proving.STEPS, words, f"update treasury_payment set {change} where doc_key = 'A1'")


@attack(
    "a payment is said to be paid, with the step and without its entry", who=Who.SUPERUSER, shown_by=ENTRIES
)
def test_a_payment_paid_without_its_entry(paid: Conn) -> None:
    shown(paid, proving.BOOKED, "已办理的步骤没有凭证",
          "delete from ledger.entry where natural_key = 'pay_app:A1:paid'")  # fmt: skip


@attack("a payment that was paid is said to be under way", who=Who.SUPERUSER, shown_by=ENTRIES)
def test_an_entry_whose_step_was_not_taken(paid: Conn) -> None:
    shown(
        paid, proving.BOOKED, "单据没有办理这一步",
        "update treasury_payment set state = 'sent', trail = (select jsonb_agg(e order by n) from "
        "jsonb_array_elements(trail) with ordinality x(e, n) where n <= 5), known_at = known_at[:5] "
        "where doc_key = 'A1'",
    )  # fmt: skip


@attack("a bank message is rewritten", who=Who.SUPERUSER, shown_by="its digest")
def test_a_message_is_rewritten(paid: Conn) -> None:
    shown(paid, banking_proofs.MESSAGES, "摘要不符", "update banking_message set body = substr(body, 2)")


@attack("a day's reconciliation is said to be proven, or has other faults", who=Who.SUPERUSER,
        shown_by="its report in the directory, which is sealed")  # fmt: skip
@pytest.mark.parametrize("change", [
    "is_proven = not is_proven", "fault_count = fault_count + 1", "basis = basis || 'x'",
])  # fmt: skip
def test_a_reconciliation_is_rewritten(paid: Conn, change: str) -> None:
    shown(paid, banking_proofs.REPORTS, "与对账报告不符", f"update banking_reconciliation set {change}")


@attack("a day's reconciliation is deleted", who=Who.SUPERUSER,
        shown_by="its report in the directory, which is sealed")  # fmt: skip
def test_a_reconciliation_is_deleted(paid: Conn) -> None:
    shown(paid, banking_proofs.REPORTS, "对账记录已不在", "delete from banking_reconciliation")
