"""A synthetic city's ledger of any size, loaded by COPY, for measuring.

    load_postings(conn, 10_000_000, seed=1)

It fills regions, accounts, periods, about 20,000 coding blocks, documents, entries and postings,
and derives the balances from the postings in one statement each, so they are equal by
construction. Triggers are off while it loads (session_replication_role), which takes a
superuser: what it measures is reading, not posting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import psycopg

from fisc.kernel import (
    Account,
    Coding,
    Document,
    define_accounts,
    define_regions,
    open_year,
    record_documents,
)
from fisc.kernel.coding import intern_codings
from fisc.registry import regions

#: A city of the national register with all its ten counties: figures are asked of divisions that there are,
#: and of a whole city only where each of its governments has a ledger.
CITY = "511500"
OWN = CITY + "000"
COUNTIES = tuple(row.mof_div_code for row in regions.children(OWN))
REGIONS = (OWN, *COUNTIES)
YEARS = (2024, 2025)
BATCH = 1_000_000

_BOOK, _QUOTA = "treasury_2022_budget", "quota"
_ACCOUNTS = (
    (_BOOK, "804101", "库款资金结存", 1), (_BOOK, "6001", "一般公共预算收入", -1),
    (_BOOK, "6002", "政府性基金预算收入", -1), (_BOOK, "6011", "补助预算收入", -1),
    (_BOOK, "7001", "一般公共预算支出", 1), (_BOOK, "7002", "政府性基金预算支出", 1),
    (_BOOK, "7011", "补助预算支出", 1), (_QUOTA, "9101", "本级收入预算", 1),
    (_QUOTA, "9201", "本级支出预算", -1),
)  # fmt: skip

_ENTRY = np.dtype(
    [("n", ">i2"), ("l0", ">i4"), ("id", ">i8"), ("l1", ">i4"), ("document_id", ">i8"), ("l2", ">i4"),
     ("period", ">i4"), ("l3", ">i4"), ("business_date", ">i4"), ("l4", ">i4"), ("region_id", ">i2"),
     ("l5", ">i4"), ("line_count", ">i2"), ("l6", ">i4"), ("natural_key", "S12"), ("l7", ">i4"),
     ("source_ref", "S9")]
)  # fmt: skip
_POSTING = np.dtype(
    [("n", ">i2"), ("l0", ">i4"), ("entry_id", ">i8"), ("l1", ">i4"), ("amount_fen", ">i8"), ("l2", ">i4"),
     ("coding_id", ">i4"), ("l3", ">i4"), ("period", ">i4"), ("l4", ">i4"), ("account_id", ">i2"),
     ("l5", ">i4"), ("line", ">i2"), ("l6", ">i4"), ("side", ">i2")]
)  # fmt: skip
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TAIL = b"\xff\xff"
_EPOCH = date(2000, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What an entry may be: coding block, region, year, and the two accounts it moves."""

    coding: np.ndarray
    region: np.ndarray
    year: np.ndarray
    debit: np.ndarray
    credit: np.ndarray


def load_postings(conn: psycopg.Connection, n: int, seed: int = 1) -> int:
    """Load `n` postings (two per entry) into an empty ledger; returns how many were loaded."""
    rng = np.random.default_rng(seed)
    with conn.transaction():
        kinds, documents = _dimensions(conn, rng)
    entries = n // 2
    with conn.transaction():
        conn.execute("set local session_replication_role = replica")
        conn.execute("drop index ledger.posting_by_cell")
        for first in range(1, entries + 1, BATCH):
            _load_batch(conn, rng, kinds, documents, first, min(BATCH, entries + 1 - first))
        conn.execute("set local maintenance_work_mem = '512MB'")
        conn.execute("create index posting_by_cell on ledger.posting (account_id, coding_id, period)")
        conn.execute("select setval('ledger.entry_id_seq', %s)", [entries])
        _derive_balances(conn)
    with conn.transaction():
        conn.execute("analyze ledger.posting, ledger.entry, ledger.balance_month, ledger.coding")
    return entries * 2


def _dimensions(conn: psycopg.Connection, rng: np.random.Generator) -> tuple[_Kinds, np.ndarray]:
    regions = define_regions(conn, REGIONS)
    define_accounts(conn, [Account(b, c, n, "x", s, "合成", True) for b, c, n, s in _ACCOUNTS])
    for region in REGIONS:
        for year in YEARS:
            open_year(conn, region, year)
    rows = conn.execute("select code, id from ledger.account").fetchall()
    accounts: dict[str, int] = dict(rows)
    wanted = _codings(rng)
    ids = intern_codings(conn, [coding for coding, _, _ in wanted])
    kinds = _Kinds(
        np.array([ids[c] for c, _, _ in wanted]), np.array([regions[c.mof_div_code] for c, _, _ in wanted]),
        np.array([c.fiscal_year for c, _, _ in wanted]), np.array([accounts[d] for _, d, _ in wanted]),
        np.array([accounts[c] for _, _, c in wanted]),
    )  # fmt: skip
    documents = record_documents(
        conn, [Document(f"synthetic/{i}", "synthetic", OWN, 2025, date(2025, 1, 1), title=f"合成单据 {i}")
               for i in range(1, 1001)]
    )  # fmt: skip
    return kinds, np.array(documents)


def _codings(rng: np.random.Generator) -> list[tuple[Coding, str, str]]:
    """About 20,000 (coding block, debit account, credit account), most of them spending by agency."""
    found: dict[Coding, tuple[str, str]] = {}
    for year in YEARS:
        for region in REGIONS:
            for code in _revenue_codes():
                found[Coding(year, region, "111", rev_func_code=code)] = ("804101", "6001")
            for code in ("1100102", "1100202", "1100241", "1100299", "1100305", "1100313"):
                found[Coding(year, region, "111", rev_func_code=code)] = ("804101", "6011")
            for code in ("1030146", "1030148", "1030156"):
                found[Coding(year, region, "121", rev_func_code=code)] = ("804101", "6002")
            for klass in range(201, 230):
                coding = Coding(year, region, "111", exp_func_code=f"{klass}01", source_type_code="1")
                found[coding] = ("9101", "9201")
            for _ in range(800):
                found[_spending(rng, year, region)] = ("7001", "804101")
        for county in COUNTIES:
            for code in ("2300102", "2300202", "2300241", "2300305"):
                coding = Coding(year, OWN, "111", tp_func_code=code, rec_div_code=county)
                found[coding] = ("7011", "804101")
    return [(coding, *pair) for coding, pair in found.items()]


def _revenue_codes() -> list[str]:
    taxes = [f"101{n:02d}{m:02d}" for n in range(1, 21) for m in (1, 3)]
    return taxes + [f"103{n:02d}{m:02d}" for n in range(2, 10) for m in (1, 99)]


def _spending(rng: np.random.Generator, year: int, region: str) -> Coding:
    klass, section, item = rng.integers(201, 230), rng.integers(1, 12), rng.integers(1, 12)
    return Coding(
        year, region, "111", agency_code=f"{rng.integers(1, 200):06d}",
        exp_func_code=f"{klass}{section:02d}{item:02d}", gov_bgt_eco_code=f"5{rng.integers(1, 15):02d}",
    )  # fmt: skip


def _load_batch(
    conn: psycopg.Connection, rng: np.random.Generator, kinds: _Kinds, documents: np.ndarray,
    first: int, count: int,
) -> None:  # fmt: skip
    # The square makes some coding blocks much busier than others, as payrolls are.
    chosen = (rng.random(count) ** 2 * len(kinds.coding)).astype(np.int64)
    month = rng.integers(1, 13, count)
    ids = np.arange(first, first + count)
    period = kinds.year[chosen] * 100 + month
    amount = rng.integers(1, 10_000_000, count)
    days = np.array([[date(y, m, 1).toordinal() - _EPOCH for m in range(1, 13)] for y in YEARS])
    entry = _records(_ENTRY, count)
    entry["id"], entry["document_id"], entry["period"] = ids, rng.choice(documents, count), period
    entry["business_date"] = days[kinds.year[chosen] - YEARS[0], month - 1]
    entry["region_id"], entry["line_count"] = kinds.region[chosen], 2
    entry["natural_key"] = np.char.mod("syn%09d", ids).astype("S12")
    entry["source_ref"] = np.char.mod("S!B%06d", ids % 1_000_000).astype("S9")
    _copy(conn, "entry", _ENTRY, entry)
    lines = _records(_POSTING, count * 2)
    lines["entry_id"], lines["coding_id"] = np.repeat(ids, 2), np.repeat(kinds.coding[chosen], 2)
    lines["period"], lines["line"] = np.repeat(period, 2), np.tile([1, 2], count)
    lines["side"] = np.tile([1, -1], count)
    lines["amount_fen"] = np.repeat(amount, 2) * lines["side"]
    lines["account_id"] = np.stack([kinds.debit[chosen], kinds.credit[chosen]], axis=1).ravel()
    _copy(conn, "posting", _POSTING, lines)


def _fields(dtype: np.dtype) -> list[str]:
    names = dtype.names or ()
    return [name for name in names if name != "n" and not (name[0] == "l" and name[1:].isdigit())]


def _records(dtype: np.dtype, count: int) -> np.ndarray:
    """Empty rows of COPY's binary format: a field count, and each field after its length."""
    rows = np.zeros(count, dtype)
    fields = _fields(dtype)
    rows["n"] = len(fields)
    for i, name in enumerate(fields):
        rows[f"l{i}"] = dtype[name].itemsize
    return rows


def _copy(conn: psycopg.Connection, table: str, dtype: np.dtype, rows: np.ndarray) -> None:
    columns = ", ".join(_fields(dtype))
    with conn.cursor().copy(f"copy ledger.{table} ({columns}) from stdin (format binary)".encode()) as copy:
        copy.write(_COPY_HEAD + rows.tobytes() + _COPY_TAIL)


_MONTHS = """
    insert into ledger.balance_month
        (account_id, coding_id, period, slot, debit_fen, credit_fen, posting_count)
    select account_id, coding_id, period, 0, coalesce(sum(amount_fen) filter (where side = 1), 0),
           coalesce(-sum(amount_fen) filter (where side = -1), 0), count(*)
    from ledger.posting group by 1, 2, 3"""

_BALANCES = """
    insert into ledger.balance (account_id, coding_id, balance_fen, floor_fen)
    select p.account_id, p.coding_id, sum(p.amount_fen) * a.normal_side, a.floor_fen
    from ledger.posting p join ledger.account a on a.id = p.account_id and a.floor_fen is not null
    group by 1, 2, a.normal_side, a.floor_fen"""


def _derive_balances(conn: psycopg.Connection) -> None:
    conn.execute(_MONTHS)
    conn.execute(_BALANCES)
