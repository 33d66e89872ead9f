"""Sub-ledgers: the lines of a batch sum to its voucher, arrive with it, and stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.kernel import (
    AppendOnly,
    Entry,
    LedgerError,
    PostResult,
    QuotaShortfall,
    UnbalancedEntry,
    post,
    subledger,
    verify,
)
from fisc.kernel.coding import intern_codings
from fisc.kernel.errors import translate

from . import world
from .world import CASH, OUTLAY, QUOTA, SPENT, A, B, credit, debit, entry, left

TABLE = "payroll.slip"
CODINGS = [A, B]


@pytest.fixture
def payroll(city: psycopg.Connection) -> psycopg.Connection:
    city.execute("create schema payroll")
    city.execute(
        "create table payroll.slip (entry_id bigint not null, account_id smallint not null, "
        "coding_id int not null, amount_fen bigint not null, person text not null check (person <> ''))"
    )
    city.execute("select ledger.define_subledger(%s)", [TABLE])
    world.give(city, 1_000, A)
    world.give(city, 1_000, B)
    return city


def voucher(index: Sequence[int], fen: Sequence[int], key: str = "run", off: int = 0) -> Entry:
    """The batch's voucher: outlay and quota by coding block; `off` makes it differ from the lines."""
    lines = []
    for coding_index in sorted(set(index)):
        coding = CODINGS[coding_index]
        n = sum(part for i, part in zip(index, fen, strict=True) if i == coding_index) + off
        lines += [debit(OUTLAY, coding, n), credit(CASH, coding, n),
                  debit(QUOTA, coding, n), credit(SPENT, coding, n)]  # fmt: skip
    return entry(key, *lines)


def posted(
    conn: psycopg.Connection, entry: Entry, index: list[int], fen: list[int], who: list[str]
) -> PostResult:
    """A voucher and its lines in one transaction, as a domain does it."""
    with conn.transaction():
        result = post(conn, [entry])
        if result.is_new[0]:
            ids = intern_codings(conn, CODINGS)
            subledger.write_lines(
                conn, table=TABLE, account=OUTLAY, entry_ids=[result.entry_ids[0]] * len(fen),
                coding_ids=[ids[CODINGS[n]] for n in index], amount_fen=fen, columns={"person": who},
            )  # fmt: skip
    return result


def run(conn: psycopg.Connection, index: list[int], fen: list[int], **other: int | str) -> PostResult:
    who = [f"p{n}" for n in range(len(fen))]
    return posted(conn, voucher(index, fen, **other), index, fen, who)  # type: ignore[arg-type]


def slips(conn: psycopg.Connection) -> list[tuple[int, str]]:
    return conn.execute("select amount_fen, person from payroll.slip order by person").fetchall()


def test_a_batch_is_one_voucher_and_its_lines(payroll: psycopg.Connection) -> None:
    result = run(payroll, [0, 1, 0], [10, 20, 30])
    assert slips(payroll) == [(10, "p0"), (20, "p1"), (30, "p2")]
    assert (left(payroll, A), left(payroll, B)) == (960, 980)
    assert payroll.execute("select distinct entry_id from payroll.slip").fetchall() == [
        (result.entry_ids[0],)
    ]
    assert verify(payroll).ok


def test_posting_it_again_adds_nothing(payroll: psycopg.Connection) -> None:
    first = run(payroll, [0, 1], [10, 20])
    again = run(payroll, [0, 1], [10, 20])
    assert (again.entry_ids, again.is_new) == (first.entry_ids, [False])
    assert len(slips(payroll)) == 2


@pytest.mark.parametrize("off", [1, -1])
def test_lines_that_do_not_sum_to_the_voucher_are_refused(payroll: psycopg.Connection, off: int) -> None:
    with pytest.raises(UnbalancedEntry, match="明细合计"):
        run(payroll, [0, 1], [10, 20], off=off)
    assert (slips(payroll), left(payroll)) == ([], 1_000)


def test_a_batch_beyond_the_quota_leaves_no_lines(payroll: psycopg.Connection) -> None:
    with pytest.raises(QuotaShortfall):
        run(payroll, [0, 1], [10, 1_001])
    assert (slips(payroll), left(payroll, A)) == ([], 1_000)


def test_lines_the_table_refuses_take_the_voucher_with_them(payroll: psycopg.Connection) -> None:
    with pytest.raises(LedgerError):
        posted(payroll, voucher([0], [10]), [0], [10], [""])
    assert left(payroll) == 1_000


ADDED = (
    "insert into payroll.slip select entry_id, account_id, coding_id, {fen}, 'late' from payroll.slip limit 1"
)


@pytest.mark.parametrize(
    "statement",
    [ADDED.format(fen=5), ADDED.format(fen="amount_fen"), "update payroll.slip set amount_fen = 1",
     "delete from payroll.slip", "truncate payroll.slip",
     "insert into payroll.slip select * from payroll.slip",
     "insert into payroll.slip values (99, 7, 1, 5, 'x')",
     "insert into payroll.slip select entry_id, account_id, coding_id, v, 'x' from payroll.slip, "
     "(values (1), (-1)) x(v)"],
)  # fmt: skip
def test_lines_stay_as_they_are(payroll: psycopg.Connection, statement: str) -> None:
    run(payroll, [0], [10])
    before = slips(payroll)
    with pytest.raises(psycopg.Error) as error:
        payroll.execute(statement.encode())
    assert str(error.value.sqlstate).startswith("FS")
    assert slips(payroll) == before


def test_the_refusal_is_in_words(payroll: psycopg.Connection) -> None:
    run(payroll, [0], [10])
    with pytest.raises(psycopg.Error) as error:
        payroll.execute("insert into payroll.slip select * from payroll.slip")
    assert isinstance(translate(error.value), AppendOnly)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 30).filter(bool)), min_size=1, max_size=12))
def test_any_batch_is_taken_whole_or_not_at_all(
    payroll: psycopg.Connection, lines: list[tuple[int, int]]
) -> None:
    index, fen = [i for i, _ in lines], [n for _, n in lines]
    with payroll.transaction(force_rollback=True):
        sums = [sum(n for i, n in lines if i == k) for k in (0, 1)]
        cancelled = any(not total and k in index for k, total in enumerate(sums))
        if not any(sums):
            return
        if cancelled:  # a block whose lines cancel out has no posting to stand against
            with pytest.raises(UnbalancedEntry):
                run(payroll, index, fen)
            return
        run(payroll, index, fen)
        assert len(slips(payroll)) == len(lines)
        assert left(payroll, A) == 1_000 - sums[0]
