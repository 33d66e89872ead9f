"""What entries refer to: regions, accounts, documents. Defined once, never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg

from fisc.kernel.errors import DuplicateConflict, LedgerError, UnknownAccount
from fisc.kernel.memory import memory_of
from fisc.kernel.money import format_fen


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a book. `floor_fen` makes it a control account (its balance never falls below).

    It is used in the years from `first_year` to `last_year`, of the rules that have it; None is without end.
    """

    book: str
    code: str
    name: str
    class_: str
    normal_side: int
    legal_source: str
    is_verified: bool
    floor_fen: int | None = None
    first_year: int | None = None
    last_year: int | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Accounts ('book:code', debit balances) that say one purse of each region: together never below zero.

    Entries of documents of the kinds `told_by` only tell of cash that others hold, and move none.
    """

    code: str
    name: str
    accounts: tuple[str, ...]
    legal_source: str
    is_verified: bool
    told_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What an entry was posted from (单据): its natural key is posted once."""

    natural_key: str
    kind: str
    region: str
    fiscal_year: int
    dated_on: date
    doc_no: str = ""
    title: str = ""
    source_name: str = ""
    source_sha256: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


def define_regions(conn: psycopg.Connection, mof_div_codes: Iterable[str]) -> dict[str, int]:
    """Make regions known; returns code -> id for those given. Codes have nine digits."""
    codes = sorted(set(mof_div_codes))
    memory_of(conn).made()
    conn.execute(
        "insert into ledger.region (mof_div_code) select c from unnest(%s::text[]) c "
        "where not exists (select 1 from ledger.region r where r.mof_div_code = c) "
        "order by c on conflict do nothing",
        [codes],
    )
    rows = conn.execute(
        "select mof_div_code, id from ledger.region where mof_div_code = any(%s)", [codes]
    ).fetchall()
    return dict(rows)


def define_accounts(conn: psycopg.Connection, accounts: Iterable[Account]) -> None:
    """Make accounts known, and until when one that is known is used. Other properties are refused."""
    given = {(a.book, a.code): a for a in accounts}
    for account in given.values():
        _require_floor(account)
    known = {(a.book, a.code): a for a in list_accounts(conn)}
    for key in given.keys() & known.keys():
        _require_same(given[key], known[key])
    memory_of(conn).made()
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into ledger.account (book, code, name, class, normal_side, floor_fen, legal_source, "
            "is_verified) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (book, code) do nothing",
            [(a.book, a.code, a.name, a.class_, a.normal_side, a.floor_fen, a.legal_source, a.is_verified)
             for key, a in given.items() if key not in known],
        )  # fmt: skip
        cursor.executemany(
            "insert into ledger.account_years as y (account_id, first_year, last_year) "
            "select id, %s, %s from ledger.account where (book, code) = (%s, %s) "
            "on conflict (account_id) do update set first_year = excluded.first_year, "
            "last_year = excluded.last_year where (y.first_year, y.last_year) "
            "is distinct from (excluded.first_year, excluded.last_year)",
            [(a.first_year, a.last_year, a.book, a.code) for a in given.values() if a.first_year is not None],
        )  # fmt: skip


def define_pools(conn: psycopg.Connection, pools: Iterable[Pool]) -> None:
    """Make pools of cash known; one that is known may get more accounts, and loses none.

    What stands on an account that joins is added up from its postings. Raises UnknownAccount.
    """
    memory_of(conn).made()
    for pool in pools:
        ids = sorted(account_ids(conn, pool.accounts).values())
        conn.execute(
            "insert into ledger.pool (code, name, told_by, legal_source, is_verified) "
            "values (%s, %s, %s, %s, %s) on conflict (code) do nothing",
            [pool.code, pool.name, list(pool.told_by), pool.legal_source, pool.is_verified],
        )
        conn.execute(
            "insert into ledger.pool_account (pool_id, account_id) "
            "select p.id, a from ledger.pool p, unnest(%s::smallint[]) a where p.code = %s and not exists "
            "(select from ledger.pool_account m where m.pool_id = p.id and m.account_id = a)",
            [ids, pool.code],
        )


def _require_floor(account: Account) -> None:
    if account.floor_fen is not None and account.floor_fen > 0:
        raise LedgerError(
            f"科目 {account.book}:{account.code} 的下限 {format_fen(account.floor_fen)} 元大于零",
            rule="余额从零开始，下限不大于零",
            hint="下限为零表示不得透支，负数表示可透支的额度",
        )


def _require_same(given: Account, known: Account) -> None:
    if (given.normal_side, given.floor_fen) != (known.normal_side, known.floor_fen):
        raise DuplicateConflict(
            f"科目 {given.book}:{given.code} 已按另一种方向或控制方式设立",
            rule="科目一经使用不改性质",
            hint="请另设新科目代码",
        )


def list_accounts(conn: psycopg.Connection) -> list[Account]:
    """Every account, by book and code."""
    rows = conn.execute(
        "select book, code, name, class, normal_side, legal_source, is_verified, floor_fen, first_year, "
        "last_year from ledger.account left join ledger.account_years on account_id = id order by book, code"
    ).fetchall()
    return [Account(*row) for row in rows]


def account_ids(conn: psycopg.Connection, accounts: Iterable[str]) -> dict[str, int]:
    """Ids of accounts named 'book:code'. Raises UnknownAccount naming those that are missing."""
    wanted = set(accounts)
    found = _remembered(
        conn, memory_of(conn).accounts, wanted,
        b"select book || ':' || code, id from ledger.account where book || ':' || code = any(%s)",
    )  # fmt: skip
    if missing := sorted(wanted - found.keys()):
        raise UnknownAccount(
            f"账上没有科目 {'、'.join(missing)}",
            rule="没有控制科目就是错误，不等于不受控制",
            hint="请先在科目表中设立（fisc registry list accounts 可查）",
        )
    return found


def region_ids(conn: psycopg.Connection, codes: Iterable[str]) -> dict[str, int]:
    """Ids of nine-digit division codes. Raises UnknownAccount naming those that are missing."""
    wanted = set(codes)
    found = _remembered(
        conn, memory_of(conn).regions, wanted,
        b"select mof_div_code, id from ledger.region where mof_div_code = any(%s)",
    )  # fmt: skip
    if missing := sorted(wanted - found.keys()):
        raise UnknownAccount(
            f"账上没有区划 {'、'.join(missing)}", rule="区划先登记后使用", hint="请先登记区划并开设年度"
        )
    return found


def _remembered(
    conn: psycopg.Connection, known: dict[str, int], wanted: set[str], lookup: bytes
) -> dict[str, int]:
    """Name -> id of what is wanted and exists; one query for what is not remembered."""
    found = {name: known[name] for name in wanted if name in known}
    if missing := wanted - found.keys():
        read: dict[str, int] = dict(conn.execute(lookup, [list(missing)]).fetchall())
        if memory_of(conn).is_settled:
            known |= read
        found |= read
    return found


def region_codes(conn: psycopg.Connection) -> tuple[str, ...]:
    """The nine-digit codes of the divisions that the ledger knows, in order."""
    rows = conn.execute("select mof_div_code from ledger.region order by 1").fetchall()
    return tuple(code for (code,) in rows)


def document_ids(conn: psycopg.Connection, natural_keys: Iterable[str]) -> dict[str, int]:
    """Natural key -> id of those of the documents that are recorded."""
    rows = conn.execute(
        "select natural_key, id from ledger.document where natural_key = any(%s)", [list(natural_keys)]
    ).fetchall()
    return dict(rows)


def record_documents(conn: psycopg.Connection, documents: Iterable[Document]) -> list[int]:
    """Record documents; returns their ids in order. Same key and content again: the first one's id.

    Raises DuplicateConflict where the key stands with other content.
    """
    given = list(documents)
    regions = region_ids(conn, (d.region for d in given))
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into ledger.document (natural_key, kind, doc_no, title, region_id, fiscal_year, "
            "dated_on, source_name, source_sha256, payload) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "on conflict (natural_key) do nothing",
            [_document_row(d, regions[d.region]) for d in given],
        )
    rows = conn.execute(
        "select natural_key, id, kind, doc_no, region_id, fiscal_year, dated_on, source_sha256, payload "
        "from ledger.document where natural_key = any(%s)",
        [[d.natural_key for d in given]],
    ).fetchall()
    standing = {row[0]: row[1:] for row in rows}
    for document in given:
        _require_same_document(document, regions[document.region], standing[document.natural_key])
    return [standing[d.natural_key][0] for d in given]


def _document_row(d: Document, region_id: int) -> tuple[Any, ...]:
    return (d.natural_key, d.kind, d.doc_no, d.title, region_id, d.fiscal_year, d.dated_on,
            d.source_name, d.source_sha256, json.dumps(d.payload, sort_keys=True))  # fmt: skip


def _require_same_document(given: Document, region_id: int, standing: tuple[Any, ...]) -> None:
    said = (given.kind, given.doc_no, region_id, given.fiscal_year, given.dated_on, given.source_sha256,
            json.loads(json.dumps(given.payload)))  # fmt: skip
    if said != standing[1:]:
        raise DuplicateConflict(
            f"单据 {given.natural_key} 已登记，但内容不同",
            rule="一份单据只登记一次",
            hint="更正请登记为新的版本",
            details={"natural_key": given.natural_key},
        )
