"""The accounts of payees: rows of their own, which come, change and are told with their payee."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import psycopg

from fisc.kernel.errors import DuplicateConflict
from fisc.registry.elements import table
from fisc.registry.elements.items import PAYEE_ACCOUNTS, AccountOfPayee, Payee, PayeeAccount, Record
from fisc.registry.elements.problems import Problem, refuse
from fisc.registry.errors import DisabledElement

Connection = psycopg.Connection[Any]


def account_of(payee: Payee, part: int) -> AccountOfPayee:
    """A payee's account as its table holds it."""
    account = payee.accounts[part]
    return AccountOfPayee(payee.fiscal_year, account.acct_no, payee.payee_code, account.bank_no)


def revise_accounts(
    conn: Connection, payees: Sequence[Payee], *, by: str, on: date, reason: str
) -> list[Payee]:
    """Add the accounts given that are not there, give the others the bank given; the payees that it changed.

    Raises DuplicateConflict for an account of another payee, DisabledElement for one that is out of use.
    """
    of = PAYEE_ACCOUNTS
    places = [(i, part) for i, payee in enumerate(payees) for part in range(len(payee.accounts))]
    given = [account_of(payees[i], part) for i, part in places]
    distinct = {of.key(one): one for one in given}
    new = table.insert_new(conn, of, list(distinct.values()), by=by, on=on)
    before = table.differing(conn, of, given)
    standing = table.standings(conn, of, [of.key(one) for one in given])
    problems = []
    for one, (index, part) in zip(given, places, strict=True):
        key, what = of.key(one), f"收款账户 {one.acct_no}"
        old, stands = cast("AccountOfPayee", before.get(key, one)), standing[key]
        if distinct[key] != one:
            why = "同一批里有内容不同的两项"
            problems.append(Problem(index, what, why, DuplicateConflict, part, "acct_no"))
        elif old.payee_code != one.payee_code:
            why = f"已是收款人 {old.payee_code} 的账号，不能又属于 {one.payee_code}"
            problems.append(Problem(index, what, why, DuplicateConflict, part, "acct_no"))
        elif not stands.is_enabled:
            why = f"已于 {stands.disabled_on} 停用（{stands.reason}）"
            problems.append(Problem(index, what, why, DisabledElement, part, "acct_no"))
    refuse("收款人", problems)
    table.update(conn, of, [one for key, one in distinct.items() if key in before])
    note = {"by": by, "on": on, "reason": reason}
    table.record_events(conn, of, "revised", sorted(before.items()), **note)  # type: ignore[arg-type]
    table.record_events(conn, of, "added", [(key, None) for key in sorted(new)], **note)  # type: ignore[arg-type]
    touched = new | before.keys()
    at = {i for (i, _), one in zip(places, given, strict=True) if of.key(one) in touched}
    return [payees[i] for i in sorted(at)]


def accounts_by_payee(
    conn: Connection, fiscal_year: int, payee_code: str = ""
) -> dict[str, tuple[PayeeAccount, ...]]:
    """Payee -> its accounts of a year by number, those out of use too: of one payee, or ('') of all."""
    found = records_by_payee(conn, fiscal_year, payee_code)
    return {code: tuple(_told(held) for held in records) for code, records in found.items()}


def _told(held: Record) -> PayeeAccount:
    one = cast("AccountOfPayee", held.item)
    return PayeeAccount(one.acct_no, one.bank_no, payee_code=one.payee_code, is_usable=held.is_enabled)


def records_by_payee(conn: Connection, fiscal_year: int, payee_code: str = "") -> dict[str, list[Record]]:
    """As `accounts_by_payee`, as they are recorded."""
    codes = None
    if payee_code:
        rows = conn.execute(
            "select acct_no from registry_payee_account where fiscal_year = %s and payee_code = %s",
            [fiscal_year, payee_code],
        )
        codes = [row[0] for row in rows]
    found: dict[str, list[Record]] = defaultdict(list)
    for held in table.records(
        conn, PAYEE_ACCOUNTS, fiscal_year, mof_div_code="", codes=codes, enabled_only=False
    ):
        found[cast("AccountOfPayee", held.item).payee_code].append(held)
    return found
