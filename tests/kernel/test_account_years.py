"""An account belongs to the rules of some years: no posting of another year, whoever writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from fisc.kernel import Account, FiscError, credit, debit, define_accounts, open_year, post, reverse
from tests.kernel.world import CITY, DAY, YEAR, A, entry

Conn = psycopg.Connection[Any]
OLD = Account("treasury", "1090", "暂付款", "asset", 1, "财库旧制度", False, first_year=2016, last_year=YEAR)
NEW = Account("treasury", "1095", "其他应收款", "asset", 1, "财库新制度", False, first_year=YEAR + 1)
OLD_NAME, NEW_NAME = "treasury:1090", "treasury:1095"
LATER = DAY.replace(year=YEAR + 1)


@pytest.fixture
def ruled(city: Conn) -> Conn:
    define_accounts(city, [OLD, NEW])
    open_year(city, CITY, YEAR + 1)
    return city


def lent(key: str, account: str, year: int = YEAR) -> Any:
    lines = [debit(account, A, 100), credit("treasury:1001", A, 100)]
    return entry(key, *lines, day=DAY if year == YEAR else LATER)


def test_an_account_is_used_in_its_years(ruled: Conn) -> None:
    post(ruled, [lent("1", OLD_NAME), lent("2", NEW_NAME, YEAR + 1)])
    with pytest.raises(FiscError, match=rf"用了 {YEAR + 1} 年没有的科目 1090 暂付款.*2016 年至 {YEAR} 年用"):
        post(ruled, [lent("3", "treasury:1001", YEAR + 1), lent("4", OLD_NAME, YEAR + 1)])
    with pytest.raises(FiscError, match=rf"用了 {YEAR} 年没有的科目 1095 .*{YEAR + 1} 年起用"):
        post(ruled, [lent("5", NEW_NAME)])


def test_what_is_undone_is_undone_where_its_accounts_are(ruled: Conn) -> None:
    made = post(ruled, [lent("1", OLD_NAME)]).entry_ids
    with pytest.raises(FiscError, match="没有的科目 1090"), ruled.transaction():
        reverse(ruled, made, ":reversed", business_date=LATER, document_id=1)
    reverse(ruled, made, ":reversed", business_date=LATER, period=YEAR * 100 + 12, document_id=1)


def test_until_when_an_account_is_used_is_said_once(ruled: Conn) -> None:
    define_accounts(ruled, [replace(NEW, last_year=YEAR + 5)])
    for change in ("last_year = null", "first_year = 2000"):
        with pytest.raises(psycopg.Error, match="科目的适用年度不能修改"), ruled.transaction():
            ruled.execute(f"update ledger.account_years set {change}".encode())
    with pytest.raises(psycopg.Error, match="科目的适用年度不能修改"), ruled.transaction():
        ruled.execute("delete from ledger.account_years")
