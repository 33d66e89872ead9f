"""Papers for entries that a test posts by hand: every entry names its document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.kernel import (
    Account,
    Coding,
    Document,
    Entry,
    Pool,
    available_many,
    credit,
    debit,
    define_accounts,
    define_pools,
    define_regions,
    post,
    record_documents,
)
from fisc.registry.cash_floors import cash_pools

#: What of a coding block `c` tells parts of an account apart, in SQL, as tests write it.
PART = """concat_ws(':', nullif(c.book_owner_code, ''), nullif(c.equity_part_code, ''),
    nullif(c.enterprise_code, ''), case c.is_last_year when '1' then '上年退款' end,
    case c.is_reclassified when '1' then '改列科目' end, nullif(c.cut_scope_code, ''),
    nullif(c.sector_code, ''), nullif(c.loan_no, ''))"""


def equity_part(coding: Coding) -> str:
    """The part of a stake and its enterprise, as tests write them."""
    return ":".join(text for text in (coding.equity_part_code, coding.enterprise_code) if text)


def available(conn: psycopg.Connection[Any], account: str, coding: Coding) -> int:
    """Fen available on a control account for one coding block."""
    return available_many(conn, account, [coding])[coding]


def a_document(
    conn: psycopg.Connection[Any], region: str, year: int = 2022, key: str = "paper", kind: str = "test"
) -> int:
    """The ledger's id of a paper of a region and year, recorded once."""
    define_regions(conn, [region])
    [found] = record_documents(
        conn, [Document(f"{kind}:{key}:{region}:{year}", kind, region, year, date(year, 1, 1))]
    )
    return found


def a_budget(conn: psycopg.Connection[Any], region: str, year: int = 2022) -> int:
    """The ledger's id of a budget that a congress approved, recorded once."""
    return a_document(conn, region, year, "budget", "draft")


#: An account of no legal book, and what it holds: more than any test pays.
_RESERVE, _RESERVE_FEN = "test_reserve", 10**16
FUNDS: Final = ("111", "112", "113", "114", "121", "122", "13", "2")


def with_cash(conn: psycopg.Connection[Any], *regions: str, funds: Sequence[str] = ("",)) -> None:
    """Give regions with open books cash that no book tells, so that what tests something else may pay.

    A purse of cash takes in one more account; no figure and no statement reads it. Each of `funds` has
    its share of it; as it is by default, no fund has any.
    """
    define_accounts(conn, [
        Account(_RESERVE, "1", "测试存款", "asset", 1, "test", False),
        Account(_RESERVE, "2", "测试来源", "net_assets", -1, "test", False),
    ])  # fmt: skip
    define_pools(conn, [
        Pool(pool.code, pool.name, (f"{_RESERVE}:1",), pool.legal_source, False) for pool in cash_pools()
    ])  # fmt: skip
    for region in regions:
        row = conn.execute(
            "select min(p.period) from ledger.period p join ledger.region r on r.id = p.region_id "
            "where r.mof_div_code = %s and p.closed_at is null", [region],
        ).fetchone()  # fmt: skip
        assert row and row[0], f"{region} has no open books"
        year, on = row[0] // 100, date(row[0] // 100, max(row[0] % 100, 1), 1)
        blocks = [Coding(year, region, fund) for fund in funds]
        share = _RESERVE_FEN // len(blocks)
        post(conn, [Entry(
            f"test:cash:{region}:{' '.join(funds)}", region, on,
            tuple(line for block in blocks for line in (
                debit(f"{_RESERVE}:1", block, share), credit(f"{_RESERVE}:2", block, share))),
            document_id=a_document(conn, region, year, "cash"), period=row[0], rule_code="cash",
        )])  # fmt: skip


#: Government economic class -> a department class that an office of the administration has for it.
DEPARTMENT_CLASS: Final = {
    "50101": "30101", "50201": "30201", "50302": "31005", "50701": "31204", "50702": "31205",
    "50799": "31299", "50801": "31201", "50802": "31101", "50803": "31201", "51101": "30701",
    "51201": "39999", "59999": "39999",
}  # fmt: skip
