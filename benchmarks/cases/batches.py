"""Large sets: one voucher over a million pay lines, and a million vouchers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import psycopg

from benchmarks.cases import city
from benchmarks.measure import Measure, at_least, in_turns, seconds, spread, within
from benchmarks.scratch import Bench
from fisc.kernel import Coding, Entry, Line, credit, post, post_columns
from fisc.kernel.catalog import account_ids
from fisc.kernel.coding import intern_codings
from fisc.kernel.columns import EntryColumns
from fisc.kernel.subledger import write_lines

_PAY_LINE = """
    create table public.pay_line (
        entry_id bigint not null, account_id smallint not null, coding_id integer not null,
        amount_fen bigint not null, payee text not null, id_no text not null, bank_account text not null);
    create table public.plain_line (like public.pay_line)"""
_COPY_COLUMNS = "(entry_id, account_id, coding_id, amount_fen, payee, id_no, bank_account)"


def run_batch(bench: Bench) -> Iterator[Measure]:
    """One voucher, its lines as a sub-ledger, beside raw COPY of the same lines."""
    batch = _Batch(bench)
    ours, raw = in_turns(bench.scale.rounds, batch.post, batch.copy)
    lines = bench.scale.pay_lines
    with bench.connect("batch") as conn:
        city.require_proven(conn)
    bench.drop("batch")
    yield Measure(
        "batch.voucher", f"{lines:,} pay lines as one voucher over {bench.scale.pay_codings:,} coding blocks",
        "s", spread(ours), "raw COPY of the lines, no keys", spread(raw),
        **at_least(0.25, "the speed of COPY (within 4x)"),
        facts={"lines_per_second": lines / spread(ours).median},
    )  # fmt: skip


@dataclass
class _Batch:
    bench: Bench
    _codings: list[Coding] = field(default_factory=list)
    _round: int = 0

    def __post_init__(self) -> None:
        scale = self.bench.scale
        with self.bench.ledger("batch") as conn:
            self._codings = city.found(conn, scale.pay_codings)
            conn.execute(_PAY_LINE.encode())
            conn.execute("select ledger.define_subledger('public.pay_line')")
        rng = np.random.default_rng(1)
        self._index = rng.integers(0, scale.pay_codings, scale.pay_lines)
        self._fen = rng.integers(1, 100_000, scale.pay_lines)
        numbers = range(scale.pay_lines)
        self._columns = {
            "payee": [f"收款人{n:07}" for n in numbers],
            "id_no": [f"99010119800101{n % 10000:04}" for n in numbers],
            "bank_account": [f"6222020000{n:09}" for n in numbers],
        }  # fmt: skip
        entry = np.ones(scale.pay_lines, np.int64)
        frame = pl.DataFrame({"entry_id": entry, "account_id": 1, "coding_id": self._index,
                              "amount_fen": self._fen, **self._columns})  # fmt: skip
        self._csv = frame.write_csv(include_header=False).encode()

    def post(self) -> float:
        """Seconds to post the voucher and its lines, durable and checked against quotas."""
        self._round += 1
        self.bench.settle()
        with self.bench.connect("batch") as conn:
            return seconds(lambda: self._post(conn))

    def _post(self, conn: psycopg.Connection) -> None:
        index, fen = self._index, self._fen
        totals = np.zeros(len(self._codings), np.int64)
        np.add.at(totals, index, fen)
        lines = [
            Line(account, coding, side, int(total))
            for account, side in ((city.QUOTA, 1), (city.PAID, -1), (city.OUTLAY, 1))
            for coding, total in zip(self._codings, totals, strict=True) if total
        ]  # fmt: skip
        lines.append(credit(city.CASH, city.CASH_CODING, int(fen.sum())))
        entry = Entry(f"payroll-{self._round}", city.REGION, city.DAY, tuple(lines), document_id=city.PAPER)
        with conn.transaction():
            result = post(conn, [entry])
            ids = intern_codings(conn, self._codings)
            write_lines(
                conn, table="public.pay_line", account=city.OUTLAY, entry_ids=result.entry_ids * len(fen),
                coding_ids=np.array([ids[c] for c in self._codings])[index], amount_fen=fen,
                columns=self._columns,
            )  # fmt: skip
        assert result.is_new == [True]

    def copy(self) -> float:
        """Seconds to copy the lines, ready as text, into a table without keys or checks."""
        self.bench.settle()
        with self.bench.connect("batch") as conn:
            conn.execute("truncate public.plain_line")
            return seconds(lambda: self._copy(conn))

    def _copy(self, conn: psycopg.Connection) -> None:
        statement = f"copy public.plain_line {_COPY_COLUMNS} from stdin (format csv)".encode()
        with conn.cursor().copy(statement) as copy:
            copy.write(self._csv)


def run_vouchers(bench: Bench) -> Iterator[Measure]:
    """Separate vouchers of two postings: as columns, and as objects."""
    vouchers = _Vouchers(bench)
    as_columns, as_objects, raw = in_turns(
        bench.scale.rounds, vouchers.columns_rate, vouchers.objects_rate, vouchers.copy_rate
    )
    with bench.connect("vouchers") as conn:
        city.require_proven(conn)
    bench.drop("vouchers")
    columns, objects = bench.scale.vouchers, bench.scale.voucher_objects
    goal = within(40_000, "vouchers/s") | {"goal": ">= 40,000 vouchers/s"}
    yield Measure("vouchers.columns", f"{columns:,} vouchers of 2 postings in one post_columns()",
                  "vouchers/s", spread(as_columns), **goal)  # fmt: skip
    yield Measure("vouchers.columns_copy", "the same, beside raw COPY of entries and postings", "vouchers/s",
                  spread(as_columns), "raw COPY, no keys or checks", spread(raw))  # fmt: skip
    yield Measure("vouchers.objects", f"{objects:,} vouchers as Entry objects in one post()", "vouchers/s",
                  spread(as_objects), "raw COPY, no keys or checks", spread(raw))  # fmt: skip


@dataclass
class _Vouchers:
    bench: Bench
    _round: int = 0

    def __post_init__(self) -> None:
        with self.bench.ledger("vouchers") as conn:
            self._codings = city.found(conn, self.bench.scale.quotas)
            ids = intern_codings(conn, self._codings)
            self._coding_ids = np.array([ids[coding] for coding in self._codings])
            accounts = account_ids(conn, [city.QUOTA, city.PAID])
            self._accounts = [accounts[city.QUOTA], accounts[city.PAID]]
            conn.execute("create table public.plain_entry (like ledger.entry including defaults)")
            conn.execute("create table public.plain_posting (like ledger.posting)")
            conn.execute("alter table public.plain_posting drop column period")

    def columns_rate(self) -> float:
        """Vouchers per second, from columns in memory to durable and proven."""
        self._round += 1
        columns = self._columns(self.bench.scale.vouchers)
        self.bench.settle()
        with self.bench.connect("vouchers") as conn:
            elapsed = seconds(lambda: post_columns(conn, columns))
        return len(columns) / elapsed

    def _columns(self, count: int) -> EntryColumns:
        rng = np.random.default_rng(self._round)
        coding = np.repeat(self._coding_ids[rng.integers(0, len(self._coding_ids), count)], 2)
        nothing = np.zeros(count)
        return EntryColumns(
            region=np.ones(count), period=np.full(count, city.YEAR * 100 + 3),
            business_date=np.full(count, city.DAY.toordinal()),
            document_id=np.full(count, city.PAPER), reverses_id=nothing,
            line_count=np.full(count, 2), natural_key=[f"v{self._round}-{n:09}" for n in range(count)],
            source_ref=[""] * count, rule_code=["T12"] * count, summary=[""] * count,
            line_entry=np.repeat(np.arange(1, count + 1), 2), line=np.tile([1, 2], count),
            account=np.tile(self._accounts, count), coding=coding,
            amount_fen=np.tile([city.PAID_FEN, -city.PAID_FEN], count), side=np.tile([1, -1], count),
        )  # fmt: skip

    def objects_rate(self) -> float:
        """Vouchers per second, from Entry objects in memory to durable and proven."""
        count, codings = self.bench.scale.voucher_objects, self._codings
        entries = [
            city.payment(f"o{self._round}-{n:09}", codings[n % len(codings)], lean=True) for n in range(count)
        ]
        self.bench.settle()
        with self.bench.connect("vouchers") as conn:
            return count / seconds(lambda: post(conn, entries))

    def copy_rate(self) -> float:
        """Vouchers per second of COPY alone, texts ready."""
        count = self.bench.scale.vouchers
        columns = self._columns(count)
        entries, postings = columns.staged_entries(), columns.staged_lines()
        self.bench.settle()
        with self.bench.connect("vouchers") as conn:
            conn.execute("truncate public.plain_entry, public.plain_posting")
            return count / seconds(lambda: _copy_plain(conn, entries, postings))


_COPY_ENTRIES = (
    b"copy public.plain_entry (id, region_id, period, business_date, document_id, reverses_id, line_count, "
    b"natural_key, source_ref, rule_code, summary) from stdin (format csv, null E'\\x01')"
)
_COPY_POSTINGS = (
    b"copy public.plain_posting (entry_id, line, account_id, coding_id, amount_fen, side) "
    b"from stdin (format csv)"
)


def _copy_plain(conn: psycopg.Connection, entries: bytes, postings: bytes) -> None:
    with conn.transaction():
        for statement, data in ((_COPY_ENTRIES, entries), (_COPY_POSTINGS, postings)):
            with conn.cursor().copy(statement) as copy:
                copy.write(data)
